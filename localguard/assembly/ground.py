"""What everything of a guard stands on: its log, its keys, its ledger, its way to the person.

The start is in the log, and what was wrong with it was told, before anything else is made.
"""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import NamedTuple

from localguard import __version__
from localguard.audit.checkpoints import Signer
from localguard.audit.journal import Journal
from localguard.audit.records import ServerEvent, Start
from localguard.audit.settings import Settings
from localguard.config.active import ActiveProfile
from localguard.config.approval_settings import ApprovalSettings, approval_settings
from localguard.config.paths import Places
from localguard.ledger.clients import Session, client_session
from localguard.ledger.ledger import Ledger
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets
from localguard.relay.client_wire import Client
from localguard.relay.launch import Launch
from localguard.relay.made_server import here
from localguard.relay.notices import Notices
from localguard.relay.recorder import Recorder
from localguard.relay.references import References
from localguard.relay.spawn import Started
from localguard.relay.told_arguments import Teller
from localguard.relay.wanted import Wanted
from localguard.vault.held import HeldKey
from localguard.vault.keys import Keys

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
    given: References


@dataclass(frozen=True, slots=True)
class Log:
    """The audit log of one guard, and how it is told of calls."""

    journal: Journal
    recorder: Recorder
    settings: Settings
    signer: Callable[[], Signer]
    hash_key: HeldKey
    teller: Teller


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is before any call can be judged."""

    begun: Beginning
    instance: str
    keys: Keys
    secrets: Secrets
    notices: Notices
    log: Log
    session: Session | None
    ledger: Ledger
    approvals: ApprovalSettings


def prepare(begun: Beginning) -> Ground:
    """Open the log, and say what is wrong."""
    where, session = begun.where, client_session()
    ground = Ground(
        begun,
        instance := secrets.token_hex(3),
        keys := Keys(where.vault),
        hidden := Secrets(),
        Notices(),
        _log(begun, instance, keys, hidden),
        session,
        Ledger(os.path.join(where.state, "session"), session),
        approval_settings(where.config),
    )
    _record_start(ground.log.recorder, begun)
    _tell_faults(ground)
    return ground


def _log(begun: Beginning, instance: str, keys: Keys, hidden: Secrets) -> Log:
    where, settings = begun.where, Settings(*astuple(begun.active.settings))

    def signer() -> Signer:
        key = keys.key("audit-sign")
        return Signer(key.secret, key.protection)

    journal = Journal(
        where.audit,
        clock=time.time,
        monotonic=time.monotonic,
        instance=instance,
        settings=settings,
        signer=signer,
    )
    hash_key, redactor = HeldKey(keys, "audit-hash"), Redactor(SECRET, hidden)
    teller = Teller(
        settings.arguments, lambda: hash_key.secret, lambda given: redactor.value(given)[0]
    )
    recorder = Recorder(journal, instance, time.monotonic)
    return Log(journal, recorder, settings, signer, hash_key, teller)


def _tell_faults(ground: Ground) -> None:
    begun = ground.begun
    faults = (ground.log.hash_key.fault(), begun.active.standing().fault, begun.started.why_not)
    for reason in dict.fromkeys(faults):
        if reason:
            ground.notices.tell(f"localguard: {begun.launch.server}: {reason}")


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
    elif launch.reached is not None:
        recorder.tell(ServerEvent(event="started", detail=launch.reached.url))
