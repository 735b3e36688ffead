"""Conditions as JSON values and back, for answers that are kept in files.

A condition is what it is called and what it has. Only what was sealed is read back, so an unknown
name is one of another version of localguard: a ValueError, and the answer holds for nothing. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final

from localguard.policy import conditions, matchers
from localguard.policy.conditions import Condition, Hours
from localguard.policy.globs import Glob

_KINDS: Final[Mapping[str, type]] = {
    kind.__name__: kind
    for kind in (Glob, Hours, *vars(conditions).values(), *vars(matchers).values())
    if isinstance(kind, type) and is_dataclass(kind)
    if kind in (Glob, Hours) or hasattr(kind, "judge")
}
_KIND: Final = "kind"
_SET: Final = "set"


def conditions_as_json(when: tuple[Condition, ...]) -> list[Any]:
    """Conditions as JSON values."""
    return [_as_json(one) for one in when]


def read_conditions(values: Sequence[Any]) -> tuple[Condition, ...]:
    """The conditions again. Raises ValueError for what this version does not know."""
    try:
        return tuple(_read(one) for one in values)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("a condition of another version") from error


def _as_json(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        members = {
            one.name: _as_json(getattr(value, one.name)) for one in fields(value) if one.init
        }
        return {_KIND: type(value).__name__, **members}
    if isinstance(value, frozenset):
        return {_KIND: _SET, "of": sorted(value)}
    if isinstance(value, tuple):
        return [_as_json(one) for one in value]
    return value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read(one) for one in value)
    if not isinstance(value, dict):
        return value
    members = {name: _read(one) for name, one in value.items() if name != _KIND}
    if value[_KIND] == _SET:
        return frozenset(members["of"])
    return _KINDS[value[_KIND]](**members)
