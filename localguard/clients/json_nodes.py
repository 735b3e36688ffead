"""A text of JSON, or of JSON with comments, as nodes that know where in the text they stand.

Strict like RFC 8259, and stricter: a name that stands twice in one object is refused, since two
programs would read two things from it. With `comments` also `//`, `/* */` and trailing commas, as
VS Code and others take them. Pure.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn

from localguard.clients.spans import broken

BOM: Final = "\ufeff"
MOST_DEPTH: Final = 100

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_COMMENT: Final = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_TEXT: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_SCALAR: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_FIX: Final = "correct it in the file; localguard changes nothing in a file that it cannot read"


@dataclass(frozen=True, slots=True)
class Member:
    """One name of an object with its value; `start` is where the name begins."""

    name: str
    start: int
    node: "Node"


@dataclass(frozen=True, slots=True)
class Node:
    """One value. An object has `members`, and where its trailing comma stands, if it has one."""

    start: int
    end: int
    value: object
    members: tuple[Member, ...] | None = None
    comma: int | None = None

    def member(self, name: str) -> Member | None:
        """The member of a name, if this is an object and has it."""
        return next((one for one in self.members or () if one.name == name), None)


@lru_cache(maxsize=4)
def parse(text: str, *, comments: bool) -> Node:
    """The one value of a text. Raises ProfileFault with the line and column (`where`).

    Each edit reads its text more than once, and a client's file of state has megabytes.
    """
    return _Parser(text, comments).whole()


def after_comments(text: str, at: int) -> int:
    """The position after the last of the comments that begin on this line; `at` if none does."""
    end = at
    while True:
        while at < len(text) and text[at] in " \t":
            at += 1
        found = _COMMENT.match(text, at)
        if found is None:
            return end
        at = end = found.end()


class _Parser:
    def __init__(self, text: str, comments: bool) -> None:
        self._text = text
        self._comments = comments

    def whole(self) -> Node:
        node = self._value(self._after(1 if self._text.startswith(BOM) else 0), 0)
        at = self._after(node.end)
        if at < len(self._text):
            self._fault(at, "there is more after the end of the value")
        return node

    def _value(self, at: int, depth: int) -> Node:
        if depth > MOST_DEPTH:
            self._fault(at, f"it is nested more than {MOST_DEPTH} levels deep")
        first = self._text[at : at + 1]
        if first == "{":
            return self._object(at, depth)
        if first == "[":
            return self._array(at, depth)
        found = (_TEXT if first == '"' else _SCALAR).match(self._text, at)
        if found is None:
            self._no_value(at, first)
        return Node(at, found.end(), json.loads(found[0]))

    def _no_value(self, at: int, first: str) -> NoReturn:
        if not first:
            self._fault(at, "the text ends where a value is missing")
        if first == '"':
            self._fault(at, "this text is not closed on its line, or holds what no text may hold")
        self._fault(at, "this is not a value")

    def _array(self, at: int, depth: int) -> Node:
        found: list[object] = []
        start, at = at, self._after(at + 1)
        while not self._is(at, "]"):
            node = self._value(at, depth + 1)
            found.append(node.value)
            at, _ = self._comma(node.end, "]")
        return Node(start, at + 1, found)

    def _object(self, at: int, depth: int) -> Node:
        members: dict[str, Member] = {}
        start, at, comma = at, self._after(at + 1), None
        while not self._is(at, "}"):
            member = self._member(at, depth)
            if member.name in members:
                self._fault(at, f'"{member.name}" stands twice in one object')
            members[member.name] = member
            at, comma = self._comma(member.node.end, "}")
        value = {name: member.node.value for name, member in members.items()}
        return Node(start, at + 1, value, tuple(members.values()), comma)

    def _member(self, at: int, depth: int) -> Member:
        found = _TEXT.match(self._text, at)
        if found is None:
            self._fault(at, 'a name in quotes is missing, or the "}" that ends the object')
        colon = self._after(found.end())
        if not self._is(colon, ":"):
            self._fault(colon, 'a ":" is missing after the name')
        name: str = json.loads(found[0])
        return Member(name, at, self._value(self._after(colon + 1), depth + 1))

    def _comma(self, at: int, end: str) -> tuple[int, int | None]:
        """Where the next begins, or `end` stands; and where a comma stands with none after it."""
        at = self._after(at)
        if self._is(at, end):
            return at, None
        if not self._is(at, ","):
            self._fault(at, f'a "," or "{end}" is missing')
        after = self._after(at + 1)
        if not self._is(after, end):
            return after, None
        if not self._comments:
            self._fault(at, f'there is a "," before the "{end}"')
        return after, at

    def _is(self, at: int, mark: str) -> bool:
        return self._text.startswith(mark, at)

    def _after(self, at: int) -> int:
        """The position after blanks and comments."""
        while True:
            blank = _BLANK.match(self._text, at)
            at = blank.end() if blank else at
            if not self._is(at, "/"):
                return at
            comment = _COMMENT.match(self._text, at)
            if comment is None or not self._comments:
                what = "a comment is not closed" if comment is None else "comments are no JSON"
                self._fault(at, what)
            at = comment.end()

    def _fault(self, at: int, what: str) -> NoReturn:
        raise broken(self._text, min(at, len(self._text)), what, _FIX)


def as_object(text: str, node: Node) -> Mapping[str, object]:
    """The value of a node that is an object. Raises ProfileFault."""
    if isinstance(node.value, dict):
        return node.value
    raise broken(text, node.start, 'an object, "{ … }", belongs here', _FIX)
