"""The provider is asked again: once for all processes, and whatever it says bites."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from localguard.errors import SignInFault, VaultFault
from localguard.identity.card import Card
from localguard.identity.renewal import renew
from localguard.oauth.faults import Unreachable
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, Nobody, SignIn
from tests.identity.conftest import Clock
from tests.identity.makers import Home
from tests.identity.op import KEY, Op
from tests.identity.process import shared_home

PROJECT = Path(__file__).resolve().parents[2]


def card_of(home: Home) -> Card:
    """The card that counts."""
    found = home.sign_ins.card(home.asked())
    assert found is not None
    return found


def renewed(home: Home, asked: SignIn | None = None, stale: int | None = None) -> Card:
    """The card after a renewal by whoever has seen the one of now."""
    seen = card_of(home).serial if stale is None else stale
    with Wire() as wire:
        return renew(asked or home.asked(), home.sign_ins, wire, stale=seen)


@contextmanager
def processes(folder: Path, home: Home, several: int) -> Generator[list["subprocess.Popen[str]"]]:
    """Processes that are about to renew."""
    words = [sys.executable, "-m", "tests.identity.process"]
    words += [str(folder), home.op.issuer, str(card_of(home).serial)]
    started = [
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
        )
        for _ in range(several)
    ]
    try:
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        yield started
    finally:
        for one in started:
            one.kill()
            one.communicate()


def go(process: "subprocess.Popen[str]") -> None:
    """Let it renew now."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_six_processes_and_one_expired_sign_in_are_one_refresh(op: Op, tmp_path: Path) -> None:
    """Identity.md 7, 4: the family lives on, where without a lock it is revoked within a second."""
    home = shared_home(tmp_path, op)
    first = home.sign_in()
    with processes(tmp_path, home, 6) as started:
        for one in started:
            go(one)
        found = [json.loads(one.communicate(timeout=60)[0]) for one in started]
    assert op.requests["refreshed"] == 1
    assert op.requests["refused"] == 0
    assert found == [{"serial": card_of(home).serial, "ended": None}] * 6
    assert home.person() == first
    # And the family is alive: what was kept is what the provider gave last.
    renewed(home)
    assert op.requests["refused"] == 0


def test_a_process_killed_between_answer_and_write_is_a_sign_out(op: Op, tmp_path: Path) -> None:
    """Identity.md 7, 4: kill -9 there loses the new token; the old one is spent, which is said."""
    home = shared_home(tmp_path, op)
    home.sign_in()
    op.hold = Event()
    with processes(tmp_path, home, 1) as (process,):
        go(process)
        assert op.answered.wait(30)
        process.kill()
        process.wait()
    op.hold.set()
    assert isinstance(home.person(), Identity)
    card = renewed(home)
    assert card.ended == "the provider has ended your sign-in"
    found = home.person()
    assert isinstance(found, Nobody)
    assert found.fix == "localguard login --profile work"
    assert op.requests["refused"] == 1
    # No loop: who comes later takes it as it is.
    assert renewed(home, stale=card.serial).ended == card.ended
    assert op.requests["refused"] == 1
    assert home.sign_ins.entry(home.asked()) is None
    assert isinstance(home.sign_in(), Identity)


def test_a_newer_entry_is_never_wiped(home: Home) -> None:
    """Identity.md 7, 4: the losers of a race must not take the winner's tokens with them."""
    home.sign_in()
    old = home.sign_ins.entry(home.asked())
    assert old is not None
    renewed(home)
    assert not home.sign_ins.drop(home.asked(), old)
    assert home.sign_ins.entry(home.asked()) is not None
    # A guard that has seen an older card renews nothing.
    renewed(home, stale=1)
    assert home.op.requests["refreshed"] == 1


