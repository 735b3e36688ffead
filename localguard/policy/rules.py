"""A rule: which calls it speaks of, and when it applies to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from localguard.policy.calls import Call
from localguard.policy.conditions import Argument, Condition, Seen, person_facts
from localguard.policy.duties import Limit
from localguard.policy.globs import Glob, may_overlap
from localguard.policy.matchers import path_roots
from localguard.policy.truth import Truth, any_of, truth

MARKS = frozenset({"read", "write", "destructive", "open", "new", "changed"})
"""Marks of a tool, as the person confirmed them at its pin."""


class Verb(StrEnum):
    """What a rule says. TOOLS gives no verdict, only duties."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"
    TOOLS = "tools"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where a rule stands: the file's name and the line of its `[[rule]]`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """`server/item` with wildcards on both sides, or `server/@mark`."""

    server: Glob
    item: Glob | None
    mark: str | None = None

    def names(self, server: str, item: str) -> bool:
        """True when the names fit; a mark leaves the item open."""
        return self.server.matches(server) and (self.item is None or self.item.matches(item))

    def judge(self, call: Call) -> Truth:
        """Whether the pattern speaks of the call; an unknown mark is doubt."""
        return self.fits(call.server, call.item, call.facts.marks)

    def fits(self, server: str, item: str, marks: frozenset[str] | None) -> Truth:
        """Whether the pattern speaks of an item with these marks; without them a mark is doubt."""
        if not self.names(server, item):
            return Truth.NO
        if self.mark is None:
            return Truth.YES
        return Truth.DOUBT if marks is None else truth(self.mark in marks)

    def may_name(self, server: str, template: str) -> bool:
        """Whether some URI of a resource template could fit."""
        item = self.item
        return self.server.matches(server) and (item is None or may_overlap(item.text, template))


@dataclass(frozen=True, slots=True)
class Rule:
    """One `[[rule]]`.

    `over` is what a call beyond `limit` gets; `reauth` is how many seconds ago the person may have
    signed in, 0 where each call takes a new sign-in; `timeout` is how long a client is kept waiting
    for a person, in seconds; a `trial` rule decides nothing and is only noted; `managed` is the
    organisation's. `fingerprint` is a digest of the rule as it is written, without its place.
    """

    verb: Verb
    patterns: tuple[Pattern, ...]
    origin: Origin
    excepts: tuple[Pattern, ...] = ()
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    because: str | None = None
    id: str | None = None
    until: datetime | None = None
    remember: str | None = None
    risk: str | None = None
    limit: Limit | None = None
    over: Verb = Verb.DENY
    redact: frozenset[str] = frozenset()
    reauth: int | None = None
    timeout: int | None = None
    trial: bool = False
    managed: bool = False
    fingerprint: str = field(default="", compare=False)
    roots: frozenset[str] = field(init=False, compare=False, repr=False)
    path_arguments: tuple[tuple[str, ...], ...] = field(init=False, compare=False, repr=False)
    seen_patterns: frozenset[str] = field(init=False, compare=False, repr=False)
    of_person: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        conditions = self.when + self.unless
        looking = [c for c in conditions if isinstance(c, Argument)]
        pathed = [c for c in looking if path_roots(c.matchers)]
        roots = frozenset(root for c in pathed for root in path_roots(c.matchers))
        object.__setattr__(self, "roots", roots)
        object.__setattr__(self, "path_arguments", tuple(c.path for c in pathed))
        seen = [text for c in conditions if isinstance(c, Seen) for text in c.patterns]
        object.__setattr__(self, "seen_patterns", frozenset(seen))
        object.__setattr__(self, "of_person", person_facts(conditions))

    @property
    def name(self) -> str:
        """The rule's id, or the place where it stands."""
        return self.id or str(self.origin)

    @property
    def lasting_name(self) -> str:
        """A name that no other rule takes over when the file is edited: for remembered answers."""
        if self.id or not self.fingerprint:
            return self.name
        return f"{self.origin.file}#{self.fingerprint}"

    @property
    def demanding(self) -> bool:
        """True when the rule adds duties to a call that may be sent."""
        duties = self.limit or self.redact or self.risk or self.reauth is not None
        return bool(duties) and self.verb is not Verb.DENY

    def settled_for(
        self, server: str, item: str, marks: frozenset[str] | None = None
    ) -> bool | None:
        """Whether the rule applies to any call to an item: yes, never, or None where it depends."""
        named = any_of([pattern.fits(server, item, marks) for pattern in self.patterns])
        excepted = any_of([pattern.fits(server, item, marks) for pattern in self.excepts])
        if named is Truth.NO or excepted is Truth.YES:
            return False
        plain = named is Truth.YES and excepted is Truth.NO
        return True if plain and not (self.when or self.unless or self.until) else None

    def concerns(self, server: str, item: str) -> bool:
        """True when some pattern fits the names, marks left open."""
        return any(pattern.names(server, item) for pattern in self.patterns)

    def applies(self, call: Call, *, lets_more: bool) -> bool:
        """The algebra, line 2; `lets_more` tells on which side a doubt falls (line 3)."""
        return (
            self._speaks_of(call, lets_more=lets_more)
            and not self._expired(call)
            and self._fulfilled(call, lets_more=lets_more)
            and not self._excused(call, lets_more=lets_more)
        )

    def _speaks_of(self, call: Call, *, lets_more: bool) -> bool:
        named = _any_pattern(self.patterns, call).settled(doubt=not lets_more)
        if not (named and self.excepts):
            return named
        return not _any_pattern(self.excepts, call).settled(doubt=lets_more)

    def _expired(self, call: Call) -> bool:
        return self.until is not None and call.facts.at >= self.until

    def _fulfilled(self, call: Call, *, lets_more: bool) -> bool:
        return not self.when or all(
            condition.judge(call, lets_more=lets_more).settled(doubt=not lets_more)
            for condition in self.when
        )

    def _excused(self, call: Call, *, lets_more: bool) -> bool:
        return bool(self.unless) and all(
            condition.judge(call, lets_more=not lets_more).settled(doubt=lets_more)
            for condition in self.unless
        )


def _any_pattern(patterns: Sequence[Pattern], call: Call) -> Truth:
    return any_of([pattern.judge(call) for pattern in patterns])
