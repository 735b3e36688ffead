"""Lines too long for a terminal, folded at spaces so that what goes on is told from what begins.

Only for a terminal that a person reads: what goes into a file or a pipe keeps its lines. No word is
ever cut, so that an address or a path can be copied as one.
"""

import os
import re
from collections.abc import Iterator
from textwrap import TextWrapper
from typing import Final, TextIO

_LEAST: Final = 40
_FIX: Final = re.compile(r"(?<=[.:;]) (?=Fix: )")
_INDENT: Final = re.compile(r" *")


def columns_of(out: TextIO) -> int | None:
    """How wide the terminal is that this writes to; None where it is none, or does not say."""
    try:
        return os.get_terminal_size(out.fileno()).columns or None if out.isatty() else None
    except (OSError, ValueError):
        return None


def folded(line: str, columns: int | None) -> Iterator[str]:
    """A line in pieces that fit, with the remedy on a line of its own."""
    if columns is None or len(line) <= max(columns, _LEAST):
        yield line
        return
    indent = _INDENT.match(line)
    begun = "" if indent is None else indent[0]
    what, *fixes = _FIX.split(line, maxsplit=1)
    yield from _pieces(what, f"{begun}  ", columns)
    for fix in fixes:
        yield from _pieces(f"{begun}  {fix}", f"{begun}       ", columns)


def _pieces(text: str, after: str, columns: int) -> list[str]:
    fold = TextWrapper(
        max(columns, _LEAST),
        subsequent_indent=after,
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
    )
    return fold.wrap(text) or [text]
