"""Arguments and facts, cut down to what an audit record may hold.

Of arguments only names, JSON types and sizes are kept, so that no secret can be in them. Facts and
texts are kept as they are but bounded, so that no client or server can fill the disk with a single
message. Pure; knows no record and no file.
"""

import math
from collections.abc import Collection, Mapping, Set
from itertools import islice
from typing import Final, NewType

ArgumentShape = NewType("ArgumentShape", Mapping[str, object])
"""What only `shape` makes, so that no arguments with their values pass for it."""

TEXT_LIMIT: Final = 1024
NESTED_TEXT_LIMIT: Final = 256
MAX_MEMBERS: Final = 64
NESTED_MAX_MEMBERS: Final = 16
INTEGERS: Final = range(-(1 << 63), 1 << 64)
TOP_DEPTH: Final = 2

_MORE: Final = "…"
_ROOM_FOR_COUNT: Final = 24
_JSON_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
_ARRAYS: Final = (list, tuple)
_OBJECTS: Final = (dict, Mapping)  # the plain one first: the other is slow to ask
_COLLECTIONS: Final = (*_OBJECTS, *_ARRAYS, Set)


def shape(arguments: Mapping[str, object]) -> ArgumentShape:
    """Return `{name: {"type": JSON type, "size": n}}`, without any value.

    The size of a string is in characters, of an array or object in members; others have none.
    Of more than `MAX_MEMBERS` names the member "…" says how many are not listed.
    """
    fitting = MAX_MEMBERS if len(arguments) <= MAX_MEMBERS else MAX_MEMBERS - 1
    shapes: dict[str, object] = {
        shortened(name, NESTED_TEXT_LIMIT): _shape_of(value)
        for name, value in islice(arguments.items(), fitting)
    }
    if len(arguments) > fitting:
        shapes[_MORE] = {"type": "more", "size": len(arguments) - fitting}
    return ArgumentShape(shapes)


def _shape_of(value: object) -> dict[str, object]:
    if isinstance(value, str):
        return {"type": "string", "size": len(value)}
    if isinstance(value, _OBJECTS):
        return {"type": "object", "size": len(value)}
    if isinstance(value, _ARRAYS):
        return {"type": "array", "size": len(value)}
    return {"type": _JSON_TYPES.get(type(value), "other")}


def shortened(text: str, limit: int) -> str:
    """`text`, or its two ends around the number of characters left out; at most `limit` long."""
    if not text.isascii():
        text = _encodable(text)
    if len(text) <= limit:
        return text
    end = (limit - _ROOM_FOR_COUNT) // 2
    return f"{text[:end]}…{len(text) - 2 * end} more…{text[-end:]}"


def _encodable(text: str) -> str:
    """`text` with half characters spelled out, which no encoding has a place for."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def bounded(value: object, depth: int = TOP_DEPTH) -> object:
    """`value` as JSON of bounded size: texts shortened, collections cut, `depth` levels of them.

    What is not JSON, or lies deeper, becomes the name of its type in parentheses.
    """
    if isinstance(value, str):
        limit = TEXT_LIMIT if depth == TOP_DEPTH else NESTED_TEXT_LIMIT
        return shortened(value, limit)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and value in INTEGERS:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth and isinstance(value, _COLLECTIONS):
        return _collection(value, depth - 1)
    return f"({type(value).__name__})"


def _collection(value: Collection[object], depth: int) -> object:
    fitting = MAX_MEMBERS if depth == TOP_DEPTH - 1 else NESTED_MAX_MEMBERS
    rest = len(value) - fitting
    if isinstance(value, _OBJECTS):
        members = {
            shortened(str(name), NESTED_TEXT_LIMIT): bounded(member, depth)
            for name, member in islice(value.items(), fitting)
        }
        return members | {_MORE: rest} if rest > 0 else members
    ordered = sorted(value, key=str) if isinstance(value, Set) else value
    items = [bounded(item, depth) for item in islice(ordered, fitting)]
    return [*items, f"{_MORE}{rest} more"] if rest > 0 else items
