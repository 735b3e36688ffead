"""How two profiles differ by meaning.

The order of rules, their ids and their explanations make no difference, and neither do lists of one
and the order in lists.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.config.build import read_profile
from localguard.config.load import Document, read_document
from localguard.config.paths import Places
from localguard.policy.profile import Profile
from localguard.telling.rule_texts import pairs

Written = Mapping[str, object]

_NO_DIFFERENCE: Final = frozenset({"id", "because"})
_APART: Final = frozenset({"version", "profile", "servers", "rule", "test"})


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the profile, and its tables as they are written."""

    profile: Profile
    tables: Written
    places: Sequence[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One key, server or rule: what is written on each side alone, key by key."""

    what: str
    old: tuple[str, ...]
    new: tuple[str, ...]


def side(places: Places, name: str) -> Side:
    """A profile as one side. Raises ProfileFault."""
    return side_of(read_profile(places, name), read_document(places.profile_file(name)))


def side_of(profile: Profile, document: Document) -> Side:
    """A profile as one side, with the file of its own that it was made of."""
    rules = range(len(_listed(document.tables)))
    return Side(profile, document.tables, [document.where(("rule", at)) for at in rules])


def _listed(tables: Written) -> Sequence[Written]:
    rules = tables.get("rule", [])
    return rules if isinstance(rules, list) else []


def between(one: Side, other: Side) -> Iterator[Difference]:
    """Everything that the other side has otherwise: keys, servers, rules."""
    yield from _keys(one, other)
    yield from _servers(one, other)
    yield from _rules(one, other)


def _keys(one: Side, other: Side) -> Iterator[Difference]:
    """Everything that is neither server nor rule, key by key."""
    old, new = ({k: v for k, v in side.tables.items() if k not in _APART} for side in (one, other))
    yield from _apart("settings", old, new)


def _servers(one: Side, other: Side) -> Iterator[Difference]:
    old, new = (side.tables.get("servers", {}) for side in (one, other))
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from _apart(f"server {name}", old.get(name), new.get(name))


def _apart(what: str, old: object, new: object) -> Iterator[Difference]:
    """The keys of two tables that are not the same in both."""
    before, after = (tuple(pairs(one)) if isinstance(one, dict) else () for one in (old, new))
    gone = tuple(pair for pair in before if pair not in after)
    come = tuple(pair for pair in after if pair not in before)
    if gone or come or (old is None) != (new is None):
        yield Difference(what, gone, come)


def _rules(one: Side, other: Side) -> Iterator[Difference]:
    """The rules that only one side has; two of one id are told together."""
    old, new = _by_meaning(one), _by_meaning(other)
    gone = [rule for meaning, rule in old.items() if meaning not in new]
    come = [rule for meaning, rule in new.items() if meaning not in old]
    by_id = {rule["id"]: (place, rule) for place, rule in come if "id" in rule}
    told: set[str] = set()
    for place, rule in gone:
        partner = by_id.get(rule.get("id"))
        if partner:
            told.add(partner[0])
        where = f"rule {place}" if partner is None else f'rule "{rule["id"]}", {place} {partner[0]}'
        yield from _apart(where, rule, partner[1] if partner else None)
    for place, rule in come:
        if place not in told:
            yield from _apart(f"rule {place}", None, rule)


def _by_meaning(side: Side) -> dict[str, tuple[str, Written]]:
    rules = zip(side.places, _listed(side.tables), strict=True)
    return {_meaning(rule): (place, rule) for place, rule in rules}


def _meaning(rule: Written) -> str:
    parts = {key: value for key, value in rule.items() if key not in _NO_DIFFERENCE}
    return json.dumps(_plain(parts), sort_keys=True, default=str)


def _plain(value: object) -> object:
    """A value in one spelling. All lists in rules are sets: any of them, in no order."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    distinct = {json.dumps(one, default=str): one for one in map(_plain, value)}
    ordered = [distinct[key] for key in sorted(distinct)]
    return ordered[0] if len(ordered) == 1 else ordered
