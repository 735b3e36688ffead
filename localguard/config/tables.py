"""Reads the keys of one TOML table by type, and notes what is wrong with them.

A reader asks for what it needs and gets it or None; the fault is noted on the way, so that reading
goes on and a person sees all faults together. Knows types, and no key by name.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, time
from typing import TypeVar

from localguard.config.faults import FileFault, did_you_mean
from localguard.config.lines import Path
from localguard.config.load import Document
from localguard.errors import ProfileFault

T = TypeVar("T")


class Unfit(Exception):
    """Raised by a reader of one text. `fix` says how to write it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


class Table:
    """A table at a path of a document, and the list that its faults go to."""

    def __init__(
        self,
        values: Mapping[str, object],
        document: Document,
        faults: list[ProfileFault],
        path: Path = (),
    ) -> None:
        self.values = values
        self.document = document
        self.faults = faults
        self.path = path

    @property
    def line(self) -> int:
        """The line where the table begins."""
        return self.document.lines.line_of(self.path)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def fault(self, what: str, fix: str, *at: str | int) -> None:
        """Note a fault of the table, or of what lies at a path below it."""
        where = self.document.where((*self.path, *at))
        self.faults.append(FileFault(what, where=where, fix=fix))

    def only(self, known: Collection[str], noun: str = "key", of: str = "") -> bool:
        """Whether all keys are known; notes each that is not."""
        unknown = [key for key in self.values if key not in known]
        for key in unknown:
            self.fault(f'unknown {noun} "{key}"{of}', did_you_mean(key, known), key)
        return not unknown

    def text(self, key: str) -> str | None:
        """A text that is not empty."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong_type(key, value, "a text", f'write {key} = "…"')
            return None
        if not value:
            self.fault(f"{key} is empty", f"give {key} a text, or remove it", key)
        return value or None

    def flag(self, key: str) -> bool | None:
        """True or false."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong_type(key, value, "true or false", f"write {key} = true, without quotes")
        return None

    def choice(self, key: str, words: Collection[str]) -> str | None:
        """One of some words."""
        value = self.text(key)
        if value is None or value in words:
            return value
        self.fault(f'{key} cannot be "{value}"', did_you_mean(value, words), key)
        return None

    def parsed(self, key: str, read: Callable[[str], T]) -> T | None:
        """A text that `read` understands."""
        value = self.text(key)
        return None if value is None else self._read(value, read, key)

    def each(self, key: str, read: Callable[[str], T]) -> tuple[T, ...]:
        """One text, or a list of at least one, each of which `read` understands."""
        value = self.values.get(key)
        if isinstance(value, list):
            return self._elements(key, value, read)
        if value is None or isinstance(value, str):
            one = self.parsed(key, read)
            return () if one is None else (one,)
        self._wrong_type(key, value, "a text or a list of texts", f'write {key} = "…"')
        return ()

    def table(self, key: str) -> "Table | None":
        """The table below a key."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            return self._below(value, key)
        self._wrong_type(key, value, "a table", f"write {key}.NAME = …")
        return None

    def tables(self, key: str) -> "Iterator[Table]":
        """The tables of a list of tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._wrong_type(key, value, "a list of tables", f"begin each with [[{key}]]")
            return
        for index, one in enumerate(value):
            yield self._below(one, key, index)

    def subtables(self) -> "Iterator[tuple[str, Table]]":
        """Each key with the table below it."""
        for key in self.values:
            below = self.table(key)
            if below is not None:
                yield key, below

    def _below(self, values: Mapping[str, object], *at: str | int) -> "Table":
        return Table(values, self.document, self.faults, (*self.path, *at))

    def _elements(self, key: str, values: list[object], read: Callable[[str], T]) -> tuple[T, ...]:
        if not values:
            self.fault(f"{key} is an empty list", f"name at least one, or remove {key}", key)
        found: list[T] = []
        for index, value in enumerate(values):
            if not isinstance(value, str):
                what = f"{key} must hold texts, not {type_word(value)}"
                self.fault(what, "put it into quotes", key, index)
                continue
            one = self._read(value, read, key, index)
            if one is not None:
                found.append(one)
        return tuple(found)

    def _read(self, value: str, read: Callable[[str], T], *at: str | int) -> T | None:
        try:
            return read(value)
        except Unfit as unfit:
            self.fault(unfit.what, unfit.fix, *at)
            return None

    def _wrong_type(self, key: str, value: object, wanted: str, fix: str) -> None:
        self.fault(f"{key} must be {wanted}, not {type_word(value)}", fix, key)


def type_word(value: object) -> str:
    """The type of a TOML value, as people call it."""
    match value:
        case str():
            return "a text"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case date() | time():
            return "a date"
        case _:
            return "a table"
