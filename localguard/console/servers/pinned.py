"""Pins of servers, from their files: what the screen of servers needs, done beside the screen.

Who may answer, how a server is started and where a record goes is said by whoever makes this.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from anyio import to_thread

from localguard.audit.records import Pin as PinRecord
from localguard.console.servers.ports import KnownServer, Looked
from localguard.console.services import Told
from localguard.errors import LocalguardError, ServerFault
from localguard.pinning.faults import PinFault
from localguard.pinning.store import PinStore
from localguard.policy.pins import Account
from localguard.telling.pin_texts import names_elsewhere
from localguard.telling.reviews import Review, forget, settle
from localguard.telling.subjects import Subject, seen_beside, seen_last, subjects

Visit = Callable[[str], tuple[Subject, Callable[[], Account]]]
"""Which server is meant by a name, and how to hear what it says. Both raise LocalguardError."""


def this_moment() -> str:
    """Now, to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class PinnedServers:
    """`Pins` over a store.

    `record` writes to the audit log, on disk before it returns. `refusal` says why this process may
    not answer for the person; None where it may. `visit` starts servers.
    """

    def __init__(
        self,
        store: PinStore,
        record: Callable[[PinRecord], None],
        refusal: Callable[[], str | None],
        visit: Visit | None = None,
        now: Callable[[], str] = this_moment,
    ) -> None:
        self._store = store
        self._record = record
        self._refusal = refusal
        self._visit = visit
        self._now = now

    async def known(self) -> Sequence[KnownServer]:
        """Every server of which anything is pinned or was seen, by name."""
        return await to_thread.run_sync(self._known)

    async def look(self, server: str, *, start: bool) -> Looked:
        """What a review is to show: what guards saw last, or what it says when it is started."""
        return await to_thread.run_sync(self._look, server, start)

    async def confirm(self, review: Review, answers: Sequence[bool]) -> Told:
        """Record and pin what was confirmed of the steps of a review, and nothing else."""
        return await to_thread.run_sync(self._confirm, review, answers)

    def _known(self) -> list[KnownServer]:
        return [self._server(name) for name in self._store.names()]

    def _server(self, name: str) -> KnownServer:
        try:
            return KnownServer(name, subjects(self._store, name))
        except PinFault as fault:
            return KnownServer(name, fault=fault.explain())

    def _look(self, server: str, start: bool) -> Looked:
        try:
            subject, live, told = self._started(server) if start else self._seen(server)
            if subject is None or live is None:
                return Looked(None, told)
            review = Review(subject, live, names_elsewhere(self._store, server))
            if not review.steps:
                forget(self._store, subject)
                return Looked(None, "nothing to review, it is as it was confirmed")
        except LocalguardError as fault:
            return Looked(None, fault.explain())
        return Looked(review, told)

    def _seen(self, server: str) -> tuple[Subject | None, Account | None, str]:
        found = subjects(self._store, server)
        if not found:
            return None, None, "nothing was seen of it yet: start it once through a client"
        return found[0], seen_last(found[0]), "as guards have seen it last"

    def _started(self, server: str) -> tuple[Subject | None, Account | None, str]:
        if self._visit is None:
            return None, None, f"run: localguard server review {server}"
        subject, hear = self._visit(server)
        try:
            return subject, seen_beside(subject, hear()), "as it says now"
        except ServerFault as fault:
            last = seen_last(subject)
            return subject, last, f"{fault.explain()} So this is what was seen of it last."

    def _confirm(self, review: Review, answers: Sequence[bool]) -> Told:
        refusal = self._refusal()
        if refusal is not None:
            return Told(False, f"nothing can be confirmed here: {refusal}")
        pin = review.after(answers, self._now())
        if pin is None:
            return Told(False, "Nothing was confirmed, so nothing has changed.")
        try:
            # What cannot be recorded is not confirmed.
            self._record(review.record(pin))
            return Told(True, settle(self._store, review, pin, refused=list(answers).count(False)))
        except LocalguardError as fault:
            return Told(False, f"nothing was confirmed: {fault.explain()}")
