"""That a client starts servers without a guard, in the lines above every screen."""

from collections.abc import Iterator, Sequence
from typing import Final

from textual.content import Content

from localguard.console.clients.ports import Seen
from localguard.console.content import QUIET, content

_KEY: Final = "$accent bold"
_WHAT: Final = 100


def clients_line(seen: Sequence[Seen] | None) -> Iterator[Content]:
    """What was seen first, how much else, and the key for it; nothing where all is well."""
    if seen:
        more = f", and {len(seen) - 1} more" if len(seen) > 1 else ""
        yield Content.assemble(
            ("! ", "$warning"),
            content(_what(seen[0]), _WHAT),
            more,
            (" · ", QUIET),
            ("W", _KEY),
            (" to look", QUIET),
        )


def _what(one: Seen) -> str:
    """In short: where a file is broken, what and where it is stands on the screen of clients."""
    return f"the file of {one.title} cannot be read" if one.kind == "broken" else one.what
