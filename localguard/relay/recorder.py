"""What the relay tells the audit log.

A decision must be written (`must`); everything else is written where it can be, and a failure shows
in the gap that the journal records when it can write again, and in the denial of the next call.
"""

from collections.abc import Callable
from typing import Protocol

from localguard.audit.people import Person, person
from localguard.audit.records import FromServer, LateOutcome, Outcome, Record, Status
from localguard.errors import AuditFault
from localguard.policy.calls import SignedIn
from localguard.relay.exchange import Open
from localguard.text import safe


class Log(Protocol):
    """The audit log as the relay knows it."""

    def write(self, record: Record, *, durable: bool = False) -> int:
        """Put a record in the kernel, or on disk if it is to be durable. Raises AuditFault."""
        ...

    def belong_to(self, person: Person | None) -> None:
        """Name a person in each record from now on that names none itself; None for nobody."""
        ...


class Recorder:
    """Numbers the calls of a session and writes its records.

    `size` is the length in bytes of the line that is being handled, `person` who is signed in.
    """

    def __init__(self, log: Log, instance: str, monotonic: Callable[[], float]) -> None:
        self.size = 0
        self.person: Person | None = None
        self._log = log
        self._instance = instance
        self._monotonic = monotonic
        self._calls = 0

    def belong_to(self, signed_in: SignedIn | None) -> None:
        """Who is signed in from now on; None for nobody."""
        now = person(signed_in)
        if now != self.person:
            self.person = now
            self._log.belong_to(now)

    def next_call(self) -> str:
        """A new call id: unique over all guards and short enough to type."""
        self._calls += 1
        return f"{self._instance}-{self._calls}"

    def must(self, record: Record, *, durable: bool = False) -> None:
        """Write a record. Raises AuditFault."""
        self._log.write(record, durable=durable)

    def tell(self, record: Record) -> None:
        """Write a record if the log can be written."""
        try:
            self._log.write(record)
        except AuditFault:
            return

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return self._monotonic()

    def wish(self, method: str, refusal: str | None) -> str | None:
        """Record what the server asks of the client; why it may not, also if the log refuses."""
        reason = refusal or "from_server allows it"
        try:
            self.must(
                FromServer(
                    method=safe(method, 80),
                    decision="allow" if refusal is None else "deny",
                    reason=reason,
                )
            )
        except AuditFault as fault:
            return refusal or fault.explain()
        return refusal

    def outcome(self, entry: Open, status: Status, code: int | None = None) -> None:
        """Record how a judged call ended; calls that were not judged have no outcome."""
        elapsed = round((self._monotonic() - entry.started) * 1000, 3)
        size = 0 if status in ("lost", "cancelled", "unknown") else self.size
        for call in (entry.call, *entry.parts):
            if call is not None:
                outcome = Outcome(
                    call=call,
                    status=status,
                    code=code,
                    bytes=size,
                    milliseconds=elapsed,
                    redacted=entry.redacted,
                )
                same = entry.person is self.person
                self.tell(outcome if same else LateOutcome.of(outcome, entry.person))
