"""Registered secrets: values that the guard knows, found in all their usual spellings.

Plain; percent-encoded (RFC 3986 section 2.1), any part of it, either case; escaped as in JSON
(RFC 8259 section 7), up to three times; base64 and its URL form (RFC 4648) at each of the three
places that a value can begin at; hexadecimal. Other encodings, and a value in pieces, are not
found. Knows no kinds.
"""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final
from urllib.parse import unquote

from localguard.redaction.environment import password_in_url, secret_names
from localguard.redaction.findings import Finding

MIN_LENGTH: Final = 6
"""Characters; a shorter value stands in too many honest texts."""
_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_ROUNDS: Final = 3
_MAX_MIXED: Final = 1 << 20
"""Characters of a text whose two sorts of escapes are undone in both orders."""
_ESCAPES: Final = re.compile(r"(?:\\u[0-9A-Fa-f]{4}|\\[\"'\\/bfnrt])+")
_PAIR: Final = re.compile(r"(\\[^'])|\\'")
_NEEDS_ESCAPE: Final = re.compile(r"[^ !#-&(-\[\]-~]")
"""What a writer of JSON escapes; a few escape the slash too."""
_RARE: Final = "ZQXJKVYWUGHFBOLPDNMRCSEITA9876543210"
"""Characters of base64, the rarest in JSON texts first."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]")


@dataclass(frozen=True, slots=True)
class _Needle:
    """One spelling of one secret; an encoded one shares a character with its neighbours."""

    name: str
    text: str
    shares: bool = False


class Secrets:
    """The registered values of one guard, by name."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._plain: tuple[_Needle, ...] = ()
        self._encoded: tuple[_Needle, ...] = ()
        self._by_sign: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self._has_escapes = False
        self._loose: dict[str, re.Pattern[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._values)

    def register(self, name: str, value: str) -> bool:
        """Have a value found from now on; False where it is too short for that.

        `name` is shown in its place. The password of a URL is found by itself too.
        """
        inner = password_in_url(value)
        for part in (value, inner, None if inner is None else unquote(inner)):
            if part is not None and len(part) >= MIN_LENGTH:
                self._values.setdefault(part, _NAME.sub("_", name)[:64] or "secret")
        self._spell()
        return len(value) >= MIN_LENGTH

    def register_environment(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """Register what a server gets in variables that are named like secrets; their names."""
        names = secret_names(environment)
        return tuple(name for name in names if self.register(name, environment[name]))

    def finds(self, text: str) -> bool:
        """False where surely no value is in a text, or in the value that it is the JSON text of."""
        for needle in self._plain:
            if needle.text in text:
                return True
        for sign, spellings in self._by_sign:
            if sign in text and any(spelling in text for spelling in spellings):
                return True
        return self._may_be_escaped(text) and next(self._escaped(text), None) is not None

    def find(self, text: str) -> Iterator[Finding]:
        """The places of registered values in a text."""
        for needle in self._plain + self._encoded:
            yield from _places(needle, text)
        if self._may_be_escaped(text):
            for name, value in list(self._escaped(text)):
                yield from self._loosely(name, value, text)

    def _spell(self) -> None:
        # Longest first: of two values that begin alike the longer one names what is replaced.
        values = sorted(self._values.items(), key=lambda pair: -len(pair[0]))
        self._plain = tuple(_Needle(name, value) for value, name in values)
        encoded = [n for value, name in values for n in _encodings(name, value)]
        self._encoded = tuple(dict.fromkeys(encoded))
        self._by_sign = _by_sign(needle.text for needle in self._encoded)
        self._has_escapes = any(_NEEDS_ESCAPE.search(value) for value in self._values)
        self._loose = {}

    def _may_be_escaped(self, text: str) -> bool:
        return "%" in text or (
            "\\" in text and (self._has_escapes or "\\u" in text or "\\/" in text)
        )

    def _escaped(self, text: str) -> Iterator[tuple[str, str]]:
        """The names and spellings that stand in a text once its escapes are undone."""
        for plain in _undone(text):
            for needle in self._plain + self._encoded:
                if needle.text in plain:
                    yield needle.name, needle.text

    def _loosely(self, name: str, value: str, text: str) -> Iterator[Finding]:
        if value not in self._loose:
            self._loose[value] = re.compile("".join(map(_spellings, value)))
        places = [Finding(*found.span(), name) for found in self._loose[value].finditer(text)]
        # Spelled in a way of its own, but there: better nothing of the text than that.
        yield from places or [Finding(0, len(text), name)]


def _by_sign(spellings: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Spellings by a rare character in each, as few characters as come by themselves."""
    groups: dict[str, list[str]] = {}
    for spelling in spellings:
        known = (sign for sign in groups if sign in spelling)
        rare = (sign for sign in _RARE if sign in spelling)
        groups.setdefault(next(chain(known, rare), spelling[0]), []).append(spelling)
    return tuple((sign, tuple(group)) for sign, group in groups.items())


def _places(needle: _Needle, text: str) -> Iterator[Finding]:
    start = text.find(needle.text)
    while start >= 0:
        end = start + len(needle.text)
        first, last = start, end
        if needle.shares:
            # The characters at both ends hold bits of the value and of its neighbours.
            first -= bool(start and _BASE64.match(text, start - 1))
            last += bool(_BASE64.match(text, end))
        yield Finding(first, last, needle.name)
        start = text.find(needle.text, end)


def _encodings(name: str, value: str) -> Iterator[_Needle]:
    data = value.encode("utf-8", "surrogatepass")
    yield _Needle(name, data.hex())
    yield _Needle(name, data.hex().upper())
    for before in range(3):
        after = -(before + len(data)) % 3
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(bytes(before) + data + bytes(after)).decode("ascii")
            # Without the characters whose bits are not all of the value.
            begin, end = (0, 2, 3)[before], len(whole) - (0, 2, 3)[after]
            yield _Needle(name, whole[begin:end], shares=True)


def _undone(text: str) -> Iterator[str]:
    """The text with its escapes undone, step by step, as long as that changes it."""
    # A value may itself hold what looks like an escape of one sort, so both come first in turn.
    orders = ((unquote, _unescaped), (_unescaped, unquote))
    mixed = "%" in text and "\\" in text and len(text) <= _MAX_MIXED
    for order in orders if mixed else orders[:1]:
        plain, idle = text, 0
        for undo in order * _ROUNDS:
            before, plain = plain, undo(plain)
            idle = 0 if plain != before else idle + 1
            if idle == len(order):
                break
            if not idle:
                yield plain


def _unescaped(text: str) -> str:
    return _ESCAPES.sub(_unescaped_run, text) if "\\" in text else text


def _unescaped_run(found: re.Match[str]) -> str:
    run = found[0]
    if "'" in run:
        # Some writers escape the apostrophe, which JSON does not know.
        run = _PAIR.sub(lambda pair: pair[1] or "'", run)
    plain: str = json.loads(f'"{run}"')
    return plain


def _spellings(char: str) -> str:
    """A pattern for one character in each of its spellings."""
    percent = "".join(f"(?i:%{byte:02x})" for byte in char.encode("utf-8", "surrogatepass"))
    units = char.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(
        rf"\\{{1,8}}(?i:u{units[start : start + 4]})" for start in range(0, len(units), 4)
    )
    short = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}.get(char, re.escape(char))
    behind = rf"|\\{{1,8}}{short}" if short != char or not char.isalnum() else ""
    return rf"(?:{re.escape(char)}|{percent}|{escaped}{behind})"
