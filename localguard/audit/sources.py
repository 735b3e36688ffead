"""The segments of a folder as a check reads them: by name, line by line. Knows no records."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from localguard.audit.faults import unreadable
from localguard.audit.folders import name_of, segments
from localguard.audit.locks import held

MOST_BYTES: Final = 1 << 20
"""No line of ours is as long: one that is comes in pieces, none of which is a record."""


@dataclass(frozen=True, slots=True)
class Source:
    """A segment by its name. It is `living` while its guard may still write to it."""

    name: str
    path: str
    living: bool

    def lines(self) -> Iterator[bytes]:
        """Its lines with their newlines. Raises AuditFault; nothing if it vanished meanwhile."""
        try:
            with open(self.path, "rb") as file:
                while line := file.readline(MOST_BYTES):
                    yield line
        except FileNotFoundError:
            return
        except OSError as error:
            raise unreadable(self.path, error) from error


def sources(folder: str) -> list[Source]:
    """All segments, the oldest first. Raises AuditFault when the folder cannot be read."""
    return [
        Source(name_of(path), path, os.path.exists(path) and held(path))
        for path in segments(folder)
    ]
