r"""Which records a person wants to see: `server:pg decision:deny -client:cursor "two words"`.

    filter  = { term }               all of them have to hold
    term    = ["-"] [field ":"] value { "," value }
    value   = word | '"' text '"'    in quotes "\" stands before a quote or itself

One of the values has to be the whole of its field, whatever the case, and "*" in it stands for
anything. Without a field it may be anywhere in the record. An outcome has the fields of its call
too. `since:` and `until:` take moments. A damaged line passes every filter. Pure; knows neither
files nor a command line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Final, get_args

from localguard.audit.moments import as_recorded, moment
from localguard.audit.reader import Entry
from localguard.audit.records import KIND_OF_DECISION, Decided, Decision, Record, Status
from localguard.audit.terms import Term, terms
from localguard.errors import UsageFault

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "approval": ("approval",),
    "call": ("call", "request"),
    "client": ("client",),
    "decision": ("decision",),
    "direction": ("direction",),
    "event": ("event", "change"),
    "item": ("item",),
    "kind": ("kind",),
    "method": ("method",),
    "observed": ("observed",),
    "profile": ("profile", "name"),
    "reason": ("because", "reason", "fault", "detail", "why"),
    "risk": ("risk",),
    "rule": ("rule",),
    "server": ("server",),
    "status": ("status",),
    "tool": ("item",),
    "user": ("facts.user", "person.subject", "person.name"),
    "who": ("who",),
    "would_be": ("would_be",),
}
"""What a filter calls a field, and the fields of a record that it looks into, also inner ones."""

KINDS: Final = frozenset(
    (
        *KIND_OF_DECISION.values(),
        *(str(record.kind) for record in get_args(Record) if record is not Decided),
    )
)
_CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "decision": frozenset(get_args(Decision)),
    "would_be": frozenset(get_args(Decision)),
    "kind": KINDS,
    "status": frozenset(get_args(Status)),
}
_MOMENTS: Final = ("since", "until")
_CHAIN: Final = frozenset(("v", "seq", "prev", "sum", "t", "m"))

Test = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was understood. `since` and `until` are as records have them, or empty."""

    tests: tuple[Test, ...] = ()
    since: str = ""
    until: str = ""

    def matches(self, entry: Entry) -> bool:
        """Whether the entry is one of those asked for."""
        if entry.flaw is not None:
            return True
        time = str(entry.record.get("t", ""))
        if time < self.since or (self.until and time >= self.until):
            return False
        return all(test(entry) for test in self.tests)


def parse(text: str, now: datetime) -> Filter:
    """Understand a filter at the moment `now`, which has the zone of who reads.

    Raises UsageFault with the place and the fix.
    """
    tests: list[Test] = []
    bounds = dict.fromkeys(_MOMENTS, "")
    for term in terms(text):
        if term.field in _MOMENTS:
            bounds[term.field] = _bound(term, now)
        else:
            tests.append(_test(term))
    return Filter(tuple(tests), **bounds)


def _bound(term: Term, now: datetime) -> str:
    if term.negated or len(term.values) > 1:
        what = f"{term.field}: takes one moment, and cannot be turned round"
        raise UsageFault(what, where=term.place, fix=f"write {term.field}:2h")
    return as_recorded(moment(term.values[0], now, term.place))


def _test(term: Term) -> Test:
    """What tells whether a term holds of an entry."""
    names = () if term.field is None else FIELDS.get(term.field, ())
    if term.field is not None and not names:
        fix = f"{_nearest(term.field, (*FIELDS, *_MOMENTS))}, or put it in quotes to look for it"
        raise UsageFault(f'no field "{term.field}"', where=term.place, fix=fix)
    for value in term.values:
        choices = _CHOICES.get(term.field or "", frozenset())
        if choices and "*" not in value and value.lower() not in choices:
            fix = _nearest(value, sorted(choices))
            raise UsageFault(f'no {term.field} is "{value}"', where=term.place, fix=fix)
    patterns = [_pattern(value) for value in term.values]
    if names:
        return lambda entry: _of_fields(entry, names, patterns) != term.negated
    return lambda entry: _anywhere(entry, patterns) != term.negated


def _nearest(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = get_close_matches(word.lower(), known, n=1)
    return f"write {near[0]}" if near else f"write one of {', '.join(known)}"


def _pattern(value: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in re.split(r"\*+", value))
    return re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)


def _of_fields(entry: Entry, names: Iterable[str], patterns: list[re.Pattern[str]]) -> bool:
    """Whether a field is one of the values; an outcome's own fields go before those of its call."""
    values = (_field(entry, *name.split(".")) for name in names)
    texts = [str(value) for value in values if value is not None]
    return any(pattern.fullmatch(text) for text in texts for pattern in patterns)


def _field(entry: Entry, name: str, *inner: str) -> object:
    value = entry.record.get(name, entry.asked.get(name))
    for key in inner:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _anywhere(entry: Entry, patterns: list[re.Pattern[str]]) -> bool:
    records = (entry.record, entry.asked)
    members = (record[name] for record in records for name in record if name not in _CHAIN)
    texts = list(_texts(list(members)))
    return any(pattern.search(text) for text in texts for pattern in patterns)


def _texts(value: object) -> Iterator[str]:
    """Every text in a value of JSON, however deep: a record is only so deep."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | Mapping):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif value is not None:
            yield str(value)
