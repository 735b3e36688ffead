"""Puts a session between the descriptors: the client's on one side, the server's on the other."""

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from localguard.relay import pipes
from localguard.relay.call import Gate, PolicySource
from localguard.relay.client_side import ClientSide
from localguard.relay.pins import Pins
from localguard.relay.recorder import Recorder
from localguard.relay.redacting import Redacting
from localguard.relay.serve import Ending, Wire
from localguard.relay.server_side import ServerSide
from localguard.relay.session import Later, Notice, Session
from localguard.relay.spawn import ServerProcess
from localguard.relay.standin import StandIn


@dataclass(frozen=True, slots=True)
class Parts:
    """What `guard` has made. Without a `process`, `why_not` is told by a stand-in."""

    stdin: int
    stdout: int
    process: ServerProcess | None
    why_not: str
    failing: bool
    gate: Gate
    policy: PolicySource
    recorder: Recorder
    notice: Notice
    pins: Pins
    redacting: Redacting
    sync_log: Callable[[Later], None]


class Connector:
    """Makes the wire of one guard; needs a running loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def __call__(self, ending: Ending) -> Wire:
        """Connect everything and start to read."""
        parts = self._parts
        parts.sync_log(pipes.later)
        silent, deaf = anyio.Event(), anyio.Event()
        to_client = pipes.writer(
            parts.stdout,
            self._server_paused,
            lambda: ending.because("the client stopped listening", 0),
        )
        to_server = self._to_server(deaf)
        session = Session(
            client=to_client,
            server=to_server,
            gate=parts.gate,
            policy=parts.policy,
            recorder=parts.recorder,
            later=pipes.later,
            notice=parts.notice,
            pins=parts.pins,
            redacting=parts.redacting,
        )
        self._server_side = ServerSide(session)
        self._server = self._read_server(silent)
        self._client = pipes.reader(
            parts.stdin,
            ClientSide(session).line,
            lambda: ending.because("the client closed", 0),
            hurried=True,
        )
        return Wire(session, self._client, to_client, to_server, silent, deaf)

    def _to_server(self, deaf: anyio.Event) -> pipes.Writer:
        parts = self._parts
        if parts.process is None:
            return StandIn(parts.why_not, self._heard, failing=parts.failing)
        return pipes.writer(parts.process.stdin_fd, self._client_paused, deaf.set)

    def _read_server(self, silent: anyio.Event) -> pipes.Reader | None:
        process = self._parts.process
        if process is None:
            silent.set()
            return None
        return pipes.reader(process.stdout_fd, self._server_side.line, silent.set)

    def _heard(self, line: bytes) -> None:
        self._server_side.line(line)

    def _client_paused(self, slow: bool) -> None:
        """The server takes nothing more: the client has to feel it."""
        _pause(self._client, slow=slow)

    def _server_paused(self, slow: bool) -> None:
        """The client takes nothing more: the server has to feel it."""
        _pause(self._server, slow=slow)


def _pause(reader: pipes.Reader | None, *, slow: bool) -> None:
    if reader is not None:
        (reader.pause if slow else reader.resume)()
