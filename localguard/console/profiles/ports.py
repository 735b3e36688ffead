"""What the screen of profiles needs beside the hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from localguard.console.services import Told
from localguard.telling.changes import Changed
from localguard.telling.differences import Difference

Acceptance = Literal["accepted", "changed", "used", "unused", "unknown"]
"""Whether a person accepted the files as they are, they were edited since, only a guard has used
them first, they were never loaded (which accepts them), or that cannot be told."""


class Fault(NamedTuple):
    """One thing that is wrong: where, as `work.toml:12`, what, and what to write instead."""

    where: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One profile. `told` is what it says, line by line; none where it has faults.

    `color` is a name of `config.schema.COLORS`; `managed` that the organisation has a say in it.
    """

    name: str
    file: str
    color: str
    active: bool
    acceptance: Acceptance
    faults: tuple[Fault, ...] = ()
    told: tuple[str, ...] = ()
    rules: int = 0
    servers: tuple[str, ...] = ()
    managed: bool = False


class Listed(NamedTuple):
    """All profiles. `fault` says why the choice among them cannot be read."""

    entries: Sequence[Entry] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a profile would change: by a switch from `before`, or by accepting what was edited.

    `digest` names the files that all of this was made of; `steps` are the lines of what a switch
    does to defaults, rules, sign-in and servers; `edits` are the lines of their unified
    difference to what was accepted; `changes` are the known tools (of `tools`) that go otherwise;
    `loosens` are the reasons why more may pass, none where that is ruled out. `refused` says why it
    cannot be done, with the rest empty.
    """

    name: str
    before: str | None = None
    digest: str = ""
    steps: Sequence[str] = ()
    differences: Sequence[Difference] = ()
    edits: Sequence[str] = ()
    changes: Sequence[Changed] = ()
    tools: int = 0
    loosens: Sequence[str] = ()
    notes: Sequence[str] = ()
    refused: str | None = None


class Profiles(Protocol):
    """Profiles: read, compared, accepted, switched to."""

    async def listed(self) -> Listed:
        """Every profile by name, valid or not."""
        ...

    async def switching(self, name: str) -> Outlook:
        """What a switch to a profile would change."""
        ...

    async def accepting(self, name: str) -> Outlook:
        """What a profile says otherwise than the version that was accepted."""
        ...

    async def use(self, seen: Outlook) -> Told:
        """Make a profile the active one, if its files are still those that were seen."""
        ...

    async def accept(self, seen: Outlook) -> Told:
        """Accept the files that were seen, if they are still the same."""
        ...
