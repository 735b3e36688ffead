"""The hand that gives `localguard rules` its commands: this process, its key, and its record."""

import os
import secrets
import time

from localguard import seals
from localguard.audit.checkpoints import Signer
from localguard.audit.journal import Journal
from localguard.audit.records import Chosen
from localguard.audit.settings import Settings
from localguard.cli.answering import may_answer, on_terminal
from localguard.cli.audit import SIGNING_KEY
from localguard.cli.rules import Hand
from localguard.config.paths import Places
from localguard.config.settings import read_settings
from localguard.vault.keys import Keys


def hand(where: Places) -> Hand:
    """This process, as it is asked to change what is remembered."""
    keys = Keys(where.vault)

    def signer() -> Signer:
        key = keys.key(SIGNING_KEY)
        return Signer(key.secret, key.protection)

    def record(chosen: Chosen) -> None:
        journal = Journal(
            where.audit,
            clock=time.time,
            monotonic=time.monotonic,
            instance=f"rules-{secrets.token_hex(3)}",
            settings=Settings(witness=read_settings(where.config).witness),
            signer=signer,
        )
        try:
            journal.write(chosen, durable=True)
        finally:
            journal.close()

    return Hand(
        who=f"localguard rules, pid {os.getpid()}",
        refusal=lambda: may_answer(where.audit, terminal=on_terminal()),
        key=lambda: keys.key(seals.NAME).secret,
        record=record,
    )
