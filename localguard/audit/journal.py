"""The only writer of the audit log.

`Journal.write` returns when the record is in the kernel, or on disk if it is to be `durable`, and
raises `AuditFault` when it is not: who calls it then refuses what was to be recorded. What is not
durable is on disk within `SYNC_SECONDS` and the time the disk takes, by a thread, provided that
`sync_with` was given a timer. After a disk refused something, each write fails until it takes a new
segment.

Whether the segment is still there, whole and its own, is looked at before each record that permits
something, with each sync, and otherwise once in `LOOK_SECONDS`: another record written within that
time after someone removed the segment is gone with it, and counted in the gap. What is broken is
repaired or replaced, and the gap recorded, without a restart. One journal per process, used from
one thread. Knows segments; what the records mean is none of its business.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from localguard.audit import vouching
from localguard.audit.checkpoints import Signer
from localguard.audit.folders import require_instance_name
from localguard.audit.people import Person
from localguard.audit.records import Cause, Record, Start
from localguard.audit.segment import Segment
from localguard.audit.settings import Settings
from localguard.audit.stamps import Clock, Stamps
from localguard.audit.succession import Succession
from localguard.audit.vouching import Vouching
from localguard.audit.witness import witness
from localguard.errors import AuditFault

LOOK_SECONDS: Final = 0.05
SYNC_SECONDS: Final = 0.04
CLOSE_SECONDS: Final = 5.0

_AT_ONCE: Final = float("-inf")

Later = Callable[[float, Callable[[], None]], object]
"""Calls a function after so many seconds, in the thread that writes."""


class Journal:
    """The audit log of one guard.

    `instance` names the guard in the names of its segments: letters, digits, `_` and `-`. `signer`
    gives the key for checkpoints when it is needed; while it raises a fault nothing can be written.
    """

    __slots__ = (
        "_each_call",
        "_later",
        "_look_at",
        "_segments",
        "_stamps",
        "_start",
        "_syncer",
        "_syncing",
        "_vouching",
        "_vouching_soon",
    )

    def __init__(
        self,
        folder: str,
        *,
        clock: Clock,
        monotonic: Clock,
        instance: str,
        settings: Settings | None = None,
        signer: Callable[[], Signer] | None = None,
    ) -> None:
        """Touch nothing yet: a folder that cannot be used is a fault of each write.

        Raises ValueError for a bad `instance` or witness.
        """
        require_instance_name(instance)
        settings = settings or Settings()
        told = None if settings.witness is None else witness(settings.witness)
        self._each_call = settings.durability == "call"
        self._stamps = Stamps(clock, monotonic)
        self._vouching = Vouching(signer, told)
        self._segments = Succession(folder, instance, self._stamps, self._vouching)
        self._syncer = self._segments.syncer
        self._later: Later | None = None
        self._syncing = self._vouching_soon = False
        self._look_at = _AT_ONCE
        self._start: Start | None = None

    def sync_with(self, later: Later) -> None:
        """Bring to disk by this timer what is not durable, from now on and from before."""
        self._later = later
        if self._syncing:
            self._set_timer()

    def belong_to(self, person: Person | None) -> None:
        """Name a person in each record from now on that names none itself; None for nobody."""
        self._stamps.belong_to(person)

    def write(self, record: Record, durable: bool = False) -> int:
        """Put `record` in the kernel, or on disk if `durable`; return its number in the segment.

        Raises AuditFault when it could not be written; the next call tries again from the start.
        """
        moment = self._stamps.monotonic()
        segments = self._segments
        segment = segments.current
        if durable or segment is None or moment >= self._look_at or self._syncer.failed:
            return self._write_carefully((record,), moment, durable)
        if record.permits and segment.breakage() is not None:
            return self._write_carefully((record,), moment, durable)
        try:
            number = segment.append(self._stamps.body(record, moment))
        except AuditFault:
            self._look_at = _AT_ONCE
            segments.miss(1, "unwritable")
            raise
        if segment.count >= segments.vouch_at or not self._syncing:
            self._look_after(segment)
        return number

    def write_all(self, records: Sequence[Record], durable: bool = False) -> int:
        """Write one or more records at once, all or none; return the number of the first.

        Raises AuditFault as `write` does.
        """
        return self._write_carefully(records, self._stamps.monotonic(), durable)

    def _write_carefully(self, records: Sequence[Record], moment: float, durable: bool) -> int:
        starts = [record for record in records if isinstance(record, Start)]
        self._start = starts[-1] if starts else self._start
        durable = durable or (self._each_call and any(one.kind == "intent" for one in records))
        segments = self._segments
        try:
            segment = segments.usable()
            owed = self._owed(segment, records)
            bodies = [self._stamps.body(record, moment) for record in (*owed, *records)]
            first = self._append(segment, bodies, durable)
        except AuditFault:
            self._look_at = _AT_ONCE
            # A start is not lost: it is kept, and written before anything else.
            if len(records) > len(starts):
                doubted = segments.current is not None and segments.current.doubted
                cause: Cause = "unsynced" if doubted else "unwritable"
                segments.miss(len(records) - len(starts), cause)
            raise
        if segments.gap in owed:
            segments.gap = None
        self._look_at = _AT_ONCE if segments.gap or self._each_call else moment + LOOK_SECONDS
        if bodies:
            self._look_after(segment)
        return first + len(owed)

    def _owed(self, segment: Segment, records: Sequence[Record]) -> list[Record]:
        """What has to stand in the segment before the records."""
        owed: list[Record] = []
        gap = self._segments.gap
        begins = segment.count == 0
        starts = bool(records) and isinstance(records[0], Start)
        if begins and not starts and self._start is not None:
            owed.append(self._start)
        if gap is not None and not (begins and starts):
            owed.append(gap)
        return owed

    def _append(self, segment: Segment, bodies: Sequence[bytes], durable: bool) -> int:
        if not bodies:
            return segment.count
        if not durable and self._segments.proven:
            return segment.append_all(bodies)
        first = segment.append_synced(bodies, self._syncer)
        self._segments.proven = True
        return first

    def _look_after(self, segment: Segment) -> None:
        """Have what was written brought to disk soon, and vouched for when it is time."""
        if not self._syncing:
            self._syncing = True
            self._set_timer()
        if segment.count >= self._segments.vouch_at:
            self._vouch(segment)

    def _set_timer(self) -> None:
        if self._later is not None:
            self._later(SYNC_SECONDS, self.sync)
            if not self._vouching_soon:
                self._vouching_soon = True
                self._later(vouching.SECONDS, self._vouch_now)

    def sync(self) -> None:
        """Have what was written brought to disk by a thread, and see whether it is still there."""
        if self._syncer.busy:
            self._set_timer()
            return
        self._syncing = False
        if self._segments.current is None and self._segments.gap is None:
            return
        news = self._vouching.news()
        # What cannot be written now will be told to who writes next.
        with suppress(AuditFault):
            self._write_carefully([news] if news else [], self._stamps.monotonic(), False)
        if self._segments.current is not None:
            self._segments.sync(self._segments.current)

    def _vouch_now(self) -> None:
        self._vouching_soon = False
        segment = self._segments.current
        if segment is not None:
            before = segment.count
            self._vouch(segment)
            if segment.count > before:
                self._look_after(segment)

    def _vouch(self, segment: Segment) -> None:
        if not self._segments.vouch(segment):
            self._look_at = _AT_ONCE

    def close(self) -> None:
        """Vouch for the rest, bring it to disk and give the file back.

        Waits for the disk, but not for ever. A later write begins a new segment.
        """
        if self._segments.current is not None:
            self._segments.retire(self._segments.current, None)
        self._syncer.finish(CLOSE_SECONDS)
