"""Recorded calls judged anew: by another profile, or by one answer that is to be remembered.

`profile test --last N` tells which calls would be decided otherwise, and whoever is about to
remember an answer, which calls it would have settled, and which of them a person denied. A call
is judged by the facts of its record, as they were then. What only the new rules look at was not
recorded: paths are taken as they are written, and all else is unknown, which is doubt.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from localguard.config.remembered import roots_of
from localguard.config.tests import lexical_paths
from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Decision, word
from localguard.policy.grants import Answer
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule
from localguard.telling.counts import count
from localguard.telling.entries import WORDS, Record, local_time, value
from localguard.telling.recent_calls import Past, Recent

Recalled = Callable[[Record], Call | None]
"""The call that a record holds, or None where it does not hold all of it."""

_ORDER: Final = ("allow", "ask", "deny")


@dataclass(frozen=True, slots=True)
class Judged:
    """A recorded call: what was decided, and what would be now (None: it cannot be judged)."""

    record: Record
    then: str
    now: Decision | None

    @property
    def flipped(self) -> bool:
        """Whether it would be decided otherwise."""
        return self.now is not None and word(self.now) != self.then


@dataclass(frozen=True, slots=True)
class Matched:
    """What an answer or a denial would have matched among the last calls.

    Of the `matched` a person was `asked` about some, and `denied` some. `unknown` are calls to what
    it names whose records do not hold the whole call, `damaged` lines that could not be read.
    """

    calls: int
    matched: int = 0
    asked: int = 0
    denied: int = 0
    unknown: int = 0
    damaged: int = 0

    def told(self) -> str:
        """One line for a person."""
        if not self.calls:
            return "no call is in the audit log yet, so what it would have matched is not known"
        parts = [
            f"would have matched {self.matched} of the last {count(self.calls, 'call')},"
            f" {self.denied} of which you denied"
        ]
        if self.unknown:
            whole = "the record does" if self.unknown == 1 else "the records do"
            parts.append(f"{self.unknown} could not be judged: {whole} not hold the whole call")
        if self.damaged:
            parts.append(f"{count(self.damaged, 'line')} of the log could not be read")
        return "; ".join(parts)


def would_match(recent: Recent, meaning: Answer | Rule, home: str, recalled: Recalled) -> Matched:
    """What would have been settled by an answer, or denied by a rule, among the last calls."""
    roots = roots_of(meaning)
    unknown, matched = 0, list[Past]()
    for past in recent.calls:
        if not _names(meaning, past.record):
            continue
        call = recalled(past.record)
        if call is None:
            unknown += 1
        elif _matches(meaning, past.record, with_paths(call, roots, home)):
            matched.append(past)
    return Matched(
        len(recent.calls),
        len(matched),
        sum(one.asked for one in matched),
        sum(one.answer == "deny" for one in matched),
        unknown,
        recent.damaged,
    )


def _names(meaning: Answer | Rule, record: Record) -> bool:
    server, item = str(record.get("server")), str(record.get("item"))
    if isinstance(meaning, Rule):
        return meaning.concerns(server, item)
    return meaning.target == f"{server}/{item}"


def _matches(meaning: Answer | Rule, record: Record, call: Call) -> bool:
    if isinstance(meaning, Rule):
        return meaning.applies(call, lets_more=False)
    return meaning.covers(str(record.get("profile")), call)


def last_decided(records: Iterable[Record], number: int) -> Sequence[Record]:
    """The last calls, the oldest first: for each what policy said first, not what a person did."""
    first: dict[str, Record] = {}
    for record in records:
        if record.get("kind") in WORDS and record.get("direction", "client") == "client":
            first.setdefault(value(record, "call"), record)
    return deque(first.values(), maxlen=number)


def judged(
    records: Iterable[Record], profile: Profile, home: str, recalled: Recalled
) -> list[Judged]:
    """Each recorded call under a profile."""
    roots = [root for rule in profile.rules for root in rule.roots]
    return [_judged(record, profile, roots, home, recalled) for record in records]


def _judged(
    record: Record, profile: Profile, roots: Sequence[str], home: str, recalled: Recalled
) -> Judged:
    call = recalled(record)
    now = None if call is None else decide(Standing(profile), with_paths(call, roots, home))
    return Judged(record, WORDS[value(record, "kind")], now)


def with_paths(call: Call, roots: Iterable[str], home: str) -> Call:
    """A recorded call, with the paths that were not recorded taken as they are written."""
    paths = {**lexical_paths(call.arguments, roots, home), **call.facts.paths}
    return replace(call, facts=replace(call.facts, paths=paths))


def told(profile: Profile, found: Sequence[Judged]) -> Iterator[str]:
    """The counts, and each call that would be decided otherwise."""
    flips = [one for one in found if one.flipped]
    unknown = sum(one.now is None for one in found)
    calls = count(len(found), "call")
    yield f"{profile.name}: the last {calls} judged anew, {len(flips)} otherwise"
    yield f"  then  {_counts(one.then for one in found if one.now)}"
    yield f"  now   {_counts(word(one.now) for one in found if one.now)}"
    if unknown:
        yield f"  {unknown} could not be judged: their records do not hold the whole call"
    for one in flips:
        yield from _flip(one)


def _flip(one: Judged) -> Iterator[str]:
    if one.now is not None:
        target = f"{value(one.record, 'server')}/{value(one.record, 'item')}"
        yield ""
        yield f"{value(one.record, 'call')}  {local_time(one.record)}  {target}"
        yield f"  {one.then:<5} by {value(one.record, 'rule') or 'no rule'}"
        yield f"  {word(one.now):<5} by {one.now.by}: {one.now.reason}"


def _counts(words: Iterable[str]) -> str:
    counted = Counter(words)
    return ", ".join(f"{counted[name]} {name}" for name in _ORDER)


def fields(profile: Profile, found: Sequence[Judged]) -> Mapping[str, object]:
    """The same for a program."""
    return {
        "profile": profile.name,
        "digest": profile.digest,
        "calls": len(found),
        "unknown": sum(one.now is None for one in found),
        "then": Counter(one.then for one in found if one.now),
        "now": Counter(word(one.now) for one in found if one.now),
        "flips": [
            {
                "call": one.record.get("call"),
                "server": one.record.get("server"),
                "item": one.record.get("item"),
                "then": {"decision": one.then, "by": one.record.get("rule")},
                "now": {"decision": word(one.now), "by": one.now.by, "reason": one.now.reason},
            }
            for one in found
            if one.flipped and one.now
        ],
    }
