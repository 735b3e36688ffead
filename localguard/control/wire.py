"""Messages as lines of JSON, and lines of JSON as messages.

The shape of a message is that of its class: every member has to be there and to be of its type,
true is no number, and what the class does not know is ignored. Reads whatever comes without
raising. Knows no socket, and no meaning of any message.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

from localguard.control.messages import (
    Approver,
    ClosedView,
    Decide,
    Decided,
    Event,
    GrantView,
    GuardView,
    Refused,
    RequestView,
    Snapshot,
    Stale,
    Stop,
)

Message = (
    RequestView
    | ClosedView
    | GrantView
    | GuardView
    | Snapshot
    | Event
    | Decide
    | Stop
    | Decided
    | Stale
    | Refused
    | Approver
)
"""All that is said once both sides have proved themselves."""

LONGEST: Final = 100_000_000_000
"""Seconds since the epoch, or of a span, beyond which there is no date (year 5138)."""
_KINDS: Final[tuple[type[Any], ...]] = get_args(Message)
_T = TypeVar("_T")
_Reader = Callable[[Any], Any]


class _Unfit(Exception):
    """Raised for a value that is not of its member's type."""


def wire(message: object) -> bytes:
    """A message, or another dataclass with a TYPE, as one line with its newline.

    Half of a surrogate pair, which no UTF-8 can hold, becomes its escape: in a text that is JSON
    itself that is the same text.
    """
    option = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_APPEND_NEWLINE
    try:
        return orjson.dumps(message, default=_plain, option=option)
    except TypeError:
        return orjson.dumps(_whole(message), option=option)


def read(line: bytes) -> Message | None:
    """The message of a line; None for anything else."""
    found: Message | None = _parse(line, *_KINDS)
    return found


def parse(line: bytes, kind: type[_T]) -> _T | None:
    """What a line says, if it is of this kind of dataclass; None for anything else."""
    found = _parse(line, kind)
    return found if isinstance(found, kind) else None


def _parse(line: bytes, *kinds: Any) -> Any:
    try:
        found = orjson.loads(line)
    except ValueError:
        return None
    said = found.get("type") if isinstance(found, dict) else None
    try:
        return next((_reader(kind)(found) for kind in kinds if _type_of(kind) == said), None)
    except _Unfit:
        return None


def _type_of(kind: type[Any]) -> str:
    name: str = kind.TYPE
    return name


def _plain(value: object) -> object:
    """One level of what orjson does not know by itself."""
    if is_dataclass(value) and not isinstance(value, type):
        members = {each.name: getattr(value, each.name) for each in fields(value)}
        return {"type": _type_of(type(value)), **members}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def _whole(value: object) -> object:
    """Every level, with texts that UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, tuple | list):
        return [_whole(each) for each in value]
    if isinstance(value, Mapping) or is_dataclass(value):
        plain = value if isinstance(value, Mapping) else _plain(value)
        assert isinstance(plain, Mapping)  # noqa: S101 -- a dataclass is plain as a mapping
        return {_whole(name): _whole(each) for name, each in plain.items()}
    return value


@cache
def _reader(hint: Any) -> _Reader:
    """What takes a JSON value for a member's type, or raises _Unfit."""
    origin, parts = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return _object_reader(hint)
    if origin is Literal:
        return lambda value: _require(value, isinstance(value, str) and value in parts)
    if origin in (Union, UnionType):
        return _union_reader(parts)
    if origin is tuple:
        return _tuple_reader(_reader(parts[0]))
    if origin is Mapping:
        return _mapping
    return _PLAIN_READERS[hint]


def _require(value: Any, fits: bool) -> Any:
    if not fits:
        raise _Unfit
    return value


def _number(value: Any) -> float:
    """A moment or a span in seconds: whatever shows it need not ask whether there is such a one."""
    return float(_require(value, type(value) in {int, float} and 0 <= value <= LONGEST))


def _mapping(value: Any) -> Any:
    texts = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return _require(value, texts)


_PLAIN_READERS: Final[dict[Any, _Reader]] = {
    str: lambda value: _require(value, isinstance(value, str)),
    bool: lambda value: _require(value, isinstance(value, bool)),
    int: lambda value: _require(value, type(value) is int),
    NoneType: lambda value: _require(value, value is None),
    float: _number,
}


def _tuple_reader(reader: _Reader) -> _Reader:
    return lambda value: tuple(map(reader, _require(value, isinstance(value, list))))


def _union_reader(parts: tuple[Any, ...]) -> _Reader:
    readers = [_reader(part) for part in parts]

    def read_one(value: Any) -> Any:
        for reader in readers:
            try:
                return reader(value)
            except _Unfit:
                continue
        raise _Unfit

    return read_one


def _object_reader(kind: Any) -> _Reader:
    hints = get_type_hints(kind)
    readers = {each.name: _reader(hints[each.name]) for each in fields(kind)}

    def read_object(value: Any) -> Any:
        if not isinstance(value, dict) or value.get("type") != _type_of(kind):
            raise _Unfit
        try:
            return kind(**{name: reader(value[name]) for name, reader in readers.items()})
        except KeyError:
            raise _Unfit from None

    return read_object
