"""Calls that one question is about.

The reads of a reviewed server are one question, since one rule by mark can say them all, and those
that reach out are another; resources and prompts of a server are one each; every other tool is a
question by itself. Pure.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from localguard.policy.calls import Call
from localguard.telling.entries import value
from localguard.telling.learning_calls import LEFT_OUT, Observation

Kind = Literal["reads", "tool", "resources", "prompts"]

_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("resource:", "resources"),
    ("prompt:", "prompts"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Calls to the items of one server. `counted` are those that a rule may be learned from."""

    server: str
    kind: Kind
    counted: tuple[Observation, ...]
    left: tuple[Observation, ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """The items that were called, those that were called most first."""
        told = self.counted or self.left
        calls = Counter(one.call.item for one in told)
        return tuple(item for item, _ in sorted(calls.items(), key=lambda one: (-one[1], one[0])))

    @property
    def open(self) -> bool:
        """Whether what was called reaches out, so that its answers may be anybody's."""
        return any(is_open(one.call) for one in (*self.counted, *self.left))

    @property
    def days(self) -> tuple[str, ...]:
        """On which days (UTC) the counted calls were made."""
        days = {value(one.past.record, "t")[:10] for one in self.counted}
        return tuple(sorted(days))

    @property
    def reasons(self) -> Counter[str]:
        """How many calls do not count, by the reason in words."""
        return Counter(LEFT_OUT[one.left] for one in self.left)

    def with_picked(self, ids: Collection[str]) -> "Group":
        """The group with the calls of these ids counted, for a person has picked them."""
        picked = tuple(one for one in self.left if one.id in ids)
        left = tuple(one for one in self.left if one.id not in ids)
        return Group(self.server, self.kind, (*self.counted, *picked), left)


def groups(observations: Iterable[Observation]) -> tuple[Group, ...]:
    """One for each question: those with most calls that count first."""
    found: dict[tuple[str, Kind, str], list[Observation]] = {}
    for one in observations:
        kind = _kind(one.call)
        name = {"tool": one.call.item, "reads": "open" if is_open(one.call) else ""}.get(kind, "")
        found.setdefault((one.call.server, kind, name), []).append(one)
    made = [_group(server, kind, calls) for (server, kind, _), calls in found.items()]
    return tuple(sorted(made, key=_order))


def _group(server: str, kind: Kind, calls: Iterable[Observation]) -> Group:
    counted, left = list[Observation](), list[Observation]()
    for one in calls:
        (left if one.left else counted).append(one)
    return Group(server, kind, tuple(counted), tuple(left))


def is_open(call: Call) -> bool:
    """Whether the tool says that it reaches out, or does not say that it does not."""
    return "open" in (call.facts.marks or ())


def _kind(call: Call) -> Kind:
    for start, kind in _KINDS:
        if call.item.startswith(start):
            return kind
    return "reads" if call.facts.confirmed and "read" in (call.facts.marks or ()) else "tool"


def _order(group: Group) -> tuple[int, int, str, str]:
    return -len(group.counted), -len(group.left), group.server, group.items[0]
