"""Records by which the log itself is vouched for. Pure; who signs and who checks is elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from localguard.audit.named import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Named):
    """Everything in this segment up to record `upto`, whose digest is `head`, is vouched for.

    `mac` is by the key `key` (its public name, see `audit.checkpoints`), which is kept as
    `protection` says.
    """

    kind: ClassVar[str] = "checkpoint"
    upto: int
    head: str
    key: str
    protection: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Named):
    """Old segments were removed: every one from `first` to `last` by name, except those in `kept`.

    There were `segments` of them with `records` records; `upto` and `head` are number and digest of
    the last record of `last`. `mac` is by the key `key`.
    """

    kind: ClassVar[str] = "retention"
    first: str
    last: str
    segments: int
    records: int
    upto: int
    head: str
    kept: Sequence[str]
    key: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed(Named):
    """Checkpoints could not be told to the witness, or can be told again."""

    kind: ClassVar[str] = "witness"
    event: Literal["failed", "repaired"]
    detail: str | None = None
