"""A reader that is paused as long as anyone has a reason for it."""

from localguard.relay.pipes import Reader


class Throttle:
    """Pauses one reader for several reasons at once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._reasons: set[str] = set()

    def hold(self, reason: str) -> None:
        """Stop reading, so that the peer feels it."""
        self._reasons.add(reason)
        self._reader.pause()

    def release(self, reason: str) -> None:
        """Read on, unless there is another reason not to."""
        self._reasons.discard(reason)
        if not self._reasons:
            self._reader.resume()

    def close(self) -> None:
        """Let go of the reader."""
        self._reader.close()