@pytest.mark.parametrize("endpoint", ["token", "openid-configuration", "jwks"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_provider_that_cannot_answer_ends_nothing(
    home: Home, clock: Clock, endpoint: str, status: int
) -> None:
    """Identity.md 7, 5: tokens and card are kept, and grace begins."""
    home.sign_in()
    asked = home.asked(claims_max_age=600, offline_grace=3600)
    home.op.fails[endpoint] = status
    with pytest.raises(Unreachable):
        renewed(home, asked)
    assert isinstance(home.person(asked), Identity)
    clock.ahead = 700
    assert isinstance(home.person(asked), Identity)
    without = home.person(home.asked(claims_max_age=600))
    assert isinstance(without, Nobody)
    assert without.expired
    clock.ahead = 600 + 3600 + 60
    found = home.person(asked)
    assert isinstance(found, Nobody)
    assert "cannot be reached" in found.reason
    home.op.fails.clear()
    assert renewed(home, asked).out_of_reach is None
    assert isinstance(home.person(asked), Identity)


def test_there_is_no_grace_without_an_attempt(home: Home, clock: Clock) -> None:
    """A guard that starts after hours asks first: grace is for a provider that is out of reach."""
    home.sign_in()
    clock.ahead = 3700
    found = home.person(home.asked(offline_grace=86_400))
    assert isinstance(found, Nobody)
    assert "has not confirmed the sign-in for 1h" in found.reason


def test_a_group_that_was_taken_away_bites(home: Home, clock: Clock) -> None:
    """Identity.md 7, 11: within `claims_max_age`, in a guard that runs on."""
    guard = home.guard()
    home.sign_in()
    asked = home.asked(claims_max_age=600)
    home.op.people["alice"]["groups"] = ["dev"]
    clock.ahead = 480
    assert guard.renewal_in(asked) == 0
    renewed(home, asked)
    person = guard.person(asked)
    assert isinstance(person, Identity)
    assert person.groups == ("dev",)
    assert guard.renewal_in(asked) == pytest.approx(480, abs=5)


def test_a_leaver_is_signed_out(home: Home) -> None:
    """`invalid_grant` ends the sign-in here, and the tokens go."""
    first = home.sign_in()
    del home.op.people["alice"]
    assert renewed(home).ended is not None
    assert isinstance(home.person(), Nobody)
    assert home.sign_ins.entry(home.asked()) is None
    assert first.session == card_of(home).session


def test_a_renewal_is_the_same_sign_in(home: Home) -> None:
    """Grants live on: session, proof and person stay as they were."""
    first = home.sign_in()
    renewed(home)
    assert home.person() == first
    assert int(card_of(home).auth_time or 0) == first.auth_time


def test_without_a_new_id_token_userinfo_confirms(home: Home) -> None:
    """OpenID Connect Core 1.0 section 12.2 lets providers leave it out."""
    home.sign_in()
    home.op.lacks.add("id_token on refresh")
    home.op.people["alice"]["groups"] = ["dev"]
    renewed(home)
    person = home.person()
    assert isinstance(person, Identity)
    assert (person.groups, person.user) == (("dev",), "alice@example.test")
    # What only the first ID token had said is confirmed by nobody.
    del home.op.people["alice"]["groups"]
    renewed(home)
    person = home.person()
    assert isinstance(person, Identity)
    assert person.groups is None


def test_a_renewal_that_says_nothing_confirms_nothing(home: Home, clock: Clock) -> None:
    """A token that lives proves no group: the claims lapse at their time, tokens stay."""
    home.sign_in()
    home.op.lacks |= {"id_token on refresh", "userinfo_endpoint"}
    before = card_of(home).confirmed_at
    with pytest.raises(SignInFault, match="says not whose they are"):
        renewed(home)
    assert card_of(home).confirmed_at == before
    clock.ahead = 3700
    assert isinstance(home.person(), Nobody)
    home.op.lacks.clear()
    clock.ahead = 0
    renewed(home)
    assert home.op.requests["refused"] == 0


def test_somebody_else_in_new_tokens_ends_the_sign_in(home: Home) -> None:
    """Core section 12.2: same issuer, subject and audience."""
    home.sign_in()
    home.op.says = {"sub": "bob"}
    assert "somebody else" in (renewed(home).ended or "")
    assert isinstance(home.person(), Nobody)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({"auth_time": 2_000_000_000_000}, "future"),
        ({"auth_time": 1_000_000}, "when you gave proof"),
        ({"nonce": "of another sign-in"}, "to which sign-in it belongs"),
        ({"aud": "somebody else"}, "another client"),
        ({"exp": 1}, "expired"),
    ],
)
def test_what_a_new_id_token_may_not_change(home: Home, says: dict[str, object], why: str) -> None:
    """Core section 12.2; new tokens are kept all the same, as the old ones are spent."""
    home.sign_in()
    home.op.says = says
    with pytest.raises(SignInFault, match=why):
        renewed(home)
    home.op.says = {}
    renewed(home)
    assert home.op.requests["refused"] == 0


def test_a_key_that_rotated_is_found(home: Home) -> None:
    """Keys are fetched at each renewal."""
    home.sign_in()
    other = type(KEY).generate_key(2048, {"kid": "k2", "use": "sig"})
    home.op.keys = [other]
    assert renewed(home).ended is None
    assert home.op.requests["refused"] == 0


def test_tokens_that_are_gone_are_said_to_be(home: Home) -> None:
    """A vault that was emptied; the sign-in ends at its time."""
    home.sign_in()
    home.sign_ins.forget(home.asked())
    with pytest.raises(SignInFault, match="gone from the vault"):
        renewed(home)
    assert home.op.requests["token"] == 1


def test_a_card_of_another_person_than_the_vaults_is_not_confirmed(home: Home) -> None:
    """Attack: whoever reads the key of the seals, which is a file, forges a card with the session
    of the real one. The vault tells whose that is, and the provider is not even asked.
    """
    home.sign_in()
    home.sign_ins.cards.write(replace(card_of(home), subject="root", claims={"groups": ["admin"]}))
    with pytest.raises(SignInFault, match="names another person than the vault"):
        renewed(home)
    assert home.op.requests["token"] == 1


def test_no_refresh_token_is_no_renewal(home: Home) -> None:
    """Not every provider gives one; then one signs in again."""
    asked = home.asked(scopes=("openid", "profile"))
    home.sign_in(asked)
    with pytest.raises(SignInFault, match="gave no refresh token"):
        renewed(home, asked)


def test_another_process_that_signs_in_is_waited_for(home: Home) -> None:
    """And for no longer than that."""
    home.sign_in()
    asked = home.asked()
    with home.sign_ins.alone(asked, 1), Wire() as wire, pytest.raises(VaultFault):
        renew(asked, home.sign_ins, wire, stale=card_of(home).serial, wait=0.05)
