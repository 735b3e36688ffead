"""Pins: what a server said of itself when it was first seen or reviewed, to compare with later.

A server tells a model what its tools are for, and may tell it something else tomorrow. So each
definition is kept whole, and the marks that rules go by are those of the definition that was kept.
Knows no file and no listing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from localguard.policy.calls import Json, Kind, item_of
from localguard.policy.canonical import digest_of

NEW: Final = "new"
CHANGED: Final = "changed"
UNLISTED: Final = frozenset({"write", "open", NEW})
"""The marks of a tool that no listing names."""
_NOTHING: Final = frozenset[str]()
_JUST_NEW: Final = frozenset({NEW})
_JUST_CHANGED: Final = frozenset({CHANGED})


class Family(StrEnum):
    """What is pinned one by one. Resources are data; their templates are definitions."""

    TOOL = "tool"
    PROMPT = "prompt"
    TEMPLATE = "template"


_KINDS: Final = {
    Family.TOOL: Kind.TOOL,
    Family.PROMPT: Kind.PROMPT,
    Family.TEMPLATE: Kind.RESOURCE,
}


@dataclass(frozen=True)
class Definition:
    """One tool, prompt or resource template, as the server defines it: the whole JSON object."""

    family: Family
    name: str
    body: Mapping[str, Json]

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex over the canonical spelling of the whole object."""
        return digest_of(self.body)

    @cached_property
    def item(self) -> str:
        """What a call to it is judged as."""
        return item_of(_KINDS[self.family], self.name)

    @cached_property
    def marks(self) -> frozenset[str]:
        """What the definition claims. Absent hints mean write and open (2025-11-25 schema).

        Only tools have marks.
        """
        if self.family is not Family.TOOL:
            return _NOTHING
        hints = self.body.get("annotations")
        said = hints if isinstance(hints, Mapping) else {}
        marks = {"read" if said.get("readOnlyHint") is True else "write"}
        if said.get("destructiveHint") is True:
            marks.add("destructive")
        if said.get("openWorldHint") is not False:
            marks.add("open")
        return frozenset(marks)


class Identity(NamedTuple):
    """Which server it is: the words it is started by, with its program resolved, or its origin.

    `words` is the argv of a process, or the one URL origin of a `remote` server.
    """

    words: tuple[str, ...]
    remote: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 in hex; a server under another identity is another server."""
        return digest_of(["remote" if self.remote else "command", *self.words])

    @property
    def shown(self) -> str:
        """The words for a person, those with blanks in quotes. Not yet made safe to look at."""
        return " ".join(f'"{word}"' if not word or " " in word else word for word in self.words)


class Greeting(NamedTuple):
    """What the handshake said: `info` is the server's name and version, which may change freely."""

    info: Mapping[str, Json]
    instructions: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """Everything a server says of itself. `definitions` are by item.

    `listed` are the families of which the list was seen to its end; `greeting` is None where no
    handshake was seen.
    """

    identity: Identity
    greeting: Greeting | None = None
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    listed: frozenset[Family] = frozenset()

    @property
    def digest(self) -> str:
        """SHA-256 in hex over all but the name and the version of the server."""
        said = None if self.greeting is None else self.greeting.instructions
        digests = sorted((item, one.digest) for item, one in self.definitions.items())
        return digest_of([self.identity.digest, said, sorted(self.listed), digests])


@dataclass(frozen=True, slots=True)
class Pin:
    """An account that later ones are compared with. Moments are in ISO 8601 with their zone.

    `first` is when it was first seen, and `confirmed` when a person has reviewed it, if one has.
    """

    account: Account
    first: str
    confirmed: str | None = None


class Change(NamedTuple):
    """One difference between an account and the one that was pinned. None is what is not there."""

    old: Definition | None
    new: Definition | None

    @property
    def definition(self) -> Definition:
        """The new definition, or the one that is no longer there."""
        found = self.new or self.old
        if found is None:
            raise ValueError("a change from nothing to nothing")
        return found

    @property
    def word(self) -> str:
        """`new`, `changed` or `removed`."""
        if self.old is None:
            return NEW
        return "removed" if self.new is None else CHANGED


def judged_marks(pinned: Definition | None, live: Definition) -> frozenset[str]:
    """The marks by which a definition that a server lists is judged.

    What differs from its pin has the riskier marks of both: a change never lowers a risk.
    """
    if pinned is None:
        return live.marks | _JUST_NEW
    if pinned.digest == live.digest:
        return pinned.marks
    both = pinned.marks | live.marks
    return (both - {"read"} if "write" in both else both) | _JUST_CHANGED


def unlisted_marks(item: str, *, strange: bool) -> frozenset[str]:
    """The marks of an item that no listing names; of a `strange` server nobody knows anything.

    Resources and prompts are named by no mark but `new`.
    """
    if not item.startswith(("resource:", "prompt:")):
        return UNLISTED
    return _JUST_NEW if strange else _NOTHING


def compared(pinned: Account, live: Account) -> tuple[Change, ...]:
    """What is new, changed or gone, in the order of the items.

    Only of a family whose list was seen to its end something can be gone.
    """
    items = sorted({*pinned.definitions, *live.definitions})
    changes = (Change(pinned.definitions.get(i), live.definitions.get(i)) for i in items)
    return tuple(change for change in changes if _counts(change, live.listed))


def greets_alike(pinned: Account, live: Account) -> bool:
    """Whether the instructions are those that were pinned; a handshake not seen says nothing."""
    if live.greeting is None:
        return True
    kept = None if pinned.greeting is None else pinned.greeting.instructions
    return kept == live.greeting.instructions


def _counts(change: Change, listed: frozenset[Family]) -> bool:
    old, new = change
    if new is None:
        return old is not None and old.family in listed
    return old is None or old.digest != new.digest
