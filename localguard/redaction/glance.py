"""A look that says surely that nothing is in a text, or that it is worth reading.

A few searches for fixed characters, which C does, instead of one pattern after the other.
"""

from collections.abc import Callable
from typing import Final

_DIGITS: Final = bytes(
    48 if 48 <= byte < 58 else 97 if bytes([byte]).isalpha() else 32 for byte in range(256)
)
_BETWEEN_DIGITS: Final = b" -?"
"""What stands between groups of digits; `?` is what a character outside of ASCII becomes."""
_CARD: Final = b"0" * 13


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
"""The glance for each kind but `secret`, whose names and forms have their own."""
