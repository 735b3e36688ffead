"""The audit log from its end: records the newest first, reading no more than is asked for.

Segments are opened in the order in which they were last written to, each from its end, so that the
last calls of a long log cost no more than those of a short one. What cannot be believed is None.
"""

import heapq
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from localguard.audit.faults import unreadable
from localguard.audit.folders import segments
from localguard.audit.sealing import Sealed, unseal
from localguard.telling.entries import Record

_BLOCK: Final = 1 << 16
_LONGEST: Final = 1 << 20
"""Bytes of a line; a longer one is none of ours."""
_SLACK: Final = 2.0
"""Seconds by which the clock of files may be behind that of records."""


def newest_first(folder: str) -> Iterator[Record | None]:
    """Every line of every segment, the newest first; None for one that cannot be believed.

    Records of one segment keep their order; those of several are in the order of their times.
    Raises AuditFault.
    """
    waiting = sorted((_written(path), path) for path in segments(folder))
    heap: list[tuple[float, int, Record | None, Iterator[Record | None]]] = []
    opened = 0
    while waiting or heap:
        while waiting and (not heap or -heap[0][0] <= waiting[-1][0] + _SLACK):
            opened += 1
            _push(heap, opened, _backwards(waiting.pop()[1]), float("inf"))
        if heap:
            time, number, record, rest = heapq.heappop(heap)
            yield record
            _push(heap, number, rest, -time)


def _push(
    heap: list[tuple[float, int, Record | None, Iterator[Record | None]]],
    number: int,
    rest: Iterator[Record | None],
    latest: float,
) -> None:
    """Put the next record of a segment in its place; time never goes forward in one."""
    for record in rest:
        time = latest if record is None else min(latest, _time(record))
        heapq.heappush(heap, (-time, number, record, rest))
        return


def _written(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        # It was pruned meanwhile, or whoever opens it says what is wrong.
        return 0.0


def _time(record: Mapping[str, object]) -> float:
    try:
        return datetime.fromisoformat(str(record.get("t"))).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _backwards(path: str) -> Iterator[Record | None]:
    try:
        for line in _lines(path):
            found = unseal(line + b"\n")
            yield found.record if isinstance(found, Sealed) else None
    except FileNotFoundError:
        return
    except OSError as error:
        raise unreadable(path, error) from error


def _lines(path: str) -> Iterator[bytes]:
    """The whole lines of a file, the last one first."""
    rest, torn = b"", True
    with open(path, "rb") as file:
        at = file.seek(0, os.SEEK_END)
    while at:
        size = min(_BLOCK, at)
        at -= size
        # Opened for each block: there may be more segments than a process may hold open.
        with open(path, "rb") as file:
            file.seek(at)
            first, *lines = (file.read(size) + rest).split(b"\n")
        if lines:
            # What stands after the last line feed is not whole yet.
            yield from reversed(lines[:-1] if torn else lines)
            torn = False
        rest = first if len(first) <= _LONGEST else b""
    if not torn:
        yield rest
