"""What the audit log is told of the desk: one record for each thing that happened there."""

from collections.abc import Iterator
from datetime import UTC, datetime

from localguard.approvals.happenings import (
    Closed,
    Decided,
    Granted,
    Happening,
    Kept,
    Stopped,
    Storm,
    Troubled,
)
from localguard.approvals.kept import Leave, Remembered
from localguard.approvals.requests import Finished
from localguard.audit import records
from localguard.audit.people import person

_ANSWERED = frozenset({"allowed", "granted", "denied"})
"""How a request closes by an answer, which has a record of its own."""


def records_of(happening: Happening) -> Iterator[records.Record]:
    """The records of one happening, oldest first."""
    match happening:
        case Decided():
            yield _answer(happening)
        case Closed() if happening.finished.how not in _ANSWERED:
            yield _closed(happening.finished)
        case Granted():
            yield _leave(happening.leave)
        case Kept():
            yield _kept(happening.remembered)
        case Stopped():
            yield _stopped(happening)
        case Storm():
            yield records.Chosen(what="storm", value=happening.target, who=happening.who)
        case Troubled():
            yield records.Trouble(request=happening.request, why=happening.why)
        case _:
            pass


def _answer(decided: Decided) -> records.Answer:
    call, answered = decided.request.matter.call, decided.answered
    return records.Answer(
        request=decided.request.id,
        server=call.server,
        item=call.item,
        decision="allow" if answered.allow else "deny",
        scope=answered.scope,
        who=answered.who,
        reason=answered.reason,
        edited=answered.arguments is not None,
        person=person(call.facts.person),
        receipt=answered.receipt,
    )


def _closed(finished: Finished) -> records.Closed:
    return records.Closed(
        request=finished.id, server=finished.server, item=finished.item, how=finished.how
    )


def _stopped(stopped: Stopped) -> records.Closed:
    call = stopped.request.matter.call
    how = f"stopped by {stopped.who}, and waits again"
    return records.Closed(request=stopped.request.id, server=call.server, item=call.item, how=how)


def _leave(leave: Leave) -> records.Leave:
    server, _, item = leave.target.partition("/")
    until = datetime.fromtimestamp(leave.until, UTC).isoformat(timespec="seconds")
    return records.Leave(request=leave.request, server=server, item=item, until=until)


def _kept(remembered: Remembered) -> records.Chosen:
    verb = "allow" if remembered.answer.allows else "deny"
    value = f"{verb} {remembered.answer.target} ({remembered.scope})"
    return records.Chosen(what="remembered", value=value, who=remembered.who)
