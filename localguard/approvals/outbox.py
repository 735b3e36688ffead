"""What the desk has to say, in order, once its own books are in order.

A listener may come back with another call while it is told something; it then finds the books
complete, and what that causes is said after what was waiting already. Knows nothing else.
"""

from collections import deque
from collections.abc import Callable


class Outbox:
    """Acts that wait to be done, each once."""

    def __init__(self) -> None:
        self._acts: deque[Callable[[], None]] = deque()
        self._busy = False

    def put(self, act: Callable[[], None]) -> None:
        """Have something done at the next flush."""
        self._acts.append(act)

    def flush(self) -> None:
        """Do all that waits, what is put meanwhile included; within a flush this does nothing."""
        if self._busy:
            return
        self._busy = True
        try:
            while self._acts:
                self._acts.popleft()()
        finally:
            self._busy = False
