"""Makes sign-ins at the provider of the tests, and a person at a browser."""

import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.error import HTTPError

from localguard.identity.cards import Cards
from localguard.identity.followed import FollowedIdentity
from localguard.identity.sign_in import Wish, sign_in
from localguard.identity.sign_ins import SignIns
from localguard.identity.ways import ByBrowser
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json
from localguard.policy.people import Identity, Person, SignIn
from localguard.policy.rules import Origin
from localguard.vault.memory import MemoryVault
from localguard.vault.vault import Vault
from tests.identity.op import CLIENT, Op

KEY = bytes(range(32))


def key() -> bytes:
    """The key of the seals."""
    return KEY


@dataclass(frozen=True)
class KeptKeys:
    """Keys of a provider as they are here, which fetches none."""

    keys: Mapping[str, Json]

    def known(self) -> Mapping[str, Json]:
        return self.keys

    def renewed(self) -> Mapping[str, Json] | None:
        return None


@dataclass
class Visitor:
    """A person at a browser: goes where they are sent, on a thread as browsers do."""

    opened: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.opened.append(url)
        thread = Thread(target=self._visit, args=(url,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def left(self) -> str:
        """What the last page said, once the person has read it."""
        for thread in self.threads:
            thread.join(20)
        return self.pages[-1]

    def _visit(self, url: str) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=20) as answer:
                self.pages.append(answer.read().decode())
        except HTTPError as error:
            with error:
                self.pages.append(error.read().decode())


@dataclass
class Home:
    """One person's machine: cards in a folder, tokens in a vault, a clock that tests set."""

    folder: str
    op: Op
    clock: Callable[[], float]
    vault: Vault = field(default_factory=MemoryVault)
    visitor: Visitor = field(default_factory=Visitor)

    def asked(self, **changes: Any) -> SignIn:
        """What a profile asks for."""
        wanted = {"scopes": ("openid", "profile", "email", "groups", "offline_access"), **changes}
        return SignIn(self.op.issuer, CLIENT, Origin("work.toml", 2), **wanted)

    @property
    def sign_ins(self) -> SignIns:
        """Where sign-ins are kept."""
        cards = Cards(self.folder, key, self.clock)
        return SignIns(self.vault, cards, lambda _: None, self.clock)

    def sign_in(self, asked: SignIn | None = None, wish: Wish | None = None) -> Identity:
        """Sign in, by the visitor's browser."""
        way = ByBrowser(self.visitor, timeout=20)
        with Wire() as wire:
            return sign_in(asked or self.asked(), self.sign_ins, wire, way, wish=wish or Wish())

    def guard(self) -> FollowedIdentity:
        """A guard that starts now."""
        return FollowedIdentity(self.folder, key, self.clock)

    def person(self, asked: SignIn | None = None) -> Person:
        """Whom a guard that starts now sees."""
        return self.guard().person(asked or self.asked())
