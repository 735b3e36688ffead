"""Lines on a server's stdout that are no messages: banners, prints. Dropped and recorded."""

from localguard.audit.records import Noise
from localguard.relay.recorder import Recorder
from localguard.relay.tally import Tally
from localguard.text import safe

SAMPLE = 400
"""Bytes of a line that are looked at for the record."""


class Strays:
    """Records the stray lines of one server."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._tally = Tally()

    def heard(self, line: bytes) -> None:
        """Take one stray line; `recorder.size` is its length."""
        due = self._tally.add(self._recorder.size)
        if due is not None:
            sample = safe(line[:SAMPLE].decode("utf-8", "replace"))
            self._recorder.tell(Noise(count=due[0], bytes=due[1], sample=sample))
