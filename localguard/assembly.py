"""The composition root of a running guard: makes every object, bottom floor first; decides nothing.

Loaded when the server is already starting.
"""

import gc
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import astuple
from typing import NamedTuple

import anyio

from localguard import __version__, seals
from localguard.approvals.budgets import budget_of
from localguard.approvals.desk import Desk
from localguard.approvals.leaves import Leaves
from localguard.approvals.requests import Judge
from localguard.audit.checkpoints import Signer
from localguard.audit.journal import Journal
from localguard.audit.records import ServerEvent, Start
from localguard.audit.settings import Settings
from localguard.config.active import ActiveProfile
from localguard.config.approval_settings import ApprovalSettings, approval_settings
from localguard.config.paths import Places
from localguard.config.watch import changes
from localguard.ledger.clients import Session as ClientSession
from localguard.ledger.clients import client_session
from localguard.ledger.ledger import Ledger
from localguard.processes.table import look
from localguard.redaction.redactor import Redactor
from localguard.relay import pipes
from localguard.relay.attending import Attended, Attending, Modes
from localguard.relay.call import Gate
from localguard.relay.client_wire import Client
from localguard.relay.connect import Connector, Parts
from localguard.relay.counting import Counting
from localguard.relay.desk_news import DeskNews
from localguard.relay.held_call import Holding
from localguard.relay.judging import Judging
from localguard.relay.launch import Launch
from localguard.relay.made_server import MadeServer, here
from localguard.relay.orphans import collect_orphans
from localguard.relay.recorded_policy import RecordedPolicy
from localguard.relay.recorder import Recorder
from localguard.relay.redacting import Redacting
from localguard.relay.replacement import Replacement
from localguard.relay.serve import Surroundings, serve
from localguard.relay.spawn import Started
from localguard.relay.stderr import Forwarder
from localguard.relay.tidying import tidy
from localguard.relay.told_arguments import Teller
from localguard.relay.upstream import Served
from localguard.relay.verdicts import Verdicts
from localguard.relay.wanted import Wanted
from localguard.text import safe
from localguard.vault.held import HeldKey
from localguard.vault.keys import Keys

LAST_WORDS = 0.3
"""Seconds for what localguard tells the person to get out at the end."""

SECRET = frozenset({"secret"})
"""The kind of text that no argument is recorded with."""


class Beginning(NamedTuple):
    """What was there before anything was assembled."""

    client: Client
    where: Places
    active: ActiveProfile
    wanted: Wanted
    launch: Launch
    started: Started


def serve_client(begun: Beginning) -> int:
    """Guard the started server until the client is done with it; the exit code."""
    guard = _Guard(begun)
    # What was loaded stays until the end, so nobody need look through it for garbage.
    gc.freeze()
    return guard.run()


