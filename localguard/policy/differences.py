"""Where two JSON values differ, member by member, each place named as a person would.

For example `inputSchema.properties.path.description`. 1, 1.0, true and "1" are four values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple, TypeGuard

from localguard.policy.calls import Json

_PLAIN: Final = re.compile(r"[\w$@/-]+", re.ASCII)


class Absent(Enum):
    """What a member is that is not there."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
Side = Json | Absent


class Difference(NamedTuple):
    """One place, and what stands there on either side. The whole value has an empty path."""

    path: str
    old: Side
    new: Side


def differences(old: Side, new: Side) -> tuple[Difference, ...]:
    """Every place where two values differ, in the order of the names; none where they are equal.

    What is there on one side only, or as another type, is one difference, however much is in it.
    Lists of different lengths differ as a whole, since nothing says which elements correspond.
    """
    return tuple(_between("", old, new))


def _between(path: str, old: Side, new: Side) -> Iterator[Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            below = member_path(path, key)
            yield from _between(below, old.get(key, ABSENT), new.get(key, ABSENT))
    elif _is_list(old) and _is_list(new) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _between(f"{path}[{index}]", one, other)
    elif not _alike(old, new):
        yield Difference(path, old, new)


def _alike(old: Side, new: Side) -> bool:
    """For what has no members in common to look into. True is not 1, and 0.0 is not -0.0."""
    if isinstance(old, float) and isinstance(new, float):
        return old.hex() == new.hex()
    return type(old) is type(new) and old == new


def _is_list(value: Side) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def member_path(path: str, key: str) -> str:
    """The path of a member of what is at `path`; a key that is no plain word stands in quotes."""
    if _PLAIN.fullmatch(key) is None:
        quoted = key.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{quoted}"]'
    return f"{path}.{key}" if path else key
