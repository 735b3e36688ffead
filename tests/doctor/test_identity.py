"""Doctor's look at sign-ins (research ux 5; identity 1, 7), at a provider over real HTTP."""

import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from localguard import seals
from localguard.credentials.entries import Demand, Entry, entry_name, write_entry
from localguard.doctor.check import Finding
from localguard.doctor.identity import checks
from localguard.identity.opening import open_sign_ins
from localguard.identity.sign_in import Wish, sign_in
from localguard.identity.ways import ByBrowser
from localguard.oauth.wire import Wire
from localguard.policy.people import SignIn
from localguard.policy.rules import Origin
from localguard.vault.keys import Keys
from localguard.vault.memory import MemoryVault
from tests.doctor.planted import PLAIN, Planted, only, serious
from tests.identity.makers import Visitor
from tests.identity.op import CLIENT, Op, running

HUB = "https://hub.example.com/mcp"


@pytest.fixture
def op() -> Generator[Op]:
    """A provider of this test's own."""
    with running() as found:
        yield found


class Signing(Planted):
    """A home whose profile asks for a sign-in. Nothing of it needs a keyring."""

    def __init__(self, folder: Path, environ: Mapping[str, str], issuer: str) -> None:
        super().__init__(folder, environ, asking(issuer))
        self.kept = MemoryVault()
        self.visitor = Visitor()

    def sign_in(self, issuer: str) -> None:
        """As a person does with `localguard login`."""
        key = Keys(self.where.vault).key(seals.PEOPLE).secret
        sign_ins = open_sign_ins(self.where.state, self.kept, lambda: key)
        asked = SignIn(issuer, CLIENT, Origin("work.toml", 5))
        with Wire() as wire:
            sign_in(asked, sign_ins, wire, ByBrowser(self.visitor, timeout=20), wish=Wish())
        assert "Alice" in self.visitor.left()

    def seen(self) -> list[Finding]:
        """Everything that is found here."""
        scene = self.scene(lambda: self.kept)
        return [finding for check in checks for finding in check(scene)]


def asking(issuer: str, *more: str) -> str:
    """A profile that asks for a sign-in."""
    lines = ["[identity]", f'issuer = "{issuer}"', f'client_id = "{CLIENT}"', *more]
    return "\n".join([PLAIN, *lines, ""])


@pytest.fixture
def home(tmp_path: Path, client_environment: Mapping[str, str], op: Op) -> Signing:
    return Signing(tmp_path, client_environment, op.issuer)


def test_a_sign_in_that_holds_is_told_with_who_it_is(home: Signing, op: Op) -> None:
    """No warning, and the person by name."""
    home.sign_in(op.issuer)
    found = {one.id: one for one in home.seen()}
    assert serious(found.values()) == []
    told = found["identity.work.sign-in"]
    assert told.summary == "Alice (alice@example.test) is signed in for work"
    assert told.details["claims"] == "confirmed 0 s ago"
    assert found["identity.work.provider"].details["client_id"] == CLIENT
    assert abs(float(found["identity.work.clock"].details["seconds"])) <= 2
    home.accept(asking(op.issuer, 'max_session_age = "8h"'))
    (told,) = (one for one in home.seen() if one.id == "identity.work.sign-in")
    assert "(in 7 h 59 min)" in told.details["until"]


@pytest.mark.parametrize(
    ("minutes", "status", "way"),
    [(10, "fail", "10 min ahead of"), (-10, "fail", "min behind"), (2, "warn", "2 min ahead of")],
)
def test_a_clock_that_is_wrong_is_told(home: Signing, minutes: int, status: str, way: str) -> None:
    """Planted fault: ID tokens have ended, or have not begun, when they come (Core 3.1.3.7)."""
    home.ahead = timedelta(minutes=minutes)
    found = only(one for one in home.seen() if one.id == "identity.work.clock")
    assert (found.status, way in found.summary) == (status, True), found.summary
    assert found.remedy.startswith("set the clock: ")


def test_nobody_where_a_sign_in_is_required_is_told_with_the_command(home: Signing, op: Op) -> None:
    """Who requires it is waited for; where nobody requires it, nobody is no fault."""
    assert serious(home.seen()) == []
    home.accept(asking(op.issuer, "required = true"))
    found = only(home.seen())
    assert (found.status, found.remedy) == ("warn", "localguard login --profile work")


def test_a_sign_in_that_has_aged_is_told(home: Signing, op: Op) -> None:
    """`claims_max_age`: the provider has not vouched for it for too long."""
    home.sign_in(op.issuer)
    home.ahead = timedelta(hours=3)
    found = [one for one in home.seen() if one.id == "identity.work.sign-in"]
    assert "has not confirmed the sign-in for 1h" in only(found).summary


def test_a_card_that_somebody_else_wrote_is_told(home: Signing, op: Op) -> None:
    """Attack: a program writes a card, and knows no key."""
    home.sign_in(op.issuer)
    (card,) = Path(home.where.state, "identity").glob("*.json")
    card.write_text(card.read_text().replace("Alice", "Mallory"))
    assert "is void" in only(home.seen()).summary


