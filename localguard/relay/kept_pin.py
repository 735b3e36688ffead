"""The pin of one server as it lies on disk, followed, and what a session adds to it at first sight.

A name that was never seen is pinned by its first listing. A name that is known under another
identity, or whose file cannot be trusted, is strange: nothing of it is pinned without a person.
Knows no listing and no record.
"""

from collections.abc import Callable
from typing import Final

from localguard.config.looks import Look, look
from localguard.pinning.faults import PinFault
from localguard.pinning.store import PinStore
from localguard.policy.pins import Account, Definition, Family, Greeting, Identity, Pin

_ANOTHER: Final = "another server was pinned under this name"
_REMOVED: Final = "the pins of this server were removed while it ran"


class KeptPin:
    """What is pinned of a server under one identity.

    `definitions` are by item. `strange` says why nothing of the server is known, and `faulty` that
    this is for a fault; `first` is True in the session that saw the server first. What of `open` is
    seen is pinned as it comes, until its list was seen to the end.
    """

    def __init__(
        self, server: str, identity: Identity, store: PinStore, now: Callable[[], str]
    ) -> None:
        self.identity = identity
        self.definitions: dict[str, Definition] = {}
        self.greeting: Greeting | None = None
        self.strange: str | None = None
        self.faulty = False
        self.confirmed = False
        self.first = False
        self.open: set[Family] = set()
        self._server = server
        self._store = store
        self._now = now
        self._path = store.path(server)
        self._look: Look = None
        self._loaded = False
        self._listed: frozenset[Family] = frozenset()
        self._grown = False

    def load(self) -> bool:
        """Read the file, unless that was done; whether it was done now."""
        if self._loaded:
            return False
        self._loaded = True
        self._read()
        return True

    def follow(self) -> bool:
        """Read the file again if it is another one; whether it was."""
        if not self._loaded or look(self._path) == self._look:
            return False
        self._read()
        return True

    @property
    def instructions(self) -> str | None:
        """What the server's instructions were when it was pinned."""
        return None if self.greeting is None else self.greeting.instructions

    def greeted(self, greeting: Greeting) -> bool:
        """Whether the server greets as it was pinned to, or for the first time."""
        if self.greeting is None and not self.confirmed:
            self.greeting = greeting
            self._grown = True
        return self.instructions == greeting.instructions

    def add(self, definition: Definition) -> None:
        """Pin a definition of an open family."""
        self.definitions[definition.item] = definition

    def close(self, family: Family) -> None:
        """The list of a family was seen to its end: what comes later is new."""
        if family in self.open:
            self.open.discard(family)
            self._listed |= {family}
            self._grown = True

    def save(self) -> bool:
        """Pin what was seen first; whether anything was written. What stands then is read again."""
        if not (self._grown and self._listed):
            return False
        self._grown = False
        try:
            self._store.add(self._server, Pin(self.account(), self._now()))
        except PinFault as fault:
            self._estrange(fault.explain(), faulty=True)
            return False
        self._read()
        return True

    def account(self) -> Account:
        """What is pinned, or will be once it is written."""
        listed = {i: one for i, one in self.definitions.items() if one.family in self._listed}
        return Account(self.identity, self.greeting, listed, self._listed)

    def _read(self) -> None:
        seen_before = self._look is not None
        self._look = look(self._path)
        try:
            pins = self._store.read(self._server)
        except PinFault as fault:
            self._estrange(fault.explain(), faulty=True)
            return
        mine = next((p for p in pins or () if p.account.identity == self.identity), None)
        if mine is not None:
            self._take(mine)
        elif pins:
            self._estrange(_ANOTHER)
        elif seen_before:
            self._estrange(_REMOVED, faulty=True)
        else:
            self._begin()

    def _begin(self) -> None:
        self.first = True
        self.open = set(Family)

    def _take(self, pin: Pin) -> None:
        account = pin.account
        self.strange, self.faulty = None, False
        self.confirmed = pin.confirmed is not None
        self.first = self.first and not self.confirmed
        self.open = set() if self.confirmed else set(Family) - account.listed
        mine = {i: one for i, one in self.definitions.items() if one.family in self.open}
        self.definitions = {**mine, **account.definitions}
        self.greeting = account.greeting
        self._listed = account.listed

    def _estrange(self, why: str, *, faulty: bool = False) -> None:
        self.strange, self.faulty = why, faulty
        self.confirmed = self.first = self._grown = False
        self.definitions, self.greeting = {}, None
        self.open, self._listed = set(), frozenset()
