"""One entry put into a text of YAML or taken out of it, to the byte nothing else.

ruamel only reads: the nodes that it composes know where they stand. Its round trip would indent,
quote and wrap anew what a person has written. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from localguard.clients.spans import Splice, broken, indentation, newline, spliced
from localguard.clients.yaml_words import block, flow, yaml_key
from localguard.config.faults import FileFault

_BLANK: Final = " \t\r\n"
_BOM: Final = "\ufeff"
_FIX: Final = "correct it in the file; localguard changes nothing in a file that it cannot read"


class YamlText:
    """The editor of YAML. Raises ProfileFault, with line and column, for what is none."""

    def read(self, text: str) -> Mapping[str, object]:
        """All that the text says; nothing where it is empty."""
        found = _parsed(text)[1]
        if found is None:
            return {}
        if isinstance(found, dict):
            return found
        raise broken(text, 0, "a mapping, `key: value`, belongs here", _FIX)

    def put(self, text: str, path: Sequence[str], name: str, value: object) -> str:
        """The text with an entry below a path, in place of the one of that name."""
        return self._put(text, [*path, name], value, None)

    def remove(self, text: str, path: Sequence[str], name: str) -> str:
        """The text without an entry, if it has it."""
        self.read(text)
        node = _at(_root(text), path)
        pair = None if node is None else _pair(node, name)
        return text if node is None or pair is None else _without(text, node, pair)

    def taken(self, text: str, path: Sequence[str], name: str) -> str | None:
        """The entry as it is written, to be put back with `restore`; None where there is none."""
        self.read(text)
        node = _at(_root(text), path)
        pair = None if node is None else _pair(node, name)
        if node is None or pair is None:
            return None
        if node.flow_style:
            return block(name, _value_at(self.read(text), (*path, name)), "", "  ", newline(text))
        start = pair[0].start_mark.index
        return indentation(text, start) + text[start : _end(text, pair)]

    def restore(self, text: str, path: Sequence[str], name: str, written: str) -> str:
        """The text with an entry as `taken` has found it."""
        return self._put(text, [*path, name], self.read(written).get(name), written)

    def _put(self, text: str, path: list[str], value: object, written: str | None) -> str:
        self.read(text)
        node = _root(text)
        if not isinstance(node, MappingNode):
            return _begun(text, path, value)
        while (pair := _pair(node, path[0])) is not None:
            key, below = pair
            if len(path) == 1:
                return spliced(text, [_replaced(text, node, pair, value, written)])
            path = path[1:]
            if not isinstance(below, MappingNode):
                return spliced(text, [_filled(text, key, below, path, value)])
            _require_own(text, key, below)
            node = below
        return spliced(text, _inserted(text, node, path, value, written))


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[Node | None, object]:
    """What a text says, as nodes and as values. Raises ProfileFault."""
    # A blank in its place, so that every position is that of the text.
    plain = " " + text[1:] if text.startswith(_BOM) and not text[1:2].strip() else text
    yaml = YAML(typ="safe", pure=True)
    try:
        node: Node | None = yaml.compose(plain)
        return node, None if node is None else yaml.constructor.construct_document(node)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = 0 if mark is None else mark.index
        raise broken(text, at, f"it is not YAML: {error.problem or 'unknown'}", _FIX) from error
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise FileFault("it is not YAML that can be read", where="1:1", fix=_FIX) from error


def _root(text: str) -> Node | None:
    return _parsed(text)[0]


def _at(node: Node | None, path: Sequence[str]) -> MappingNode | None:
    """The mapping at a path, if there is one."""
    for name in path:
        pair = _pair(node, name) if isinstance(node, MappingNode) else None
        node = None if pair is None else pair[1]
    return node if isinstance(node, MappingNode) else None


def _pair(node: MappingNode, name: str) -> tuple[Node, Node] | None:
    """The key and the value of a name."""
    for key, value in node.value:
        if isinstance(key, ScalarNode) and key.value == name:
            return key, value
    return None


def _require_own(text: str, key: Node, value: Node) -> None:
    if value.start_mark.index < key.end_mark.index:
        what = "this is another name (*) for what stands elsewhere"
        raise broken(text, key.start_mark.index, what, "write it out here")


def _ends(node: Node) -> Iterator[int]:
    """Where what is written of a node ends; a block's own end is after all that follows it."""
    if isinstance(node.value, list) and not getattr(node, "flow_style", False):
        for one in node.value:
            for inner in one if isinstance(one, tuple) else (one,):
                yield from _ends(inner)
    else:
        yield node.end_mark.index


def _end(text: str, pair: tuple[Node, Node]) -> int:
    """Where an entry ends, after the comment on its last line."""
    key, value = pair
    at = max([key.end_mark.index, *(one for one in _ends(value))])
    at = len(text[:at].rstrip(_BLANK))
    line = text[at:].split("\n", 1)[0].rstrip("\r")
    rest = line.lstrip(" \t:")
    return at + len(line) if not rest or rest.startswith("#") else at


