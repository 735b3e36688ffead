"""The names that rules speak of: `server/item`, `*` and `?` on both sides, or `server/@mark`."""

import re
from typing import Final

from localguard.config.faults import did_you_mean
from localguard.config.tables import Unfit
from localguard.policy.globs import Glob
from localguard.policy.rules import MARKS, Pattern
from localguard.text import is_hidden

_SERVER: Final = re.compile(r"[A-Za-z0-9._*?-]+")
SERVER_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OTHER_KINDS: Final = ("resource:", "prompt:")
_WILDCARDS: Final = 'the only wildcards are "*" and "?"'


def read_pattern(text: str) -> Pattern:
    """A pattern of a rule; `*` alone means every item of every server."""
    if text == "*":
        return Pattern(Glob("*"), Glob("*"))
    server, item = _halves(text)
    if item.startswith("@"):
        return Pattern(Glob(server), None, _mark(item[1:]))
    if any(is_hidden(char) or char == " " for char in item):
        raise Unfit(f'"{text}" holds a blank or a hidden character', "type the name anew")
    if set(item) & set("{}") or (set(item) & set("[]") and not item.startswith(_OTHER_KINDS)):
        raise Unfit(f'"{text}" has brackets', f"write it without; {_WILDCARDS}")
    return Pattern(Glob(server), Glob(item))


def read_target(text: str) -> str:
    """The name of one item, for a test: a pattern without wildcards and marks."""
    if "/" not in text:
        raise Unfit(f'"{text}" does not say which server', f'write "SERVER/{text}"')
    pattern = read_pattern(text)
    if pattern.item is None or not (pattern.server.literal and pattern.item.literal):
        raise Unfit(f'"{text}" is not the name of one call', 'write it out, as "files/read_file"')
    return text


def _halves(text: str) -> tuple[str, str]:
    server, slash, item = text.partition("/")
    if not slash or server.startswith(_OTHER_KINDS):
        fix = f'write "*/{text}" for every server, or put the name of one before it'
        raise Unfit(f'"{text}" needs a server part, for example "*/{text}"', fix)
    if _SERVER.fullmatch(server) is None:
        fix = f'use letters, digits, "-", "_" and "."; {_WILDCARDS}'
        raise Unfit(f'"{server}" in "{text}" cannot be the name of a server', fix)
    if not item:
        raise Unfit(f'"{text}" names no tool', f'write "{server}/*" for all of the server')
    return server, item


def _mark(mark: str) -> str:
    if mark not in MARKS:
        near = did_you_mean(f"@{mark}", [f"@{known}" for known in MARKS])
        raise Unfit(f'unknown mark "@{mark}"', near)
    return mark
