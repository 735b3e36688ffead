"""The same against a certified provider, and with the key of the vault in a real keyring."""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread

import pytest

from localguard.errors import SignInFault
from localguard.identity.opening import open_sign_ins
from localguard.identity.receipts import CheckedReceipts, Receipt
from localguard.identity.renewal import renew
from localguard.identity.shown import shown
from localguard.identity.sign_in import Wish, sign_in
from localguard.identity.signing_out import sign_out
from localguard.identity.step_up import step_up
from localguard.identity.ways import ByBrowser, ByDevice
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, Nobody, SignIn
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import open_vault
from tests.identity.makers import Home, key
from tests.identity.op import Op
from tests.identity.process import shared_home
from tests.identity.test_renewal import card_of, go, processes, renewed
from tests.providers.canaille import EXACT_PORTS
from tests.providers.idp import PASSKEY_ACR, SECRET, Idp
from tests.providers.person import Person
from tests.providers.secret_service import SecretService

pytestmark = pytest.mark.real


@dataclass
class Sitting:
    """A person at a browser, on a thread as browsers are."""

    person: Person = field(default_factory=Person)
    opened: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.opened.append(url)
        Thread(target=self._visit, args=(url,), daemon=True).start()

    def _visit(self, url: str) -> None:
        self.pages.append(self.person.visit(url).text)


@pytest.fixture
def at(idp: Idp, tmp_path: Path) -> Home:
    """A machine on which nobody has signed in at the certified provider."""
    return shared_home(tmp_path, Op(issuer=idp.issuer))


def signed_in(
    home: Home,
    asked: SignIn | None = None,
    sitting: Sitting | None = None,
    wish: Wish | None = None,
) -> Identity:
    """Sign in by the forms of the provider."""
    way = ByBrowser(sitting or Sitting(), timeout=30)
    with Wire() as wire:
        return sign_in(asked or home.asked(), home.sign_ins, wire, way, wish=wish or Wish())


def test_sign_in_renewal_and_sign_out(idp: Idp, at: Home) -> None:
    """From the first page to the last, with rotation in between."""
    found = signed_in(at)
    assert (found.user, found.groups) == ("alice@example.test", ("dev", "finance"))
    assert found.auth_time is not None
    renewed(at)
    renewed(at)
    assert idp.refreshes() == 2
    assert at.person() == found
    with Wire() as wire:
        report = sign_out(at.asked(), at.sign_ins, wire)
    assert (report.removed, report.revoked) == (True, True)
    assert report.end_session is not None
    assert isinstance(at.person(), Nobody)


def test_our_own_time_of_a_sign_in_is_under_a_second(at: Home) -> None:
    """Promise; the person of the tests included, who fills in two forms."""
    signed_in(at)
    begun = time.process_time()
    signed_in(at)
    assert time.process_time() - begun < 1.0


def test_six_processes_and_one_expired_sign_in_are_one_refresh(
    idp: Idp, at: Home, tmp_path: Path
) -> None:
    """Identity.md 7, 4: and the family lives."""
    first = signed_in(at)
    with processes(tmp_path, at, 6) as started:
        for one in started:
            go(one)
        found = [json.loads(one.communicate(timeout=60)[0]) for one in started]
    assert [one.get("ended", one) for one in found] == [None] * 6
    assert idp.refreshes() == 1
    renewed(at)
    assert idp.refreshes() == 2
    assert at.person() == first


def test_a_process_killed_between_answer_and_write_is_a_sign_out(
    idp: Idp, at: Home, tmp_path: Path
) -> None:
    """Identity.md 7, 4: the provider sees reuse, and ends the family; one signs in again."""
    signed_in(at)
    idp.fault("token", hold=True, times=1)
    with processes(tmp_path, at, 1) as (process,):
        go(process)
        idp.held()
        process.kill()
        process.wait()
    idp.release()
    idp.mend("token")
    assert renewed(at).ended == "the provider has ended your sign-in"
    assert isinstance(at.person(), Nobody)
    assert at.sign_ins.entry(at.asked()) is None
    assert isinstance(signed_in(at), Identity)


def test_a_provider_that_fails_for_a_while_ends_nothing(idp: Idp, at: Home) -> None:
    """Identity.md 7, 5."""
    first = signed_in(at)
    idp.fault("token", status=503)
    with pytest.raises(Unreachable):
        renewed(at)
    assert card_of(at).out_of_reach is not None
    idp.mend("token")
    assert renewed(at).out_of_reach is None
    assert at.person() == first


def test_a_lost_group_and_a_leaver_bite(idp: Idp, at: Home) -> None:
    """Identity.md 7, 11."""
    guard = at.guard()
    signed_in(at)
    idp.person("alice", groups=["dev"])
    renewed(at)
    person = guard.person(at.asked())
    assert isinstance(person, Identity)
    assert person.groups == ("dev",)
    idp.person("alice", gone=True)
    assert renewed(at).ended is not None
    assert isinstance(guard.person(at.asked()), Nobody)


