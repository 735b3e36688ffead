"""From `auth` to a token: whose it is, is asked each time, and nothing is loaded early."""

import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from localguard.assembly.bearers import bearer_for, header_secrets
from localguard.assembly.sources import Sources
from localguard.credentials.ports import Subject
from localguard.errors import SignInFault, VaultFault
from localguard.oauth.client import Client
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import Provider
from localguard.policy.decide import Standing
from localguard.policy.people import Identity, Nobody, Person, SignIn
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Origin
from localguard.policy.server_auth import OAuth, StaticToken, TokenExchange
from localguard.vault.memory import MemoryVault
from localguard.vault.named import NamedSecrets
from tests.credentials.authority import Authority, Resource
from tests.credentials.person import Person as Browsing
from tests.credentials.signing_in import ALICE, SignIns
from tests.credentials.web import Reply

SIGN_IN = SignIn(ALICE[0], "lg", Origin("work.toml", 2))
URL = "https://notes.example.com/mcp"
HERE = Origin("work.toml", 4)
NOTES = ServerTable("notes", HERE, url=URL, auth=TokenExchange())


def identity(subject: str = "alice", session: str = "one") -> Identity:
    return Identity(ALICE[0], subject, subject, subject, session)


@dataclass
class World:
    """What a guard knows at this moment."""

    vault: MemoryVault
    sign_in: SignIn | None = SIGN_IN
    person: Person = field(default_factory=identity)
    asked_for: list[Any] = field(default_factory=list)
    home: str = ""
    accepted: tuple[ServerTable, ...] = ()

    @property
    def sources(self) -> Sources:
        return Sources(
            lambda: self.vault,
            lambda: self.sign_in,
            lambda _: self.person,
            self.own,
            lambda: (
                self.person,
                [(name, self.vault.get(name)) for name in self.vault.names("server")],
            ),
            lambda: Standing(self.profile(*self.accepted), confirmed=True),
        )

    def profile(self, *servers: ServerTable) -> Profile:
        return Profile("work", (), servers={one.name: one for one in servers}, sign_in=self.sign_in)

    def own(self, sign_in: SignIn, person: Identity) -> Subject:
        self.asked_for.append((sign_in, person.session))
        provider = Provider(self.home, None, f"{self.home}/token")
        return Subject(provider, Client("lg"), "id.of.alice", "access-of-alice")


@pytest.fixture
def world(vault: MemoryVault) -> World:
    return World(vault)


def test_no_auth_is_no_bearer(world: World) -> None:
    """A server that lets everybody in gets no token."""
    assert bearer_for("notes", URL, None, world.sources) is None


def test_a_kept_token_is_that_of_who_sits_there(
    world: World, vault: MemoryVault, resource: Resource
) -> None:
    """Issue 5: person, machine's user, and nobody else."""
    SignIns(resource, vault, Browsing(), holder=ALICE).login()
    bearer = bearer_for("notes", resource.url, OAuth(), world.sources)
    assert bearer is not None
    alices = bearer.token()
    world.person = identity("bob")
    with pytest.raises(SignInFault, match="not signed in"):
        bearer.token()
    world.person = Nobody("nobody has signed in", "localguard login")
    with pytest.raises(SignInFault, match="nobody has signed in") as raised:
        bearer.token()
    assert raised.value.fix == "localguard login"
    world.sign_in = None
    with pytest.raises(SignInFault, match="not signed in"):
        bearer.token()
    SignIns(resource, vault, Browsing(), holder=None).login()
    assert bearer.token() != alices


def test_whose_tokens_they_are_is_told_without_a_look_at_them(world: World) -> None:
    """Attack: a call of one person that goes with the token of the next."""
    bearer = bearer_for("notes", URL, OAuth(), world.sources)
    assert bearer is not None
    alices = bearer.holder()
    world.person = identity(session="two")
    assert bearer.holder() == alices
    world.person = identity("bob")
    assert bearer.holder() != alices
    world.person = Nobody("nobody has signed in", "localguard login")
    nobodys = bearer.holder()
    world.sign_in = None
    assert len({alices, nobodys, bearer.holder()}) == 3


def test_a_secret_is_the_servers_whoever_sits_there(world: World, vault: MemoryVault) -> None:
    """A static token is nobody's; that a person is required is for the policy to say."""
    NamedSecrets(vault).set("notes", "token-of-the-team")
    world.accepted = (replace(NOTES, auth=StaticToken("notes")),)
    world.person = Nobody("nobody has signed in", "localguard login")
    bearer = bearer_for("notes", URL, StaticToken("notes"), world.sources)
    assert bearer is not None
    assert bearer.token() == "token-of-the-team"
    with pytest.raises(SignInFault, match="refuses the secret"):
        bearer.renewed("token-of-the-team", None)


