"""The server behind a session: one process or link after another, each as its own two pipes.

What belongs to one process (its pins, the facts of its world) is made anew with it, by whoever
composes the guard. Knows no frames.
"""

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from localguard.relay import pipes
from localguard.relay.judging import Facts, Objection
from localguard.relay.pins import Pins
from localguard.relay.remote_link import Ears, Link, Opening
from localguard.relay.server_side import ServerSide
from localguard.relay.session import Session
from localguard.relay.spawn import ServerProcess
from localguard.relay.standin import StandIn


@dataclass(frozen=True, slots=True)
class Served:
    """One server, and what is made for it: a `process`, or one with a URL that is `remote`.

    Without either, `why_not` is told by a stand-in.
    """

    process: ServerProcess | None
    why_not: str
    failing: bool
    pins: Pins
    facts: Facts
    objection: Objection
    remote: Opening | None = None


class Upstream:
    """The running server of one guard. Needs a running loop."""

    def __init__(self, on_slow: Callable[[bool], None]) -> None:
        """`on_slow` is told when the server falls behind its client and when it has caught up."""
        self.process: ServerProcess | None = None
        self.link: Link | None = None
        self.silent = anyio.Event()
        self.deaf = anyio.Event()
        self._on_slow = on_slow
        self._slow_client = False
        self._reader: pipes.Reader | Link | None = None
        self._writer: pipes.Writer | StandIn | Link | None = None

    def connect(self, session: Session, served: Served) -> None:
        """Have the session speak with this server from now on."""
        self.process, self.silent, self.deaf = served.process, anyio.Event(), anyio.Event()
        self.link = None
        side = ServerSide(session)
        if served.remote is not None:
            self.link = self._reader = self._writer = served.remote(Ears(session), self._on_slow)
            self.pause(self._slow_client)
        elif served.process is None:
            self.silent.set()
            self._writer = StandIn(served.why_not, side.line, failing=served.failing)
        else:
            self._writer = pipes.writer(served.process.stdin_fd, self._on_slow, self.deaf.set)
            out = served.process.stdout_fd
            self._reader = pipes.reader(out, side.line, self.silent.set)
            self.pause(self._slow_client)
        session.serve(self._writer, served.pins)
        session.gate.serve(served.facts, served.objection)

    def pause(self, slow: bool) -> None:
        """The client takes nothing more: the server has to feel it, and the next one too."""
        self._slow_client = slow
        if self._reader is not None:
            (self._reader.pause if slow else self._reader.resume)()

    async def drained(self) -> None:
        """Return when the server has taken everything, or is gone."""
        if self._writer is not None:
            await self._writer.drained()

    def close_input(self) -> None:
        """Say no more to the server."""
        if self._writer is not None:
            self._writer.close()

    def disconnect(self) -> None:
        """Hear no more of the server, and wait for it no more."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._on_slow(False)
