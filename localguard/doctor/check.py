"""What a check is given, and what it finds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from localguard.clients.table import Machine
from localguard.config.choice import Key
from localguard.config.paths import Places
from localguard.vault.vault import Vault

Category = Literal[
    "install", "clients", "runtime", "environment", "keyring", "identity", "servers", "policy",
    "terminal", "log",
]  # fmt: skip
Status = Literal["ok", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at. `program` starts this localguard; `vault` opens the vault."""

    places: Places
    machine: Machine
    key: Key = field(repr=False)
    program: tuple[str, ...]
    vault: Callable[[], Vault] = field(repr=False)
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Repair:
    """What would mend it, and can be taken back: `shown` is the change, line by line.

    `act` does it and raises LocalguardError. One that `tightens` takes rights away and gives none,
    so that it need not wait until it can be recorded.
    """

    shown: tuple[str, ...]
    act: Callable[[], None] = field(repr=False)
    tightens: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `id` is its name for programs, `clients.cursor.files`.

    `summary` is a sentence, and `remedy` the next thing to do: an imperative sentence or a command,
    both without a full stop. A `fail` has a remedy always. `details` are shown when asked for.
    """

    id: str
    category: Category
    status: Status
    summary: str
    remedy: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    repair: Repair | None = field(default=None, repr=False)


Check = Callable[[Scene], Iterable[Finding]]
"""Raises LocalguardError where it cannot look; that is a failed check of its own."""
