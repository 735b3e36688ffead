"""One turn at the file: what those who count get to use. Knows no SQLite."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Value = str | int | float | None
Row = Sequence[Any]


class Execute(Protocol):
    """Runs one statement of SQL and gives all its rows."""

    def __call__(self, sql: str, *values: Value) -> list[Row]:
        """The rows, none for a statement that has none."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """A transaction that is all alone with the file until it ends.

    `now` is in seconds of the file's own time, `file` tells one file from the next in its place.
    `lost` is when the file before this one was found broken, None where there was none or a person
    has seen to it; `aside` is where that one lies.
    """

    execute: Execute
    now: float
    file: str
    lost: float | None
    aside: str


class Turns(Protocol):
    """Where turns come from."""

    def turn(self) -> AbstractContextManager[Turn]:
        """A turn whose changes are kept when it ends well. Raises LedgerFault."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
