"""JSON that every parser reads alike, and one line of it written anew.

A fast parser reads what is plain: a line that its value, written anew, gives byte for byte. Such a
line hides nothing, neither a second member of one name nor a number that does not survive. Any
other line is read by a slow and strict one.

RFC 8259 sections 4 and 6. Knows no messages.
"""

from json import JSONDecoder, JSONEncoder
from typing import Any

import orjson

MAX_DIGITS = 308
"""An integer of more digits is infinite as a double (IEEE 754), which is what node would read."""


class Unfit(ValueError):
    """A value that parsers read differently."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def decode(line: bytes) -> Any:
    """The value of a line without its newline.

    Raises Unfit: it is no JSON, or not read alike by all.
    """
    try:
        value = orjson.loads(line)
        plain = orjson.dumps(value) == line
    except (ValueError, TypeError):
        # Why it is not plain, or whether it is JSON at all, is for the strict one to say.
        plain = False
    return value if plain else _strictly(line)


def _strictly(line: bytes) -> Any:
    try:
        text = line.decode("utf-8", "strict")
        return _DECODER.decode(text)
    except Unfit:
        raise
    except UnicodeDecodeError as error:
        raise Unfit("not-utf-8", f"byte {error.start}") from None
    except (RecursionError, MemoryError):
        raise Unfit("too-deep") from None
    except ValueError as error:
        raise Unfit("not-json", str(error)[:120]) from None


def encode(value: Any) -> bytes:
    """A value as one line of ASCII with its newline."""
    try:
        line = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # An integer of more than 64 bits, which is a double to most peers.
        line = b"\xff"
    return line if line.isascii() else _ENCODER.encode(value).encode("ascii") + b"\n"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unfit("duplicate-key")
    return members


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Unfit("not-finite", text[:40])
    return number


def _int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Unfit("not-finite", f"an integer of {len(text)} digits")
    return int(text)


def _constant(text: str) -> None:
    raise Unfit("not-finite", text)


_DECODER = JSONDecoder(
    object_pairs_hook=_pairs, parse_float=_float, parse_int=_int, parse_constant=_constant
)
_ENCODER = JSONEncoder(
    ensure_ascii=True, allow_nan=False, check_circular=False, separators=(",", ":")
)
