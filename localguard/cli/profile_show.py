"""`profile show`: what a profile says, and what the organisation adds, each with its place."""

from collections.abc import Iterator, Mapping
from typing import Final, TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.active import active_or_none, require_active
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Rule
from localguard.telling.counts import count
from localguard.telling.rule_texts import rule_texts

_PLACE: Final = 18


def show(places: Places, name: str | None, *, as_json: bool, out: TextIO) -> Exit:
    """Print the servers, defaults and rules of a profile (the active one without a name)."""
    try:
        own = read_profile(places, name or require_active(places))
        profile = joined(own, read_managed(places))
        written = rule_texts(places, profile)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if as_json:
        print_json(out, _fields(places, profile, written))
    else:
        print_lines(out, _screen(places, profile, written))
    return Exit.OK


def _screen(places: Places, profile: Profile, written: Mapping[str, str]) -> Iterator[str]:
    is_active = " (active)" if active_or_none(places) == profile.name else ""
    yield f"{profile.name}{is_active}  {places.profile_file(profile.name)}"
    yield from _managed(places, profile)
    asked = profile.from_server
    yield (
        f"default {profile.default}; servers may ask for: sampling {asked.sampling},"
        f" elicitation {asked.elicitation}, roots {asked.roots}"
    )
    if profile.lacking:
        yield f"not in this version, so every call is denied: {', '.join(profile.lacking)}"
    for server in profile.servers.values():
        yield f"{server.origin!s:>{_PLACE}}  server {server.name}: {_reached(server)}"
    for rule in sorted(profile.rules, key=_place):
        yield f"{rule.origin!s:>{_PLACE}}  {written[str(rule.origin)]}"
    yield f"{count(len(profile.rules), 'rule')}, {count(len(profile.tests), 'test')} passed"


def _managed(places: Places, profile: Profile) -> Iterator[str]:
    """That an organisation has a say, and in what."""
    if not profile.managed:
        return
    rules = sum(rule.managed for rule in profile.rules)
    yield f"managed by your organisation, {places.managed}: {count(rules, 'rule')}"
    if profile.managed_default is not None:
        yield f"  its default is {profile.managed_default}; yours holds where it is stricter"
    if not profile.user_allow:
        yield "  user_allow = false: what this profile allows does not count"


def _reached(server: ServerTable) -> str:
    way = server.url or " ".join(server.command or ("started by its command line",))
    default = f", default {server.default}" if server.default else ""
    lacking = f", not in this version: {', '.join(server.lacking)}" if server.lacking else ""
    return way + default + lacking


def _fields(places: Places, profile: Profile, written: Mapping[str, str]) -> dict[str, object]:
    rules = [
        {
            "place": str(rule.origin),
            "id": rule.id,
            "verb": rule.verb,
            "managed": rule.managed,
            "text": written[str(rule.origin)],
        }
        for rule in sorted(profile.rules, key=_place)
    ]
    servers = [
        {"name": one.name, "place": str(one.origin), "default": one.default, "lacking": one.lacking}
        for one in profile.servers.values()
    ]
    return {
        "profile": profile.name,
        "file": places.profile_file(profile.name),
        "active": active_or_none(places) == profile.name,
        "digest": profile.digest,
        "default": profile.default,
        "managed": {
            "files": profile.managed,
            "default": profile.managed_default,
            "user_allow": profile.user_allow,
        },
        "lacking": profile.lacking,
        "servers": servers,
        "rules": rules,
        "tests": len(profile.tests),
    }


def _place(rule: Rule) -> tuple[bool, str, int]:
    return not rule.managed, rule.origin.file, rule.origin.line
