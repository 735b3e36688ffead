"""Words in which letters of two scripts stand for one another, and hosts that IDNA would rewrite.

A help for the eye, as `policy.lookalikes` is, and never a decision. Pure; knows no widget.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from unicodedata import name

_WORD: Final = re.compile(r"[^\W\d_]+")
_HOST: Final = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}")

# Scripts with letters that are drawn like Latin ones (Unicode UTS 39). Others may stand beside
# Latin in one word, as they do in Japanese.
_ALIKE: Final = frozenset(
    {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "MATHEMATICAL"}
)


def mixed_words(text: str) -> Iterator[tuple[int, int]]:
    """Where the words begin and end that mix Latin with a script that looks like it."""
    if text.isascii():
        return
    for found in _WORD.finditer(text):
        if not found[0].isascii() and len(_scripts(found[0])) > 1:
            yield found.span()


def foreign_hosts(text: str) -> tuple[str, ...]:
    """What looks like the name of a host and is written in other letters than ASCII, or as xn--."""
    if text.isascii() and "xn--" not in text.lower():
        return ()
    hosts = (found[0] for found in _HOST.finditer(text))
    return tuple(dict.fromkeys(h for h in hosts if not h.isascii() or "xn--" in h.lower()))


def _scripts(word: str) -> set[str]:
    return {script for char in word if (script := _script(char)) in _ALIKE}


@lru_cache(4096)
def _script(char: str) -> str:
    return name(char, "").partition(" ")[0]
