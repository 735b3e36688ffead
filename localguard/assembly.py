"""The composition root of a running guard: makes every object, bottom floor first; decides nothing.

Loaded when the server is already starting.
"""

import gc
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import anyio

from localguard import __version__
from localguard.audit.checkpoints import Signer
from localguard.audit.journal import Journal
from localguard.audit.records import ServerEvent, Start
from localguard.audit.settings import Settings
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places
from localguard.config.watch import changes
from localguard.ledger.clients import client_session
from localguard.ledger.ledger import Ledger
from localguard.pinning.store import PinStore
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets
from localguard.relay.call import Facts, Gate
from localguard.relay.capped_file import prune
from localguard.relay.client_wire import Client
from localguard.relay.connect import Connector, Parts
from localguard.relay.counting import Counting
from localguard.relay.launch import Launch
from localguard.relay.moments import Moments
from localguard.relay.pin_records import PinRecords
from localguard.relay.pinned import PinBook
from localguard.relay.pins import Unpinned
from localguard.relay.recorded_policy import RecordedPolicy
from localguard.relay.recorder import Recorder
from localguard.relay.redacting import Redacting, Sieve
from localguard.relay.serve import Surroundings, serve
from localguard.relay.session import Notice
from localguard.relay.spawn import Started
from localguard.relay.stderr import Forwarder, drain
from localguard.relay.tidying import tidy
from localguard.relay.told_arguments import Teller
from localguard.relay.world import world_of
from localguard.text import safe
from localguard.vault.held import HeldKey
from localguard.vault.keys import Keys

LAST_WORDS = 0.3
"""Seconds for what a stopped server said on stderr to reach our own."""

SECRET = frozenset({"secret"})
"""The kind of text that no argument is recorded with."""

KEPT_LOGS = 100
"""How many servers' stderr logs are kept."""


def serve_client(
    client: Client, where: Places, active: ActiveProfile, launch: Launch, started: Started
) -> int:
    """Guard the started server until the client is done with it; the exit code."""
    instance, keys, notices = secrets.token_hex(3), Keys(where.vault), Notices()
    kept, signer = Settings(*astuple(active.settings)), _signer(keys)
    journal = Journal(
        where.audit,
        clock=time.time,
        monotonic=time.monotonic,
        instance=instance,
        settings=kept,
        signer=signer,
    )
    recorder = Recorder(journal, instance, time.monotonic)
    hash_key = HeldKey(keys, "audit-hash")
    process = started.process
    _record_start(recorder, active, launch, started, client.pid)
    for reason in dict.fromkeys((hash_key.fault(), active.standing().fault, started.why_not)):
        if reason:
            notices.tell(f"localguard: {launch.server}: {reason}")
    log = Path(where.state, "stderr", f"{instance}.log")
    known = _secrets(launch)
    drained = None if process is None else drain(process.stderr_fd, log, Sieve(known))
    policy = RecordedPolicy(active, recorder, hash_key.fault)
    pins = Unpinned() if process is None else _pins(where, launch, recorder, notices.tell)
    redactor = Redactor(SECRET, known)
    teller = Teller(kept.arguments, lambda: hash_key.secret, lambda given: redactor.value(given)[0])
    gate = Gate(
        launch.server,
        policy,
        _facts(where, launch, pins),
        recorder,
        teller,
        objection=launch.objection,
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
        pins,
        Redacting(launch.server, known),
        journal.sync_with,
    )
    around = Surroundings(
        process,
        lambda: changes(where),
        client.pid,
        os.isatty(client.stdin),
        lambda: tidy(journal, where.audit, kept, signer),
    )
    # What was loaded stays until the end, so nobody need look through it for garbage.
    gc.freeze()
    end = anyio.run(serve, Connector(parts), around, recorder)
    journal.close()
    if drained is not None:
        drained.finish(LAST_WORDS)
        prune(log.parent, kept=KEPT_LOGS)
    if end.by_server:
        notices.tell(f"localguard: the server {launch.server} {end.reason}")
    notices.finish()
    return end.code


def _secrets(launch: Launch) -> Secrets:
    """What the profile gives the server and nobody else may read."""
    known = Secrets()
    if launch.defined is not None:
        known.register_environment(launch.defined.env)
    return known


def _signer(keys: Keys) -> Callable[[], Signer]:
    def signer() -> Signer:
        key = keys.key("audit-sign")
        return Signer(key.secret, key.protection)

    return signer


def _pins(where: Places, launch: Launch, recorder: Recorder, notice: Notice) -> PinBook:
    store = PinStore(where.pins)
    records = PinRecords(launch.server, recorder, notice)
    return PinBook(launch.server, launch.identity, store, records, _moment)


def _facts(where: Places, launch: Launch, pins: PinBook | Unpinned) -> Facts:
    cwd = None if launch.command is None else launch.command.cwd
    world = world_of(where, launch.defined, cwd, _here())
    ledger = Ledger(os.path.join(where.state, "session"), client_session())
    return Facts(world, pins, Counting(ledger), Moments(time.time))


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


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
