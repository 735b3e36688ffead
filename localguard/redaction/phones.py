"""Telephone numbers that say where in the world they are: `+49 30 901820`, and `(201) 555-0123`.

A number without its country is not told from any other number. What has the form is asked of
`phonenumbers`, which knows every country's numbering plan.
"""

import re
from collections.abc import Iterator
from typing import Final

_BETWEEN: Final = r"[ \u00a0().\-/\u2010-\u2015]"
_WORLDWIDE: Final = re.compile(rf"(?:\+|%2[Bb]){_BETWEEN}?[1-9](?:{_BETWEEN}{{0,3}}\d){{6,14}}")
_NORTH_AMERICAN: Final = re.compile(r"\([2-9]\d\d\)[ \u00a0-]?[2-9]\d\d[ .\-\u2010-\u2015]\d{4}")
_GROUP: Final = re.compile(rf"{_BETWEEN}+\d+$")
_DECIMAL: Final = re.compile(r"\+\d{4,}\.\d{1,6}")
_MAX_ASKED: Final = 10_000
"""Numbers of one text whose plan is looked up; what has the form after that counts as one."""


def find(text: str) -> Iterator[tuple[int, int]]:
    """The places of telephone numbers in a text."""
    asked = 0
    for form, region in ((_WORLDWIDE, None), (_NORTH_AMERICAN, "US")):
        for found in form.finditer(text):
            written = _alone(text, found)
            if not written or _DECIMAL.fullmatch(written):
                continue
            asked += 1
            end = _end(written, region) if asked <= _MAX_ASKED else len(written)
            if end:
                yield found.start(), found.start() + end


def _alone(text: str, found: re.Match[str]) -> str:
    """What is not part of a word or of a longer number; without its last group if need be."""
    start, end = found.span()
    if start and (text[start - 1].isalnum() or text[start - 1] in "+_"):
        return ""
    if not text[end : end + 1].isalnum():
        return found[0]
    shorter = _GROUP.sub("", found[0])
    return "" if shorter == found[0] else shorter


def _end(written: str, region: str | None) -> int:
    """Where the number ends; what follows may look like more groups of it. 0 where it is none."""
    for _ in range(4):
        if _is_valid(written, region):
            return len(written)
        shorter = _GROUP.sub("", written)
        if shorter == written:
            break
        written = shorter
    return 0


def _is_valid(written: str, region: str | None) -> bool:
    import phonenumbers  # noqa: PLC0415 -- megabytes of numbering plans, only for this kind

    plain = written.replace("%2B", "+").replace("%2b", "+")
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(plain, region))
    except phonenumbers.NumberParseException:
        return False
