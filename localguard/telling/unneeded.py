"""The rules that allow, and the remembered answers, that no call of some days has needed.

A rule is needed by a call that would be decided otherwise without it. Of two that allow the same
calls the later one is told, and never both. Where the record of a call does not hold all of it,
nothing is said of the rules that name it. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from localguard.config.remembered import roots_of
from localguard.config.remembered_entries import Entry
from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import word
from localguard.policy.grants import Answer
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from localguard.telling.backtest import Recalled, with_paths
from localguard.telling.entries import value
from localguard.telling.recent_calls import Recent


@dataclass(frozen=True, slots=True)
class Unneeded:
    """One that could go: its place, and why. `matched` calls it speaks of go as well without it.

    `id` is that of a remembered answer.
    """

    place: str
    kind: Literal["rule", "answer"]
    matched: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Unneededs:
    """All of them, by `calls` since `since` (ISO 8601); of `unsure` rules nothing can be said."""

    found: tuple[Unneeded, ...]
    unsure: tuple[str, ...]
    calls: int
    unknown: int
    since: str | None
    damaged: int


def unneeded(
    profile: Profile, answers: Sequence[Entry], recent: Recent, home: str, recalled: Recalled
) -> Unneededs:
    """What no call has needed. `answers` are the entries that the answers of the profile are."""
    own = [one.record for one in recent.calls if one.record.get("profile") == profile.name]
    looking: list[Rule | Answer] = [*profile.rules, *profile.answers]
    roots = [root for one in looking for root in roots_of(one)]
    known, lost = list[Call](), list[tuple[str, str]]()
    for record in own:
        call = recalled(record)
        if call is None:
            lost.append((value(record, "server"), value(record, "item")))
        else:
            known.append(with_paths(call, roots, home))
    spoken = [*_rules(profile, known, lost), *_answers(profile, answers, known, lost)]
    return Unneededs(
        tuple(one for one in spoken if isinstance(one, Unneeded)),
        tuple(one for one in spoken if isinstance(one, str)),
        len(own),
        len(lost),
        value(own[0], "t") if own else None,
        recent.damaged,
    )


def _rules(
    profile: Profile, calls: Sequence[Call], lost: Sequence[tuple[str, str]]
) -> list[Unneeded | str]:
    """The person's own rules, the last one first, each tried without those told before it."""
    found: list[Unneeded | str] = []
    allowing = [one for one in profile.rules if one.verb is Verb.ALLOW]
    for rule in sorted(allowing, key=lambda one: one.origin, reverse=True):
        if rule.managed or rule.trial:
            continue
        matched = [one for one in calls if rule.applies(one, lets_more=True)]
        without = replace(profile, rules=tuple(one for one in profile.rules if one is not rule))
        if any(_word(profile, one) != _word(without, one) for one in matched):
            continue
        if any(rule.concerns(*name) for name in lost):
            found.append(str(rule.origin))
        else:
            found.append(Unneeded(str(rule.origin), "rule", len(matched)))
            profile = without
    return found[::-1]


def _word(profile: Profile, call: Call) -> str:
    return word(decide(Standing(profile), call))


def _answers(
    profile: Profile,
    entries: Sequence[Entry],
    calls: Sequence[Call],
    lost: Sequence[tuple[str, str]],
) -> Iterator[Unneeded | str]:
    ordered = sorted((one for one in entries if one.kind == "answer"), key=lambda one: one.index)
    for answer, entry in zip(profile.answers, ordered, strict=False):
        matched = [one for one in calls if answer.covers(profile.name, one)]
        others = tuple(one for one in profile.answers if one is not answer)
        without = replace(profile, answers=others)
        if any(_word(profile, one) != _word(without, one) for one in matched):
            continue
        if any(answer.target == "/".join(name) for name in lost):
            yield entry.place
        else:
            yield Unneeded(entry.place, "answer", len(matched), entry.id)
