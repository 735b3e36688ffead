"""The progress of one call, on the token its client gave: first the guard's, then the server's.

The rules (basic/utilities/progress, and what clients make of it): only with a token; `progress`
strictly increases, so the guard's own values are tiny and have no total; nothing after the
decision, since some clients break off at a token that they no longer know; and a gap before the
answer, since a progress notification that is read together with the answer is handled after it.
Knows no wire and no wait.
"""

from collections.abc import Callable
from typing import Final

FIRST: Final = 1.0
"""Seconds until a waiting client is first told so."""
PERIOD: Final = 10.0
"""Seconds between two such notifications: some watchdogs look every 30."""
GAP: Final = 0.02
"""Seconds between the guard's last one and the answer."""
STEP: Final = 1e-6


class Heartbeat:
    """What the guard has told on one progress token. One for each request that gave a token."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._count = 0
        self._last: float | None = None
        self._ended = False

    def beat(self) -> float | None:
        """The next value of `progress`; None once the call is decided: nothing may be told."""
        if self._ended:
            return None
        self._count += 1
        self._last = self._monotonic()
        return self._count * STEP

    def end(self) -> None:
        """The call is decided, or its client has taken it back."""
        self._ended = True

    def quiet_for(self) -> float:
        """Seconds by which an answer must still wait."""
        if self._last is None:
            return 0.0
        return min(max(GAP - (self._monotonic() - self._last), 0.0), GAP)

    def passes(self, progress: object) -> bool:
        """Whether the server's own `progress` may follow the guard's: only a higher value.

        Before the guard has told anything all pass, also what is no number: it is the client's to
        judge.
        """
        if not self._count:
            return True
        if isinstance(progress, bool) or not isinstance(progress, int | float):
            return False
        return progress > self._count * STEP


def words(request: str, left: float) -> str:
    """What a waiting client is told, for the person; `left` is in seconds."""
    seconds = max(int(left), 0)
    return f"Waiting for your approval in localguard ({request}, {seconds // 60}:{seconds % 60:02})"
