"""Numbers of payment cards (ISO/IEC 7812): the issuer's first digits, the length, the check digit.

Written in one piece or in the groups that stand on cards. Every tenth number that has an issuer's
first digits and length passes the check by chance, whatever it counts.
"""

import re
from collections.abc import Iterator
from typing import Final

# A digit comes first, and what stands before it after that, since a search for it is fast.
_NUMBER: Final = re.compile(
    r"[2-6](?<![A-Za-z0-9][2-6])(?:"
    r"\d{12,18}"
    r"|\d{3}(?P<a>[ \u00a0-])\d{4}(?P=a)\d{4}(?P=a)\d{1,4}(?:(?P=a)\d{3})?"
    r"|\d{3}(?P<b>[ \u00a0-])\d{6}(?P=b)\d{4,5}"
    r")(?![A-Za-z0-9])"
)
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12,15}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|3(?:0[0-59]|[689]\d)\d{11,16}"  # Diners Club
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"  # Maestro
)
_LAST_GROUP: Final = re.compile(r"[ \u00a0-]\d{1,4}$")
"""What may be the next number: a check code is written behind the number of its card."""
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_BETWEEN: Final = {ord(char): None for char in " \u00a0-"}


def find(text: str) -> Iterator[tuple[int, int]]:
    """The places of card numbers in a text."""
    for found in _NUMBER.finditer(text):
        for number in (found[0], _LAST_GROUP.sub("", found[0])):
            start, end = found.start(), found.start() + len(number)
            digits = number.translate(_BETWEEN)
            if _ISSUERS.fullmatch(digits) and _checks(digits) and not _is_part(text, start, end):
                yield start, end
                break


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether the number goes on: behind a point, or after a hyphen."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    return _goes_on(before[::-1]) or _goes_on(after)


def _goes_on(next_two: str) -> bool:
    return len(next_two) == 2 and next_two[0] in ".-" and next_two[1].isalnum()


def _checks(digits: str) -> bool:
    """Luhn's sum (ISO/IEC 7812-1 annex B)."""
    turned = [ord(digit) - 48 for digit in reversed(digits)]
    total = sum(turned[::2]) + sum(_DOUBLED[digit] for digit in turned[1::2])
    return total % 10 == 0 and len(set(digits)) > 1
