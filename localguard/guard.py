"""The composition root of `run`: makes every object, bottom floor first, and decides nothing.

The server is started before the event loop's libraries are imported, so that its start hides ours.
"""

import os
import secrets
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localguard import __version__
from localguard.audit.journal import Journal
from localguard.audit.records import ServerEvent, Start
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places, places
from localguard.errors import ServerFault
from localguard.relay.call import Gate
from localguard.relay.launch import Launch, Wanted, plan
from localguard.relay.recorded_policy import RecordedPolicy
from localguard.relay.recorder import Recorder
from localguard.relay.spawn import ServerProcess, spawn
from localguard.relay.world import World

FOLDS = sys.platform in ("darwin", "win32")
"""Whether the usual volume of this system takes `A` and `a` for one name."""
LAST_WORDS = 0.3
"""Seconds for what a stopped server said on stderr to reach our own."""

KEPT_LOGS = 100
"""How many servers' stderr logs are kept."""


def run(wanted: Wanted) -> int:
    """Guard one server until the client is done with it; the exit code.

    Raises UsageFault, and ProfileFault when not even the places of the files are known.
    """
    client = take_wire()
    where = places()
    active = ActiveProfile(where, wanted.profile)
    launch = plan(wanted, active.standing(), os.environ, where.home)
    started = _start(launch)
    try:
        return _serve(client, where, active, launch, started)
    except BaseException:
        # What was stopped in order is not signalled again: its pid may be a stranger's by now.
        if started.process is not None:
            started.process.kill()
        raise


@dataclass(frozen=True, slots=True)
class Client:
    """The client: descriptors of the wire, and the pid of the process that started the guard."""

    stdin: int
    stdout: int
    pid: int


def take_wire() -> Client:
    """The client's wire on private descriptors: no stray `print` or child can touch it any more.

    Descriptor 0 becomes the null device and 1 becomes stderr.
    """
    client = Client(os.dup(0), os.dup(1), os.getppid())
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return client


@dataclass(frozen=True, slots=True)
class Started:
    """The running server, or why there is none: `failed` where it should have started."""

    process: ServerProcess | None
    why_not: str = ""
    failed: bool = False


def _start(launch: Launch) -> Started:
    if launch.command is None:
        return Started(None, launch.why_not or "")
    try:
        return Started(spawn(launch.command))
    except ServerFault as fault:
        return Started(None, fault.explain(), failed=True)


def _serve(
    client: Client, where: Places, active: ActiveProfile, launch: Launch, started: Started
) -> int:
    import anyio

    from localguard.config.watch import changes
    from localguard.relay.capped_file import prune
    from localguard.relay.connect import Connector, Parts
    from localguard.relay.serve import Surroundings, serve
    from localguard.relay.stderr import drain

    instance = secrets.token_hex(3)
    journal = Journal.open(
        where.audit, clock=time.time, monotonic=time.monotonic, instance=instance
    )
    recorder = Recorder(journal, instance, time.monotonic)
    process = started.process
    _record_start(recorder, active, launch, started, client.pid)
    log = Path(where.state, "stderr", f"{instance}.log")
    drained = None if process is None else drain(process.stderr_fd, log)
    policy = RecordedPolicy(active, recorder)
    gate = Gate(
        launch.server,
        policy,
        _world(where, launch),
        recorder,
        objection=launch.objection,
        now=lambda: datetime.now().astimezone(),
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
    )
    around = Surroundings(process, lambda: changes(where), client.pid, os.isatty(client.stdin))
    code = anyio.run(serve, Connector(parts), around, recorder)
    if drained is not None:
        drained.finish(LAST_WORDS)
        prune(log.parent, kept=KEPT_LOGS)
    return code


def _world(where: Places, launch: Launch) -> World:
    table, command = launch.defined, launch.command
    cwd = None if command is None else command.cwd
    return World(
        home=where.home,
        cwd=cwd,
        actual_cwd=cwd or os.getcwd(),
        own_folders=where.own_folders,
        folds=FOLDS,
        foreign=table is not None and table.foreign_paths,
    )


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
            cwd=os.getcwd(),
        )
    )
    if started.process is not None:
        recorder.tell(ServerEvent(event="started", pid=started.process.pid))
    for reason in dict.fromkeys((active.standing().fault, started.why_not)):
        if reason:
            sys.stderr.write(f"localguard: {launch.server}: {reason}\n")
    sys.stderr.flush()
