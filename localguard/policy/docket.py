"""The rules that concern one item with known marks, sorted once by what they do. Knows no call.

What names and marks alone decide is decided here: a rule whose exceptions name the item never
applies and is left out, and one without conditions applies to every call.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from localguard.policy.calls import Call
from localguard.policy.decisions import Allow
from localguard.policy.duties import NONE, Duties
from localguard.policy.rules import Rule, Verb

DESTRUCTIVE = "destructive"
Marks = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule, and whether it applies whatever the call says. `allow` is what it then gives."""

    rule: Rule
    certain: bool
    allow: Allow

    def applies(self, call: Call, *, lets_more: bool = False) -> bool:
        """As `Rule.applies`."""
        return self.certain or self.rule.applies(call, lets_more=lets_more)


Entries = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Demands:
    """What applying rules demand together, and those of them that have a limit or a `reauth`."""

    limited: tuple[Rule, ...]
    duties: Duties
    reauth: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Docket:
    """All rules whose patterns fit the names, and those of them that can apply.

    Each tuple is in the order of the rules' places. `demanding` are those with duties, and `fixed`
    what they demand where that is so for every call. `rehearsal` is the docket with trial rules
    taking part; None where there are none.
    """

    rules: tuple[Rule, ...]
    denying: Entries
    allowing: Entries
    asking: Entries
    demanding: Entries
    fixed: Demands | None
    rehearsal: "Docket | None" = None

    @property
    def always_allows(self) -> bool:
        """Whether every call is allowed, whatever it says."""
        allowed = bool(self.allowing) and self.allowing[0].certain
        return allowed and not (self.denying or self.asking)


def docket_of(
    rules: Iterable[Rule], server: str, item: str, marks: Marks, *, counts: Callable[[Rule], bool]
) -> Docket:
    """The docket of an item. `counts` tells of an allow rule whether its verdict counts at all."""
    fitting = (rule for rule in rules if rule.concerns(server, item))
    found = tuple(sorted(fitting, key=lambda rule: rule.origin))
    entries = [
        Entry(rule, settled is True, Allow(str(rule.origin), "an allow rule applies", rule))
        for rule in found
        if (settled := rule.settled_for(server, item, marks)) is not False
    ]
    live = [entry for entry in entries if not entry.rule.trial]
    rehearsed = len(live) < len(entries)
    rehearsal = _sorted(found, entries, marks, counts) if rehearsed else None
    return _sorted(found, live, marks, counts, rehearsal)


def _sorted(
    rules: tuple[Rule, ...],
    entries: Sequence[Entry],
    marks: Marks,
    counts: Callable[[Rule], bool],
    rehearsal: Docket | None = None,
) -> Docket:
    def of(verb: Verb) -> Entries:
        return tuple(entry for entry in entries if entry.rule.verb is verb)

    demanding = tuple(entry for entry in entries if entry.rule.demanding)
    certain = all(entry.certain for entry in demanding)
    return Docket(
        rules,
        denying=of(Verb.DENY),
        allowing=tuple(entry for entry in of(Verb.ALLOW) if counts(entry.rule)),
        asking=of(Verb.ASK),
        demanding=demanding,
        fixed=demands_of([entry.rule for entry in demanding], marks) if certain else None,
        rehearsal=rehearsal,
    )


def demands_of(rules: Sequence[Rule], marks: Marks) -> Demands:
    """The duties of applying rules together (the algebra, lines 9 and 10)."""
    limited = tuple(rule for rule in rules if rule.limit)
    destructive = marks is not None and DESTRUCTIVE in marks
    if not rules and not destructive:
        return Demands((), NONE)
    duties = Duties(
        tuple(rule.name for rule in limited),
        frozenset[str]().union(*[rule.redact for rule in rules]),
        destructive or any(rule.risk == DESTRUCTIVE for rule in rules),
    )
    return Demands(limited, duties, tuple(rule for rule in rules if rule.reauth is not None))