def test_a_provider_out_of_reach_is_told_with_what_still_works(home: Signing) -> None:
    """A warning and no failure: who is signed in stays so."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        home.accept(asking(f"http://127.0.0.1:{closed.getsockname()[1]}", 'offline_grace = "1h"'))
        found = only(home.seen())
    assert (found.status, found.id) == ("warn", "identity.work.provider")
    assert "who is signed in stays so for 2 h after that, and nobody can sign in" in found.summary


def test_a_provider_that_is_not_sound_is_told(home: Signing, op: Op) -> None:
    """Planted fault: metadata without PKCE, with which a code can be stolen (RFC 7636)."""
    op.lacks.add("code_challenge_methods_supported")
    found = only(home.seen())
    assert (found.status, "PKCE" in found.summary) == ("fail", True)


def test_only_providers_of_profiles_are_asked_and_each_once(home: Signing, op: Op) -> None:
    """Two profiles of one provider; what it names beyond its metadata is not asked."""
    home.edit(asking(op.issuer).replace("version = 1", 'version = 1\nprofile = "spare"'), "spare")
    found = [one.id for one in home.seen()]
    assert found.count("identity.work.provider") == 1
    assert "identity.spare.provider" not in found
    assert set(op.requests) == {"openid-configuration"}
    assert op.requests["openid-configuration"] == 2


def test_redirect_ports_that_are_taken_are_told(home: Signing, op: Op) -> None:
    """Planted fault: kubelogin's most told trouble (research identity 1)."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        home.accept(asking(op.issuer, f"redirect_ports = [{port}]"))
        found = only(home.seen())
        assert (found.status, str(port) in found.summary) == ("warn", True)
    assert [one.status for one in home.seen() if one.id.endswith(".redirect")] == ["ok"]


def test_without_identity_nothing_is_asked_and_no_http_is_loaded(
    tmp_path: Path, client_environment: Mapping[str, str]
) -> None:
    """Promise: nothing heavy is loaded before it is needed."""
    home = Planted(tmp_path, client_environment)
    assert [one.status for one in home.found(checks)] == ["skip"]
    look = "import sys, localguard.doctor.identity as i; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"httpx2", "authlib", "joserfc", "keyring", "cryptography"}.isdisjoint(loaded)


class TestServerTokens:
    """`auth = "oauth"`: the tokens that a person's sign-in gives to a server."""

    @pytest.fixture
    def hub(self, tmp_path: Path, client_environment: Mapping[str, str]) -> Signing:
        home = Signing(tmp_path, client_environment, "https://login.example.com")
        home.accept(f'{PLAIN}[servers.hub]\nurl = "{HUB}"\nauth = "oauth"\n')
        return home

    def keep(self, hub: Signing, **changes: object) -> None:
        """Have a token of the hub's in the vault."""
        at = "https://login.example.com"
        made = Entry(at, f"{at}/token", "us", "none", HUB, access="a" * 20)
        entry = changed(made, changes)
        write_entry(hub.kept, entry_name(entry.holder, HUB, None), entry)

    def test_a_server_that_nobody_has_signed_in_to(self, hub: Signing) -> None:
        """Told with the command."""
        found = only(hub.seen())
        assert (found.id, found.remedy) == ("identity.token.hub", "localguard login hub")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"expires_at": 1_000.0}, "has ended"),
            ({"access": ""}, "has ended"),
            ({"demand": Demand(scopes=("write",))}, "asks for more than you granted"),
        ],
    )
    def test_a_token_that_does_not_do(
        self, hub: Signing, changes: dict[str, object], said: str
    ) -> None:
        """Planted faults: expired without a way to renew it, ended, and too little."""
        self.keep(hub, **changes)
        found = only(hub.seen())
        assert (found.remedy, said in found.summary) == ("localguard login hub", True)

    def test_a_token_that_is_good(self, hub: Signing) -> None:
        """One that is renewed by itself may have expired."""
        self.keep(hub, expires_at=1_000.0, refresh="r" * 20)
        assert serious(hub.seen()) == []
        assert "aaaa" not in repr(hub.seen())

    def test_whose_token_it_is_follows_from_the_sign_in(self, hub: Signing, op: Op) -> None:
        """Another person's token is under another name; nobody's is not looked for."""
        text = f'{asking(op.issuer)}[servers.hub]\nurl = "{HUB}"\nauth = "oauth"\n'
        hub.accept(text)
        assert [one.status for one in hub.seen() if one.id == "identity.token.hub"] == ["skip"]
        hub.sign_in(op.issuer)
        self.keep(hub)
        assert only(hub.seen()).remedy == "localguard login hub"
        self.keep(hub, holder=(op.issuer, "alice"))
        assert serious(hub.seen()) == []

    def test_a_token_under_a_passphrase_is_not_opened(self, hub: Signing) -> None:
        """Nobody is asked for a passphrase by a look."""
        self.keep(hub)
        hub.settings('[vault]\nstore = "passphrase"\n')
        assert [one.status for one in hub.seen() if one.id == "identity.token.hub"] == ["skip"]


def changed(entry: Entry, changes: Mapping[str, object]) -> Entry:
    """An entry with other fields."""
    return replace(entry, **changes)  # type: ignore[arg-type]
