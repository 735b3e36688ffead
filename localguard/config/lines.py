"""The line on which a key of a TOML text stands, which tomllib does not tell.

One pass over a text that is already known to be valid TOML 1.0, so nothing is checked here: each
key is noted under its full path, with list elements and `[[tables]]` counted from 0. Pure.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

Path = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_TEXT: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")


class Lines:
    """The lines of one text. Lines count from 1."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._known: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}
        self._scan()

    def line_of(self, path: Sequence[str | int]) -> int:
        """The line of a key, for example `("rule", 3, "when", "hours")`, or of what encloses it."""
        rest = tuple(path)
        while rest and rest not in self._known:
            rest = rest[:-1]
        return self._known[rest] if rest else 1

    def _scan(self) -> None:
        prefix: Path = ()
        at = self._after_blank(0)
        while at < len(self._text):
            if self._text[at] == "[":
                prefix, at = self._header(at)
            else:
                at = self._pair(prefix, at)
            at = self._after_blank(at)

    def _header(self, at: int) -> tuple[Path, int]:
        is_list = self._text.startswith("[[", at)
        keys, end = self._keys(at + (2 if is_list else 1))
        path: Path = ()
        for key in keys[:-1]:
            path = self._entered((*path, key))
            self._note(path, at)
        path = (*path, keys[-1])
        if is_list:
            self._note(path, at)
            self._tables[path] = self._tables.get(path, -1) + 1
        path = self._entered(path)
        self._note(path, at)
        return path, end + (2 if is_list else 1)

    def _entered(self, path: Path) -> Path:
        """The path itself, or its last element where it names a list of tables."""
        return (*path, self._tables[path]) if path in self._tables else path

    def _pair(self, prefix: Path, at: int) -> int:
        keys, end = self._keys(at)
        path = prefix
        for key in keys:
            path = (*path, key)
            self._note(path, at)
        return self._value(path, self._after_space(end + 1))

    def _value(self, path: Path, at: int) -> int:
        """The position after the value that begins at `at`."""
        if self._text[at] == "[":
            return self._list(path, at)
        if self._text[at] == "{":
            return self._inline_table(path, at)
        found = _TEXT.match(self._text, at) or _SCALAR.match(self._text, at)
        return found.end() if found else at + 1

    def _list(self, path: Path, at: int) -> int:
        at = self._after_blank(at + 1)
        index = 0
        while self._text[at] != "]":
            self._note((*path, index), at)
            at = self._after_blank(self._value((*path, index), at))
            if self._text[at] == ",":
                at = self._after_blank(at + 1)
            index += 1
        return at + 1

    def _inline_table(self, path: Path, at: int) -> int:
        at = self._after_blank(at + 1)
        while self._text[at] != "}":
            at = self._after_blank(self._pair(path, at))
            if self._text[at] == ",":
                at = self._after_blank(at + 1)
        return at + 1

    def _keys(self, at: int) -> tuple[list[str], int]:
        """A dotted key, and the position of the `=` or `]` that ends it."""
        keys: list[str] = []
        while True:
            at = self._after_space(at)
            found = _TEXT.match(self._text, at) or _BARE_KEY.match(self._text, at)
            if found is None:
                return keys, at
            keys.append(_plain(found[0]))
            at = self._after_space(found.end())
            if self._text[at] != ".":
                return keys, at
            at += 1

    def _note(self, path: Path, at: int) -> None:
        self._known.setdefault(path, bisect_right(self._starts, at))

    def _after_blank(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at

    def _after_space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at


def _plain(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    if "\\" in key:
        return next(iter(tomllib.loads(f"{key} = 0")))
    return key.strip('"')
