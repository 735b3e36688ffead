"""`localguard login`: words for what happens, a browser for a person alone, and one exit code."""

import io
from collections.abc import Generator
from pathlib import Path

import pytest

from localguard.cli.commands import main
from localguard.cli.exits import Exit
from localguard.cli.login import Wanted, login, login_to
from localguard.errors import ProfileFault, SignInFault, UsageFault, VaultFault
from localguard.vault.memory import MemoryVault
from tests.cli.persons import OUTSIDE, Visitor
from tests.cli.sign_in_floor import Floor, floor
from tests.config.makers import put


@pytest.fixture
def at(tmp_path: Path) -> Generator[Floor]:
    """Where nobody has signed in yet."""
    with floor(tmp_path) as found:
        yield found


def test_a_person_signs_in_and_is_told_as_whom(at: Floor) -> None:
    """Promise: once, in the browser."""
    code, out, err = at.login()
    host = at.op.issuer.removeprefix("http://")
    assert (code, err) == (Exit.OK, "")
    assert out.splitlines() == [
        f"Signing in at {host}, as the profile work asks for. Ctrl-C gives up.",
        f"Signed in as Alice (alice@example.test) at {host}.",
        "Groups: dev, finance",
    ]
    assert "prompt" in at.op.asked[0]
    assert at.op.asked[0]["max_age"] == "31536000"


def test_who_is_signed_in_gives_proof_anew(at: Floor) -> None:
    """Rules with `signed_in_within` go by that, and a cookie of the provider's is no proof."""
    at.login()
    _, out, _ = at.login()
    assert out.startswith("Signing in anew at ")
    assert at.op.asked[1]["max_age"] == "0"
    assert at.op.asked[1]["prompt"].split()[0] == "login"


def test_more_can_be_asked_for(at: Floor) -> None:
    """With --scope, beside what the profile says."""
    at.login(Wanted(scopes=("calendar", "groups")))
    assert at.op.asked[0]["scope"].split().count("groups") == 1
    assert "calendar" in at.op.asked[0]["scope"].split()


def test_each_profile_has_its_own(at: Floor) -> None:
    """With --profile, whatever is in force."""
    at.profile("home", "max_session_age = '1h'\n")
    _, out, _ = at.login(Wanted(profile="home"))
    assert "as the profile home asks for" in out
    assert at.op.asked[0]["max_age"] == "3600"
    with pytest.raises(ProfileFault, match='there is no profile "nowhere"'):
        at.login(Wanted(profile="nowhere"))


def test_whoever_is_no_person_signs_nobody_in(at: Floor) -> None:
    """Attack: a model with a shell has somebody else sign in, or opens tab after tab."""
    code, out, err = at.login(may=False)
    assert (code, out) == (Exit.DENIED, "")
    assert err == f"localguard: nobody signs in: {OUTSIDE}\n"
    assert at.browser.opened == []
    assert at.op.requests.total() == 0


def test_a_profile_without_identity_says_what_to_write(at: Floor) -> None:
    """The fix is in the message."""
    put(at.where, "plain", "version = 1\n")
    with pytest.raises(UsageFault, match="the profile plain asks for no sign-in") as caught:
        at.login(Wanted(profile="plain"))
    assert "[identity]" in caught.value.fix


def test_two_ways_at_once_are_none(at: Floor) -> None:
    """A person chooses one."""
    with pytest.raises(UsageFault, match="two ways"):
        at.login(Wanted(device=True, no_browser=True))


class Locked(MemoryVault):
    """A vault whose key cannot be had."""

    shared = True

    def fingerprint(self, value: bytes) -> str:
        del value
        raise VaultFault("the keyring is locked", fix="unlock it")


def test_a_vault_that_cannot_keep_anything_is_told_before_the_page(at: Floor) -> None:
    """Nobody signs in in vain; a server's token is kept in no other place."""
    at.vault = Locked()
    with pytest.raises(VaultFault, match="locked"):
        at.login()
    person, out = Visitor(at.where).person, io.StringIO()
    with pytest.raises(VaultFault, match="locked"):
        login_to(at.where, person, at.vault, "tracker", Wanted(), out=out)
    assert at.browser.opened == []


def test_a_provider_that_fails_is_told_with_a_fix(at: Floor) -> None:
    """What happened, where, and what to do."""
    at.op.fails["openid-configuration"] = 503
    with pytest.raises(SignInFault) as caught:
        at.login()
    assert caught.value.where
    assert caught.value.fix
    assert at.browser.opened == []


def test_what_ends_the_sign_in_sooner_is_said(at: Floor) -> None:
    """No refresh token, or a vault that nothing outlives."""
    at.op.document_of = lambda said: {**said, "scopes_supported": ["openid", "profile"]}
    _, out, _ = at.login()
    assert "Note: the provider gave no refresh token" in out
    at.vault = MemoryVault()
    _, out, _ = at.login()
    assert 'Note: the vault is in memory (store = "memory")' in out


def test_a_sign_in_that_is_too_old_at_once_is_said(at: Floor) -> None:
    """A provider that says not when proof was given, and a profile that goes by it."""
    at.profile("work", "max_session_age = '1h'\n")
    at.op.says = {"auth_time": None}
    with pytest.raises(SignInFault, match="auth_time"):
        at.login()


def test_a_failed_sign_in_has_an_exit_code_of_its_own(
    at: Floor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """4, as for whoever is not signed in; here it is refused before, as no terminal is there."""
    monkeypatch.setenv("LOCALGUARD_HOME", str(Path(at.where.config).parent))
    assert main(["login", "--device", "--no-browser"]) == Exit.USAGE
    assert "two ways" in capsys.readouterr().err


def test_login_is_for_the_person_that_visits(at: Floor) -> None:
    """The refusal is in the log."""
    visitor = Visitor(at.where, may=False)
    login(at.where, visitor.person, at.sign_ins, Wanted(), out=io.StringIO(), err=io.StringIO())
    assert [type(record).__name__ for record in visitor.records] == ["RefusedApprover"]
