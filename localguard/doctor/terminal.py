"""Whether the console can be read in this terminal: its size, its colours, its characters."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from localguard.doctor.check import Check, Finding, Scene

NARROWEST: Final = 60
LOWEST: Final = 16
_USUAL: Final = (80, 24)
_DESCRIPTORS: Final = (1, 2, 0)

Size = Callable[[], tuple[int, int] | None]
"""Columns and rows; None without a terminal."""


def terminal_size() -> tuple[int, int] | None:
    """That of whichever of the three standard descriptors is a terminal."""
    for descriptor in _DESCRIPTORS:
        with suppress(OSError, ValueError):
            if os.isatty(descriptor):
                columns, rows = os.get_terminal_size(descriptor)
                return columns, rows
    return None


def size(_: Scene, measured: Size = terminal_size) -> Iterator[Finding]:
    """Whether list and detail have room beside each other."""
    found = measured()
    if found is None:
        what = "this is no terminal, so its size and colours are not looked at"
        yield Finding("terminal.size", "terminal", "skip", what)
        return
    columns, rows = found
    told = {"columns": str(columns), "rows": str(rows)}
    if columns < NARROWEST or rows < LOWEST:
        what = f"the terminal has {columns} x {rows} characters, too few for the console"
        fix = f"make it larger: {_USUAL[0]} x {_USUAL[1]} show everything"
        yield Finding("terminal.size", "terminal", "warn", what, fix, told)
    else:
        what = f"{columns} x {rows} characters"
        yield Finding("terminal.size", "terminal", "ok", what, details=told)


def colors(scene: Scene, measured: Size = terminal_size) -> Iterator[Finding]:
    """How many colours the console has, to tell profiles and risks apart."""
    if measured() is None:
        return
    environ = scene.machine.environ
    name = environ.get("TERM", "")
    told = {one: environ[one] for one in ("TERM", "COLORTERM", "NO_COLOR") if environ.get(one)}
    if scene.machine.platform != "win32" and name in ("", "dumb"):
        what = f"the terminal says that it can draw nothing (TERM={name or 'not set'})"
        fix = "start localguard in another terminal, or: export TERM=xterm-256color"
        yield Finding("terminal.colors", "terminal", "warn", what, fix, told)
        return
    yield Finding("terminal.colors", "terminal", "ok", _colors(environ), details=told)


def characters(scene: Scene) -> Iterator[Finding]:
    """Whether signs and frames arrive as what they are."""
    found = encoding(scene.machine.environ)
    if found.replace("-", "").replace("_", "").casefold() in ("utf8", "cp65001"):
        yield Finding("terminal.characters", "terminal", "ok", "it takes UTF-8")
    else:
        what = f"the terminal's characters are {found}, and many of ours are not among them"
        fix = "export LANG=C.UTF-8" if sys.platform != "win32" else "chcp 65001"
        yield Finding("terminal.characters", "terminal", "warn", what, fix)


checks: tuple[Check, ...] = (size, colors, characters)


def encoding(environ: Mapping[str, str]) -> str:
    """What Python writes to a terminal in: PEP 540 and PEP 538 make UTF-8 of the locale C."""
    chosen = environ.get("PYTHONIOENCODING", "").partition(":")[0]
    if chosen or sys.platform == "win32":
        return chosen or "utf-8"
    named = next(filter(None, (environ.get(n) for n in ("LC_ALL", "LC_CTYPE", "LANG"))), "C")
    if named in ("C", "POSIX"):
        return "utf-8"
    return named.partition(".")[2].partition("@")[0] or "utf-8"


def _colors(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "no colours, as NO_COLOR wants it"
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in environ.get("TERM", "") else "the colours of the terminal"
