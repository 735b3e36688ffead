"""What a session tells the pins of its server, and asks them; nothing where no server runs."""

import json
from collections.abc import Collection
from typing import NamedTuple, Protocol

from localguard.policy.calls import Arguments
from localguard.policy.pins import Definition, Family
from localguard.relay.frames import Message
from localguard.relay.world import UNKNOWN, Known


class Outline(NamedTuple):
    """A server at a glance: whether a person has reviewed it, how many tools, how many unreviewed.

    `unreviewed` counts everything that is new or changed.
    """

    confirmed: bool
    tools: int
    unreviewed: int


class Pins(Protocol):
    """What a session needs of the pins of its server."""

    @property
    def lists(self) -> bool:
        """Whether the guard lists by itself, to have something to pin and to compare."""
        ...

    def greeted(self, info: Message, said: str | None) -> str | None:
        """The instructions to show in place of those that the server has said."""
        ...

    def shown(self, family: Family | None, name: str, body: Message) -> Message | None:
        """What to show for an entry of a listing, itself where it is known; None to hide it.

        Without a `family` it is a resource, and `name` its URI.
        """
        ...

    def note(self) -> None:
        """Keep what was seen and is not what was pinned, so that it can be reviewed."""
        ...

    def whole(self, family: Family, names: Collection[str]) -> None:
        """A list was seen to its end by the guard itself, with these names."""
        ...

    def lost(self, family: Family) -> None:
        """A list cannot be had, and nothing is known of what it may have become."""
        ...

    def settle(self) -> None:
        """The guard has listed what there is: what was seen first is pinned."""
        ...

    def refresh(self) -> Collection[str]:
        """Look whether the pins were changed; the kinds of which a client is shown others now."""
        ...

    def outline(self) -> Outline:
        """The server at a glance."""
        ...

    def told(self, item: str) -> tuple[Definition | None, Definition | None]:
        """What the server says of an item now, and what was pinned of it."""
        ...


def introduction(result: Message) -> tuple[Message, str | None]:
    """What a server says of itself in a handshake: its `serverInfo` and its instructions."""
    info, said = result.get("serverInfo"), result.get("instructions")
    text = said if said is None or isinstance(said, str) else json.dumps(said)
    return info if isinstance(info, dict) else {}, text


class Unpinned:
    """The pins of a server that does not run: what it seems to say is localguard's own."""

    lists = False
    identity: str | None = None

    def known(self, item: str) -> Known:  # noqa: ARG002
        """Nothing: whoever calls it is told why it does not run."""
        return UNKNOWN

    def misfit(self, item: str, arguments: Arguments) -> str | None:  # noqa: ARG002
        """There is no schema."""
        return None

    def greeted(self, info: Message, said: str | None) -> str | None:  # noqa: ARG002
        """What was said."""
        return said

    def shown(self, family: Family | None, name: str, body: Message) -> Message | None:  # noqa: ARG002
        """The entry as it is."""
        return body

    def note(self) -> None:
        """There is nothing to keep."""

    def whole(self, family: Family, names: Collection[str]) -> None:
        """Nothing is pinned."""

    def lost(self, family: Family) -> None:
        """Nothing is pinned."""

    def settle(self) -> None:
        """Nothing is pinned."""

    def refresh(self) -> Collection[str]:
        """Nothing ever changes."""
        return ()

    def outline(self) -> Outline:
        """There is nothing to review."""
        return Outline(confirmed=True, tools=0, unreviewed=0)

    def told(self, item: str) -> tuple[Definition | None, Definition | None]:  # noqa: ARG002
        """Nothing was said."""
        return None, None
