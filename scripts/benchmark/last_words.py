"""The stderr of a subject: read as it comes, as clients do, and kept for when the subject ends."""

import os
import threading

KEPT = 1000
CHUNK = 1 << 16


class LastWords:
    """A pipe to start a process with. `sink` is its end for the process, until `listen`."""

    def __init__(self) -> None:
        self._source, self.sink = os.pipe()
        self._kept = b""
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def listen(self) -> None:
        """Read until nobody holds the other end any more."""
        os.close(self.sink)
        self._listener.start()

    def text(self) -> str:
        """The last line of a process that has ended, or nothing."""
        self._listener.join(1)
        lines = self._kept.decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else ""

    def _listen(self) -> None:
        while chunk := os.read(self._source, CHUNK):
            self._kept = (self._kept + chunk)[-KEPT:]
        os.close(self._source)
