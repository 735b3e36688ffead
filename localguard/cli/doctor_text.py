"""How `localguard doctor` looks on a terminal: one line for each check, and what to do below it."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import TextWrapper
from typing import Final, TextIO

from localguard.cli.folding import columns_of
from localguard.cli.output import LINE
from localguard.doctor.check import Category, Finding, Status
from localguard.doctor.examine import Examined
from localguard.telling.counts import count
from localguard.text import safe

_SIGNS: Final[dict[Status, str]] = {"ok": "✓", "warn": "!", "fail": "✗", "skip": "-"}
_WORDS: Final[dict[Status, str]] = {"ok": "ok  ", "warn": "warn", "fail": "FAIL", "skip": "-   "}
_COLORS: Final[dict[Status, str]] = {"ok": "32", "warn": "33", "fail": "1;31", "skip": "2"}
_HEAD: Final = "1"
_FIX: Final = "36"
_QUIET: Final = "2"
_MARGIN: Final = 13
"""Columns for the names of categories."""
_LATE: Final = 0.5
"""Seconds after which it is said what is looked at."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the terminal can show: `width` is None where no lines are to be broken."""

    color: bool = False
    signs: bool = True
    width: int | None = None
    verbose: bool = False

    def painted(self, text: str, code: str) -> str:
        """A text in a colour, where there are colours."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text.strip() else text


def look_of(out: TextIO, *, color: bool, verbose: bool) -> Look:
    """What a stream takes: lines are broken on a terminal, and signs need an encoding for them."""
    try:
        "✓✗→".encode(out.encoding or "ascii")
        signs = True
    except UnicodeEncodeError:
        signs = False
    return Look(color, signs, columns_of(out), verbose)


def group_lines(category: Category, found: Sequence[Examined], look: Look) -> Iterator[str]:
    """All that was found in a category, which is named beside the first line of it."""
    head: str = category
    for one in found:
        for line in _finding_lines(one, look):
            yield look.painted(f"{head:<{_MARGIN}}", _HEAD) + line
            head = ""


def left_lines(examined: Sequence[Examined], look: Look) -> Iterator[str]:
    """Only what is not as it should be."""
    bad = [one for one in examined if one.finding.status in ("warn", "fail")]
    for category in dict.fromkeys(one.finding.category for one in bad):
        yield from group_lines(category, [o for o in bad if o.finding.category == category], look)


def summary_lines(examined: Sequence[Examined], look: Look, *, fixing: bool) -> Iterator[str]:
    """How it stands, in a line, and what --fix would do about it."""
    found = [one.finding for one in examined]
    failed = sum(one.status == "fail" for one in found)
    warned = sum(one.status == "warn" for one in found)
    fine = sum(one.status == "ok" for one in found)
    parts = [look.painted(f"{count(failed, 'check')} failed", _COLORS["fail"])] if failed else []
    parts += [look.painted(count(warned, "warning"), _COLORS["warn"])] if warned else []
    parts += [look.painted(f"{fine} fine", _COLORS["ok"] if not (failed or warned) else _QUIET)]
    yield ", ".join(parts)
    mendable = repairs_of(found)
    if mendable and not fixing:
        of_them = "it" if mendable == failed + warned == 1 else f"{mendable} of them"
        yield f"localguard doctor --fix mends {of_them}, once you have seen how"


def repairs_of(found: Iterable[Finding]) -> int:
    """How many can be mended."""
    return sum(one.repair is not None for one in found)


def change_lines(lines: Iterable[str], look: Look) -> Iterator[str]:
    """A change, line by line."""
    for line in lines:
        sign = line[:1]
        code = "" if line[:3] in ("+++", "---") else {"+": "32", "-": "31"}.get(sign, _QUIET)
        shown = f"    {safe(line, LINE)}"
        yield look.painted(shown, code) if code else shown


def _finding_lines(one: Examined, look: Look) -> Iterator[str]:
    found = one.finding
    mark = (_SIGNS if look.signs else _WORDS)[found.status]
    indent = " " * (len(mark) + 1)
    first, *rest = _broken(found.summary, look, indent)
    quiet = found.status == "skip"
    yield f"{look.painted(mark, _COLORS[found.status])} " + _toned(first, look, quiet)
    yield from (indent + _toned(line, look, quiet) for line in rest)
    if found.remedy and found.status != "ok":
        arrow = "→ " if look.signs else "fix: "
        first, *rest = _broken(found.remedy, look, indent + " " * len(arrow))
        yield indent + look.painted(arrow + first, _FIX)
        yield from (indent + " " * len(arrow) + look.painted(line, _FIX) for line in rest)
    if look.verbose:
        yield from (indent + look.painted(line, _QUIET) for line in _details(one))


def _toned(text: str, look: Look, quiet: bool) -> str:
    return look.painted(text, _QUIET) if quiet else text


def _details(one: Examined) -> Iterator[str]:
    yield f"{one.finding.id}, {one.seconds * 1000:.0f} ms"
    for name, value in one.finding.details.items():
        yield f"{safe(name, LINE)}: {safe(value, LINE)}"


def _broken(text: str, look: Look, indent: str) -> list[str]:
    """The lines of a text; a path or a command is never broken within a word."""
    shown = safe(text, LINE)
    if not look.signs:
        shown = shown.replace("…", "...")
    if look.width is None:
        return [shown]
    width = max(look.width - _MARGIN - len(indent), 20)
    wrapper = TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(shown) or [""]


class Progress:
    """Says on a terminal what is looked at, if that takes longer, and takes it back."""

    def __init__(self, err: TextIO, *, shown: bool) -> None:
        self._err = err
        self._shown = shown
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._wrote = False

    def begin(self, what: str) -> None:
        """Begin with something."""
        if self._shown:
            self._timer = threading.Timer(_LATE, self._say, (what,))
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """Whatever it was, it is done."""
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._wrote:
                self._err.write("\r\x1b[K")
                self._err.flush()
                self._wrote = False

    def _say(self, what: str) -> None:
        with self._lock:
            if self._timer is not None:
                self._err.write(f"\r\x1b[Klooking at {what} ...")
                self._err.flush()
                self._wrote = True
