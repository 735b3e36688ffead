"""What the screen of rules needs beside the hub."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from localguard.console.services import Told
from localguard.telling.live_rules import Live, Passing


class Found(NamedTuple):
    """Everything in force under the active profile, or why it, or a part of it, cannot be told."""

    live: Live | None
    fault: str | None = None


class Kept(Protocol):
    """What is answered for a while, for any client. Raises LocalguardError if it is unknown."""

    def listed(self) -> Sequence[Passing]:
        """All that holds, the oldest first."""
        ...

    def remove(self, request: str) -> bool:
        """Take back what was given to a request; whether there was anything."""
        ...


class Rules(Protocol):
    """Rules and answers: read, tried, taken back."""

    async def live(self) -> Found:
        """Everything in force under the active profile, with its figures."""
        ...

    async def tried(self, place: str) -> Sequence[str]:
        """What the rule or answer at a place would have done to the last calls, line by line."""
        ...

    async def remove(self, entry: str) -> Told:
        """Take one remembered answer or denial out, by its id."""
        ...

    async def take_back(self, request: str) -> Told:
        """End what was answered to a request for a while."""
        ...

    async def undo(self) -> Told:
        """Take back the last change of what is remembered."""
        ...
