"""A person signs in: once for all who want it, and tokens go to the vault alone."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from localguard.errors import SignInFault
from localguard.identity.sign_in import Wish
from localguard.policy.people import Identity, Nobody
from localguard.vault.memory import MemoryVault
from tests.identity.makers import Home


class _Queue(MemoryVault):
    """Nobody has their turn before all have come."""

    def __init__(self, several: int) -> None:
        super().__init__()
        self._barrier = Barrier(several)

    @contextmanager
    def alone(self, name: str, seconds: float) -> Iterator[None]:
        self._barrier.wait(20)
        with super().alone(name, seconds):
            yield


def test_whoever_signs_in_is_known_to_guards(home: Home) -> None:
    """Promise: a person signs in once in the browser; every guard knows who it is."""
    guard = home.guard()
    before = guard.person(home.asked())
    assert isinstance(before, Nobody)
    assert before.fix == "localguard login --profile work"
    found = home.sign_in()
    assert guard.person(home.asked()) == found == home.person()
    assert (found.user, found.name, found.groups) == (
        "alice@example.test",
        "Alice",
        ("dev", "finance"),
    )
    assert found.key == (home.op.issuer, "alice")
    assert found.auth_time is not None
    assert "Alice is signed in" in home.visitor.left()


def test_what_is_only_in_userinfo_is_found(home: Home) -> None:
    """Many providers say it there alone (OpenID Connect Core 1.0 section 5.4)."""
    home.op.lacks.add("claims")
    found = home.sign_in()
    assert (found.user, found.groups) == ("alice@example.test", ("dev", "finance"))
    assert home.op.requests["userinfo"] == 1


def test_an_address_that_nobody_verified_names_nobody(home: Home) -> None:
    """Core section 5.7: whoever claims another's address is not that person."""
    home.op.says = {"email": "boss@example.test", "email_verified": False}
    found = home.sign_in()
    assert found.user == "alice"


def test_too_many_groups_are_unknown_and_not_none(home: Home) -> None:
    """Core section 5.6.2 and Entra: an overage claim never reads as an empty list."""
    home.op.people["alice"].pop("groups")
    home.op.says = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {}}}
    assert home.sign_in().groups is None
    home.op.says = {"groups": [], "hasgroups": True}
    assert home.sign_in().groups is None
    home.op.says = {"groups": []}
    assert home.sign_in().groups == ()


def test_no_token_lies_outside_the_vault(home: Home) -> None:
    """Identity.md 7, 15: no minted secret in any file that a guard reads."""
    home.sign_in()
    written = "".join(path.read_text() for path in Path(home.folder).iterdir())
    assert "alice@example.test" in written
    assert len(home.op.minted) >= 4
    assert [secret for secret in home.op.minted if secret in written] == []
    assert [
        secret for secret in home.op.minted if secret in repr(home.sign_ins.entry(home.asked()))
    ] == []


def test_two_that_want_it_at_once_open_one_page(home: Home) -> None:
    """Identity.md 7, 6 and decision 9: at most one tab per issuer."""
    home.vault = _Queue(4)
    with ThreadPoolExecutor(4) as pool:
        found = [one.result() for one in [pool.submit(home.sign_in) for _ in range(4)]]
    assert len(home.visitor.opened) == 1
    assert {one.session for one in found} == {found[0].session}


def test_each_sign_in_is_a_session_of_its_own(home: Home) -> None:
    """Grants die with the sign-in; proof that is fresh is asked for as such."""
    first = home.sign_in()
    home.op.auth_time = 1.0
    second = home.sign_in(wish=Wish(fresh=True))
    assert first.session != second.session
    assert home.op.asked[-1]["prompt"] == "login consent"
    assert home.op.asked[-1]["max_age"] == "0"
    assert (second.auth_time or 0) > 1.0


def test_an_old_proof_is_not_taken_for_a_fresh_one(home: Home) -> None:
    """Identity.md 7, 12: `max_age` is checked here, whatever the provider does with it."""
    home.op.says = {"auth_time": 1}
    with pytest.raises(SignInFault, match="too long ago"):
        home.sign_in(wish=Wish(fresh=True))
    assert "too long ago" in home.visitor.left()
    assert isinstance(home.person(), Nobody)
    with pytest.raises(SignInFault, match="too long ago"):
        home.sign_in(home.asked(max_session_age=60))


def test_a_sign_in_that_fails_leaves_all_as_it_was(home: Home) -> None:
    """Whatever comes instead of a good token."""
    first = home.sign_in()
    home.op.lacks.add("id_token")
    with pytest.raises(SignInFault, match="gave no ID token"):
        home.sign_in()
    home.op.lacks.clear()
    home.op.says = {"nonce": "of another"}
    with pytest.raises(SignInFault, match="another sign-in"):
        home.sign_in()
    assert home.person() == first
    entry = home.sign_ins.entry(home.asked())
    assert entry is not None
    assert entry.session == first.session


def test_profiles_can_have_different_people(home: Home) -> None:
    """Promise: different identities per profile, by issuer and client."""
    alice = home.sign_in()
    assert isinstance(home.person(home.asked()), Identity)
    other = home.asked()
    other = type(other)(other.issuer, "another-client", other.origin)
    assert isinstance(home.person(other), Nobody)
    home.op.user = "bob"
    bob = home.sign_in()
    assert (alice.subject, bob.subject) == ("alice", "bob")
    assert bob.user == "bob"


def test_a_card_is_for_its_owner_alone(home: Home) -> None:
    """It holds no secret, and still is nobody else's business."""
    home.sign_in()
    if os.name == "posix":
        modes = {path.stat().st_mode & 0o777 for path in Path(home.folder).iterdir()}
        assert modes == {0o600}
    first = json.loads(next(Path(home.folder).glob("*.json")).read_text().splitlines()[0])
    assert not {"nonce", "at_hash", "aud", "exp"} & set(first["claims"])
