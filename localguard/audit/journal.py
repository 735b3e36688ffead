"""The only writer of the audit log.

`Journal.write` returns when the record is in the kernel and raises `AuditFault` when it is not: who
calls it then refuses what was to be recorded. The next write looks first whether its segment is
still there, whole and its own, repairs or replaces it, and records the gap. One journal per
process, used from one thread. Knows segments; what the records mean is none of its business.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from localguard.audit.folders import require_instance_name
from localguard.audit.records import Gap, Record, Start
from localguard.audit.segment import Breakage, Segment
from localguard.errors import AuditFault

Clock = Callable[[], float]


class Journal:
    """The audit log of one guard.

    `clock` gives seconds since the epoch, `monotonic` seconds that never go back; `instance` names
    the guard in the names of its segments: letters, digits, `_` and `-`.
    """

    __slots__ = (
        "_clock",
        "_folder",
        "_gap",
        "_instance",
        "_monotonic",
        "_segment",
        "_start",
    )

    def __init__(self, folder: str, *, clock: Clock, monotonic: Clock, instance: str) -> None:
        """Touch nothing yet: the first write makes the segment. Raises ValueError (instance)."""
        require_instance_name(instance)
        self._folder = folder
        self._clock = clock
        self._monotonic = monotonic
        self._instance = instance
        self._segment: Segment | None = None
        self._start: Start | None = None
        self._gap: Gap | None = None

    @classmethod
    def open(cls, folder: str, *, clock: Clock, monotonic: Clock, instance: str) -> "Journal":
        """Return the journal of `folder`; a folder that cannot be used is a fault of each write."""
        return cls(folder, clock=clock, monotonic=monotonic, instance=instance)

    def write(self, record: Record) -> int:
        """Put `record` in the kernel and return its number in the segment.

        Raises AuditFault when it could not be written; the next call tries again from the start.
        """
        if isinstance(record, Start):
            self._start = record
        try:
            return self._append(self._ready_for(record), record)
        except AuditFault:
            # A start is not lost: it is kept, and written before anything else.
            if not isinstance(record, Start):
                self._miss(1, "unwritable")
            raise

    def close(self) -> None:
        """Give the file back. A later write begins a new segment."""
        if self._segment is not None:
            self._segment.close()
        self._segment = None

    def _ready_for(self, record: Record) -> Segment:
        """The segment, with everything in it that has to stand before `record`."""
        segment = self._usable_segment()
        if segment.count == 0 and not isinstance(record, Start) and self._start is not None:
            self._append(segment, self._start)
        if self._gap is not None and (segment.count > 0 or not isinstance(record, Start)):
            self._append(segment, self._gap)
            self._gap = None
        return segment

    def _usable_segment(self) -> Segment:
        segment = self._segment
        breakage = None if segment is None else segment.breakage()
        if segment is not None and breakage is None:
            return segment
        fresh = Segment.begin(self._folder, self._now(), self._instance)
        if segment is not None and breakage is not None:
            self._miss(segment.count if breakage == "removed" else 0, breakage)
            segment.close()
        self._segment = fresh
        return fresh

    def _append(self, segment: Segment, record: Record) -> int:
        body = {
            "t": _utc_text(self._now()),
            "m": round(self._monotonic(), 6),
            "kind": record.kind,
            **record.fields(),
        }
        return segment.append(record.kind, body)

    def _miss(self, records: int, cause: Breakage) -> None:
        if self._gap is None:
            self._gap = Gap(lost=records, since=_utc_text(self._now()), cause=cause)
        else:
            self._gap = replace(self._gap, lost=self._gap.lost + records)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _utc_text(moment: datetime) -> str:
    """ISO 8601 with microseconds and `Z`: one width, so that texts sort as moments do."""
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"
