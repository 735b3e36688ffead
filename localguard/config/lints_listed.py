"""Notes on a profile by what its servers have listed: names that nothing has, marks that roam.

A server that was never seen says nothing, so nothing is noted of it. Pure.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from localguard.config.faults import nearest
from localguard.config.lints import Note, notes
from localguard.policy.profile import Profile
from localguard.policy.rules import Pattern, Rule, Verb
from localguard.policy.truth import Truth

_ROAMING: Final = frozenset(
    {"path", "paths", "file", "filename", "file_path", "filepath", "dir", "directory", "folder"}
    | {"url", "uri", "urls", "sql", "query", "statement", "command", "cmd", "script"}
)
"""Arguments by which a tool reaches wherever it is told to."""
_MOST: Final = 4


class Listed(NamedTuple):
    """A tool or prompt of a server, its marks, and the names of its arguments."""

    server: str
    item: str
    marks: frozenset[str]
    arguments: frozenset[str] = frozenset()


def all_notes(profile: Profile, listed: Sequence[Listed]) -> list[Note]:
    """The notes on a person's profile, by its rules and by what was listed."""
    found, by_rules = listed_notes(profile, listed), notes(profile)
    # What is known of tools says more than how their server is called.
    roaming = {(one.where, _roamer(one)) for one in found if _roamer(one)}
    return [one for one in by_rules if (one.where, _roamer(one)) not in roaming] + found


def _roamer(note: Note) -> str:
    pattern, lets, _ = note.what.partition(" lets ")
    return pattern if lets else ""


def listed_notes(profile: Profile, listed: Sequence[Listed]) -> list[Note]:
    """The notes on the person's own rules, in the order of their places."""
    rules = [rule for rule in profile.rules if not rule.managed]
    found: list[Note] = []
    for rule in sorted(rules, key=lambda rule: rule.origin):
        told = (*_unseen(rule, profile, listed), *_roaming(rule, listed))
        found += [Note(str(rule.origin), what, fix) for what, fix in told]
    return found


Told = Iterator[tuple[str, str]]


def _unseen(rule: Rule, profile: Profile, listed: Sequence[Listed]) -> Told:
    servers = {one.server for one in listed}
    for pattern in (*rule.patterns, *rule.excepts):
        name = pattern.server.text
        if pattern.server.literal and name not in servers:
            # With a near name it is noted without any list.
            if name not in profile.servers and servers and not nearest(name, profile.servers):
                yield f'no server was ever called "{name}"', _instead(name, servers)
        elif pattern.server.literal and not _names_any(pattern, listed):
            # What is said of every server, as "*/delete_*", is for those that come too.
            yield from _nameless(pattern, listed)


def _nameless(pattern: Pattern, listed: Sequence[Listed]) -> Told:
    item = pattern.item
    if item is None or item.text == "*" or item.text.startswith("resource:"):
        return
    here = [one for one in listed if pattern.server.matches(one.server)]
    if here:
        what = f'"{pattern.server.text}/{item.text}" names nothing that {_who(here)} listed'
        near = nearest(item.text, [one.item for one in here]) if item.literal else None
        yield what, f'"{pattern.server.text}/{near}", if that is meant' if near else "remove it"


def _who(here: Sequence[Listed]) -> str:
    names = sorted({one.server for one in here})
    return f"{names[0]} has" if len(names) == 1 else "any server has"


def _names_any(pattern: Pattern, listed: Sequence[Listed]) -> bool:
    return any(pattern.names(one.server, one.item) for one in listed)


def _instead(name: str, known: Collection[str]) -> str:
    near = nearest(name, known)
    return f'"{near}", if that is meant' if near else f"remove it, or add [servers.{name}]"


def _roaming(rule: Rule, listed: Sequence[Listed]) -> Told:
    """A mark says that a tool only reads, and nothing of where."""
    if rule.verb is not Verb.ALLOW or rule.when or rule.unless:
        return
    for pattern in (one for one in rule.patterns if one.mark):
        found = [one for one in listed if _lets(rule, pattern, one) and one.arguments & _ROAMING]
        if found:
            names = [f"{one.server}/{one.item}" for one in found[:_MOST]]
            more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
            takes = ", ".join(sorted(found[0].arguments & _ROAMING))
            what = (
                f'"{pattern.server.text}/@{pattern.mark}" lets {", ".join(names)}{more} go'
                f" wherever a call says ({takes})"
            )
            yield what, "name them in except, and give each a rule with a condition"


def _lets(rule: Rule, pattern: Pattern, one: Listed) -> bool:
    names = pattern.fits(one.server, one.item, one.marks) is Truth.YES
    return names and not any(
        other.fits(one.server, one.item, one.marks) is Truth.YES for other in rule.excepts
    )
