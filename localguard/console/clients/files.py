"""Clients' files, looked at beside the screen, and registered with anew by `localguard connect`.

How clients start this localguard, and who sits here, is said by whoever makes this.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import anyio

from localguard.aside import aside
from localguard.audit.records import Chosen
from localguard.clients.connecting import make
from localguard.clients.found import ConfigFile, read_config
from localguard.clients.originals import Originals
from localguard.clients.planning import Connection, Wanted, planned
from localguard.clients.registry import read_registry
from localguard.clients.running import names as names_running
from localguard.clients.table import Machine, client
from localguard.config.choice import is_first
from localguard.config.faults import FileFault
from localguard.config.paths import Places
from localguard.console.clients.looking import Looking
from localguard.console.clients.ports import Mended, Outlook, Seen
from localguard.console.panes.person import Person
from localguard.errors import LocalguardError
from localguard.telling.connections import (
    connection_lines,
    diff_lines,
    first_lines,
    restart_lines,
)

PAUSE: Final = 3.0
"""Seconds between two looks at whether a file has changed."""
_SHARE: Final = 20
"""Of the time, one part in so many goes into reading at most."""

Want = Callable[[str | None, str], Wanted]
"""What is to be registered, by the profile (None: that in force) and the name of an entry. Raises
LocalguardError."""
Running = Callable[[], frozenset[str]]
"""The names of the programs that run, in lower case."""


class ClientFiles:
    """`Clients` over the files. `originals` keeps what stood there before."""

    def __init__(
        self,
        places: Places,
        machine: Machine,
        person: Person,
        want: Want,
        originals: Originals,
        *,
        running: Running = names_running,
        pause: float = PAUSE,
    ) -> None:
        self._places = places
        self._machine = machine
        self._person = person
        self._want = want
        self._originals = originals
        self._running = running
        self._pause = pause
        self._looking = Looking(places, machine, person.key)
        self._one_at_a_time = anyio.Lock()

    def seen(self) -> Sequence[Seen] | None:
        """What was seen at the last look."""
        return self._looking.seen

    async def follow(self, news: Callable[[], None]) -> None:
        """Look now, and whenever a file has changed. Some clients write theirs all the time."""
        while True:
            before, began = self.seen(), time.monotonic()
            async with self._one_at_a_time:
                await aside(self._looking.if_changed)
            if self.seen() != before:
                news()
            await anyio.sleep(max(self._pause, _SHARE * (time.monotonic() - began)))

    async def look(self) -> None:
        """Look now, whatever has changed."""
        async with self._one_at_a_time:
            await aside(self._looking.now)

    async def outlook(self, one: Seen) -> Outlook:
        """What would be written."""
        return await aside(partial(self._outlook, one))

    async def mend(self, outlook: Outlook) -> Mended:
        """Write what was shown, or nothing where another text stands there by now."""
        return await aside(partial(self._mend, outlook))

    def _outlook(self, one: Seen) -> Outlook:
        try:
            connection = self._planned(one)
        except LocalguardError as fault:
            return Outlook(one, refused=fault.explain())
        if not connection.plans:
            left = next(connection_lines(connection), "nothing is to be changed: look again")
            return Outlook(one, refused=left)
        return Outlook(one, tuple(_lines(connection, self._running())), deed=connection)

    def _planned(self, one: Seen) -> Connection:
        rows = read_registry(self._places, self._person.key).entries
        known = (row.profile for row in rows if (row.path, row.name) == (one.path, one.name))
        wanted = self._want(next(known, None), one.name)
        return planned(self._places, wanted, [self._file(one)])

    def _file(self, one: Seen) -> ConfigFile:
        """The one file in which it was seen, as it is now."""
        known = client(one.client)
        if known is None:
            what = f"no client is called {one.client}"
            raise FileFault(what, where=one.path, fix="localguard clients")
        # In the home folder the project's file is the person's.
        own = one.path in known.user_files(self._machine)
        shared = not own and one.path == known.project_file(self._machine)
        return read_config(self._machine, known, one.path, "project" if shared else "user")

    def _mend(self, outlook: Outlook) -> Mended:
        connection, name = outlook.deed, outlook.seen.title
        if not isinstance(connection, Connection):
            return Mended(False, f"{name} is not changed: look at it again")
        refusal = None if is_first(self._places) else self._person.refusal()
        if refusal is not None:
            return Mended(False, f"{name} is not changed: {refusal}")
        try:
            # What cannot be recorded is not done.
            self._person.record(Chosen(what="connected", value=name, who=self._person.who))
            now = datetime.now().astimezone()
            stale = make(self._places, connection, self._person.key, self._originals, now)
        except LocalguardError as fault:
            return Mended(False, fault.explain())
        said = " ".join(restart_lines(connection, stale))
        return Mended(not stale, said if stale else f"Done. {said}")


def _lines(connection: Connection, programs: frozenset[str]) -> Iterator[str]:
    """What is done, what is better done before, and the change of each file."""
    yield from connection_lines(connection)
    for line in first_lines(connection, programs):
        yield f"    ! {line}"
    for plan in connection.plans:
        yield ""
        for line in diff_lines(plan, connection.hidden):
            head = line.startswith(("---", "+++", "@@"))
            yield f"  {line}" if head else f"  {line[:1]} {line[1:]}"
