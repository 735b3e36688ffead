"""How often each rule of a profile has matched, asked, and been answered with yes or no.

By the last calls that were made under the profile. A record that holds the whole call is judged by
the rules as they are now; of any other only the rule that decided is known, and only where the
profile has not changed since. What cannot be told is counted as that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from localguard.config.remembered import roots_of
from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Ask
from localguard.policy.grants import Answer
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from localguard.telling.backtest import Recalled, with_paths
from localguard.telling.entries import value
from localguard.telling.recent_calls import Past, Recent


@dataclass(slots=True)
class Tally:
    """Of one rule or answer: calls it matched, the last one's time (ISO 8601), and what it asked.

    `allowed` and `denied` are the answers of persons to what it asked.
    """

    hits: int = 0
    last: str | None = None
    prompts: int = 0
    allowed: int = 0
    denied: int = 0

    @property
    def approve_rate(self) -> float | None:
        """The part of the answers that was yes; None where nobody has answered yet."""
        answers = self.allowed + self.denied
        return self.allowed / answers if answers else None


@dataclass(frozen=True, slots=True)
class Known:
    """A call of the past with what is known of it: the whole call, and what asked for it.

    `asked_by` is the place of the rule or default that would ask now, or did; None where none.
    """

    past: Past
    call: Call | None
    asked_by: str | None


@dataclass(frozen=True, slots=True)
class Tallies:
    """The tallies of a profile by the places of its rules and defaults.

    `unknown` calls hold no more than their names; `since` is when the oldest call was made.
    """

    calls: tuple[Known, ...]
    by_place: Mapping[str, Tally]
    unknown: int
    since: str | None


@dataclass(slots=True)
class _Counting:
    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    unknown: int = 0


def tallies(profile: Profile, recent: Recent, home: str, recalled: Recalled) -> Tallies:
    """The tallies of a profile, by the last calls made under its name."""
    looking: list[Rule | Answer] = [*profile.rules, *profile.answers]
    roots = [root for one in looking for root in roots_of(one)]
    own = [one for one in recent.calls if one.record.get("profile") == profile.name]
    counting, known = _Counting(), list[Known]()
    for past in own:
        found = recalled(past.record)
        call = None if found is None else with_paths(found, roots, home)
        one = Known(past, call, _asked_by(profile, past, call))
        known.append(one)
        _count(counting, profile, one)
    since = value(own[0].record, "t") if own else None
    return Tallies(tuple(known), counting.tallies, counting.unknown, since)


def _count(counting: _Counting, profile: Profile, one: Known) -> None:
    places = set(_places(profile, one))
    if one.call is None and not places:
        counting.unknown += 1
    for place in places:
        tally = counting.tallies[place]
        tally.hits += 1
        tally.last = value(one.past.record, "t")
    if one.asked_by is not None:
        tally = counting.tallies[one.asked_by]
        tally.prompts += 1
        tally.allowed += one.past.answer == "allow"
        tally.denied += one.past.answer == "deny"


def _places(profile: Profile, one: Known) -> Iterator[str]:
    """Where the rules stand that have matched a call."""
    if one.call is not None:
        yield from _matching(profile.concerning(one.call.server, one.call.item), one.call)
    elif _is_same(profile, one.past):
        yield value(one.past.record, "rule")


def _matching(rules: Iterable[Rule], call: Call) -> Iterator[str]:
    for rule in rules:
        if rule.applies(call, lets_more=rule.verb is Verb.ALLOW):
            yield str(rule.origin)


def _asked_by(profile: Profile, past: Past, call: Call | None) -> str | None:
    if not past.asked:
        return None
    if _is_same(profile, past):
        return value(past.record, "rule") or None
    decision = None if call is None else decide(Standing(replace(profile, answers=())), call)
    return decision.by if isinstance(decision, Ask) else None


def _is_same(profile: Profile, past: Past) -> bool:
    """Whether a call was decided by the profile as it is now, so that its places still hold."""
    return past.record.get("profile_digest") == profile.digest
