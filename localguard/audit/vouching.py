"""When a log is vouched for, and what the witness was told of it.

Knows keys, checkpoints and the witness, not where they are written.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from localguard.audit.checkpoints import Mark, Signer
from localguard.audit.folders import Link
from localguard.audit.proofs import Checkpoint, Witnessed
from localguard.audit.witness import Witness
from localguard.errors import AuditFault, LocalguardError

RECORDS: Final = 1000
"""As many records are written before the next checkpoint, ..."""

SECONDS: Final = 300.0
"""... or for so long."""

_MOST_UNTOLD: Final = 1000


class Vouching:
    """The checkpoints of one guard. `signer` gives the key; without it there are none."""

    def __init__(self, signer: Callable[[], Signer] | None, witness: Witness | None) -> None:
        """Read no key yet."""
        self._source = signer
        self._signer: Signer | None = None
        self._witness = witness
        self._untold: deque[str] = deque(maxlen=_MOST_UNTOLD)
        self._trouble: str | None = None
        self._recorded: str | None = None

    def prepare(self) -> None:
        """Have the key at hand. Raises AuditFault when it cannot be used."""
        if self._signer is None and self._source is not None:
            try:
                self._signer = self._source()
            except LocalguardError as fault:
                what = f"the audit log cannot be signed: {fault.what}"
                raise AuditFault(what, where=fault.where, fix=fault.fix) from fault

    def checkpoint(self, end: Link) -> Checkpoint | None:
        """Vouch for everything up to `end`; None without a key."""
        if self._signer is None:
            return None
        return self._signer.checkpoint(end.segment, end.seq, end.hash)

    def written(self, end: Link, checkpoint: Checkpoint) -> None:
        """A checkpoint is in the log: keep it for the witness."""
        if self._witness is not None:
            self._untold.append(Mark(end.segment, end.seq, end.hash, checkpoint.mac).told())

    def teller(self) -> Callable[[], None]:
        """What tells the witness of all checkpoints written so far; for a thread."""
        count = len(self._untold)
        return lambda: self._tell(count)

    def _tell(self, count: int) -> None:
        witness = self._witness
        if witness is None:
            return
        for _ in range(min(count, len(self._untold))):
            try:
                witness(self._untold[0])
            except OSError as error:
                self._trouble = error.strerror or str(error)
                return
            self._untold.popleft()
            self._trouble = None

    def news(self) -> Witnessed | None:
        """What is to be recorded of the witness, once."""
        trouble, recorded = self._trouble, self._recorded
        if (trouble is None) == (recorded is None):
            return None
        self._recorded = trouble
        return Witnessed(event="repaired" if trouble is None else "failed", detail=trouble)
