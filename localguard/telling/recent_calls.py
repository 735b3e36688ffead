"""The last calls of the audit log, with what was first decided and what a person said to each.

Reads the log from its end (`newest`), so that it costs the same whatever came before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from localguard.telling.entries import WORDS, Record, value


@dataclass(frozen=True, slots=True)
class Past:
    """A call: the record of what policy said first, and what a person said, if one was asked.

    `asked` also where a person had allowed the very call before; `answer` is `allow` or `deny`, and
    `edited` says that it was given to other arguments than the record's.
    """

    record: Record
    asked: bool = False
    answer: str | None = None
    edited: bool = False

    @property
    def then(self) -> str:
        """What policy said: `allow`, `ask` or `deny`."""
        return "ask" if self.asked else WORDS[value(self.record, "kind")]


@dataclass(frozen=True, slots=True)
class Recent:
    """The last calls, the oldest first. `damaged` lines among them could not be read."""

    calls: Sequence[Past] = ()
    damaged: int = 0


@dataclass(slots=True)
class _Found:
    """What was read so far, from the end."""

    first: dict[str, Record] = field(default_factory=dict)
    approvals: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    edited: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    damaged: int = 0
    late: int = 0


def recent_calls(newest_first: Iterable[Record | None], number: int) -> Recent:
    """The last calls of the client's, as many as `number`."""
    found = _Found()
    for record in newest_first:
        if record is None:
            found.damaged += 1
        elif record.get("kind") == "answer":
            _answered(found, record)
        elif _is_of_the_client(record) and not _taken(found, record, number):
            break
    calls = [_past(found, call, record) for call, record in found.first.items()]
    return Recent(tuple(reversed(calls)), found.damaged)


def _answered(found: _Found, record: Record) -> None:
    request = value(record, "request")
    found.answers.setdefault(request, value(record, "decision"))
    if record.get("edited") is True:
        found.edited.add(request)


def _is_of_the_client(record: Record) -> bool:
    return record.get("kind") in WORDS and record.get("direction", "client") == "client"


def _taken(found: _Found, record: Record, number: int) -> bool:
    """Take a decision in; False where all that is asked for is known."""
    call, approval = value(record, "call"), value(record, "approval")
    if call not in found.first and len(found.first) >= number:
        # A call that was answered was held before that, and how it was is still to be read.
        found.late += 1
        return bool(found.open) and found.late <= number
    earlier = found.first.pop(call, None)
    found.first[call] = record
    if approval:
        found.approvals.setdefault(call, approval)
    if record.get("kind") == "held":
        found.open.discard(call)
    elif approval and record.get("listed") is None and earlier is None:
        found.open.add(call)
    return True


def _past(found: _Found, call: str, record: Record) -> Past:
    approval = found.approvals.get(call)
    answer = found.answers.get(call) or (found.answers.get(approval) if approval else None)
    asked = record.get("kind") == "held" or approval is not None
    if answer is None and approval is not None:
        # Its answer lies further back, and what became of it tells the same.
        answer = "allow" if record.get("kind") == "intent" else None
    return Past(record, asked, answer, call in found.edited or approval in found.edited)
