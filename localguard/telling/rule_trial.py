"""What one rule or answer does, tried on the last calls: which it matches, and what it changes.

A call whose record does not hold all of it cannot be tried, which is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import word
from localguard.policy.grants import Answer
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from localguard.telling.backtest import Recalled, with_paths, would_match
from localguard.telling.counts import count
from localguard.telling.entries import Record, local_time, value
from localguard.telling.recent_calls import Recent

_SHOWN: Final = 12


class _Tried(NamedTuple):
    record: Record
    here: str
    without: str


def answer_lines(answer: Answer, recent: Recent, home: str, recalled: Recalled) -> Iterator[str]:
    """How many of the last calls an answer would have settled."""
    yield would_match(recent, answer, home, recalled).told()


def rule_lines(
    profile: Profile, rule: Rule, recent: Recent, home: str, recalled: Recalled
) -> Iterator[str]:
    """How many of the last calls a rule matches, and which would go otherwise without it."""
    unknown, matched = 0, list[_Tried]()
    others = replace(profile, rules=tuple(one for one in profile.rules if one is not rule))
    roots = [root for one in profile.rules for root in one.roots]
    for past in recent.calls:
        record = past.record
        if not rule.concerns(str(record.get("server")), str(record.get("item"))):
            continue
        found = recalled(record)
        if found is None:
            unknown += 1
            continue
        call = with_paths(found, roots, home)
        if rule.applies(call, lets_more=rule.verb is Verb.ALLOW):
            matched.append(_Tried(record, _word(profile, call), _word(others, call)))
    yield f"matches {len(matched)} of the last {count(len(recent.calls), 'call')}"
    if unknown:
        yield f"  {count(unknown, 'call')} could not be tried: the records do not hold all of them"
    yield from _otherwise(matched)


def _otherwise(matched: Sequence[_Tried]) -> Iterator[str]:
    flipped = [one for one in matched if one.here != one.without]
    if not matched:
        return
    yield f"  without it {len(flipped)} of these would go otherwise"
    for one in flipped[:_SHOWN]:
        target = f"{value(one.record, 'server')}/{value(one.record, 'item')}"
        call, when = value(one.record, "call"), local_time(one.record)
        yield f"  {call}  {when}  {target}: {one.here}, without it {one.without}"
    if len(flipped) > _SHOWN:
        yield f"  and {len(flipped) - _SHOWN} more"


def _word(profile: Profile, call: Call) -> str:
    return word(decide(Standing(profile), call))
