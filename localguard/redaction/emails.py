"""E-mail addresses (RFC 5321 section 4.1.2, without quoted local parts), in any script.

Not taken for one: `git@host:path`, `icon@2x.png`, `package@1.2.3`.
"""

import re
from collections.abc import Iterator
from typing import Final

_AT: Final = re.compile(
    r"(?<![\w.%+'-])"
    r"(?P<local>\w[\w.%+'-]{0,63}?)"
    r"(?:@|%40)"
    r"(?!v?\d{1,9}\.\d|[1-4]x\.)"
    r"\w[\w-]{0,62}(?:\.\w[\w-]{0,62}){0,8}\.(?P<last>xn--[a-z0-9-]{1,59}|[^\W\d_]{2,24})"
    r"(?![\w-])"
)
_FILES: Final = frozenset({
    "bmp", "css", "gif", "html", "ico", "jpeg", "jpg", "js", "json", "lock", "md", "mjs", "pdf",
    "png", "py", "rs", "svg", "ts", "tsx", "txt", "webp", "yaml", "yml",
})  # fmt: skip


def find(text: str) -> Iterator[tuple[int, int]]:
    """The places of addresses in a text."""
    if "@" in text or "%40" in text:
        for found in _AT.finditer(text):
            if _is_address(text, found):
                yield found.span()


def _is_address(text: str, found: re.Match[str]) -> bool:
    if found["last"].lower() in _FILES:
        return False
    # The way of scp and of git to name a place on a host.
    return not (found["local"] == "git" and text[found.end() : found.end() + 1] in (":", "/"))
