"""Who sits at the console, as far as the screens need it: who it is, and whether it may choose."""

from collections.abc import Callable
from dataclasses import dataclass

from localguard.audit.records import Chosen


@dataclass(frozen=True, slots=True)
class Person:
    """A process of the person's. Who makes this knows processes, the vault and the audit log.

    `who` names it for the record. `refusal` says why it may not choose, with the way out; None
    where it may. `key` is that of the seals, and `record` writes to the audit log, on disk before
    it returns; both raise LocalguardError where they cannot.
    """

    who: str
    refusal: Callable[[], str | None]
    key: Callable[[], bytes]
    record: Callable[[Chosen], None]
