"""A filter's text, taken apart into terms; what its fields mean is for others. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from localguard.errors import UsageFault

_FIELD: Final = re.compile(r"([A-Za-z_]+):", re.ASCII)
_BARE: Final = re.compile(r'[^\s",]+')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_SPACE: Final = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Term:
    """One term; `at` is the place of its first character, from 1."""

    field: str | None
    values: tuple[str, ...]
    negated: bool
    at: int

    @property
    def place(self) -> str:
        """Where it is, for a person."""
        return _place(self.at - 1)


def terms(text: str) -> Iterator[Term]:
    """Yield the terms in their order. Raises UsageFault with the place and the fix."""
    at = _blank(text, 0)
    while at < len(text):
        begin = at
        negated = text[at] == "-"
        at += negated
        field = _FIELD.match(text, at)
        values, at = _values(text, at if field is None else field.end(), begin)
        yield Term(None if field is None else field[1].lower(), values, negated, begin + 1)
        at = _blank(text, at)


def _values(text: str, at: int, begin: int) -> tuple[tuple[str, ...], int]:
    """The values that begin at a place, and where they end."""
    values: list[str] = []
    while True:
        value, at = _value(text, at, begin)
        values.append(value)
        if text[at : at + 1] != ",":
            break
        at += 1
    if at < len(text) and not text[at].isspace():
        raise UsageFault("two values touch", where=_place(at), fix='put a space or a "," between')
    return tuple(values), at


def _value(text: str, at: int, begin: int) -> tuple[str, int]:
    quoted = _QUOTED.match(text, at)
    if quoted is not None:
        return _ESCAPE.sub(r"\1", quoted[1]), quoted.end()
    bare = _BARE.match(text, at)
    if bare is not None:
        return bare[0], bare.end()
    if text[at : at + 1] == '"':
        raise UsageFault("the quote has no end", where=_place(at), fix='put a " at its end')
    fix = "write the value without a space before it, or leave the term out"
    raise UsageFault(f'"{text[begin:at]}" has no value', where=_place(begin), fix=fix)


def _blank(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _place(at: int) -> str:
    return f"filter, character {at + 1}"


def quoted(value: str) -> str:
    """Return a value as it is written in a filter, whatever is in it."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
