"""The file in which the counts lie: made, opened, locked, and moved aside when it is broken.

A rollback journal, not WAL: with more than one process, WAL could damage the file in SQLite before
3.51.3 (sqlite.org/wal.html "The WAL-Reset Bug"), and guards have whatever SQLite came with Python.
The journal stays in place (PERSIST), which is the cheapest way that a killed guard can be undone.
`synchronous` is OFF: what was written survives the end of any process, and counts need not survive
a power cut; a file that one has damaged is found broken like any other.

A broken file is moved aside and a new one begun, which remembers that; until the person removes the
old file, nobody trusts the new one about what was before it. A file that a person removes is begun
anew without such doubt. This is the only module that knows SQLite, and it knows no limits.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from localguard.ledger import faults, sightings, spending
from localguard.ledger.clock import Clock, Moment, elapsed
from localguard.ledger.faults import LedgerFault
from localguard.ledger.files import identity, make_private, put, require_own
from localguard.ledger.turns import Row, Turn, Value

FILE: Final = "ledger-1.sqlite"
"""The number is that of the tables in it; another version of localguard has another file."""
PATIENCE: Final = 0.25
"""Seconds to wait for another guard's turn, which takes less than a thousandth of that."""
_MAX_PAGES: Final = 16_384
"""64 MiB: far above what the tables can grow to."""
_MARK: Final = 0x4C47_0001

_TIME: Final = (
    "CREATE TABLE time"
    " (boot TEXT, ticks REAL, wall REAL, now REAL, file TEXT, lost REAL, aside TEXT)"
)
_BEGIN_TIME: Final = "INSERT INTO time VALUES (?, ?, ?, 0.0, ?, ?, ?)"
_READ_TIME: Final = "SELECT boot, ticks, wall, now, file, lost, aside FROM time"
_KEEP_TIME: Final = "UPDATE time SET boot = ?, ticks = ?, wall = ?, now = ?"
_FOUND: Final = "UPDATE time SET lost = NULL"


class Store:
    """The file below one folder, opened at the first turn and again when another lies there."""

    def __init__(self, folder: str, clock: Clock) -> None:
        self.path = os.path.join(folder, FILE)
        self._folder = folder
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """A transaction, kept when it ends well. Raises LedgerFault, also for its end."""
        try:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            yield self._now(connection)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failed(error) from error
        except OSError as error:
            raise faults.unreachable(self.path, error) from error
        finally:
            self._undo()

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _undo(self) -> None:
        connection = self._connection
        if connection is not None and connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._identity == identity(self.path):
            return self._connection
        self.close()
        make_private(self._folder)
        if identity(self.path) is None:
            self._begin()
        require_own(self.path)
        self._identity = identity(self.path)
        self._connection = _connect(self.path)
        _check(self._connection)
        return self._connection

    def _now(self, connection: sqlite3.Connection) -> Turn:
        # Asked once the file is ours: so no turn sees a later time than the one after it.
        moment = self._clock()
        boot, ticks, wall, before, file, lost, aside = connection.execute(_READ_TIME).fetchone()
        now = before + elapsed(Moment(boot, ticks, wall), moment)
        connection.execute(_KEEP_TIME, (*moment, now))
        if lost is not None and not os.path.lexists(aside):
            connection.execute(_FOUND)
            lost = None

        def execute(sql: str, *values: Value) -> list[Row]:
            return connection.execute(sql, values).fetchall()

        return Turn(execute, now, file, lost, aside)

    def _failed(self, error: sqlite3.Error) -> LedgerFault:
        # What Python itself finds wrong with a row has no code.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        if faults.is_broken(code) and not isinstance(error, sqlite3.ProgrammingError):
            return self._move_aside()
        if not faults.is_busy(code):
            self.close()
        return faults.refused(self.path, code, str(error))

    def _move_aside(self) -> LedgerFault:
        self.close()
        if identity(self.path) != self._identity:
            # Another guard has met the same, and was quicker.
            return faults.broken(self.path)
        aside = f"{self.path}.broken-{os.urandom(4).hex()}"
        try:
            os.rename(self.path, aside)
            with suppress(FileNotFoundError):
                # The journal belongs to the broken file, and would be played into the next one.
                os.rename(f"{self.path}-journal", f"{aside}-journal")
            self._begin(lost=0.0, aside=aside)
        except (OSError, sqlite3.Error):
            return faults.immovable(self.path)
        return faults.broken(aside)

    def _begin(self, lost: float | None = None, aside: str = "") -> None:
        """Make a new file beside its place and put it there whole, unless somebody was quicker."""
        with suppress(OSError):
            # Left by a file that was removed, it would be played into the new one.
            os.unlink(f"{self.path}-journal")
        name = os.urandom(8).hex()
        made = os.path.join(self._folder, f"new-{name}")
        os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with closing(_connect(made)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                for sql in (_TIME, *spending.TABLES, *sightings.TABLES):
                    connection.execute(sql)
                connection.execute(_BEGIN_TIME, (*self._clock(), name, lost, aside))
                connection.execute(f"PRAGMA user_version = {_MARK}")
                connection.execute("COMMIT")
            put(made, self.path)
        finally:
            for leftover in (made, f"{made}-journal"):
                with suppress(OSError):
                    os.unlink(leftover)


def _connect(path: str) -> sqlite3.Connection:
    # Never made by SQLite, which would give it the rights of the umask.
    uri = f"{Path(path).as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = PERSIST")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA max_page_count = {_MAX_PAGES}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    """Raise DatabaseError unless the file is whole and its tables are ours."""
    (mark,) = connection.execute("PRAGMA user_version").fetchone()
    (word,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if mark != _MARK or word != "ok":
        # Without a code, which means broken.
        raise sqlite3.DatabaseError("not the tables of localguard")
