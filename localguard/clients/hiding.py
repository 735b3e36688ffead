"""Texts of clients' files without some values, in whichever way a file spells them. Pure.

A value is looked for twice: as its characters, and with the escapes of JSON (RFC 8259 section 7),
TOML 1.0 and YAML 1.2 (section 5.7) read. White space counts in neither, since formats fold lines
and indent them. So more may be hidden than has to be, and no way of writing needs a parser.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from typing import Final

MARK: Final = "***"
_LEAST: Final = 4
"""Characters of what is hidden: a shorter one is no secret, and would blacken half the text."""
_SPACE: Final = re.compile(r"\s+")
_WRITTEN: Final = re.compile(
    r"\s+|\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)",
    re.DOTALL,
)
_SHORT: Final = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", **dict.fromkeys("nrtfvNLP_", "")}
_LAST: Final = 0x10FFFF


def without(text: str, hidden: Collection[str]) -> str:
    """The text, of as many lines, with `***` on each line where one of `hidden` stands."""
    needles = frozenset(filter(_tells, (part for one in hidden for part in _parts(one))))
    if not needles:
        return text
    quoted = {one.replace("'", "''") for one in needles}
    spans = [*_View(text, _WRITTEN).spans(needles), *_View(text, _SPACE).spans(needles | quoted)]
    pieces, at = list[str](), 0
    for start, end in _joined(spans):
        pieces += (text[at:start], _masked(text[start:end]))
        at = end
    return "".join((*pieces, text[at:]))


class _View:
    """A text without white space, and where in the whole text each character of it stands."""

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self._offsets: list[int] = []
        self._places: list[tuple[int, int]] = []
        said, length = [], 0
        for one, start, end in _runs(text, pattern):
            said.append(one)
            self._offsets.append(length)
            self._places.append((start, end))
            length += len(one)
        self._said = "".join(said)

    def spans(self, needles: Collection[str]) -> Iterator[tuple[int, int]]:
        """From where to where in the whole text each of the needles stands."""
        for needle in needles:
            at = self._said.find(needle)
            while at >= 0:
                yield self._place(at)[0], self._place(at + len(needle) - 1)[1]
                at = self._said.find(needle, at + 1)

    def _place(self, at: int) -> tuple[int, int]:
        """Where one character is written: by itself, or as an escape of several."""
        run = bisect_right(self._offsets, at) - 1
        offset, (start, end) = self._offsets[run], self._places[run]
        after = self._offsets[run + 1] if run + 1 < len(self._offsets) else len(self._said)
        if end - start != after - offset:
            return start, end
        return start + at - offset, start + at - offset + 1


def _runs(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    """What is said by parts of a text, which is never nothing, and where they stand."""
    at = 0
    for found in pattern.finditer(text):
        start, end = found.span()
        if at < start:
            yield text[at:start], at, start
        if read := _read(found[0]):
            yield read, start, end
        at = end
    if at < len(text):
        yield text[at:], at, len(text)


def _read(written: str) -> str:
    """The one character of an escape; none for white space."""
    if written[0] != "\\":
        return ""
    kind, digits = written[1], written[2:]
    if not digits:
        read = _SHORT.get(kind, kind)
    elif "\\" in digits:
        pair = (int(digits[:4], 16), int(digits[-4:], 16))
        read = chr(0x10000 + ((pair[0] - 0xD800) << 10) + pair[1] - 0xDC00)
    else:
        number = int(digits, 16)
        read = chr(number) if number <= _LAST else "\ufffd"
    return "" if read.isspace() else read


def _parts(value: str) -> Iterator[str]:
    """A value and each of its lines, without white space."""
    for part in (value, *value.splitlines()):
        yield _SPACE.sub("", part)


def _tells(needle: str) -> bool:
    return len(needle) >= _LEAST


def _joined(spans: Collection[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in their order, with those that overlap or touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    yield from joined


def _masked(span: str) -> str:
    """The mark on each line that a span has, with the ends of its lines."""
    ends = (line[len(line.splitlines()[0]) :] for line in span.splitlines(keepends=True))
    return "".join(f"{MARK}{end}" for end in ends)
