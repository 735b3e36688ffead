"""Which old segments may go, and how they go without being missed.

Whole segments only, the oldest first, and never one whose guard lives. What goes is recorded first,
signed, in a segment that stays: a check then knows what it need not look for. A crash in between
leaves segments that are recorded as gone; the next time they go. Knows files, and not why anyone
wants so few of them.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from localguard.audit.checkpoints import Signer
from localguard.audit.faults import unreadable
from localguard.audit.folders import last_line, name_of, segments
from localguard.audit.locks import held
from localguard.audit.proofs import Retention
from localguard.audit.settings import KEEP_DAYS, KEEP_MEBIBYTES, Settings

MOST_KEPT: Final = 32
"""So many segments of living guards are passed over; beyond the last nothing goes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The segments that may go, the oldest first, and `bytes` of them; `kept` lie between them."""

    paths: Sequence[str]
    bytes: int
    kept: Sequence[str]

    def record(self, signer: Signer | None) -> Retention:
        """Read what there was of them, as it is to be recorded before they go."""
        ends = [_end(path) for path in self.paths]
        upto, head = ends[-1]
        record = Retention(
            first=name_of(self.paths[0]),
            last=name_of(self.paths[-1]),
            segments=len(self.paths),
            records=sum(last + 1 for last, _ in ends),
            upto=upto,
            head=head,
            kept=[name_of(path) for path in self.kept],
            key="",
            mac="",
        )
        return record if signer is None else signer.retention(record)

    def carry_out(self) -> int:
        """Remove the segments, and the days that are empty then; how many went.

        What cannot be removed now, such as a file that someone reads on Windows, stays.
        """
        gone = 0
        for path in self.paths:
            if not held(path):
                with suppress(OSError):
                    os.unlink(path)
                    gone += 1
        for day in dict.fromkeys(os.path.dirname(path) for path in self.paths):
            with suppress(OSError):
                os.rmdir(day)
        return gone


def plan(folder: str, settings: Settings, now: datetime) -> Plan | None:
    """Return what may go at the moment `now` (UTC); None when nothing may.

    Raises AuditFault when the folder cannot be read.
    """
    days = KEEP_DAYS if settings.keep_days is None else settings.keep_days
    mebibytes = KEEP_MEBIBYTES if settings.keep_mebibytes is None else settings.keep_mebibytes
    oldest_day = f"{now - timedelta(days=days):%Y-%m-%d}"
    today = f"{now:%Y-%m-%d}"
    sizes = _sizes(folder)
    surplus = sum(sizes.values()) - mebibytes * (1 << 20)
    going: list[str] = []
    staying: list[str] = []
    kept: list[str] = []
    for path, size in sizes.items():
        day = name_of(path).partition("/")[0]
        if (day >= oldest_day and surplus <= 0) or len(staying) == MOST_KEPT:
            break
        # An empty one may be about to be written to for the first time.
        if held(path) or (size == 0 and day >= today):
            staying.append(path)
            continue
        going.append(path)
        kept = list(staying)
        surplus -= size
    return Plan(going, sum(sizes[path] for path in going), kept) if going else None


def _sizes(folder: str) -> dict[str, int]:
    """The size of each segment, the oldest first."""
    sizes: dict[str, int] = {}
    for path in segments(folder):
        try:
            sizes[path] = os.stat(path).st_size
        except FileNotFoundError:
            continue  # someone else's retention was faster
        except OSError as error:
            raise unreadable(path, error) from error
    return sizes


def _end(path: str) -> tuple[int, str]:
    """Number and digest of the last record; -1 and nothing where there is none to be read."""
    with suppress(OSError):
        last = last_line(path)
        if last is not None:
            return last.seq, last.digest
    return -1, ""
