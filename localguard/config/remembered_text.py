"""What localguard writes into NAME.remembered.toml, character by character (TOML v1.0.0).

Names and values were chosen by servers, clients and models. Each stands between quotes with all
that could end it, or could not be seen by a person, escaped; so no text can add a line, a key or a
table. Pure; knows no rule and no file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from localguard.policy.canonical import digest_of
from localguard.text import is_hidden, safe

Value = str | bool | int | float | datetime

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LITERAL: Final = re.compile(r"[ -&(-~]+", re.ASCII)
"""What can stand between single quotes as it is: printable, and none of them."""
_SHORT: Final[Mapping[str, str]] = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}
_WHO: Final = 120
_SURROGATES: Final = range(0xD800, 0xE000)


def is_writable(text: str) -> bool:
    """Whether TOML has a place for a text: it has none for half a character (a surrogate)."""
    return not any(ord(char) in _SURROGATES for char in text)


def quoted(text: str) -> str:
    """A text in quotes: as it is where that can be, else with what is special escaped.

    Raises ValueError where TOML has no place for it.
    """
    if not is_writable(text):
        raise ValueError("half a character cannot be written")
    if _LITERAL.fullmatch(text) and set(text) & set('"\\'):
        return f"'{text}'"
    return f'"{"".join(map(_character, text))}"'


def key(name: str) -> str:
    """The name of a member, in quotes where it needs them. Raises ValueError as `quoted` does."""
    return name if _BARE.fullmatch(name) else quoted(name)


def value(one: Value) -> str:
    """A text, a number, true or false, or a moment (in UTC, to the second)."""
    match one:
        case str():
            return quoted(one)
        case bool():
            return "true" if one else "false"
        case datetime():
            return f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case _:
            return repr(one)


def comment(at: datetime, call: str, who: str) -> str:
    """The line that says when something was remembered, from which call, and who answered."""
    return f"# {at:%Y-%m-%d %H:%M} from call {safe(call, 60)} by {safe(who, _WHO)}\n"


def entry(said: str, kind: str, pairs: Sequence[tuple[str, Value]]) -> str:
    """A comment line and a table `[[kind]]` with its keys, each of which is written as it is."""
    return "".join((said, f"[[{kind}]]\n", *_lines(pairs)))


def head(profile: str) -> str:
    """How a remembered file begins."""
    return (
        f'# What was answered with "always" under the profile {profile}. Written by localguard;\n'
        "# see localguard rules list. To take one back: localguard rules remove ID.\n"
        "version = 1\n"
    )


def short_id(table: Mapping[str, object]) -> str:
    """Eight hexadecimal digits that tell an entry by what stands in it."""
    members = {name: _plain(one) for name, one in table.items() if name != "id"}
    return digest_of(_sorted(members))[:8]


def _lines(pairs: Sequence[tuple[str, Value]]) -> Iterator[str]:
    for name, one in pairs:
        yield f"{name} = {value(one)}\n"


def _character(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if is_hidden(char):
        code = ord(char)
        return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
    return char


def _plain(one: object) -> str:
    if isinstance(one, dict):
        return _sorted({name: _plain(inner) for name, inner in one.items()})
    return f"[{', '.join(map(_plain, one))}]" if isinstance(one, list) else repr(one)


def _sorted(members: Mapping[str, str]) -> str:
    return repr(sorted(members.items()))
