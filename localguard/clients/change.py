"""Entries of one client's file put in and taken out, and proof that nothing else was. Pure.

The text is read again after it was changed: it must say all that it said before but for what was
wanted, or it is not written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.clients.edit import located
from localguard.clients.editors import Editor, Format, editor
from localguard.config.faults import FileFault
from localguard.errors import ProfileFault

_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Put:
    """An entry is to have a value."""

    key: tuple[str, ...]
    name: str
    value: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Restore:
    """An entry is to be as it was once `written`."""

    key: tuple[str, ...]
    name: str
    written: str


@dataclass(frozen=True, slots=True)
class Remove:
    """An entry is to go."""

    key: tuple[str, ...]
    name: str


Wish = Put | Restore | Remove


def changed(
    path: str, form: Format, text: str, wishes: Sequence[Wish], *, keeps_bom: bool = True
) -> str:
    """The text with all wishes granted, one after the other. Raises ProfileFault.

    Where the client takes a byte order mark for a fault, there is none after it.
    """
    of = editor(form)
    try:
        for wish in wishes:
            text = _one(path, of, text, wish)
        text.encode()
    except ValueError as error:
        raise FileFault(f"it cannot be written: {error}", where=path, fix=_by_hand(path)) from error
    except ProfileFault as fault:
        raise fault if fault.where.startswith(path) else located(path, fault) from fault
    return text if keeps_bom else text.removeprefix(_BOM)


def _one(path: str, of: Editor, before: str, wish: Wish) -> str:
    match wish:
        case Put(key, name, value):
            after = of.put(before, key, name, value)
        case Restore(key, name, written):
            after = of.restore(before, key, name, written)
        case Remove(key, name):
            after = of.remove(before, key, name)
    place = (*wish.key, wish.name)
    old, new = of.read(before), of.read(after)
    if isinstance(wish, Put) and _at(new, place) != dict(wish.value):
        raise _more(path)
    if _less(old, place) != _less(new, place):
        raise _more(path)
    return after


def _at(values: object, place: Sequence[str]) -> object:
    for name in place:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _less(values: object, place: Sequence[str]) -> object:
    """What was read without what stands at a place; containers that hold no more are not there."""
    if not isinstance(values, Mapping):
        return None if values is None and place else values
    name, *rest = place
    less = {key: value for key, value in values.items() if key != name}
    if rest and name in values:
        inner = _less(values[name], rest)
        less |= {} if inner in (None, {}) else {name: inner}
    return less


def _more(path: str) -> FileFault:
    what = "the entry cannot be changed without changing more than it"
    return FileFault(what, where=path, fix=_by_hand(path))


def _by_hand(path: str) -> str:
    return f"change {path} by hand, as localguard connect --print shows"
