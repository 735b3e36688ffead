"""What the console needs to tell of entries of clients, and to have guards started by them again.

Everything here may hold texts of anyone's who can write a client's file: whoever shows one makes it
safe first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Seen(NamedTuple):
    """One thing that is not as `connect` left it, as `clients.watch.Sighting` is one.

    `client` is its name, `title` that for a person. `name` is the entry's, empty where it is the
    whole file. `mends` says that registering again repairs it; else `fix` is for a person.
    """

    kind: str
    client: str
    title: str
    path: str
    name: str
    what: str
    fix: str
    mends: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What registering again would change: lines, the difference of each file among them.

    `refused` says why it cannot be done. `deed` is for whoever made this.
    """

    seen: Seen
    lines: Sequence[str] = ()
    refused: str | None = None
    deed: object = field(default=None, repr=False)


class Mended(NamedTuple):
    """What became of it, in a sentence or two; `done` is False for a refusal, with the way out."""

    done: bool
    text: str


class Clients(Protocol):
    """The files of the clients that are registered with. Nothing here raises."""

    def seen(self) -> Sequence[Seen] | None:
        """What was seen at the last look; None before the first. At once."""
        ...

    async def follow(self, news: Callable[[], None]) -> None:
        """Look now, and whenever a file has changed; tell when something else is seen."""
        ...

    async def look(self) -> None:
        """Look now, whatever has changed."""
        ...

    async def outlook(self, one: Seen) -> Outlook:
        """What would be written."""
        ...

    async def mend(self, outlook: Outlook) -> Mended:
        """Write what was shown, or nothing where another text stands there by now."""
        ...
