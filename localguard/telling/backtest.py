"""`profile test --last N`: recorded calls judged anew, and which would be decided otherwise.

A call is judged by the facts of its record, as they were then. What only the new rules look at was
not recorded: paths are taken as they are written, and all else is unknown, which is doubt.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from localguard.config.tests import lexical_paths
from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Decision, word
from localguard.policy.profile import Profile
from localguard.telling.counts import count
from localguard.telling.entries import WORDS, Record, local_time, value

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
    now = None
    if call is not None:
        paths = {**lexical_paths(call.arguments, roots, home), **call.facts.paths}
        known = replace(call, facts=replace(call.facts, paths=paths))
        now = decide(Standing(profile), known)
    return Judged(record, WORDS[value(record, "kind")], now)


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
