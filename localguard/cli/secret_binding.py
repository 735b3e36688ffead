"""Which server a secret is meant for, by the name that the profile gives it."""

import os

from localguard.cli.choosing import key_of
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places
from localguard.errors import UsageFault
from localguard.relay.launch import Launch, plan
from localguard.relay.wanted import Wanted
from localguard.vault.bindings import Binding, binding_of_command, binding_of_url


def server_binding(places: Places, server: str, profile: str | None) -> Binding:
    """The server as a guard would start or reach it from here. Raises UsageFault."""
    standing = ActiveProfile(places, profile, key=key_of(places)).standing()
    launch = plan(Wanted(server, (), None, profile), standing, os.environ, places.home)
    found = binding_of(launch)
    if found is None:
        fix = f"add [servers.{server}] to the profile, or leave the binding to its first start"
        raise UsageFault(f"nothing says what {server} is: {launch.why_not}", fix=fix)
    return found


def known_binding(places: Places, server: str, profile: str) -> Binding | None:
    """The same, or None where that cannot be told yet: its first start says it then."""
    standing = ActiveProfile(places, profile, key=key_of(places)).standing()
    launch = plan(Wanted(server, (), None, profile), standing, os.environ, places.home)
    if launch.command is not None and not os.path.isabs(launch.identity.words[0]):
        # A program that is not there yet will be another one once it is.
        return None
    return binding_of(launch)


def binding_of(launch: Launch) -> Binding | None:
    """What the secrets of a server are bound to; None where there is no server."""
    if launch.reached is not None:
        from localguard.oauth.addresses import resource_of

        return binding_of_url(launch.server, resource_of(launch.reached.url))
    if launch.command is None:
        return None
    table, words, cwd = launch.defined, launch.identity.words, launch.command.cwd
    if table is None:
        return binding_of_command(launch.server, words, cwd, {})
    return binding_of_command(launch.server, words, cwd, table.env, table.pass_env)
