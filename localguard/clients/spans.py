"""Places in a text: what is changed of it, and how a person is told of one. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from localguard.config.faults import FileFault


class Splice(NamedTuple):
    """The characters from `start` to before `end` make way for others."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text after all of some splices, which do not overlap and count in the text before."""
    for start, end, fresh in sorted(splices, reverse=True):
        text = text[:start] + fresh + text[end:]
    return text


def place(text: str, at: int) -> tuple[int, int]:
    """The line and the column of a character; both count from 1."""
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def broken(text: str, at: int, what: str, fix: str) -> FileFault:
    """A fault at a character of a text: its `where` is `LINE:COLUMN`, to be put behind a path."""
    line, column = place(text, at)
    return FileFault(what, where=f"{line}:{column}", fix=fix)


def newline(text: str) -> str:
    """How lines of a text end, by its first."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def indentation(text: str, at: int) -> str:
    """The blanks that the line of a character begins with."""
    start = text.rfind("\n", 0, at) + 1
    line = text[start:at]
    return line[: len(line) - len(line.lstrip(" \t"))]
