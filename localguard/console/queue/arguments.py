"""The arguments of a request as they are looked at: parsed once, and taken apart into places.

They are JSON of at most 200 KiB that a model chose; what cannot be parsed is shown as text.
"""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Final

from localguard.control.messages import RequestView
from localguard.policy.calls import Json
from localguard.policy.differences import member_path

DEPTH: Final = 100


class Unread(Enum):
    """What stands for arguments that cannot be parsed, or of which a part is missing."""

    UNREAD = "unread"


UNREAD: Final = Unread.UNREAD
Arguments = Json | Unread


def arguments_of(view: RequestView) -> Arguments:
    """The arguments as a value. Never raises."""
    return parsed(view.arguments) if view.whole else UNREAD


@lru_cache(64)
def parsed(text: str) -> Arguments:
    """A text of JSON as a value; one that is nested too deeply is not read. Never raises."""
    try:
        value: Json = json.loads(text)
        return value if _within(value, DEPTH) else UNREAD
    except (ValueError, RecursionError):
        return UNREAD


def places(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every value that holds no other, with its place, in the order in which they came."""
    if isinstance(value, Mapping) and value:
        for key, member in value.items():
            yield from places(member, member_path(path, key))
    elif isinstance(value, list) and any(isinstance(one, list | dict) for one in value):
        for index, element in enumerate(value):
            yield from places(element, f"{path}[{index}]")
    else:
        yield path, value


def texts(value: Json) -> Iterator[str]:
    """Every string in a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield key
            yield from texts(member)
    elif isinstance(value, list):
        for element in value:
            yield from texts(element)


def _within(value: Json, depth: int) -> bool:
    if isinstance(value, Mapping):
        return depth > 0 and all(_within(member, depth - 1) for member in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_within(element, depth - 1) for element in value)
    return True
