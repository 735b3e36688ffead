"""The statements of a TOML text: what each sets, and from where to where it stands.

A text is known to be valid before it comes here, so nothing is checked. Pure.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Final, NamedTuple

_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_COMMENT: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?")
_KEY: Final = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|[A-Za-z0-9_-]+')
_TEXT: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\'', re.DOTALL
)
_SCALAR: Final = re.compile(r"[^,\]}#\r\n]+")
_CLOSING: Final = {"[": "]", "{": "}"}


class Statement(NamedTuple):
    """A header (`[a.b]`) or a pair (`c = 1`); `path` is what it sets, below all headers.

    `end` is after the comment on its last line. `key` is the length of the pair's own key.
    """

    path: tuple[str, ...]
    start: int
    end: int
    header: bool
    key: int = 0


def statements(text: str) -> Iterator[Statement]:
    """The statements in their order. Elements of lists of tables have the path of the list."""
    section: tuple[str, ...] = ()
    at = _after(_BLANK, text, 1 if text.startswith("\ufeff") else 0)
    while at < len(text):
        start, header = at, text[at] == "["
        if header:
            brackets = 2 if text.startswith("[[", at) else 1
            section, at = _keys(text, at + brackets)
            one = Statement(section, start, _after(_COMMENT, text, at + brackets), True)
        else:
            keys, at = _keys(text, at)
            at = _value(text, _after(_SPACE, text, at + 1))
            end = _after(_COMMENT, text, at)
            one = Statement((*section, *keys), start, end, False, len(keys))
        yield one
        at = _after(_BLANK, text, one.end)


def _keys(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """A dotted key, and the position of the `=` or `]` that ends it."""
    keys: list[str] = []
    while True:
        at = _after(_SPACE, text, at)
        found = _KEY.match(text, at)
        if found is None:
            return tuple(keys), at
        keys.append(_plain(found[0]))
        at = _after(_SPACE, text, found.end())
        if text[at] != ".":
            return tuple(keys), at
        at += 1


def _value(text: str, at: int) -> int:
    """The position after the value that begins at `at`."""
    closing = _CLOSING.get(text[at])
    if closing is None:
        found = _TEXT.match(text, at) or _SCALAR.match(text, at)
        return at + len(found[0].rstrip(" \t")) if found else at + 1
    at = _after(_BLANK, text, at + 1)
    while text[at] != closing:
        if closing == "}":
            _, equals = _keys(text, at)
            at = _after(_SPACE, text, equals + 1)
        at = _after(_BLANK, text, _value(text, at))
        if text[at] == ",":
            at = _after(_BLANK, text, at + 1)
    return at + 1


def _plain(key: str) -> str:
    if key[0] in "\"'":
        return next(iter(tomllib.loads(f"{key} = 0")))
    return key


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
