"""What localguard tells the person: clients keep an entry's stderr where it can be found.

By a thread, since a client that does not read it would hold up every call.
"""

from localguard.relay.stderr import Forwarder
from localguard.text import safe

LAST_WORDS = 0.3
"""Seconds for what localguard tells the person to get out at the end."""


class Notices:
    """Tells the person on stderr."""

    def __init__(self) -> None:
        self._forwarder = Forwarder(2)

    def tell(self, notice: str) -> None:
        """Say one thing, on a line."""
        self._forwarder.put(f"{safe(notice, 2000)}\n".encode("utf-8", "replace"))

    def finish(self) -> None:
        """Let what was said last get out."""
        self._forwarder.finish(LAST_WORDS)
