"""What a review tells the audit log: a segment of its own, as every process has one."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from localguard.audit.checkpoints import Signer
from localguard.audit.journal import Journal
from localguard.audit.records import Pin
from localguard.audit.settings import Settings
from localguard.cli.audit import SIGNING_KEY
from localguard.config.paths import Places
from localguard.config.settings import read_settings
from localguard.vault.keys import Keys


def recorded(where: Places) -> Callable[[Pin], None]:
    """Writes a record, on disk before it returns. Raises AuditFault and ProfileFault."""

    def signer() -> Signer:
        key = Keys(where.vault).key(SIGNING_KEY)
        return Signer(key.secret, key.protection)

    def write(record: Pin) -> None:
        journal = Journal(
            where.audit,
            clock=time.time,
            monotonic=time.monotonic,
            instance=f"review-{secrets.token_hex(3)}",
            settings=Settings(witness=read_settings(where.config).witness),
            signer=signer,
        )
        try:
            journal.write(record, durable=True)
        finally:
            journal.close()

    return write


def moment() -> str:
    """Now, to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
