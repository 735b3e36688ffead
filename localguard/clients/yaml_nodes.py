"""A text of YAML as nodes that know where in it they stand. ruamel only reads. Pure."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from localguard.clients.spans import broken
from localguard.config.faults import FileFault

BLANK: Final = " \t\r\n"
BOM: Final = "\ufeff"
FIX: Final = "correct it in the file; localguard changes nothing in a file that it cannot read"

Pair = tuple[Node, Node]
"""A key and its value."""


@lru_cache(maxsize=4)
def parsed(text: str) -> tuple[Node | None, object]:
    """What a text says, as nodes and as values. Raises ProfileFault."""
    # A blank in its place, so that every position is that of the text.
    plain = " " + text[1:] if text.startswith(BOM) and not text[1:2].strip() else text
    yaml = YAML(typ="safe", pure=True)
    try:
        node: Node | None = yaml.compose(plain)
        return node, None if node is None else yaml.constructor.construct_document(node)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = 0 if mark is None else mark.index
        raise broken(text, at, _told(error.problem or "unknown"), FIX) from error
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise FileFault("it is not YAML that can be read", where="1:1", fix=FIX) from error


def _told(problem: str) -> str:
    """What is wrong. Of two entries of one name the library quotes both values: secrets, maybe."""
    if problem.startswith("found duplicate key"):
        return "this name stands twice in one mapping"
    return f"it is not YAML: {problem}"


def root(text: str) -> Node | None:
    """The node that a text is; None where it says nothing. Raises ProfileFault."""
    return parsed(text)[0]


def mapping_at(node: Node | None, path: Sequence[str]) -> MappingNode | None:
    """The mapping at a path, if there is one."""
    for name in path:
        pair = pair_of(node, name) if isinstance(node, MappingNode) else None
        node = None if pair is None else pair[1]
    return node if isinstance(node, MappingNode) else None


def pair_of(node: MappingNode, name: str) -> Pair | None:
    """The key and the value of a name."""
    for key, value in node.value:
        if isinstance(key, ScalarNode) and key.value == name:
            return key, value
    return None


def require_own(text: str, key: Node, value: Node) -> None:
    """Raise ProfileFault where a value is but an alias: to change it would change another."""
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


def end_of(text: str, pair: Pair) -> int:
    """Where an entry ends, after the comment on its last line."""
    key, value = pair
    at = max([key.end_mark.index, *(one for one in _ends(value))])
    at = len(text[:at].rstrip(BLANK))
    line = text[at:].split("\n", 1)[0].rstrip("\r")
    rest = line.lstrip(" \t:")
    return at + len(line) if not rest or rest.startswith("#") else at


def in_block(pair: Pair) -> ScalarNode | None:
    """The text in a block (`|`, `>`) that an entry ends with, if it does."""
    leaf = pair[1]
    while isinstance(leaf.value, list) and leaf.value and not getattr(leaf, "flow_style", False):
        last = leaf.value[-1]
        leaf = last[1] if isinstance(last, tuple) else last
    return leaf if isinstance(leaf, ScalarNode) and leaf.style in ("|", ">") else None


def is_open(text: str, pair: Pair) -> bool:
    """Whether a line end after an entry would be a part of what it says.

    So it is for a text in a block whose last line has no end, or all of whose line ends count (YAML
    1.2 section 8.1.1.2).
    """
    leaf = in_block(pair)
    if leaf is None:
        return False
    header = text[leaf.start_mark.index :].partition("\n")[0].partition("#")[0]
    return "+" in header or not text.endswith("\n")


def unit_of(text: str) -> str:
    """One level of blanks, by the first line that begins with any."""
    for line in text.split("\n"):
        blanks = line[: len(line) - len(line.lstrip(" "))]
        if blanks and line.strip() and line.strip()[0] not in "#-":
            return blanks
    return "  "
