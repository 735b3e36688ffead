"""Which call an outcome belongs to: entries with the decision that they follow from.

Pure; knows neither files nor how an entry looks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from localguard.audit.reader import Entry

MOST_OPEN: Final = 10_000
"""Of so many calls at a time it is remembered what was asked; the oldest are forgotten."""


class Calls:
    """The calls that were seen to begin and not yet to end."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        self._open: dict[str, Mapping[str, object]] = {}

    def join(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield the entries in their order, outcomes with what was `asked`."""
        for entry in entries:
            yield self._joined(entry)

    def _joined(self, entry: Entry) -> Entry:
        kind, call = entry.record.get("kind"), entry.record.get("call")
        if not isinstance(call, str):
            return entry
        if kind == "intent":
            self._open[call] = entry.record
            if len(self._open) > MOST_OPEN:
                del self._open[next(iter(self._open))]
        elif kind == "outcome":
            return replace(entry, asked=self._open.pop(call, {}))
        return entry
