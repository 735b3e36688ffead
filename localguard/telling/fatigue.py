"""Whether a person is asked too often, and what could be asked for no more.

Who answers the same question with yes over and over no longer reads it. Figures and suggestions
alone: nothing here is made a rule.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from localguard.config.fixed import Fixed, offers
from localguard.policy.docket import DESTRUCTIVE
from localguard.telling.entries import value
from localguard.telling.recent_calls import Past
from localguard.telling.tallies import Known

STRAIGHT: Final = 5
"""Approvals of one shape, without a no among them, after which a rule is suggested."""

MANY: Final = 30
"""Prompts in an hour after which it is suggested to pause the client."""

_HOUR: Final = timedelta(hours=1)


def straight(calls: Sequence[Past], server: str, item: str, by: str) -> int:
    """How often in a row, up to now, a person said yes to what was asked of one item.

    `by` is the place of what asks. The calls are the last ones, the oldest first; one that nobody
    answered counts for nothing.
    """
    run, shape = 0, ("held", server, item, by)
    for past in reversed(calls):
        found = (value(past.record, name) for name in ("kind", "server", "item", "rule"))
        if tuple(found) != shape:
            continue
        if past.answer == "deny":
            break
        run += past.answer == "allow"
    return run


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule that would have answered `count` straight approvals of calls to one item.

    `fixed` is what all of them have in common, the narrowest of it, and `call` the last of them.
    `by` is the place of what asks.
    """

    server: str
    item: str
    by: str
    count: int
    fixed: tuple[Fixed, ...]
    call: str


@dataclass(frozen=True, slots=True)
class Fatigue:
    """Prompts within the last hour, by client too, and which clients ask too often."""

    last_hour: int
    by_client: Mapping[str, int]
    suggestions: tuple[Suggestion, ...]

    @property
    def pausing(self) -> tuple[str, ...]:
        """The clients that should rather be paused; "" is one without a name."""
        return tuple(name for name, count in self.by_client.items() if count > MANY)


def fatigue(calls: Iterable[Known], now: datetime) -> Fatigue:
    """The figures by the last calls, the oldest first."""
    asked = [one for one in calls if one.past.asked]
    late = [one for one in asked if _is_late(one, now)]
    clients = Counter(value(one.past.record, "client") for one in late)
    return Fatigue(len(late), dict(clients.most_common()), tuple(_suggestions(asked)))


def _is_late(one: Known, now: datetime) -> bool:
    try:
        return now - _HOUR < datetime.fromisoformat(value(one.past.record, "t")) <= now
    except (ValueError, TypeError):
        return False


def _suggestions(asked: Iterable[Known]) -> list[Suggestion]:
    """One for each item that was approved often enough since it was last denied."""
    runs: dict[tuple[str, str, str], list[Known]] = defaultdict(list)
    for one in asked:
        record = one.past.record
        shape = value(record, "server"), value(record, "item"), one.asked_by or ""
        if one.past.answer == "deny":
            runs[shape].clear()
        elif one.past.answer == "allow":
            runs[shape].append(one)
    found = (_suggestion(*shape, run) for shape, run in runs.items() if len(run) >= STRAIGHT)
    return [one for one in found if one is not None]


def _suggestion(server: str, item: str, by: str, run: Sequence[Known]) -> Suggestion | None:
    fixed = _common(run)
    destructive = any(value(one.past.record, "risk") == DESTRUCTIVE for one in run)
    if not by or not fixed or (destructive and all(isinstance(one.value, bool) for one in fixed)):
        return None
    return Suggestion(server, item, by, len(run), fixed, value(run[-1].past.record, "call"))


def _common(run: Sequence[Known]) -> tuple[Fixed, ...]:
    """Of each argument the narrowest that holds for every call; nothing where one is not known."""
    found = [None if one.call is None else offers(one.call.arguments) for one in run]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return ()
    shared = set.intersection(*({way for ways in one for way in ways} for one in known))
    chosen = (next((way for way in ways if way in shared), None) for ways in known[-1])
    return tuple(one for one in chosen if one is not None)
