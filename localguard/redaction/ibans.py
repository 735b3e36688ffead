"""International bank account numbers (ISO 13616): country, length, check digits.

The check is MOD 97-10 of ISO 7064. Written in one piece or in groups of four. The lengths are
those of the registry of ISO 13616, which SWIFT keeps.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

_LENGTHS: Final[Mapping[str, int]] = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
# A capital comes first, and what stands before it after that, since a search for it is fast.
_START: Final = r"[A-Z](?<![A-Za-z0-9][A-Z])[A-Z]\d{2}"
_ONE_PIECE: Final = re.compile(_START + r"[A-Z0-9]{11,30}(?![A-Za-z0-9])")
_GROUPS: Final = re.compile(
    _START + r"(?:[ \u00a0-][A-Z0-9]{4}){2,7}(?:[ \u00a0-][A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
_BETWEEN: Final = re.compile("[ \u00a0-]")


def find(text: str) -> Iterator[tuple[int, int]]:
    """The places of account numbers in a text."""
    for found in _ONE_PIECE.finditer(text):
        if len(found[0]) == _LENGTHS.get(found[0][:2]) and _checks(found[0]):
            yield found.span()
    for found in _GROUPS.finditer(text):
        if (end := _end(found[0])) is not None:
            yield found.start(), found.start() + end


def _end(grouped: str) -> int | None:
    """Where the number in groups ends; what follows may look like one more group."""
    left = _LENGTHS.get(grouped[:2], 0)
    end = 0
    for group in _BETWEEN.split(grouped):
        end += len(group) + bool(end)
        left -= len(group)
        if left <= 0:
            break
    return end if left == 0 and _checks(_BETWEEN.sub("", grouped[:end])) else None


def _checks(number: str) -> bool:
    turned = number[4:] + number[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1
