"""Old segments of the audit log go while the guard works, some time after its start."""

from collections.abc import Callable
from datetime import UTC, datetime

from anyio import sleep, to_thread

from localguard.audit.checkpoints import Signer
from localguard.audit.journal import Journal
from localguard.audit.retention import plan
from localguard.audit.settings import Settings
from localguard.errors import LocalguardError

PATIENCE = 20.0
"""Seconds after the start, when a client has what it needs."""


async def tidy(
    journal: Journal,
    folder: str,
    settings: Settings,
    signer: Callable[[], Signer],
    *,
    patience: float = PATIENCE,
) -> None:
    """Remove what is older than it is to be kept, once, after `patience` seconds.

    What cannot be recorded is not removed: the next guard tries again.
    """
    await sleep(patience)
    try:
        due = await to_thread.run_sync(plan, folder, settings, datetime.now(UTC))
        if due is None:
            return
        record = await to_thread.run_sync(due.record, signer())
        journal.write(record, durable=True)
        await to_thread.run_sync(due.carry_out)
    except LocalguardError:
        return
