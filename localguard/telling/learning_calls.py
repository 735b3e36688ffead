"""What there is to learn from: calls that no rule of the profile settles, and what became of them.

A call counts if a person said yes to it, or if it passed while the profile was observed. One that
was denied, that nobody answered, or that came after content from outside is shown and counts only
where a person picks it. What is new, changed or destructive teaches nothing at all. Pure.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from localguard.config.remembered import roots_of
from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Allow, Decision, Deny
from localguard.policy.docket import DESTRUCTIVE
from localguard.policy.grants import Answer
from localguard.policy.pins import CHANGED, NEW
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule
from localguard.telling.backtest import Recalled, with_paths
from localguard.telling.entries import value
from localguard.telling.known import Known
from localguard.telling.recent_calls import Past, Recent

Left = Literal["", "denied", "refused", "unanswered", "edited", "open", "old"]
"""Why a call does not count until a person picks it; "" for one that counts."""

LEFT_OUT: Final[Mapping[str, str]] = {
    "denied": "you denied it",
    "refused": "it was denied",
    "unanswered": "nobody answered it",
    "edited": "you let it pass with other arguments",
    "open": "made after content from outside had come into the session",
    "old": "allowed by rules that are gone",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """One call that no rule settles; `left` says why it does not count, if so."""

    past: Past
    call: Call
    left: Left

    @property
    def id(self) -> str:
        """The id of the call."""
        return value(self.past.record, "call")

    @property
    def denied_by_person(self) -> bool:
        """Whether a person said no to it."""
        return self.past.answer == "deny"


@dataclass(slots=True)
class Material:
    """All observations, and how many calls are none.

    `unknown` records do not hold the whole call; `barred` are the calls to what is new, changed or
    destructive, by target and reason; `by_rule` those that a rule asks for, by its place.
    """

    observations: list[Observation] = field(default_factory=list)
    calls: int = 0
    unknown: int = 0
    barred: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)


def material(
    profile: Profile,
    recent: Recent,
    tainted: Collection[str],
    known: Iterable[Known],
    *,
    home: str,
    recalled: Recalled,
) -> Material:
    """What the last calls under a profile (joined with the organisation's policy) can teach.

    `tainted` are the ids of `learning_taint.after_open`, `known` the tools as they are now.
    """
    found = Material()
    looking: list[Rule | Answer] = [*profile.rules, *profile.answers]
    roots = [root for one in looking for root in roots_of(one)]
    now = {(one.server, one.item): one.marks for one in known}
    for past in recent.calls:
        if past.record.get("profile") != profile.name:
            continue
        found.calls += 1
        call = recalled(past.record)
        if call is None:
            found.unknown += 1
            continue
        marks = now.get((call.server, call.item), frozenset())
        one = Observation(past, with_paths(call, roots, home), _left(past, tainted))
        _take(found, profile, one, marks)
    return found


def _take(found: Material, profile: Profile, one: Observation, now: frozenset[str] | None) -> None:
    decision = decide(Standing(profile), one.call)
    if isinstance(decision, Allow):
        return
    if not is_default(profile, one.call, decision):
        if not isinstance(decision, Deny) and one.past.answer == "allow":
            found.by_rule[decision.by] += 1
        return
    why = next(_unteachable(one, decision, now), None)
    if why is None:
        found.observations.append(one)
    else:
        found.barred[one.call.target, why] += 1


def is_default(profile: Profile, call: Call, decision: Decision) -> bool:
    """Whether no rule has decided, but what holds where none does."""
    return decision.rule is None and decision.by == profile.default_place(call.server)


def _unteachable(one: Observation, decision: Decision, now: frozenset[str] | None) -> Iterator[str]:
    """Why a call can teach nothing, by what it was then and by what its tool is now."""
    then = one.call.facts.marks
    if then is None:
        yield "its definition was never seen"
    marks = (then or frozenset()) | (now or frozenset())
    if NEW in marks or CHANGED in marks:
        yield "its definition is new or changed"
    risky = not isinstance(decision, Deny) and decision.duties.destructive
    if DESTRUCTIVE in marks or risky or value(one.past.record, "risk") == DESTRUCTIVE:
        yield "it is destructive"


def _left(past: Past, tainted: Collection[str]) -> Left:
    record = past.record
    if past.answer == "deny":
        return "denied"
    if past.asked and past.answer is None:
        return "unanswered"
    if past.edited:
        return "edited"
    if record.get("kind") == "refused":
        return "refused"
    if value(record, "call") in tainted:
        return "open"
    return "" if past.asked or record.get("observed") is True else "old"