def _replaced(
    text: str, node: MappingNode, pair: tuple[Node, Node], value: object, written: str | None
) -> Splice:
    key, old = pair
    _require_own(text, key, old)
    if node.flow_style:
        return Splice(old.start_mark.index, old.end_mark.index, flow(value))
    start = key.start_mark.index
    return Splice(start, _end(text, pair), _entry(text, key, value, written))


def _entry(text: str, beside: Node, value: object, written: str | None) -> str:
    """An entry on lines of its own, without the blanks of the first."""
    name = str(beside.value)
    indent = indentation(text, beside.start_mark.index)
    if written is None:
        return block(name, value, indent, _unit(text), newline(text))
    lines = written.split("\n")
    old = lines[0][: len(lines[0]) - len(lines[0].lstrip(" "))]
    moved = (indent + one.removeprefix(old) if one.strip() else one for one in lines)
    return "\n".join(moved).removeprefix(indent)


def _filled(text: str, key: Node, below: Node, path: list[str], value: object) -> Splice:
    """A mapping in place of nothing, as in `extensions:`."""
    _require_own(text, key, below)
    if not isinstance(below, ScalarNode) or below.value not in ("", "~", "null"):
        what = "a mapping belongs here"
        raise broken(text, below.start_mark.index, what, _FIX)
    colon = text.index(":", key.end_mark.index) + 1
    end, unit = newline(text), _unit(text)
    indent = indentation(text, key.start_mark.index) + unit
    fresh = f"{end}{indent}{_nested(path, value, indent, unit, end)}"
    return Splice(colon, max(colon, below.end_mark.index if below.value else colon), fresh)


def _inserted(
    text: str, node: MappingNode, path: list[str], value: object, written: str | None
) -> list[Splice]:
    """One more entry of a mapping, its last."""
    name, *rest = path
    if node.flow_style:
        at = len(text[: node.end_mark.index - 1].rstrip(_BLANK))
        comma = ", " if node.value and text[at - 1] != "," else ""
        inner = value
        for one in reversed(rest):
            inner = {one: inner}
        return [Splice(at, at, f"{comma}{flow(name)}: {flow(inner)}")]
    first, last = node.value[0][0], node.value[-1]
    _require_own(text, *last)
    end, indent = newline(text), indentation(text, first.start_mark.index)
    beside = ScalarNode("", name, first.start_mark, first.end_mark)
    fresh = (
        _nested(path, value, indent, _unit(text), end)
        if rest
        else _entry(text, beside, value, written)
    )
    at = _end(text, last)
    return [Splice(at, at, f"{end}{indent}{fresh}")]


def _without(text: str, node: MappingNode, pair: tuple[Node, Node]) -> str:
    """The text without an entry, and without the blanks before it."""
    start, end = pair[0].start_mark.index, _end(text, pair)
    if node.flow_style:
        return spliced(text, [_flow_gone(node, pair)])
    before = text[:start].rstrip(_BLANK)
    if len(node.value) == 1:
        # Nothing would be left but a key, which says null.
        return spliced(text, [Splice(len(before), end, " {}" if before else "{}")])
    if not before.strip(_BLANK + _BOM):
        return spliced(text, [Splice(start, end + len(newline(text)), "")])
    return spliced(text, [Splice(len(before), end, "")])


def _flow_gone(node: MappingNode, pair: tuple[Node, Node]) -> Splice:
    index = next(at for at, (key, _) in enumerate(node.value) if key is pair[0])
    start, end = pair[0].start_mark.index, pair[1].end_mark.index
    if index:
        start = node.value[index - 1][1].end_mark.index
    elif len(node.value) > 1:
        end = node.value[1][0].start_mark.index
    return Splice(start, end, "")


def _begun(text: str, path: list[str], value: object) -> str:
    """A text that says nothing yet, with an entry at its end."""
    end, unit = newline(text), _unit(text)
    gap = "" if not text.strip(_BOM) or text.endswith("\n") else end
    return f"{text}{gap}{_nested(path, value, '', unit, end)}{end}"


def _nested(path: Sequence[str], value: object, indent: str, unit: str, end: str) -> str:
    """An entry with the mappings above it, each on a line."""
    name, *rest = path
    if not rest:
        return block(name, value, indent, unit, end)
    inner = indent + unit
    return f"{yaml_key(name)}:{end}{inner}{_nested(rest, value, inner, unit, end)}"


def _unit(text: str) -> str:
    """One level of blanks, by the first line that begins with any."""
    for line in text.split("\n"):
        blanks = line[: len(line) - len(line.lstrip(" "))]
        if blanks and line.strip() and line.strip()[0] not in "#-":
            return blanks
    return "  "


def _value_at(values: Mapping[str, object], path: Sequence[str]) -> object:
    found: object = values
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
