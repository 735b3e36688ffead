"""An argument that is fixed: it `is` one value, lies `under` a folder, or names a `host`.

Offers what can be fixed of a call's arguments, and nothing that would not read back as it was
meant: half a character, a number that parsers round, a path that leads elsewhere than it reads.
Pure.
"""

import math
import ntpath
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from localguard.config.remembered_text import is_writable
from localguard.config.tables import Unfit
from localguard.config.values import read_host, read_root
from localguard.policy.calls import EXACT_INTEGER, Arguments, Json
from localguard.policy.folding import has_twin
from localguard.policy.hosts import host_of_url

Test = Literal["is", "under", "host"]

_MOST: Final = 64
"""Arguments that are offered, and characters of a name that is."""
_LONGEST: Final = 1024
"""Characters of a value that is worth fixing."""
_DEPTH: Final = 4
_FOLDERS: Final = 4
_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_STEPS: Final = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class Fixed:
    """An argument by its path, and what it must be."""

    path: tuple[str, ...]
    test: Test
    value: str | bool | int | float

    @property
    def name(self) -> str:
        """The argument as rules call it."""
        return ".".join(self.path)


def offers(arguments: Arguments | None) -> tuple[tuple[Fixed, ...], ...]:
    """Of each argument that can be fixed all the ways to do it, the narrowest first."""
    found = [] if arguments is None else list(_leaves(arguments, ()))
    offered = [tuple(_ways(path, one)) for path, one in found[:_MOST]]
    return tuple(ways for ways in offered if ways)


def literals(arguments: Arguments | None) -> tuple[Fixed, ...]:
    """Each argument that can be fixed, as it is."""
    return tuple(ways[0] for ways in offers(arguments))


def unfit(one: Fixed) -> str | None:
    """Why an argument cannot be fixed so; None where it can."""
    if not _is_name(one.path):
        return f"{one.name} is no argument that a rule can name"
    if not _is_value(one.value):
        return f"the value of {one.name} cannot be written"
    if one.test == "is":
        return None
    try:
        read = read_root if one.test == "under" else read_host
        read(str(one.value))
    except Unfit as found:
        return found.what
    return None


def folders_of(text: str) -> tuple[str, ...]:
    """The folders that a path lies in, the nearest first, at most four: never a root, nor `~`.

    None for a path that is relative or holds `..`, since it may lead elsewhere than it reads.
    """
    windows = _WINDOWS.match(text) is not None
    if not (windows or text.startswith(("/", "~/"))) or "\0" in text:
        return ()
    if ".." in _STEPS.split(text):
        return ()
    flavour = ntpath if windows else posixpath
    found: list[str] = []
    folder = flavour.dirname(flavour.normpath(text))
    while flavour.dirname(folder) not in (folder, "") and len(found) < _FOLDERS:
        found.append(folder)
        folder = flavour.dirname(folder)
    return tuple(one for one in found if _is_root_text(one))


def _is_root_text(folder: str) -> bool:
    try:
        read_root(folder)
    except Unfit:
        return False
    return True


def _leaves(members: Arguments, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    for name, one in members.items():
        path = (*above, name)
        if not _is_name((name,)) or has_twin(members, name):
            continue
        if isinstance(one, Mapping):
            yield from _leaves(one, path) if len(path) < _DEPTH else ()
        else:
            yield path, one


def _ways(path: tuple[str, ...], one: Json) -> Iterator[Fixed]:
    if not isinstance(one, str | bool | int | float) or not _is_value(one):
        return
    yield Fixed(path, "is", one)
    if isinstance(one, str):
        for folder in folders_of(one):
            yield Fixed(path, "under", folder)
        host = host_of_url(one)
        if host is not None:
            yield Fixed(path, "host", host)


def _is_name(path: tuple[str, ...]) -> bool:
    """Whether rules can name it: a dot in a name would mean a member of a member."""
    return bool(path) and all(
        name and "." not in name and len(name) <= _MOST and is_writable(name) for name in path
    )


def _is_value(one: str | bool | int | float) -> bool:
    if isinstance(one, str):
        return len(one) <= _LONGEST and is_writable(one)
    if isinstance(one, float):
        return math.isfinite(one)
    return isinstance(one, bool) or abs(one) <= EXACT_INTEGER
