"""Member names as the most careless program compares them.

Go and C# match the names of JSON members without regard to case, and some programs cut at a NUL
(CVE-2026-27896, GHSA-q382-vc8q-7jhj). Two names that fold to one are one name to some server.
"""

import unicodedata
from collections.abc import Iterable

_TURKISH = str.maketrans({"\u017f": "s", "\u212a": "k", "\u0131": "i"})


def fold(key: str) -> str:
    """The key as the most careless peer would compare it."""
    if key.isascii() and key.isprintable() and " " not in key:
        return key.lower()
    plain = unicodedata.normalize("NFKC", key.translate(_TURKISH)).casefold()
    return "".join(c for c in plain if c.isprintable() and not c.isspace())


def has_twin(names: Iterable[str], name: str) -> bool:
    """Whether some program would take another of the names for this one."""
    folded = fold(name)
    return any(other != name and fold(other) == folded for other in names)
