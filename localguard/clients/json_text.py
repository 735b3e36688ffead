"""One entry put into a text of JSON or taken out of it, to the byte nothing else.

Comments, tabs, line ends, a byte order mark and trailing commas stay as they are; what is put is
written as what stands around it is. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from localguard.clients.json_nodes import BOM, Member, Node, after_comments, as_object, parse
from localguard.clients.spans import Splice, indentation, newline, spliced


@dataclass(frozen=True, slots=True)
class JsonText:
    """The editor of JSON; with `comments` of JSON as VS Code takes it.

    All of it raises ProfileFault, with line and column, for a text that cannot be read.
    """

    comments: bool

    def read(self, text: str) -> Mapping[str, object]:
        """All that the text says; nothing where it is empty."""
        return {} if _is_empty(text) else as_object(text, self._root(text))

    def put(self, text: str, path: Sequence[str], name: str, value: object) -> str:
        """The text with an entry below a path, in place of the one of that name."""
        return self._put(text, path, name, value, None)

    def remove(self, text: str, path: Sequence[str], name: str) -> str:
        """The text without an entry, if it has it."""
        self.read(text)
        node = self._at(text, path)
        member = None if node is None else node.member(name)
        return text if node is None or member is None else _without(text, node, member)

    def taken(self, text: str, path: Sequence[str], name: str) -> str | None:
        """The entry as it is written, to be put back with `restore`; None where there is none."""
        node = self._at(text, path)
        member = None if node is None else node.member(name)
        return None if member is None else text[member.node.start : member.node.end]

    def restore(self, text: str, path: Sequence[str], name: str, written: str) -> str:
        """The text with an entry as `taken` has found it."""
        return self._put(text, path, name, self._root(written).value, written)

    def _put(
        self, text: str, path: Sequence[str], name: str, value: object, written: str | None
    ) -> str:
        if _is_empty(text):
            style = _Style("\n", "  ", True)
            whole = style.written(_nested([*path, name], value), "")
            return (BOM if text.startswith(BOM) else "") + whole + "\n"
        node, rest = self._root(text), [*path, name]
        while (member := node.member(rest[0])) is not None:
            rest = rest[1:]
            if not rest:
                old, at = member.node, indentation(text, member.start)
                style = _Style.of(text, node)
                if "\n" not in text[old.start : old.end]:
                    # An entry on one line stays on one.
                    style = replace(style, spread=False)
                fresh = written or style.written(value, at)
                return spliced(text, [Splice(old.start, old.end, fresh)])
            node = member.node
            as_object(text, node)
        as_object(text, node)
        alone = written if len(rest) == 1 else None
        return spliced(text, _inserted(text, node, rest[0], _nested(rest[1:], value), alone))

    def _root(self, text: str) -> Node:
        return parse(text, comments=self.comments)

    def _at(self, text: str, path: Sequence[str]) -> Node | None:
        """The object at a path, if there is one."""
        node: Node | None = None if _is_empty(text) else self._root(text)
        for name in path:
            member = None if node is None else node.member(name)
            node = None if member is None else member.node
        return node


@dataclass(frozen=True, slots=True)
class _Style:
    """How something is written: its line ends, one level of blanks, and whether on many lines."""

    end: str
    unit: str
    spread: bool

    @classmethod
    def of(cls, text: str, node: Node) -> "_Style":
        """The style of an object; an empty one is as the file is."""
        members = node.members or ()
        inside = text[node.start : members[0].start] if members else text
        return cls(newline(text), _unit(text), "\n" in inside or not text.strip("{} \t\ufeff"))

    def written(self, value: object, before: str) -> str:
        """A value, on lines that begin with the blanks of the line that it begins on."""
        if not self.spread or not isinstance(value, Mapping) or not value:
            return json.dumps(value, ensure_ascii=False)
        inner = before + self.unit
        pairs = (
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {self.written(one, inner)}"
            for key, one in value.items()
        )
        return f"{{{self.end}{f',{self.end}'.join(pairs)}{self.end}{before}}}"


def _inserted(text: str, node: Node, name: str, value: object, written: str | None) -> list[Splice]:
    """What has to change for an object to have one more member, its last."""
    style, members = _Style.of(text, node), node.members or ()
    outer = indentation(text, node.start)
    inner = indentation(text, members[-1].start) if members else outer + style.unit
    member = f"{json.dumps(name, ensure_ascii=False)}: {written or style.written(value, inner)}"
    before = f"{style.end}{inner}" if style.spread else " " if members else ""
    if not members:
        return [_first(text, node, before + member, style.end + outer if style.spread else "")]
    last = members[-1].node.end
    bare = last if node.comma is None else node.comma + 1
    at = after_comments(text, bare)
    if not style.spread and "//" in text[last:at]:
        # The comment goes to the end of its line, and must not take the member with it.
        before = style.end
    if node.comma is not None:
        return [Splice(at, at, f"{before}{member},")]
    if at == bare:
        return [Splice(at, at, f",{before}{member}")]
    return [Splice(last, last, ","), Splice(at, at, before + member)]


def _first(text: str, node: Node, member: str, after: str) -> Splice:
    """The first member of an object; comments that stand in it stay before it."""
    inside = text[node.start + 1 : node.end - 1]
    if not inside.strip():
        return Splice(node.start + 1, node.end - 1, member + after)
    at = node.start + 1 + len(inside.rstrip())
    if not member.startswith(("\n", "\r")):
        member = newline(text) + member
    return Splice(at, node.end - 1, member + (after or newline(text)))


def _without(text: str, node: Node, gone: Member) -> str:
    """The text without one member of an object, its comma, and the blanks before it."""
    members, end = node.members or (), gone.node.end
    index = members.index(gone)
    before = members[index - 1].node.end if index else node.start
    if index + 1 < len(members) or node.comma is not None:
        # Its own comma goes; the one before it stays for what follows.
        end = _comma_after(text, end) + 1
        return spliced(text, [Splice(_start_of(text, before, gone, end), end, "")])
    start = _start_of(text, before, gone, end)
    if index:
        return spliced(text, _both(_comma_after(text, before), start, end))
    if not (text[node.start + 1 : start] + text[end : node.end - 1]).strip():
        return spliced(text, [Splice(node.start + 1, node.end - 1, "")])
    return spliced(text, [Splice(start, end, "")])


def _start_of(text: str, before: int, gone: Member, end: int) -> int:
    """Where a member begins with the blanks before it, as far as those can go with it."""
    start = len(text[: gone.start].rstrip(" \t\r\n"))
    line = max(before, text.rfind("\n", 0, start))
    rest = text[end:].split("\n", 1)[0]
    # After a comment to the end of its line, what follows needs a line of its own.
    return gone.start if "//" in text[line:start] and rest.strip() else start


def _both(comma: int, start: int, end: int) -> list[Splice]:
    if comma + 1 >= start:
        return [Splice(comma, end, "")]
    return [Splice(comma, comma + 1, ""), Splice(start, end, "")]


def _comma_after(text: str, at: int) -> int:
    """Where the comma after a value stands; blanks and comments may come before it."""
    while text[at] != ",":
        after = after_comments(text, at)
        at = after if after > at else at + 1
    return at


def _nested(path: Sequence[str], value: object) -> object:
    for name in reversed(path):
        value = {name: value}
    return value


def _unit(text: str) -> str:
    """One level of blanks, by the first line that begins with any."""
    for line in text.split("\n"):
        blanks = line[: len(line) - len(line.lstrip(" \t"))]
        if blanks and line.strip():
            return "\t" if blanks[0] == "\t" else blanks
    return "  "


def _is_empty(text: str) -> bool:
    return not text.removeprefix(BOM).strip()
