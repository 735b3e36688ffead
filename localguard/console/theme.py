"""The colours of the console: dark, light, high contrast, and the terminal's own.

Colour never says anything alone: what is dangerous has a word and a sign too. Surfaces are quiet,
so that the few things that count are the only ones with a colour.
"""

from typing import Final

from textual.theme import Theme

_QUIET_CURSOR: Final = {"block-cursor-text-style": "none"}

THEMES: Final = (
    Theme(
        name="localguard-dark",
        primary="#5b7fa6",
        secondary="#4a6480",
        accent="#8fb3d9",
        warning="#e0af68",
        error="#f0717d",
        success="#8fbf8f",
        foreground="#d3d7de",
        background="#14171c",
        surface="#171b21",
        panel="#1f242c",
        variables={**_QUIET_CURSOR, "text-muted": "#8b93a1"},
    ),
    Theme(
        name="localguard-light",
        primary="#4a6fa5",
        secondary="#6c87ab",
        accent="#24578f",
        warning="#8a5a00",
        error="#b3202e",
        success="#2e6b34",
        foreground="#20242b",
        background="#fbfbf9",
        surface="#f5f5f2",
        panel="#e9e9e4",
        dark=False,
        variables={**_QUIET_CURSOR, "text-muted": "#5e6672"},
    ),
    Theme(
        name="localguard-contrast",
        primary="#ffffff",
        secondary="#ffffff",
        accent="#7fd4ff",
        warning="#ffd500",
        error="#ff6b6b",
        success="#7dff7d",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1a1a1a",
        variables={**_QUIET_CURSOR, "text-muted": "#d0d0d0"},
    ),
)
NAMES: Final = {
    "dark": "localguard-dark",
    "light": "localguard-light",
    "contrast": "localguard-contrast",
    "ansi": "ansi-dark",
    "ansi-light": "ansi-light",
}
"""What a person calls a theme, and what Textual does."""


def following(theme: str) -> str:
    """The theme after this one."""
    names = list(NAMES.values())
    at = names.index(theme) + 1 if theme in names else 0
    return names[at % len(names)]
