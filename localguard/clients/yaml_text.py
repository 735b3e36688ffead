"""One entry put into a text of YAML or taken out of it, to the byte nothing else.

ruamel only reads: the nodes that it composes know where they stand. Its round trip would indent,
quote and wrap anew what a person has written. Pure.
"""

from collections.abc import Mapping, Sequence

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from localguard.clients.editors import at_path
from localguard.clients.spans import Splice, broken, indentation, newline, spliced
from localguard.clients.yaml_nodes import (
    BLANK,
    BOM,
    FIX,
    Pair,
    end_of,
    in_block,
    is_open,
    mapping_at,
    pair_of,
    parsed,
    require_own,
    root,
    unit_of,
)
from localguard.clients.yaml_words import block, flow, yaml_key


class YamlText:
    """The editor of YAML. Raises ProfileFault, with line and column, for what is none."""

    def read(self, text: str) -> Mapping[str, object]:
        """All that the text says; nothing where it is empty."""
        found = parsed(text)[1]
        if found is None:
            return {}
        if isinstance(found, dict):
            return found
        raise broken(text, 0, "a mapping, `key: value`, belongs here", FIX)

    def put(self, text: str, path: Sequence[str], name: str, value: object) -> str:
        """The text with an entry below a path, in place of the one of that name."""
        return self._put(text, [*path, name], value, None)

    def remove(self, text: str, path: Sequence[str], name: str) -> str:
        """The text without an entry, if it has it."""
        self.read(text)
        node = mapping_at(root(text), path)
        pair = None if node is None else pair_of(node, name)
        return text if node is None or pair is None else _without(text, node, pair)

    def taken(self, text: str, path: Sequence[str], name: str) -> str | None:
        """The entry as it is written, to be put back with `restore`; None where there is none."""
        self.read(text)
        node = mapping_at(root(text), path)
        pair = None if node is None else pair_of(node, name)
        if node is None or pair is None:
            return None
        if node.flow_style:
            return block(name, at_path(self.read(text), (*path, name)), "", "  ", newline(text))
        start = pair[0].start_mark.index
        return indentation(text, start) + text[start : end_of(text, pair)]

    def restore(self, text: str, path: Sequence[str], name: str, written: str) -> str:
        """The text with an entry as `taken` has found it."""
        return self._put(text, [*path, name], self.read(written).get(name), written)

    def _put(self, text: str, path: list[str], value: object, written: str | None) -> str:
        self.read(text)
        node = root(text)
        if not isinstance(node, MappingNode):
            return _begun(text, path, value)
        while (pair := pair_of(node, path[0])) is not None:
            key, below = pair
            if len(path) == 1:
                return spliced(text, [_replaced(text, node, pair, value, written)])
            path = path[1:]
            if not isinstance(below, MappingNode):
                return spliced(text, [_filled(text, key, below, path, value)])
            require_own(text, key, below)
            node = below
        return spliced(text, _inserted(text, node, path, value, written))


def _replaced(
    text: str, node: MappingNode, pair: Pair, value: object, written: str | None
) -> Splice:
    key, old = pair
    require_own(text, key, old)
    if node.flow_style:
        return Splice(old.start_mark.index, old.end_mark.index, flow(value))
    start = key.start_mark.index
    return Splice(start, end_of(text, pair), _entry(text, key, value, written))


def _entry(text: str, beside: Node, value: object, written: str | None) -> str:
    """An entry on lines of its own, without the blanks of the first."""
    name = str(beside.value)
    indent = indentation(text, beside.start_mark.index)
    if written is None:
        return block(name, value, indent, unit_of(text), newline(text))
    lines = written.split("\n")
    old = lines[0][: len(lines[0]) - len(lines[0].lstrip(" "))]
    moved = (indent + one.removeprefix(old) if one.strip() else one for one in lines)
    return "\n".join(moved).removeprefix(indent)


def _filled(text: str, key: Node, below: Node, path: list[str], value: object) -> Splice:
    """A mapping in place of nothing, as in `extensions:`."""
    require_own(text, key, below)
    if not isinstance(below, ScalarNode) or below.value not in ("", "~", "null"):
        what = "a mapping belongs here"
        raise broken(text, below.start_mark.index, what, FIX)
    colon = text.index(":", key.end_mark.index) + 1
    end, unit = newline(text), unit_of(text)
    indent = indentation(text, key.start_mark.index) + unit
    fresh = f"{end}{indent}{_nested(path, value, indent, unit, end)}"
    return Splice(colon, max(colon, below.end_mark.index if below.value else colon), fresh)


def _inserted(
    text: str, node: MappingNode, path: list[str], value: object, written: str | None
) -> list[Splice]:
    """One more entry of a mapping: its last, or its first where a line end would say more."""
    name, *rest = path
    if node.flow_style:
        at = len(text[: node.end_mark.index - 1].rstrip(BLANK))
        comma = ", " if node.value and text[at - 1] != "," else ""
        inner = value
        for one in reversed(rest):
            inner = {one: inner}
        return [Splice(at, at, f"{comma}{flow(name)}: {flow(inner)}")]
    first, last = node.value[0][0], node.value[-1]
    require_own(text, *last)
    end, indent = newline(text), indentation(text, first.start_mark.index)
    beside = ScalarNode("", name, first.start_mark, first.end_mark)
    fresh = (
        _nested(path, value, indent, unit_of(text), end)
        if rest
        else _entry(text, beside, value, written)
    )
    if is_open(text, last):
        start = first.start_mark.index
        return [Splice(start, start, f"{fresh}{end}{indent}")]
    at = end_of(text, last)
    return [Splice(at, at, f"{end}{indent}{fresh}")]


def _without(text: str, node: MappingNode, pair: Pair) -> str:
    """The text without an entry, and without the blanks before it."""
    start, end = pair[0].start_mark.index, end_of(text, pair)
    if node.flow_style:
        return spliced(text, [_flow_gone(node, pair)])
    before = text[:start].rstrip(BLANK)
    if len(node.value) == 1:
        # Nothing would be left but a key, which says null.
        return spliced(text, [Splice(len(before), end, " {}" if before else "{}")])
    if not before.strip(BLANK + BOM):
        return spliced(text, [Splice(start, end + len(newline(text)), "")])
    index = node.value.index(pair)
    # A text in a block says its line end, so the one before a last entry stays.
    kept = newline(text) if index and end == len(text) and in_block(node.value[index - 1]) else ""
    return spliced(text, [Splice(len(before), end, kept)])


def _flow_gone(node: MappingNode, pair: Pair) -> Splice:
    index = next(at for at, (key, _) in enumerate(node.value) if key is pair[0])
    start, end = pair[0].start_mark.index, pair[1].end_mark.index
    if index:
        start = node.value[index - 1][1].end_mark.index
    elif len(node.value) > 1:
        end = node.value[1][0].start_mark.index
    return Splice(start, end, "")


def _begun(text: str, path: list[str], value: object) -> str:
    """A text that says nothing yet, with an entry at its end."""
    end, unit = newline(text), unit_of(text)
    gap = "" if not text.strip(BOM) or text.endswith("\n") else end
    return f"{text}{gap}{_nested(path, value, '', unit, end)}{end}"


def _nested(path: Sequence[str], value: object, indent: str, unit: str, end: str) -> str:
    """An entry with the mappings above it, each on a line."""
    name, *rest = path
    if not rest:
        return block(name, value, indent, unit, end)
    inner = indent + unit
    return f"{yaml_key(name)}:{end}{inner}{_nested(rest, value, inner, unit, end)}"
