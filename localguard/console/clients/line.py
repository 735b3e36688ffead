"""That a client starts servers without a guard, in the lines above every screen."""

from collections.abc import Iterator, Sequence
from typing import Final

from textual.content import Content

from localguard.console.clients.ports import Seen
from localguard.console.content import QUIET, content, plain

_KEY: Final = "$accent bold"
_LONGEST: Final = 160
_NARROWEST: Final = 12


def clients_line(seen: Sequence[Seen] | None, width: int) -> Iterator[Content]:
    """What was seen first, how much else, and the key for it, in `width` cells; else nothing."""
    if not seen:
        return
    more = f", and {len(seen) - 1} more" if len(seen) > 1 else ""
    sign = plain("! ", "$warning")
    tail = Content.assemble(more, (" · ", QUIET), ("W", _KEY), (" to look", QUIET))
    room = max(width - sign.cell_length - tail.cell_length, _NARROWEST)
    yield sign + content(_what(seen[0]), _LONGEST).truncate(room, ellipsis=True) + tail


def _what(one: Seen) -> str:
    """In short: where a file is broken, what and where it is stands on the screen of clients."""
    return f"the file of {one.title} cannot be read" if one.kind == "broken" else one.what
