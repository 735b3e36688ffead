"""Which calls were made after content from outside had come into their session.

Who writes a page that a model reads can have it make calls, time after time, so that they look like
a habit of the person's. So no rule is learned from a call after an `@open` one of its session. A
session is all that one client process asked of its guards; a guard of which the log does not name
the client is a session by itself. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from localguard.audit.reader import Entry
from localguard.telling.values import Record, value

_WEB: Final = ("resource:http:", "resource:https:")


def after_open(entries: Iterable[Entry]) -> frozenset[str]:
    """The ids of the calls that came after one to something open; the entries are in time's order.

    An item of which no mark was known counts as open, as one does that says nothing of it.
    """
    sessions: dict[str, str] = {}
    opened: set[str] = set()
    seen: set[str] = set()
    later: set[str] = set()
    for entry in entries:
        record, guard = entry.record, _guard(entry)
        if record.get("kind") == "start":
            sessions[guard] = f"client {value(record, 'client_pid')}"
        elif record.get("kind") in ("intent", "held", "refused"):
            session, call = sessions.get(guard, guard), value(record, "call")
            # One that was held was made when it was held, whenever it left.
            if session in opened and call not in seen:
                later.add(call)
            seen.add(call)
            if record.get("kind") == "intent" and is_open(record):
                opened.add(session)
    return frozenset(later)


def is_open(record: Record) -> bool:
    """Whether the answer to a call may hold what anybody has written."""
    if value(record, "item").startswith(_WEB):
        return True
    facts = record.get("facts")
    marks = facts.get("marks") if isinstance(facts, Mapping) else None
    return "open" in marks if isinstance(marks, list | tuple) else True


def _guard(entry: Entry) -> str:
    """The instance of a guard, which its segments share (`audit.folders`)."""
    return entry.segment.rpartition("/")[2].partition("-")[2].partition(".")[0]
