"""The composition root of a running guard: makes every object, bottom floor first; decides nothing.

Loaded when the server is already starting.
"""

import os
import secrets
import time
from pathlib import Path

import anyio

from localguard import __version__
from localguard.audit.journal import Journal
from localguard.audit.records import ServerEvent, Start
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places
from localguard.config.watch import changes
from localguard.relay.call import Gate
from localguard.relay.capped_file import prune
from localguard.relay.client_wire import Client
from localguard.relay.connect import Connector, Parts
from localguard.relay.launch import Launch
from localguard.relay.moments import Moments
from localguard.relay.recorded_policy import RecordedPolicy
from localguard.relay.recorder import Recorder
from localguard.relay.serve import Surroundings, serve
from localguard.relay.spawn import Started
from localguard.relay.stderr import Forwarder, drain
from localguard.relay.world import world_of
from localguard.text import safe

LAST_WORDS = 0.3
"""Seconds for what a stopped server said on stderr to reach our own."""

KEPT_LOGS = 100
"""How many servers' stderr logs are kept."""


def serve_client(
    client: Client, where: Places, active: ActiveProfile, launch: Launch, started: Started
) -> int:
    """Guard the started server until the client is done with it; the exit code."""
    instance = secrets.token_hex(3)
    journal = Journal.open(
        where.audit, clock=time.time, monotonic=time.monotonic, instance=instance
    )
    recorder = Recorder(journal, instance, time.monotonic)
    process, command = started.process, launch.command
    notices = Notices()
    _record_start(recorder, active, launch, started, client.pid)
    for reason in dict.fromkeys((active.standing().fault, started.why_not)):
        if reason:
            notices.tell(f"localguard: {launch.server}: {reason}")
    log = Path(where.state, "stderr", f"{instance}.log")
    drained = None if process is None else drain(process.stderr_fd, log)
    policy = RecordedPolicy(active, recorder)
    gate = Gate(
        launch.server,
        policy,
        world_of(where, launch.defined, None if command is None else command.cwd, _here()),
        recorder,
        objection=launch.objection,
        now=Moments(time.time),
    )
    parts = Parts(
        client.stdin,
        client.stdout,
        process,
        started.why_not,
        started.failed,
        gate,
        policy,
        recorder,
        notices.tell,
    )
    around = Surroundings(process, lambda: changes(where), client.pid, os.isatty(client.stdin))
    end = anyio.run(serve, Connector(parts), around, recorder)
    if drained is not None:
        drained.finish(LAST_WORDS)
        prune(log.parent, kept=KEPT_LOGS)
    if end.by_server:
        notices.tell(f"localguard: the server {launch.server} {end.reason}")
    notices.finish()
    return end.code


class Notices:
    """What localguard tells the person: clients keep an entry's stderr where it can be found.

    By a thread, since a client that does not read it would hold up every call.
    """

    def __init__(self) -> None:
        self._forwarder = Forwarder(2)

    def tell(self, notice: str) -> None:
        """Say one thing, on a line."""
        self._forwarder.put(f"{safe(notice, 2000)}\n".encode("utf-8", "replace"))

    def finish(self) -> None:
        """Let what was said last get out."""
        self._forwarder.finish(LAST_WORDS)


def _record_start(
    recorder: Recorder, active: ActiveProfile, launch: Launch, started: Started, client: int
) -> None:
    profile = active.standing().profile
    recorder.tell(
        Start(
            version=__version__,
            pid=os.getpid(),
            client_pid=client,
            profile=active.name,
            profile_digest=None if profile is None else profile.digest,
            server=launch.server,
            command=None if launch.command is None else launch.command.argv[0],
            cwd=_here(),
        )
    )
    if started.process is not None:
        recorder.tell(ServerEvent(event="started", pid=started.process.pid))


def _here() -> str:
    """The folder of this process, or the root where it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return os.sep
