"""What a client is told while its call is held, and the quiet after it.

A heartbeat per progress token (`approvals.heartbeat` has the rules). The server's own progress on
the same token goes on above the guard's. Knows no desk.
"""

from collections.abc import Callable

from localguard.approvals.heartbeat import Heartbeat
from localguard.relay.exchange import Open, is_id, progress_token
from localguard.relay.frames import Id, Message
from localguard.relay.replies import waiting

Later = Callable[[float, Callable[[], None]], None]
"""Runs a callback after so many seconds."""


class Beats:
    """The heartbeats of one session."""

    def __init__(
        self, later: Later, tell: Callable[[Message], None], monotonic: Callable[[], float]
    ) -> None:
        self._later = later
        self._tell = tell
        self._monotonic = monotonic
        self._live: dict[Id, Heartbeat] = {}

    def begin(self, entry: Open) -> Callable[[str], None] | None:
        """The way to tell a client in words that its call waits; None where it gave no token."""
        token = progress_token(entry.request)
        if token is None:
            return None

        def say(words: str) -> None:
            beat = self._live.setdefault(token, Heartbeat(self._monotonic))
            if (progress := beat.beat()) is not None:
                self._tell(waiting(token, progress, words))

        return say

    def when_quiet(self, entry: Open, act: Callable[[], None]) -> None:
        """Say no more on a request's token, and go on when the client has taken in the last."""
        beat = self._beat(progress_token(entry.request))
        if beat is None:
            act()
            return
        beat.end()
        pause = beat.quiet_for()
        if pause > 0:
            self._later(pause, act)
        else:
            act()

    def passes(self, token: object, progress: object) -> bool:
        """Whether the server's own progress may follow what the guard has told."""
        beat = self._beat(token)
        return beat is None or beat.passes(progress)

    def end(self, entry: Open) -> None:
        """The request is answered or taken back."""
        if self._live and (token := progress_token(entry.request)) is not None:
            self._live.pop(token, None)

    def _beat(self, token: object) -> Heartbeat | None:
        return self._live.get(token) if self._live and is_id(token) else None
