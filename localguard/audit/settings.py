"""What the person may choose about the log. Knows no file: who reads the choice is elsewhere."""

from dataclasses import dataclass
from typing import Final, Literal

KEEP_DAYS: Final = 90
KEEP_MEBIBYTES: Final = 1024

Durability = Literal["batch", "call"]
Arguments = Literal["redacted", "hash", "full"]


@dataclass(frozen=True, slots=True)
class Settings:
    """`[audit]` of config.toml.

    `durability` "call" has each intent on disk before its call leaves, "batch" within 50 ms after.
    `arguments` is what a record holds of them. Segments are kept for `keep_days` days, and the
    newest of them up to `keep_mebibytes` MiB; None means `KEEP_DAYS` and `KEEP_MEBIBYTES`.
    `witness` is told each checkpoint: "syslog", "file:" and an absolute path, or nobody.
    """

    durability: Durability = "batch"
    arguments: Arguments = "redacted"
    keep_days: int | None = None
    keep_mebibytes: int | None = None
    witness: str | None = None