def test_a_step_up_is_a_receipt_for_one_call(idp: Idp, at: Home) -> None:
    """Identity.md 7, 12: signed by the provider, with the kind of proof that was asked for."""
    asked = at.asked(acr=(PASSKEY_ACR,))
    challenge = hashlib.sha256(b"a held call").hexdigest()
    sitting = Sitting()
    person = signed_in(at, asked, sitting)
    way = ByBrowser(sitting, timeout=30)
    with Wire() as wire, pytest.raises(SignInFault, match="acr"):
        step_up(asked, challenge, at.sign_ins, wire, way)
    idp.change(acr={"alice": PASSKEY_ACR})
    begun = at.clock()
    with Wire() as wire:
        receipt = step_up(asked, challenge, at.sign_ins, wire, way)
    guard = at.guard()
    checked = CheckedReceipts(guard.card, at.clock)
    found = checked.check(receipt, challenge, person, asked, not_before=begun)
    assert isinstance(found, Receipt)
    assert (found.subject, found.acr) == ("alice", PASSKEY_ACR)
    assert found.auth_time >= (person.auth_time or 0)
    assert "nonce" in str(checked.check(receipt, "0" * 64, person, asked, not_before=begun))


def test_who_says_no_is_not_signed_in(at: Home) -> None:
    """Identity.md 7, 2: `access_denied` is a refusal, and nothing else is asked of the provider."""
    with pytest.raises(Refused) as caught:
        signed_in(at, sitting=Sitting(Person(says="no")))
    assert caught.value.error == "access_denied"
    assert isinstance(at.person(), Nobody)


def test_a_code_on_another_device(at: Home) -> None:
    """RFC 8628: no nonce, and still an ID token that is looked at."""
    assert by_device(at, at.asked()).subject == "alice"


def by_device(at: Home, asked: SignIn) -> Identity:
    """Sign in by a code that alice types elsewhere."""
    lines: list[str] = []

    def show(line: str) -> None:
        lines.append(line)
        if "enter the code" in line:
            address, code = (one.split()[-1] for one in lines[-2:])
            Thread(
                target=Person().visit, args=(f"{address}?user_code={code}",), daemon=True
            ).start()

    with Wire() as wire:
        return sign_in(asked, at.sign_ins, wire, ByDevice(show))


def test_a_code_on_another_device_tells_when_proof_was_given(at: Home) -> None:
    """A bound on the age of a session needs `auth_time`, which providers give to who asks."""
    assert by_device(at, replace(at.asked(), max_session_age=3600)).auth_time is not None


def test_a_client_with_a_secret(idp: Idp, at: Home) -> None:
    """For providers that want one; it comes from the vault."""
    NamedSecrets(at.vault).set("idp", SECRET)
    asked = SignIn(idp.issuer, "localguard-secret", at.asked().origin, client_secret="idp")
    sign_ins = open_sign_ins(str(Path(at.folder).parent), at.vault, key)
    with Wire() as wire:
        found = sign_in(asked, sign_ins, wire, ByBrowser(Sitting(), timeout=30))
        card = sign_ins.card(asked)
        assert card is not None
        renew(asked, sign_ins, wire, stale=card.serial)
    assert found.subject == "alice"
    assert idp.refreshes() == 1


def test_no_secret_is_in_any_log(
    idp: Idp, at: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Identity.md 7, 15: at DEBUG, of every library, for every secret of the run."""
    caplog.set_level(logging.DEBUG)
    signed_in(at)
    renewed(at)
    with Wire() as wire:
        shown(at.asked(), at.sign_ins, wire)
        sign_out(at.asked(), at.sign_ins, wire)
    signed_in(at)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "idp-" not in str(path)]
    written = b"".join(path.read_bytes() for path in files)
    minted = idp.minted("access_token", "refresh_token", "id_token", "code")
    assert len(minted) >= 6
    assert [one for one in minted if one in caplog.text or one.encode() in written] == []


@pytest.mark.usefixtures("secret_service")
def test_with_the_key_in_a_real_keyring(
    idp: Idp, tmp_path: Path, secret_service: SecretService
) -> None:
    """Promise: the vault's key lies in the Secret Service, tokens in sealed files."""
    del secret_service
    home = Home(str(tmp_path / "cards"), Op(issuer=idp.issuer), time.time)
    home.vault = open_vault(str(tmp_path / "vault"), "keyring")
    found = signed_in(home)
    again = Home(home.folder, home.op, time.time)
    again.vault = open_vault(str(tmp_path / "vault"), "keyring")
    renewed(again)
    assert again.person() == found
    assert idp.refreshes() == 1


def test_canaille_is_a_provider_too(canaille_issuer: str, tmp_path: Path) -> None:
    """RS512, `aud` as a list, ports compared, one prompt at a time, no revocation for us."""
    home = shared_home(tmp_path, Op(issuer=canaille_issuer))
    asked = home.asked(ports=EXACT_PORTS)
    first = signed_in(home, asked)
    assert (first.subject, set(first.groups or ())) == ("alice", {"dev", "finance"})
    renewed(home, asked)
    person = home.person(asked)
    assert isinstance(person, Identity)
    assert (person.groups, person.session) == (first.groups, first.session)
    again = signed_in(home, asked, wish=Wish(fresh=True))
    assert again.session != first.session
    with Wire() as wire:
        report = sign_out(asked, home.sign_ins, wire)
    assert (report.removed, report.revoked) == (True, False)
    assert report.why_not


Another = Callable[[], Idp]


def test_different_people_for_different_profiles(idps: Another, tmp_path: Path) -> None:
    """Promise: by issuer and client, each with its own card and tokens."""
    one = shared_home(tmp_path, Op(issuer=idps().issuer))
    other = shared_home(tmp_path, Op(issuer=idps().issuer))
    alice = signed_in(one)
    bob = signed_in(other, sitting=Sitting(Person("bob")))
    assert (alice.subject, bob.subject) == ("alice", "bob")
    with Wire() as wire:
        sign_out(one.asked(), one.sign_ins, wire)
    assert isinstance(one.person(), Nobody)
    assert other.person() == bob
