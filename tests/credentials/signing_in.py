"""Signs a person in to a server of the tests."""

from dataclasses import dataclass, field

from localguard.credentials.asking import Asking, Granted, Plan
from localguard.credentials.entries import Entry, read_entry
from localguard.credentials.kept import KeptBearer, Served
from localguard.credentials.ports import Holder
from localguard.credentials.server_login import login_to_server
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import OAuth
from localguard.vault.vault import Vault
from tests.credentials.authority import Resource
from tests.credentials.person import Person

ALICE = ("https://login.example.com", "alice")
BOB = ("https://login.example.com", "bob")


@dataclass
class SignIns:
    """Sign-ins to one server. `told` is what a person was told before anything opened."""

    resource: Resource
    vault: Vault
    person: Person
    auth: OAuth = field(default_factory=OAuth)
    holder: Holder = ALICE
    document: str | None = None
    told: list[Plan] = field(default_factory=list)

    def login(self, *scopes: str) -> Granted:
        with Wire() as wire:
            return login_to_server(
                self._asking(scopes),
                self.vault,
                self.person,
                wire=wire,
                secret_of=lambda name, issuer: f"{name} for {issuer}",
                tell=self.told.append,
            )

    def bearer(self, holder: Holder = ALICE) -> KeptBearer:
        served = Served("notes", self.resource.url, self.auth, holder)
        return KeptBearer(served, self.vault, lambda name, issuer: f"{name} for {issuer}")

    def kept(self) -> Entry | None:
        return read_entry(self.vault, self.name)

    @property
    def name(self) -> str:
        return self._asking(()).entry

    def _asking(self, scopes: tuple[str, ...]) -> Asking:
        return Asking("notes", self.resource.url, self.auth, self.holder, scopes, self.document)
