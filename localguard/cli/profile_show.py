"""`profile show`: what a profile says, and what the organisation adds, each with its place."""

from collections.abc import Mapping
from typing import TextIO

from localguard.cli.choosing import key_of
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.active import active_or_none, require_active
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.policy.people import SignIn
from localguard.policy.profile import Profile
from localguard.telling.profile_texts import place, profile_lines
from localguard.telling.rule_texts import rule_texts


def show(places: Places, name: str | None, *, as_json: bool, out: TextIO) -> Exit:
    """Print the servers, defaults and rules of a profile (the active one without a name)."""
    try:
        own = read_profile(places, name or require_active(places, key_of(places)))
        profile = joined(own, read_managed(places))
        written = rule_texts(places, profile)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if as_json:
        print_json(out, _fields(places, profile, written))
    else:
        active = active_or_none(places, key_of(places)) == profile.name
        print_lines(out, profile_lines(places, profile, written, active=active))
    return Exit.OK


def _fields(places: Places, profile: Profile, written: Mapping[str, str]) -> dict[str, object]:
    rules = [
        {
            "place": str(rule.origin),
            "id": rule.id,
            "verb": rule.verb,
            "managed": rule.managed,
            "text": written[str(rule.origin)],
        }
        for rule in sorted(profile.rules, key=place)
    ]
    servers = [
        {"name": one.name, "place": str(one.origin), "default": one.default}
        for one in profile.servers.values()
    ]
    return {
        "profile": profile.name,
        "file": places.profile_file(profile.name),
        "active": active_or_none(places, key_of(places)) == profile.name,
        "digest": profile.digest,
        "default": profile.default,
        "managed": {
            "files": profile.managed,
            "default": profile.managed_default,
            "user_allow": profile.user_allow,
        },
        "sign_in": None if profile.sign_in is None else _sign_in(profile.sign_in),
        "servers": servers,
        "rules": rules,
        "tests": len(profile.tests),
    }


def _sign_in(sign_in: SignIn) -> dict[str, object]:
    return {
        "place": str(sign_in.origin),
        "issuer": sign_in.issuer,
        "client_id": sign_in.client_id,
        "required": sign_in.required,
    }
