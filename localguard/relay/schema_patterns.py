"""Whether a pattern of a schema can be tried on a text without hanging the guard.

Python's `re` goes back over what it has tried, which for some patterns takes time that doubles with
each character (OWASP "Regular expression Denial of Service"). What a pattern may cost is told from
its repetitions alone, and rather too high than too low. Pure; runs no pattern.
"""

import re
from dataclasses import dataclass
from typing import Final

MAX_STEPS: Final = 4_000_000
MAX_PATTERN: Final = 1000
_MANY: Final = 8
"""A repetition of at most so many is not counted as one."""
_NESTED_LENGTH: Final = 20
"""Characters on which even a doubling pattern ends at once."""

_TOKEN: Final = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?(?:[:=!>]|<[=!]|P?<\w+>|"
    r"[aiLmsux-]+:))?)|(?P<close>\))|(?P<repeat>[*+]|\{(?P<from>\d*)(?P<comma>,?)(?P<to>\d*)\})"
    r"|(?P<bar>\|)|(?P<any>\.)|(?P<other>.)",
    re.DOTALL,
)


_SEPARATOR: Final = re.compile(r"[^\w()\[\].*+?{}|^$\\]|\\[^\w]")


@dataclass(slots=True)
class _Group:
    """A group as it is read: what stands in it, and what of it can be taken in several ways."""

    text: list[str]
    repeats: int = 0
    branches: bool = False


def is_tame(pattern: str, length: int) -> bool:
    """Whether trying the pattern on a text of `length` characters takes few steps at most.

    False also for a pattern that is too long, or that refers back to a group.
    """
    if len(pattern) > MAX_PATTERN or re.search(r"\\[1-9]|\(\?P?=", pattern) is not None:
        return False
    degree = _degree(pattern)
    if degree is None:
        return length <= _NESTED_LENGTH
    starts = 0 if pattern.startswith("^") and "|" not in pattern else 1
    return degree == 0 or (length + 1) ** (degree + starts) <= MAX_STEPS


def _degree(pattern: str) -> int | None:
    """How many repetitions can share one text; None where one stands in another."""
    groups = [_Group([])]
    last: _Group | None = None
    for token in _TOKEN.finditer(pattern):
        if token["open"]:
            groups.append(_Group([]))
            last = None
        elif token["close"] and len(groups) > 1:
            last = groups.pop()
            groups[-1].text += ["(", *last.text, ")"]
            groups[-1].repeats += last.repeats
        elif token["repeat"] and _is_many(token):
            if last is not None and _is_doubling(last):
                return None
            # A group whose turns are told apart takes a text in one way, whatever is in it.
            groups[-1].repeats += 1 - (0 if last is None else last.repeats)
            groups[-1].text.append(token[0])
            last = None
        else:
            groups[-1].branches |= bool(token["bar"])
            groups[-1].text.append(token[0])
            last = None
    return groups[0].repeats


def _is_many(token: re.Match[str]) -> bool:
    if token[0] in ("*", "+"):
        return True
    most = token["to"] or ("" if token["comma"] else token["from"])
    return not most or int(most) > _MANY


def _is_doubling(group: _Group) -> bool:
    """Whether a repeated group can take one text in more than one way."""
    if not (group.repeats or group.branches):
        return False
    return group.branches or not any(_separates(group.text, end) for end in (0, -1))


def _separates(text: list[str], end: int) -> bool:
    """Whether the group begins (or ends) with a character that nothing else in it can take."""
    if len(text) < 2 or _SEPARATOR.fullmatch(text[end]) is None or text[1][0] in "?*{":
        return False
    first = text[end][-1]
    others = text[1:] if end == 0 else text[:-1]
    return not any(_may_take(other, first) for other in others)


def _may_take(piece: str, char: str) -> bool:
    """Whether a character of a group, or a set of them, can be this one."""
    if len(piece) == 1 and piece in "()*+?{}|^$":
        return False
    try:
        return re.fullmatch(piece, char) is not None
    except re.error:
        return True
