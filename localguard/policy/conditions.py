"""A fact and its matchers: one line of `when` or `unless`.

The direction decides how lists and doubts count (the algebra, lines 3 and 7): where truth would let
more through, every element must pass and doubt is no; where it would let less through, one element
suffices and doubt is yes.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeGuard

from localguard.policy.calls import Arguments, Call, Facts, Json, fact_value
from localguard.policy.canonical import digest_of
from localguard.policy.folding import has_twin
from localguard.policy.matchers import Matcher, referred
from localguard.policy.truth import Truth, all_of, any_of, truth


class Condition(Protocol):
    """One condition of a rule."""

    @property
    def name(self) -> str:
        """The fact as the profile writes it, for example `args.path`."""
        ...

    def judge(self, call: Call, *, lets_more: bool) -> Truth:
        """The answer for a call; `lets_more` says that truth would let more through."""
        ...


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands where an argument is absent, or present in two spellings; `shown` says which."""

    shown: str


MISSING = Missing("absent")
BLURRED = Missing("ambiguous")
"""Two members that some server takes for one: which of them it uses, nobody knows."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument, by its path of member names, that must pass every matcher.

    `absent` True accepts a call without the argument, False demands its presence, None leaves a
    missing argument in doubt. A `single` one is not a list, nor in one, where truth would let more
    through: what `is` a value is not many of them.
    """

    path: tuple[str, ...]
    matchers: tuple[Matcher, ...]
    absent: bool | None = None
    single: bool = False

    @property
    def name(self) -> str:
        return f"args.{'.'.join(self.path)}"

    def judge(self, call: Call, *, lets_more: bool) -> Truth:
        if self.single and lets_more and _meets_list(call.arguments, self.path):
            return Truth.NO
        leaves = list(reach(call.arguments, self.path))
        if leaves and leaves[0] is MISSING and len(leaves) == 1:
            return Truth.DOUBT if self.absent is None else truth(self.absent)
        if not self.matchers:
            return Truth.DOUBT if BLURRED in leaves else truth(self.absent is False)
        answers = [_judge_leaf(self.matchers, leaf, call.facts) for leaf in leaves]
        if not answers:
            return Truth.DOUBT
        return all_of(answers) if lets_more else any_of(answers)

    def is_missing(self, call: Call) -> bool:
        """Whether the call does not have the argument."""
        return list(reach(call.arguments, self.path)) == [MISSING]


@dataclass(frozen=True, slots=True)
class Whole:
    """The arguments are these, all of them and no other: by their digest (`canonical`)."""

    digest: str
    name: str = "args"

    def judge(self, call: Call, *, lets_more: bool) -> Truth:
        return truth(digest_of(call.arguments) == self.digest)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about the caller: client, user, group, claim.<x> or interactive."""

    name: str
    matchers: tuple[Matcher, ...]

    def judge(self, call: Call, *, lets_more: bool) -> Truth:
        answers = [
            _judge_leaf(self.matchers, value, call.facts)
            for value in _values(fact_value(self.name, call.facts))
        ]
        if not answers:
            return Truth.DOUBT
        return any_of(answers) if self.name == "group" or not lets_more else all_of(answers)


@dataclass(frozen=True, slots=True)
class Hours:
    """Days of the week (0 is Monday) and minutes of the day, local time; wraps past midnight."""

    days: frozenset[int]
    start: int
    end: int

    def covers(self, at: datetime) -> bool:
        minute = at.hour * 60 + at.minute
        if self.start < self.end:
            return at.weekday() in self.days and self.start <= minute < self.end
        yesterday = (at - timedelta(days=1)).weekday()
        late = at.weekday() in self.days and minute >= self.start
        return late or (yesterday in self.days and minute < self.end)


@dataclass(frozen=True, slots=True)
class WithinHours:
    """The time of the call lies in one of the spans."""

    spans: tuple[Hours, ...]
    name: str = "hours"

    def judge(self, call: Call, *, lets_more: bool) -> Truth:
        return truth(any(span.covers(call.facts.at) for span in self.spans))


@dataclass(frozen=True, slots=True)
class Seen:
    """This session has called something that one of the patterns, as they are written, names."""

    patterns: tuple[str, ...]
    name: str = "seen"

    def judge(self, call: Call, *, lets_more: bool) -> Truth:
        known = [call.facts.seen.get(pattern) for pattern in self.patterns]
        return any_of([Truth.DOUBT if one is None else truth(one) for one in known])


@dataclass(frozen=True, slots=True)
class SignedInWithin:
    """The person has signed in, and given proof of that, not longer ago than so many seconds.

    A moment that is not known is doubt, and so is one that is still to come.
    """

    seconds: int
    name: str = "signed_in_within"

    def judge(self, call: Call, *, lets_more: bool) -> Truth:
        moment = call.facts.signed_in_at
        age = math.nan if moment is None else call.facts.at.timestamp() - moment
        return truth(age <= self.seconds) if 0 <= age < math.inf else Truth.DOUBT


def person_facts(conditions: Iterable[Condition]) -> frozenset[str]:
    """The facts of the person that conditions look at: `user`, `group` and `claim.<x>`."""
    found: set[str] = set()
    for one in conditions:
        if isinstance(one, Argument):
            found |= referred(one.matchers)
        elif isinstance(one, Fact) and one.name not in {"client", "interactive"}:
            found.add(one.name)
    return frozenset(found)


def _judge_leaf(matchers: Sequence[Matcher], leaf: Json | Missing, facts: Facts) -> Truth:
    if isinstance(leaf, Missing):
        return Truth.DOUBT
    return all_of([matcher.judge(leaf, facts) for matcher in matchers])


def reach(arguments: Arguments, path: Sequence[str]) -> Iterator[Json | Missing]:
    """The values at a path, lists opened on the way; one MISSING where there is none."""
    value: Json = arguments
    for depth, key in enumerate(path):
        if _is_list(value):
            for element in value:
                inner = element if isinstance(element, Mapping) else {}
                yield from reach(inner, path[depth:])
            return
        members = value if isinstance(value, (dict, Mapping)) else {}
        blurred = has_twin(members, key)
        if blurred or key not in members:
            yield BLURRED if blurred else MISSING
            return
        value = members[key]
    yield from _values(value)


def _meets_list(arguments: Arguments, path: Sequence[str]) -> bool:
    """Whether what stands at a path is a list, or lies in one."""
    value: Json = arguments
    for key in path:
        if not isinstance(value, Mapping):
            return _is_list(value)
        value = value.get(key)
    return _is_list(value)


def _values(value: Json) -> Iterator[Json | Missing]:
    if _is_list(value):
        for element in value:
            yield from _values(element)
    else:
        yield value


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    # The plain types first: to ask for an abstract one is slow.
    return not isinstance(value, (str, dict)) and isinstance(value, Sequence)
