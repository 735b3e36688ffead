"""What a program has sent to its terminal, taken apart (ECMA-48; xterm's control sequences).

It knows what the console's library sends, and nothing of localguard.
"""

import re
from typing import Final
from unicodedata import category

_SEQUENCE: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # other escapes
    r"|\x1b",
    re.DOTALL,
)
_SGR: Final = re.compile(r"\x1b\[([\d;:]*)m")
_STYLE: Final = r"(?:[0-479]|[34][0-79]|9[0-7]|10[0-7]|[34]8;5;\d{1,3}|[34]8;2(?:;\d{1,3}){3})"
_STYLES: Final = re.compile(rf"\x1b\[(?:{_STYLE}(?:;{_STYLE})*)?m")
_SCREEN: Final = (
    _STYLES,
    re.compile(r"\x1b\[\d{1,3};\d{1,3}H"),  # where to write
    re.compile(r"\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1049|2004|2026|2048)[hl]"),
    re.compile(r"\x1b\[\?(?:2026|2048)\$p"),  # what the terminal can do
    re.compile(r"\x1b\[(?:>\d+|<\d*)u"),  # how it tells keys
    re.compile(r"\x1b\]22;[a-z]*\x07"),  # the pointer's shape
)
_PLAIN: Final = frozenset("\r\n\t\b")
_BELL: Final = frozenset("\a")
_GREYS: Final = frozenset({16, 59, 102, 145, 188, 231, *range(232, 256)})


def oddities(data: bytes, *, lines: bool = False) -> list[str]:
    """All that steers a terminal, reorders text or hides it, and is not usual.

    Usual for a program that prints `lines` are styles; for one on a whole screen also where it
    writes, what it makes of the terminal, and its bell. What is no UTF-8 is odd: it can be a C1
    control.
    """
    known, plain = ((_STYLES,), _PLAIN) if lines else (_SCREEN, _PLAIN | _BELL)
    text = data.decode("utf-8", "backslashreplace")
    sequences = _SEQUENCE.findall(text)
    odd = [one for one in sequences if not any(usual.fullmatch(one) for usual in known)]
    left = set(_SEQUENCE.sub("", text)) - plain
    return [*odd, *sorted(one for one in left if category(one) in {"Cc", "Cf", "Co", "Zl", "Zp"})]


def hues(data: bytes) -> set[str]:
    """The colours in which something was drawn, greys apart."""
    return {
        styles
        for styles in _SGR.findall(data.decode("utf-8", "replace"))
        if not _is_grey([int(one or 0) for one in re.split("[;:]", styles)])
    }


def _is_grey(codes: list[int]) -> bool:
    """Whether SGR codes set no colour but a grey one."""
    match codes:
        case []:
            return True
        case [38 | 48, 5, number, *rest]:
            return number in _GREYS and _is_grey(rest)
        case [38 | 48, 2, red, green, blue, *rest]:
            return red == green == blue and _is_grey(rest)
        case [code, *rest]:
            return not (30 <= code <= 47 or 90 <= code <= 107) and _is_grey(rest)
        case _:
            return True
