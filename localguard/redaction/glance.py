"""A look that says surely that nothing is in a text, or that it is worth reading.

A few searches for fixed characters, which C does, instead of one pattern after the other. What is
told of the runs of a text is made once: every letter, digit, `_` and `-` becomes an `a`, everything
else a blank, so that one more search tells whether some token could be there at all.
"""

from collections.abc import Callable
from typing import Final

_RUN: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_RUNS: Final = bytes(97 if byte in _RUN else 32 for byte in range(256))
_DIGITS: Final = bytes(
    48 if 48 <= byte < 58 else 97 if bytes([byte]).isalpha() else 32 for byte in range(256)
)
_BETWEEN_DIGITS: Final = b" -?"
"""What stands between groups of digits; `?` is what a character outside of ASCII becomes."""
_CARD: Final = b"0" * 13


def runs_of(text: str) -> bytes:
    """The runs of a text, to be asked again and again."""
    return text.encode("ascii", "replace").translate(_RUNS)


def longest_run(text: str) -> int:
    """The length of the longest run of letters, digits, `_` and `-`."""
    return max(map(len, runs_of(text).split()), default=0)


def may_hold_email(text: str) -> bool:
    """An `@`, plain or in a URL."""
    return "@" in text or "%40" in text


def may_hold_card(text: str) -> bool:
    """Thirteen digits, whatever stands between their groups."""
    return _CARD in text.encode("ascii", "replace").translate(_DIGITS, _BETWEEN_DIGITS)


def may_hold_iban(text: str) -> bool:
    """Two letters and two digits."""
    return b"aa00" in text.encode("ascii", "replace").translate(_DIGITS, _BETWEEN_DIGITS)


def may_hold_phone(text: str) -> bool:
    """A plus, plain or in a URL, or a parenthesis."""
    return "+" in text or "(" in text or "%2" in text


KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "email": may_hold_email,
    "card": may_hold_card,
    "iban": may_hold_iban,
    "phone": may_hold_phone,
}
"""The glance for each kind that needs no runs."""