class _Guard:
    """Every object of one guard, made in the order in which they need each other."""

    def __init__(self, begun: Beginning) -> None:
        client, where, active, wanted, launch, started = begun
        self.instance, self.keys, self.notices = secrets.token_hex(3), Keys(where.vault), Notices()
        self.begun, self.where, self.active = begun, where, active
        self.kept = Settings(*astuple(active.settings))
        self.journal = _journal(where, self.instance, self.kept, self.keys)
        self.recorder = Recorder(self.journal, self.instance, time.monotonic)
        self.hash_key = HeldKey(self.keys, "audit-hash")
        _record_start(self.recorder, begun)
        for reason in dict.fromkeys(
            (self.hash_key.fault(), active.standing().fault, started.why_not)
        ):
            if reason:
                self.notices.tell(f"localguard: {launch.server}: {reason}")
        self.session = client_session()
        self.counting = Counting(Ledger(os.path.join(where.state, "session"), self.session))
        self.made = MadeServer(
            where,
            wanted,
            launch,
            recorder=self.recorder,
            notice=self.notices.tell,
            counting=self.counting,
            instance=self.instance,
        )
        self.served = self.made.serve(started)
        self.policy = RecordedPolicy(active, self.recorder, self.hash_key.fault)
        self.approvals = approval_settings(where.config)
        self.attending = Attending(notify=self.approvals.notify)
        self.teller = self._teller()
        self.leaves = self._leaves(self.session)
        self.news = DeskNews(self.recorder, self.attending.asked)
        self.judging = Judging(launch.server, self.served.facts, self.served.objection)
        self.verdicts = Verdicts(self.recorder, self.counting, self.teller)
        self.holding = self._holding(client.pid, self.approvals)
        self.gate = self._gate(launch.server)
        self.attended = self._attended(client.pid)

    def run(self) -> int:
        """Guard until something ends it; the exit code."""
        launch, client = self.begun.launch, self.begun.client
        replacement = Replacement(self.made)
        around = Surroundings(
            lambda: changes(self.where),
            client.pid,
            os.isatty(client.stdin),
            replacement,
            (
                lambda: tidy(self.journal, self.where.audit, self.kept, self._signer()),
                lambda: self.attending.serve(self.attended),
                lambda: collect_orphans(self._own_children),
            ),
        )
        connector = Connector(self._parts(client, replacement, self.served))
        end = anyio.run(serve, connector, around, self.recorder)
        self.journal.close()
        self.made.finish()
        if end.by_server:
            self.notices.tell(f"localguard: the server {launch.server} {end.reason}")
        self.notices.finish()
        return end.code

    def _parts(self, client: Client, replacement: Replacement, served: Served) -> Parts:
        return Parts(
            client.stdin,
            client.stdout,
            served,
            self.gate,
            self.policy,
            self.recorder,
            self.notices.tell,
            Redacting(self.begun.launch.server, self.made.secrets),
            self.journal.sync_with,
            replacement,
        )

    def _teller(self) -> Teller:
        redactor = Redactor(SECRET, self.made.secrets)
        return Teller(
            self.kept.arguments,
            lambda: self.hash_key.secret,
            lambda given: redactor.value(given)[0],
        )

    def _leaves(self, session: ClientSession | None) -> Leaves:
        return Leaves(
            os.path.join(self.where.state, "leaves"),
            key=lambda: self.keys.key(seals.NAME).secret,
            now=time.time,
            serial=self._serial,
            session=None if session is None else session.id,
            notice=self.notices.tell,
        )

    def _serial(self) -> str:
        """The profile as it is in force: another one after each switch."""
        return f"{self.active.name}/{self.active.choice.switched}"

    def _holding(self, client_pid: int, settings: ApprovalSettings) -> Holding:
        parent = look(client_pid)

        def desk(judge: Judge) -> Desk:
            return Desk(
                now=time.time,
                monotonic=time.monotonic,
                later=pipes.later,
                judge=judge,
                leaves=self.leaves,
                tell=self.news.happened,
                silent=lambda: self.active.choice.silent,
            )

        def budget(client: str | None, timeout: int | None) -> float:
            override = settings.hold if timeout is None else timeout
            return budget_of(client, None if parent is None else parent.name, override)

        return Holding(
            self.judging,
            self.verdicts,
            policy=self.policy,
            desk=desk,
            leaves=self.leaves,
            budget=budget,
            used=self.news.used,
        )

    def _gate(self, server: str) -> Gate:
        return Gate(
            server,
            self.policy,
            self.recorder,
            self.teller,
            judging=self.judging,
            verdicts=self.verdicts,
            holding=self.holding,
        )

    def _attended(self, client_pid: int) -> Attended:
        return Attended(
            self.where,
            self.instance,
            client_pid,
            time.time(),
            self.gate,
            self.policy,
            self.made,
            self.holding.desk,
            self.news,
            self.leaves,
            self.recorder,
            self._modes,
            self.notices.tell,
        )

    def _modes(self) -> Modes:
        choice = self.active.choice
        return Modes(self.active.fixed, choice.lockdown, choice.silent)

    def _signer(self) -> Callable[[], Signer]:
        return _signer(self.keys)

    def _own_children(self) -> set[int]:
        """The processes that are waited for elsewhere."""
        return self.made.children()


def _journal(where: Places, instance: str, kept: Settings, keys: Keys) -> Journal:
    return Journal(
        where.audit,
        clock=time.time,
        monotonic=time.monotonic,
        instance=instance,
        settings=kept,
        signer=_signer(keys),
    )


def _signer(keys: Keys) -> Callable[[], Signer]:
    def signer() -> Signer:
        key = keys.key("audit-sign")
        return Signer(key.secret, key.protection)

    return signer


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


def _record_start(recorder: Recorder, begun: Beginning) -> None:
    active, launch, process = begun.active, begun.launch, begun.started.process
    profile = active.standing().profile
    recorder.tell(
        Start(
            version=__version__,
            pid=os.getpid(),
            client_pid=begun.client.pid,
            profile=active.name,
            profile_digest=None if profile is None else profile.digest,
            server=launch.server,
            command=None if launch.command is None else launch.command.argv[0],
            cwd=here(),
        )
    )
    if process is not None:
        recorder.tell(ServerEvent(event="started", pid=process.pid))
