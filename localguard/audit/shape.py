"""Arguments and facts, cut down to what an audit record may hold.

Of arguments only names, JSON types and sizes are kept, so that no secret can be in them. Facts and
texts are kept as they are but bounded, so that no client or server can fill the disk with a single
message. Pure; knows no record and no file.
"""

import math
from collections.abc import Collection, Mapping, Sequence, Set
from itertools import islice
from typing import Final

TEXT_LIMIT: Final = 1024
NESTED_TEXT_LIMIT: Final = 256
MAX_NAMES: Final = 64
MAX_ITEMS: Final = 16
MAX_INTEGER_BITS: Final = 64
TOP_DEPTH: Final = 2

_MORE: Final = "…"
_JSON_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def shape(arguments: Mapping[str, object]) -> dict[str, object]:
    """Return `{name: {"type": JSON type, "size": n}}`, without any value.

    The size of a string is in characters, of an array or object in members; others have none.
    Beyond `MAX_NAMES` names the member "…" says how many are not listed.
    """
    shapes: dict[str, object] = {}
    for count, (name, value) in enumerate(arguments.items()):
        if count == MAX_NAMES:
            shapes[_MORE] = {"type": "more", "size": len(arguments) - MAX_NAMES}
            break
        shapes[shortened(name, NESTED_TEXT_LIMIT)] = _shape_of(value)
    return shapes


def _shape_of(value: object) -> dict[str, object]:
    if isinstance(value, str):
        return {"type": "string", "size": len(value)}
    if isinstance(value, Mapping):
        return {"type": "object", "size": len(value)}
    if isinstance(value, Sequence):
        return {"type": "array", "size": len(value)}
    return {"type": _JSON_TYPES.get(type(value), "other")}


def shortened(text: str, limit: int = TEXT_LIMIT) -> str:
    """`text`, or its two ends around the number of characters left out."""
    if len(text) <= limit:
        return text
    end = limit // 2
    return f"{text[:end]}…{len(text) - 2 * end} more…{text[-end:]}"


def bounded(value: object, depth: int = TOP_DEPTH) -> object:
    """`value` as JSON of bounded size: texts shortened, collections cut, `depth` levels of them.

    What is not JSON, or lies deeper, becomes the name of its type in parentheses.
    """
    if isinstance(value, str):
        return shortened(value) if depth == TOP_DEPTH else shortened(value, NESTED_TEXT_LIMIT)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and value.bit_length() <= MAX_INTEGER_BITS:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth and isinstance(value, Mapping | Sequence | Set):
        return _collection(value, depth - 1)
    return f"({type(value).__name__})"


def _collection(value: Collection[object], depth: int) -> object:
    rest = len(value) - MAX_ITEMS
    if isinstance(value, Mapping):
        members = {
            shortened(str(name), NESTED_TEXT_LIMIT): bounded(member, depth)
            for name, member in islice(value.items(), MAX_ITEMS)
        }
        return members | {_MORE: rest} if rest > 0 else members
    ordered = sorted(value, key=str) if isinstance(value, Set) else value
    items = [bounded(item, depth) for item in islice(ordered, MAX_ITEMS)]
    return [*items, f"{_MORE}{rest} more"] if rest > 0 else items
