"""Which server a guard stands in front of: from the command line and the profile, before it starts.

A server that may not be started, or that a profile defines otherwise than it was started, is no
fault: it is a reason, which every call is denied with.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from localguard.config.looks import Look
from localguard.config.paths import expanded
from localguard.errors import ServerFault, SignInFault, UsageFault, VaultFault
from localguard.policy.decide import Standing
from localguard.policy.pins import Identity
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.secret_words import has_secrets
from localguard.relay.last_launch import Note
from localguard.relay.launch_environment import environment
from localguard.relay.references import References
from localguard.relay.remote_launch import Reached, reached, same_place
from localguard.relay.spawn import ServerCommand, Started, resolve, start_up
from localguard.relay.wanted import Wanted

RECONNECT = "reconnect this server in the client"


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start: `command`, or what is `reached`, or nothing and the reason `why_not`.

    `defined` is the profile's table as it was when the server was started.
    """

    server: str
    given: tuple[str, ...]
    command: ServerCommand | None
    defined: ServerTable | None
    why_not: str | None
    given_url: str | None = None
    reached: Reached | None = None

    @property
    def serves(self) -> bool:
        """Whether there is a server, and no mere reason."""
        return self.command is not None or self.reached is not None

    def objection(self, standing: Standing) -> str | None:
        """Why no call may reach the server as it stands; None if it may."""
        profile = standing.profile
        if profile is None:
            return None
        reason = reason_against(self.server, self.given, profile, self.given_url)
        if reason is not None:
            return reason
        if self.outdated(standing):
            return (
                f"{profile.file} defines the server {self.server} anew, and it is being started "
                "again; repeat the call in a moment"
            )
        return None

    def outdated(self, standing: Standing) -> bool:
        """Whether the profile lets the server run, and otherwise than it was started."""
        profile = standing.profile
        if profile is None:
            return False
        if reason_against(self.server, self.given, profile, self.given_url) is not None:
            return False
        table = profile.servers.get(self.server)
        return not self.serves or _definition(table) != _definition(self.defined)

    def prepare(self, given: References) -> None:
        """Have at hand what `start` gives to the server; this may block for long."""
        if self.command is not None:
            given.prepare(self.server, self.identity.words, self.command, self.defined)

    def start(self, given: References) -> Started:
        """Start it, if there is something to start, with the secrets that it is given."""
        if self.command is None:
            return Started(None, self.why_not or "")
        try:
            filled = given.filled(self.server, self.identity.words, self.command, self.defined)
        except (SignInFault, VaultFault) as fault:
            return Started(None, f"{self.server} was not started. {fault.explain()}")
        return start_up(filled)

    @property
    def identity(self) -> Identity:
        """Which server this is: its words, with the program that they mean here, or its URL."""
        if self.reached is not None:
            return self.reached.identity
        if self.command is None:
            return Identity(self.given)
        argv, env, cwd = self.command
        try:
            program = resolve(argv[0], env.get("PATH", os.defpath), cwd)
        except ServerFault:
            program = argv[0]
        return Identity((program, *argv[1:]))

    def note(self, files: tuple[tuple[str, Look], ...]) -> Note | None:
        """How to start it again as long as these files stay as they are, if that may be noted.

        Not where the profile gives it variables: they may be secrets, for no second file.
        """
        table, command = self.defined, self.command
        if command is None or not files or (table is not None and (table.env or table.minted)):
            return None
        if has_secrets(command.argv):
            return None
        passed = () if table is None else table.pass_env
        return Note(command.argv, passed, command.cwd or "", files)


def plan(wanted: Wanted, standing: Standing, inherited: Mapping[str, str], home: str) -> Launch:
    """Decide what to start. Raises UsageFault when the command line names no server."""
    server = wanted.name or _default_name(wanted)
    profile = standing.profile
    table = None if profile is None else profile.servers.get(server)
    why_not = _why_not(server, wanted, standing)
    url = wanted.url or (None if table is None or wanted.argv else table.url)
    if why_not is None and url is not None:
        place = reached(url, table)
        return Launch(server, (), None, table, None, wanted.url, place)
    argv = wanted.argv or (table.command if table is not None and table.command else ())
    if why_not is not None or not argv:
        why_not = why_not or "it has no command"
        return Launch(server, wanted.argv, None, table, why_not, wanted.url)
    passed = table.pass_env if table is not None else ()
    env = environment(inherited, passed, table.env if table is not None else {})
    cwd = None if table is None or table.cwd is None else expanded(table.cwd, home)
    command = ServerCommand((expanded(argv[0], home), *argv[1:]), env, cwd)
    return Launch(server, wanted.argv, command, table, None)


def reason_against(
    server: str, given: tuple[str, ...], profile: Profile, url: str | None = None
) -> str | None:
    """Why the profile does not let the server run, if it does not.

    `given` or `url` is what the command line has; without one the profile has to define the server.
    """
    table = profile.servers.get(server)
    if table is None:
        return None if given or url else _unnamed(server, profile)
    if (given or url) and (other := _otherwise(given, url, table)):
        return (
            f"{table.origin} defines {server} with another {other} than the client's entry; remove "
            f"one of the two (the entry is then: run {server}), and {RECONNECT}"
        )
    if not (given or url or table.command or table.url):
        return f"{table.origin} gives the server {server} neither command nor url"
    return None


def _otherwise(given: tuple[str, ...], url: str | None, table: ServerTable) -> str | None:
    """What of a table is another one than the command line has."""
    if table.command is not None and table.command != given:
        return "command"
    if table.url is not None and (url is None or not same_place(url, table.url)):
        return "url"
    return None


def _why_not(server: str, wanted: Wanted, standing: Standing) -> str | None:
    if standing.profile is not None:
        return reason_against(server, wanted.argv, standing.profile, wanted.url)
    return None if wanted.argv or wanted.url else (standing.fault or "no profile is in force")


def _unnamed(server: str, profile: Profile) -> str:
    names = ", ".join(sorted(profile.servers)) or "none"
    return (
        f"the profile {profile.name} does not name a server {server} (it names: {names}); "
        f"add [servers.{server}] to {profile.file}, correct the name in the client's entry or "
        f"switch profiles, then {RECONNECT}"
    )


def _default_name(wanted: Wanted) -> str:
    if wanted.url is not None:
        host = wanted.url.partition("://")[2].partition("/")[0].partition(":")[0]
        return host if host.strip("[") else "server"
    if not wanted.argv:
        raise UsageFault(
            "run needs a server",
            fix="localguard run NAME, or localguard run -- COMMAND ARGUMENT...",
        )
    base = os.path.basename(wanted.argv[0].replace("\\", "/"))
    return os.path.splitext(base)[0] or base


def _definition(table: ServerTable | None) -> object:
    """All that a start depends on; no table says as little as one that has none of it."""
    if table is None:
        return (None, {}, (), None, None, False, {}, None, {})
    started = (table.command, dict(table.env), table.pass_env, table.cwd)
    return (
        *started,
        table.url,
        table.foreign_paths,
        dict(table.headers),
        table.auth,
        dict(table.minted),
    )
