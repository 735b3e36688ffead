"""`profile list`, `show`, `use` and `validate`: each prints and returns the exit code."""

import json
from collections.abc import Iterator, Mapping
from typing import TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import fault_fields, print_json, print_lines
from localguard.config import active
from localguard.config.build import profile_names, read_profile
from localguard.config.faults import FileFault, faults_of
from localguard.config.load import read_document
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Rule


def list_profiles(places: Places, *, as_json: bool, out: TextIO) -> Exit:
    """Print every profile, which of them is active and which are broken."""
    current = _active_or_none(places)
    found = [(name, _fault_of(places, name)) for name in profile_names(places)]
    if as_json:
        listed = [
            {
                "name": name,
                "active": name == current,
                "faults": fault_fields(fault) if fault else [],
            }
            for name, fault in found
        ]
        print_json(out, {"profiles": listed})
        return Exit.OK
    if not found:
        print_lines(out, [f"There are no profiles. Fix: create {places.profiles}/NAME.toml."])
    for name, fault in found:
        state = f"  broken: {fault.explain()}" if fault else ""
        print_lines(out, [f"{'*' if name == current else ' '} {name}{state}"])
    return Exit.OK


def validate(places: Places, name: str | None, *, as_json: bool, out: TextIO) -> Exit:
    """Print every fault of a profile (the active one without a name), or that there is none."""
    try:
        profile = read_profile(places, name or _active(places))
    except ProfileFault as fault:
        if as_json:
            print_json(out, {"valid": False, "faults": fault_fields(fault)})
        else:
            print_lines(out, (one.explain() for one in faults_of(fault)))
        return Exit.INVALID
    rules, tests = len(profile.rules), len(profile.tests)
    if as_json:
        fields = {"valid": True, "profile": profile.name, "digest": profile.digest}
        print_json(out, {**fields, "rules": rules, "tests": tests, "faults": []})
        return Exit.OK
    counted = f"{_count(rules, 'rule')}, {_count(tests, 'test')} passed"
    print_lines(out, [f"{profile.file}: ok, {counted}"])
    return Exit.OK


def use(places: Places, name: str, *, as_json: bool, out: TextIO) -> Exit:
    """Make a valid profile the active one."""
    try:
        changed = active.use(places, name)
    except ProfileFault as fault:
        return _broken(fault, as_json=as_json, out=out)
    if as_json:
        print_json(out, {"profile": name, "changed": changed})
    else:
        print_lines(out, [f"{name} is {'now' if changed else 'already'} the active profile"])
    return Exit.OK


def show(places: Places, name: str | None, *, as_json: bool, out: TextIO) -> Exit:
    """Print the servers, defaults and rules of a profile (the active one without a name)."""
    try:
        profile = read_profile(places, name or _active(places))
        written = _written_rules(places, profile)
    except ProfileFault as fault:
        return _broken(fault, as_json=as_json, out=out)
    if as_json:
        print_json(out, _fields(places, profile, written))
    else:
        print_lines(out, _screen(places, profile, written))
    return Exit.OK


def _screen(places: Places, profile: Profile, written: Mapping[str, str]) -> Iterator[str]:
    is_active = " (active)" if _active_or_none(places) == profile.name else ""
    yield f"{profile.name}{is_active}  {places.profile_file(profile.name)}"
    asked = profile.from_server
    yield (
        f"default {profile.default}; servers may ask for: sampling {asked.sampling},"
        f" elicitation {asked.elicitation}, roots {asked.roots}"
    )
    if profile.lacking:
        yield f"not in this version, so every call is denied: {', '.join(profile.lacking)}"
    for server in profile.servers.values():
        yield f"{server.origin!s:>18}  server {server.name}: {_reached(server)}"
    for rule in sorted(profile.rules, key=_place):
        yield f"{rule.origin!s:>18}  {written[str(rule.origin)]}"
    yield f"{_count(len(profile.rules), 'rule')}, {_count(len(profile.tests), 'test')} passed"


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
        "active": _active_or_none(places) == profile.name,
        "digest": profile.digest,
        "default": profile.default,
        "lacking": profile.lacking,
        "servers": servers,
        "rules": rules,
        "tests": len(profile.tests),
    }


def _place(rule: Rule) -> tuple[str, int]:
    return rule.origin.file, rule.origin.line


def _written_rules(places: Places, profile: Profile) -> dict[str, str]:
    """Each rule by its place, on one line, in the words of its file."""
    paths = {places.profile_file(profile.name), places.remembered_file(profile.name)}
    files = {rule.origin.file for rule in profile.rules}
    found: dict[str, str] = {}
    for path in paths:
        if path.endswith(tuple(files)):
            found |= _rules_of(path)
    return found


def _rules_of(path: str) -> dict[str, str]:
    document = read_document(path)
    rules = document.tables.get("rule", [])
    listed = rules if isinstance(rules, list) else []
    return {
        document.where(("rule", index)): " ".join(_pairs(rule)) for index, rule in enumerate(listed)
    }


def _pairs(table: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _pairs(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key} = {json.dumps(value, default=str, ensure_ascii=False)}"


def _active(places: Places) -> str:
    name = active.active_name(places)
    if name is None:
        raise FileFault("no profile is active", fix="localguard profile use NAME")
    return name


def _active_or_none(places: Places) -> str | None:
    try:
        return active.active_name(places)
    except ProfileFault:
        return None


def _fault_of(places: Places, name: str) -> ProfileFault | None:
    try:
        read_profile(places, name)
    except ProfileFault as fault:
        return fault
    return None


def _broken(fault: ProfileFault, *, as_json: bool, out: TextIO) -> Exit:
    if as_json:
        print_json(out, {"faults": fault_fields(fault)})
    else:
        print_lines(out, (one.explain() for one in faults_of(fault)))
    return Exit.INVALID


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
