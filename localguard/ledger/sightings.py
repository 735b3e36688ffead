"""What a client has called, through whatever guard: the rows behind `seen`.

Each target is kept once per session, with the marks it had. Sessions, targets and names are
bounded; a session that has called more than is kept is never said not to have called something.
Knows no patterns.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from localguard.ledger.turns import Turn

MAX_TARGETS: Final = 1000
MAX_NAME: Final = 500
"""Characters of a server's or item's name."""
MAX_SESSIONS: Final = 1000
MAX_ROWS: Final = 50_000
IDLE: Final = 30 * 86_400.0
"""Seconds after which a session that asks for nothing is forgotten."""
_DAY: Final = 86_400.0
_UNKNOWN: Final = "?"

TABLES: Final = (
    "CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, since REAL,"
    " touched REAL, more INTEGER DEFAULT 0)",
    "CREATE TABLE sent (id INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER, server TEXT,"
    " item TEXT, marks TEXT, UNIQUE (session, server, item, marks))",
    "CREATE INDEX sent_by_session ON sent (session)",
)
_FIND: Final = "SELECT id, since, touched, more FROM sessions WHERE name = ?"
_ENTER: Final = "INSERT INTO sessions (name, since, touched) VALUES (?, ?, ?)"
_TOUCH: Final = "UPDATE sessions SET touched = ? WHERE id = ?"
_MORE: Final = "UPDATE sessions SET more = 1 WHERE id = ?"
_COUNT: Final = "SELECT count(*) FROM sent WHERE session = ?"
_SEND: Final = "INSERT OR IGNORE INTO sent (session, server, item, marks) VALUES (?, ?, ?, ?)"
_NEWER: Final = "SELECT id, server, item, marks FROM sent WHERE session = ? AND id > ? ORDER BY id"
_FORGET_IDLE: Final = "DELETE FROM sessions WHERE touched < ?"
_FORGET_OLDEST: Final = (
    "DELETE FROM sessions WHERE id IN"
    " (SELECT id FROM sessions ORDER BY touched DESC, id DESC LIMIT -1 OFFSET ?)"
)
_FORGET_THEIRS: Final = "DELETE FROM sent WHERE session NOT IN (SELECT id FROM sessions)"
_LAST: Final = "SELECT coalesce(max(id), 0) FROM sent"
_LOSE_SOME: Final = (
    "UPDATE sessions SET more = 1 WHERE id IN (SELECT session FROM sent WHERE id <= ?)"
)
_DROP: Final = "DELETE FROM sent WHERE id <= ?"


class Target(NamedTuple):
    """What was called; `marks` are None where they were not known."""

    server: str
    item: str
    marks: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Known:
    """A session in the file; `all` is False where it may have called more than is kept."""

    id: int
    all: bool


def enter(turn: Turn, name: str, age: float) -> Known:
    """The session of a client that was started `age` seconds ago, made where it is not there."""
    found = turn.execute(_FIND, name)
    if not found:
        prune(turn)
        turn.execute(_ENTER, name, turn.now - age, turn.now)
        found = turn.execute(_FIND, name)
    ((number, since, touched, more),) = found
    if turn.now - touched > _DAY:
        turn.execute(_TOUCH, turn.now, number)
    before_loss = turn.lost is not None and since < turn.lost
    return Known(number, not (more or before_loss))


def add(turn: Turn, session: Known, target: Target) -> None:
    """Keep a target, or that there are more than are kept."""
    ((count,),) = turn.execute(_COUNT, session.id)
    if count >= MAX_TARGETS or not (_fits(target.server) and _fits(target.item)):
        turn.execute(_MORE, session.id)
        return
    marks = _UNKNOWN if target.marks is None else ",".join(sorted(target.marks))
    turn.execute(_SEND, session.id, target.server, target.item, marks)


def newer(turn: Turn, session: Known, last: int) -> list[tuple[int, Target]]:
    """The targets after row `last`, in the order in which they came, each with its row."""
    return [
        (number, Target(server, item, _marks(marks)))
        for number, server, item, marks in turn.execute(_NEWER, session.id, last)
    ]


def prune(turn: Turn) -> None:
    """Forget sessions that are long gone, and the oldest of what is too much."""
    turn.execute(_FORGET_IDLE, turn.now - IDLE)
    turn.execute(_FORGET_OLDEST, MAX_SESSIONS)
    turn.execute(_FORGET_THEIRS)
    ((last,),) = turn.execute(_LAST)
    if last > MAX_ROWS:
        turn.execute(_LOSE_SOME, last - MAX_ROWS)
        turn.execute(_DROP, last - MAX_ROWS)


def _fits(name: str) -> bool:
    """Whether a name is short, and text at all: a lone surrogate has no UTF-8."""
    return len(name) <= MAX_NAME and len(name.encode(errors="ignore").decode()) == len(name)


def _marks(text: str) -> frozenset[str] | None:
    return None if text == _UNKNOWN else frozenset(filter(None, text.split(",")))
