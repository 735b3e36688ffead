"""Every rule, answer and leave that is in force, with where it is from and what it has done.

What a screen of rules and `rules list` show: the organisation's and the person's rules, remembered
denials and answers, and what guards hold for a while. Values alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from localguard.config.paths import Places
from localguard.config.remembered_entries import Entry
from localguard.config.remembered_file import entries
from localguard.policy.grants import Answer
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule
from localguard.telling.backtest import Recalled
from localguard.telling.fatigue import Fatigue, fatigue
from localguard.telling.recent_calls import Recent
from localguard.telling.rule_texts import pairs, rule_texts
from localguard.telling.tallies import Tallies, Tally, tallies

Source = Literal["profile", "managed", "remembered"]

LAST: Final = 2000
"""Calls that the figures are from."""

_APART: Final = frozenset({"rule", "target", "identity", "pin", "client", "person", "until", "id"})


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A rule: `text` is how it is written, `said` the comment above a remembered one.

    `expired` says that its `until` has passed.
    """

    place: str
    id: str | None
    verb: str
    text: str
    source: Source
    said: str
    until: datetime | None
    expired: bool
    tally: Tally

    @property
    def never_matched(self) -> bool:
        """Whether none of the last calls was one that it speaks of."""
        return self.tally.hits == 0


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """A remembered yes. `rule` is what it was given for, `text` the arguments it is bound to.

    `until` None is for good.
    """

    place: str
    id: str
    target: str
    client: str | None
    rule: str
    text: str
    said: str
    until: datetime | None
    expired: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class Passing:
    """A yes, a no or a leave for one call, of no profile's file: until a moment, or None.

    `id` is the request that it was given to.
    """

    text: str
    until: datetime | None
    allows: bool = True
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """All of it. `calls` is how many of the last calls the figures are from, since `since`.

    `unknown` of them hold too little to tell which rules they matched, `damaged` lines were
    unreadable.
    """

    profile: str
    rules: tuple[LiveRule, ...]
    answers: tuple[LiveAnswer, ...]
    passing: tuple[Passing, ...]
    fatigue: Fatigue
    calls: int
    since: str | None
    unknown: int
    damaged: int


def live_rules(
    places: Places,
    profile: Profile,
    recent: Recent,
    *,
    now: datetime,
    recalled: Recalled,
    passing: Iterable[Passing] = (),
) -> Live:
    """Everything in force under a profile, joined with what the organisation says.

    Raises ProfileFault for a file that is no longer there.
    """
    counted = tallies(profile, recent, places.home, recalled)
    written = entries(places, profile.name)
    texts = rule_texts(places, profile)
    said = {one.place: one.said for one in written}
    rules = sorted(profile.rules, key=lambda rule: rule.origin)
    return Live(
        profile.name,
        tuple(_rule(rule, texts, said, counted, now) for rule in rules),
        tuple(_answers(profile, written, counted, now)),
        tuple(passing),
        fatigue(counted.calls, now),
        len(counted.calls),
        counted.since,
        counted.unknown,
        recent.damaged,
    )


def _rule(
    rule: Rule,
    texts: Mapping[str, str],
    said: Mapping[str, str],
    counted: Tallies,
    now: datetime,
) -> LiveRule:
    place = str(rule.origin)
    source: Source = "remembered" if place in said else "managed" if rule.managed else "profile"
    return LiveRule(
        place,
        rule.id,
        rule.verb.value,
        texts.get(place, ""),
        source,
        said.get(place, ""),
        rule.until,
        rule.until is not None and rule.until <= now,
        counted.by_place.get(place, Tally()),
    )


def _answers(
    profile: Profile, written: Sequence[Entry], counted: Tallies, now: datetime
) -> Iterable[LiveAnswer]:
    """The answers of the file with their places, both in the order of their tables."""
    places = sorted((one.index, one) for one in written if one.kind == "answer")
    for answer, (_, one) in zip(profile.answers, places, strict=False):
        apart = {name: value for name, value in one.table.items() if name not in _APART}
        yield LiveAnswer(
            one.place,
            one.id,
            answer.target,
            answer.client,
            answer.rule,
            " ".join(pairs(apart)),
            one.said,
            answer.until,
            answer.until is not None and answer.until <= now,
            _settled(profile, answer, counted),
        )


def _settled(profile: Profile, answer: Answer, counted: Tallies) -> Tally:
    """What an answer covers of the last calls, whether it was there then or not."""
    tally = Tally()
    for one in counted.calls:
        if one.call is not None and answer.covers(profile.name, one.call):
            tally.hits += 1
            tally.last = str(one.past.record.get("t"))
    return tally
