"""Which segment is written to: one after the other, each linked to the one before it.

A segment ends when it is full or its day is over; then it is vouched for and brought to disk. It is
replaced when it is gone, was changed by someone else, or its disk refused what it should take. What
is missing because of that is kept as the gap, for who writes to record. Knows no records but
checkpoints and gaps.
"""

from dataclasses import replace
from typing import Final

from localguard.audit import vouching
from localguard.audit.records import Cause, Gap
from localguard.audit.segment import Segment
from localguard.audit.stamps import Stamps
from localguard.audit.sync import Syncer
from localguard.audit.vouching import Vouching
from localguard.errors import AuditFault

SEGMENT_BYTES: Final = 16 << 20


class Succession:
    """The segments of one guard, of which `current` is written to.

    `gap` is what is missing and not recorded yet. `proven` is False from the moment on at which a
    disk refused something until something gets there again. At `vouch_at` records the current
    segment is due for a checkpoint.
    """

    __slots__ = (
        "_folder",
        "_instance",
        "_old",
        "_stamps",
        "_vouching",
        "current",
        "gap",
        "proven",
        "syncer",
        "vouch_at",
    )

    def __init__(self, folder: str, instance: str, stamps: Stamps, vouching_: Vouching) -> None:
        """Begin no segment yet."""
        self._folder = folder
        self._instance = instance
        self._stamps = stamps
        self._vouching = vouching_
        self._old: Segment | None = None
        self.current: Segment | None = None
        self.gap: Gap | None = None
        self.proven = True
        self.syncer = Syncer()
        self.vouch_at = vouching.RECORDS

    def usable(self) -> Segment:
        """The current segment, repaired, or a new one. Raises AuditFault."""
        self._take_note()
        segment = self.current
        if segment is not None:
            cause = segment.breakage()
            if segment.doubted:
                self.proven = False
                cause = "unsynced"
            if cause is None and not self._is_over(segment):
                return segment
            self.retire(segment, cause)
        self._vouching.prepare()
        self.current = Segment.begin(self._folder, self._stamps.now(), self._instance, self._old)
        self.vouch_at = vouching.RECORDS
        return self.current

    def _take_note(self) -> None:
        """See whether the thread could not bring something to disk."""
        if not self.syncer.failed:
            return
        self.syncer.failed = self.proven = False
        if self._old is not None and self._old.doubted:
            self._old.doubted = False
            self.miss(_lost(self._old, "unsynced"), "unsynced")

    def _is_over(self, segment: Segment) -> bool:
        """Whether the segment is full, or of a day that is over."""
        if segment.count == 0:
            return False
        return segment.size >= SEGMENT_BYTES or self._stamps.text()[:10] > segment.name[:10]

    def retire(self, segment: Segment, cause: Cause | None) -> None:
        """Let go of a segment, for good; `cause` says what is wrong with it, if anything is."""
        self.current = None
        if segment.count == 0 and cause == "unsynced":
            segment.discard()
            return
        if cause is None:
            self.vouch(segment)
            segment.breakage()  # repairs the end, should the checkpoint have torn it
            self.sync(segment)
        else:
            self.miss(_lost(segment, cause), cause)
        segment.close()
        self._old = segment

    def miss(self, records: int, cause: Cause) -> None:
        """So many records are not in the log."""
        if self.gap is None:
            self.gap = Gap(lost=records, since=self._stamps.text(), cause=cause)
        else:
            self.gap = replace(self.gap, lost=self.gap.lost + records)

    def sync(self, segment: Segment) -> None:
        """Have the segment brought to disk by the thread, and the witness told after that."""
        if segment.synced < segment.count:
            segment.sync(self.syncer, self._vouching.teller())

    def vouch(self, segment: Segment) -> bool:
        """Write a checkpoint, unless the last record is one; whether the segment is still whole."""
        end = segment.end
        if end is None or self.vouch_at == segment.count + vouching.RECORDS:
            return True
        self.vouch_at = segment.count + vouching.RECORDS
        checkpoint = self._vouching.checkpoint(end)
        if checkpoint is None:
            return True
        try:
            segment.append(self._stamps.body(checkpoint, self._stamps.monotonic()))
        except AuditFault:
            return False
        self.vouch_at = segment.count + vouching.RECORDS
        self._vouching.written(end, checkpoint)
        return True


def _lost(segment: Segment, cause: Cause) -> int:
    """How many of its records are not in the log, or not for sure."""
    match cause:
        case "removed":
            return segment.count
        case "unsynced":
            return segment.count - segment.synced
        case _:
            return 0
