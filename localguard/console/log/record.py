"""The sheet of the marked record, told anew only where something about it has changed."""

from collections.abc import Callable, Mapping, Sequence

from localguard.audit.reader import Entry
from localguard.console.log.detail import Detail
from localguard.console.log.index import Index
from localguard.console.sheet import Sheet
from localguard.telling.why import Again

Judge = Callable[[Sequence[Mapping[str, object]]], Again]
"""Judges the records of a call again: what came near, or why that cannot be told."""


class Record(Sheet):
    """One record of an index."""

    DEFAULT_CSS = """
    Record { overflow-y: auto; }
    """

    def __init__(self, index: Index, judge: Judge, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._index = index
        self._judge = judge
        self._told: tuple[int, tuple[int, ...], str | None] | None = None
        self._judged: tuple[str, int, Again] = ("", 0, "")

    def tell(self, position: int) -> None:
        """Show the record at a position."""
        entry = self._index.entry(position)
        call = call_of(entry)
        story = tuple(self._index.story(call)) if call else ()
        told = (position, story, entry.flaw)
        if self._told == told:
            return
        again = self._told is not None and self._told[0] == position
        self._told = told
        entries = [self._index.entry(one) for one in story]
        at = story.index(position) if position in story else 0
        near = self._again(call, entries)
        detail = Detail(entry, self._index.line(position), entries, at, near)
        self.show(detail.lines, keep=again)

    def _again(self, call: str, entries: Sequence[Entry]) -> Again:
        known, count, again = self._judged
        if (known, count) != (call, len(entries)):
            again = self._judge([one.record for one in entries]) if entries else ""
            self._judged = (call, len(entries), again)
        return again


def call_of(entry: Entry) -> str:
    """The id of the call, or of the request, that an entry is of; nothing for any other."""
    found = entry.record.get("call") or entry.record.get("request")
    return found if isinstance(found, str) else ""
