"""Lines on a server's stdout that are no messages: banners, warnings, prints. Dropped and recorded.

A server that prints without end must not fill the log: the first line is recorded, then the second,
fourth, eighth ..., each record with what has come since the one before.
"""

from localguard.audit.records import Noise
from localguard.relay.recorder import Recorder
from localguard.text import safe

SAMPLE = 400
"""Bytes of a line that are looked at for the record."""


class Strays:
    """Counts the stray lines of one server."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._seen = 0
        self._untold = 0
        self._bytes = 0

    def heard(self, line: bytes) -> None:
        """Take one stray line; `recorder.size` is its length."""
        self._seen += 1
        self._untold += 1
        self._bytes += self._recorder.size
        if self._seen & (self._seen - 1) == 0:
            sample = safe(line[:SAMPLE].decode("utf-8", "replace"))
            self._recorder.tell(Noise(count=self._untold, bytes=self._bytes, sample=sample))
            self._untold = self._bytes = 0