def test_a_traded_token_ends_with_the_sign_in(world: World, authority: Authority) -> None:
    """What was traded for one session is not used in the next one of the same person."""
    world.home = authority.origin
    authority.clients["lg"] = None
    authority.trades["access-of-alice"] = ""
    world.accepted = (NOTES,)
    bearer = bearer_for("notes", URL, TokenExchange(), world.sources)
    assert bearer is not None
    first = bearer.token()
    assert bearer.token() == first
    world.person = identity(session="two")
    assert bearer.token() != first
    assert world.asked_for == [(SIGN_IN, "one"), (SIGN_IN, "two")]


def test_what_only_a_person_can_mend_is_known_until_something_changes(
    world: World, vault: MemoryVault, resource: Resource
) -> None:
    """A call can be told the way to sign in before anybody is asked to allow it."""
    bearer = bearer_for("notes", resource.url, OAuth(), world.sources)
    assert bearer is not None
    assert bearer.lacking() is None
    with pytest.raises(SignInFault):
        bearer.token()
    assert (
        bearer.lacking() == "notes: you have not signed in to notes. Fix: localguard login notes."
    )
    SignIns(resource, vault, Browsing(), holder=ALICE).login()
    assert bearer.lacking() is None
    bearer.token()
    world.person = Nobody("nobody has signed in", "localguard login")
    with pytest.raises(SignInFault):
        bearer.token()
    assert bearer.lacking() == "notes: nobody has signed in. Fix: localguard login."
    world.person = identity()
    assert bearer.lacking() is None


def test_an_issuer_out_of_reach_is_nothing_a_person_can_mend(
    world: World, authority: Authority
) -> None:
    """The next call tries again."""
    world.home = authority.origin
    authority.fails["/token"] = [Reply(503)]
    world.accepted = (NOTES,)
    bearer = bearer_for("notes", URL, TokenExchange(), world.sources)
    assert bearer is not None
    with pytest.raises(Unreachable):
        bearer.token()
    assert bearer.lacking() is None


def test_a_switch_in_the_middle_trades_nothing_for_another(world: World) -> None:
    """Attack by chance: who signs in while a token is traded gets none that is kept for others."""
    owner = world.sources.owner("notes")
    world.accepted, world.person = (NOTES,), identity("bob")
    with pytest.raises(SignInFault, match="changed meanwhile"):
        world.sources.subject(NOTES, owner)
    assert world.asked_for == []


def test_a_token_of_just_now_is_handed_out_without_a_look(
    world: World, vault: MemoryVault, resource: Resource
) -> None:
    """For the calls of one second; but never to another person, nor after a refusal."""
    SignIns(resource, vault, Browsing(), holder=ALICE).login()
    bearer = bearer_for("notes", resource.url, OAuth(), world.sources)
    assert bearer is not None
    assert bearer.ready() is None
    assert bearer.token() == bearer.ready()
    world.person = identity("bob")
    assert bearer.ready() is None
    world.person = Nobody("nobody has signed in", "localguard login")
    with pytest.raises(SignInFault):
        bearer.ready()
    world.person = identity()
    with pytest.raises(SignInFault):
        bearer.renewed(bearer.token(), "Bearer")
    assert bearer.ready() is None


def test_secrets_of_headers_are_bound_to_the_whole_address(
    world: World, vault: MemoryVault
) -> None:
    """The same binding as a bearer's, so that one secret can be both."""
    NamedSecrets(vault).set("key", "k3y-of-notes")
    world.accepted = (replace(NOTES, auth=None, headers={"X-Key": "secret:key"}),)
    assert header_secrets("notes", f"{URL}/", world.sources)("key") == "k3y-of-notes"
    bearer = bearer_for("notes", URL, StaticToken("key"), world.sources)
    assert bearer is not None
    assert bearer.token() == "k3y-of-notes"
    with pytest.raises(VaultFault, match="bound to another"):
        header_secrets("notes", f"{URL}/b", world.sources)("key")


def test_nothing_heavy_is_loaded_before_a_token_is_needed() -> None:
    """Promise: a guard with a URL starts without what signing in takes."""
    program = (
        "import sys\n"
        "from localguard.assembly.bearers import bearer_for\n"
        "from localguard.assembly.sources import Sources\n"
        "from localguard.policy.server_auth import OAuth\n"
        "bearer_for('a', 'https://a.example', OAuth(), Sources(None, None, None, None))\n"
        "heavy = {'authlib', 'httpx2', 'joserfc', 'cryptography', 'keyring', 'h11'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
