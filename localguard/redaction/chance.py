"""Whether a text looks drawn by chance, as tokens are, and whether it only stands for a value."""

import re
from collections import Counter
from math import log2
from typing import Final

_BITS: Final = 3.0
"""Per character (Shannon). English words have fewer, twenty characters of a token have more."""
_SHOWN: Final = 256
_STANDS_FOR: Final = re.compile(
    r"[*•.:x_-]+|[<$%{\[(].*|\\?u?null|none|nil|n/a|true|false|undefined|str|string|text|bytes|"
    r"number|boolean|object|required|optional|empty|missing|invalid|incorrect|expired|"
    r"your[_ -].*|my[_ -]?(?:password|token|secret|key)|redacted.*|hidden|masked|"
    r"(?:os|process)\..*",
    re.IGNORECASE,
)


def looks_drawn(text: str, length: int) -> bool:
    """At least so long, letters and digits in it, and no more regular than chance would have it."""
    if len(text) < length or text.isalpha() or not any(map(str.isalpha, text)):
        return False
    shown = text[:_SHOWN]
    if not any(map(str.isdigit, shown)):
        return False
    size = len(shown)
    return -sum(n / size * log2(n / size) for n in Counter(shown).values()) >= _BITS


def stands_for(text: str) -> bool:
    """A placeholder, a type or a reference: `****`, `<token>`, `${TOKEN}`, `string`."""
    return _STANDS_FOR.fullmatch(text[:_SHOWN]) is not None
