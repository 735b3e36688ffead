"""What a profile says, and what the organisation adds, in lines with their places.

Whoever shows a line makes it safe.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from localguard.config.paths import Places
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Rule
from localguard.telling.counts import count

_PLACE: Final = 18


def profile_lines(
    places: Places, profile: Profile, written: Mapping[str, str], *, active: bool
) -> Iterator[str]:
    """The servers, defaults and rules of a profile; `written` are its rules by their places."""
    is_active = " (active)" if active else ""
    yield f"{profile.name}{is_active}  {places.profile_file(profile.name)}"
    yield from managed_lines(places, profile)
    asked = profile.from_server
    yield (
        f"default {profile.default}; servers may ask for: sampling {asked.sampling},"
        f" elicitation {asked.elicitation}, roots {asked.roots}"
    )
    if profile.sign_in is not None:
        required = ", required" if profile.sign_in.required else ""
        origin = profile.sign_in.origin
        yield f"{origin!s:>{_PLACE}}  sign-in at {profile.sign_in.issuer}{required}"
    for server in profile.servers.values():
        yield f"{server.origin!s:>{_PLACE}}  server {server.name}: {_reached(server)}"
    for rule in sorted(profile.rules, key=place):
        yield f"{rule.origin!s:>{_PLACE}}  {written[str(rule.origin)]}"
    yield f"{count(len(profile.rules), 'rule')}, {count(len(profile.tests), 'test')} passed"


def managed_lines(places: Places, profile: Profile) -> Iterator[str]:
    """That an organisation has a say, and in what."""
    if not profile.managed:
        return
    rules = sum(rule.managed for rule in profile.rules)
    yield f"managed by your organisation, {places.managed}: {count(rules, 'rule')}"
    if profile.managed_default is not None:
        yield f"  its default is {profile.managed_default}; yours holds where it is stricter"
    if not profile.user_allow:
        yield "  user_allow = false: what this profile allows does not count"


def place(rule: Rule) -> tuple[bool, str, int]:
    """The order in which rules are told: the organisation's first, then by file and line."""
    return not rule.managed, rule.origin.file, rule.origin.line


def _reached(server: ServerTable) -> str:
    way = server.url or " ".join(server.command or ("started by its command line",))
    default = f", default {server.default}" if server.default else ""
    return way + default
