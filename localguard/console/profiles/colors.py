"""The colours of profiles as they are drawn: each can be read on dark and on light ground.

A colour never stands alone: the profile's name and the word of the colour are beside it.
"""

from typing import Final

SHADES: Final = {
    "blue": "#5c8fe6",
    "green": "#4f9d5d",
    "orange": "#d5813c",
    "pink": "#d470a2",
    "red": "#d9534f",
    "teal": "#2fa39a",
    "violet": "#9b7ee0",
    "yellow": "#b8962e",
}


def shade(color: str | None) -> str:
    """The colour of a name, as a style; of one that is none, nothing."""
    return SHADES.get(color or "", "")
