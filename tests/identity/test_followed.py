"""What a guard knows of a sign-in: at each call, from files that anybody may try to forge."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.errors import ProfileFault, SignInFault
from localguard.identity.card import Card, card_text, mark_text, name_of
from localguard.identity.cards import Cards
from localguard.identity.followed import FollowedIdentity
from localguard.identity.session_policy import ends_at
from localguard.policy.calls import Call, Facts
from localguard.policy.conditions import SignedInWithin
from localguard.policy.people import Identity, Nobody, SignIn
from localguard.policy.rules import Origin
from localguard.policy.truth import Truth
from tests.identity.makers import KEY, key

ISSUER = "https://login.example.com"
UNMEASURED = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
"""What measures coverage loads much by itself."""
ASKED = SignIn(ISSUER, "us", Origin("work.toml", 2))


class Place:
    """A folder of cards, and the guards that look at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_795_340_000.0
        self.cards = Cards(str(folder), key, lambda: self.now)
        self.name = name_of(ISSUER, "us")
        self.card = folder / f"{self.name}.json"
        self.mark = folder / f"{self.name}.mark"

    def signed_in(self, session: str = "s1", **changes: object) -> Card:
        """Somebody signs in."""
        fields: dict[str, object] = {"auth_time": self.now, **changes}
        plain = Card(ISSUER, "us", "alice", session, self.now, self.now, **fields)  # type: ignore[arg-type]
        return self.cards.write(plain)

    def guard(self) -> FollowedIdentity:
        """A guard that starts now."""
        return FollowedIdentity(str(self.folder), key, lambda: self.now)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where nobody has signed in yet."""
    return Place(tmp_path / "state" / "identity")


def reason(guard: FollowedIdentity, asked: SignIn = ASKED) -> str:
    """Why there is nobody."""
    found = guard.person(asked)
    assert isinstance(found, Nobody), found
    assert found.fix
    return found.reason


def test_a_sign_in_a_renewal_and_a_sign_out_bite_at_the_next_call(place: Place) -> None:
    """Promise: by one look at the files, without a restart."""
    guard = place.guard()
    assert reason(guard) == "nobody has signed in"
    card = place.signed_in(claims={"groups": ["dev"]})
    first = guard.person(ASKED)
    assert isinstance(first, Identity)
    assert guard.person(ASKED) is first
    assert first.groups == ("dev",)
    place.cards.end(card, "you have signed out")
    assert reason(guard) == "you have signed out"


def test_a_profile_without_identity_asks_for_nobody(place: Place) -> None:
    """The machine's user is enough there."""
    assert isinstance(place.guard().person(None), Nobody)


def test_a_card_without_our_seal_is_nobody(place: Place) -> None:
    """Attack: a model with a shell writes itself a card, or more groups into one."""
    place.signed_in(claims={"groups": ["dev"]})
    good = place.card.read_text()
    for forged in (
        good.replace("dev", "ops"),
        good.replace("alice", "admin"),
        card_text(Card(ISSUER, "us", "eve", "s", 1.0, place.now, serial=2**52), bytes(32)),
        good.splitlines()[0],
        "",
        "{}",
        "x" * 1_000_000,
    ):
        place.card.write_text(forged)
        assert "void" in reason(place.guard())
    place.card.write_text(good)
    assert isinstance(place.guard().person(ASKED), Identity)


def test_a_card_under_another_name_is_nobody(place: Place) -> None:
    """Attack: the sign-in at one provider put in place of that at another."""
    place.signed_in()
    other = SignIn(ISSUER, "them", Origin("work.toml", 2))
    shutil.copy(place.card, place.folder / f"{name_of(ISSUER, 'them')}.json")
    shutil.copy(place.mark, place.folder / f"{name_of(ISSUER, 'them')}.mark")
    assert "void" in reason(place.guard(), other)


def test_a_card_that_was_put_back_does_not_resurrect_a_session(place: Place) -> None:
    """Attack: a copy of the card from before the sign-out."""
    card = place.signed_in()
    guard = place.guard()
    assert isinstance(guard.person(ASKED), Identity)
    kept, mark = place.card.read_bytes(), place.mark.read_bytes()
    place.cards.end(card, "you have signed out")
    assert reason(guard) == "you have signed out"
    place.card.write_bytes(kept)
    assert "put back" in reason(place.guard())
    # With its mark it fools a guard that starts now, until its claims are stale; not this one.
    place.mark.write_bytes(mark)
    assert "put back" in reason(guard)
    place.now += 3601
    assert "has not confirmed" in reason(place.guard())


def test_files_that_are_gone_are_nobody(place: Place) -> None:
    """Attack and accident: one of the two, or both."""
    place.signed_in()
    guard = place.guard()
    assert isinstance(guard.person(ASKED), Identity)
    mark = place.mark.read_bytes()
    place.mark.unlink()
    assert "a part of it was removed" in reason(guard)
    place.mark.write_bytes(mark)
    assert isinstance(guard.person(ASKED), Identity)
    place.card.unlink()
    assert "void" in reason(place.guard())
    place.mark.unlink()
    assert "was removed" in reason(guard)
    assert reason(place.guard()) == "nobody has signed in"


def test_a_mark_of_another_name_or_hand_counts_not(place: Place) -> None:
    """Attack: a lower mark, so that an older card counts."""
    place.signed_in()
    for forged in (mark_text(place.name, 0, bytes(32)), mark_text("other", 0, KEY), "0\n"):
        place.mark.write_text(forged)
        assert "void" in reason(place.guard())


def test_serials_rise_also_where_the_files_are_gone(place: Place) -> None:
    """So that a guard that runs takes up the next sign-in."""
    guard = place.guard()
    place.signed_in()
    assert isinstance(guard.person(ASKED), Identity)
    shutil.rmtree(place.folder)
    assert "removed" in reason(guard)
    place.now += 1
    place.signed_in("s2")
    found = guard.person(ASKED)
    assert isinstance(found, Identity)
    assert found.session == "s2"


def test_a_link_or_a_folder_in_its_place_is_nobody(place: Place, tmp_path: Path) -> None:
    """Attack: anything but a plain file."""
    place.signed_in()
    elsewhere = tmp_path / "elsewhere"
    place.card.rename(elsewhere)
    place.card.symlink_to(elsewhere)
    assert reason(place.guard())
    place.card.unlink()
    place.card.mkdir()
    assert reason(place.guard())


def test_a_key_that_cannot_be_had_is_nobody_until_it_can(place: Place) -> None:
    """Fail closed, and mend by itself."""
    place.signed_in()
    broken = True

    def sometimes() -> bytes:
        if broken:
            raise ProfileFault("the key cannot be used")
        return KEY

    guard = FollowedIdentity(str(place.folder), sometimes, lambda: place.now)
    assert reason(guard) == "the key cannot be used"
    broken = False
    assert isinstance(guard.person(ASKED), Identity)


def test_session_age_goes_by_the_proof(place: Place) -> None:
    """`max_session_age` needs `auth_time`; what is not known is too old."""
    asked = SignIn(ISSUER, "us", ASKED.origin, max_session_age=7200, claims_max_age=None)
    card = place.signed_in()
    assert ends_at(card, asked) == place.now + 7200
    guard = place.guard()
    place.now += 7200
    assert isinstance(guard.person(asked), Identity)
    place.now += 1
    assert reason(guard, asked) == "the sign-in is older than 2h"
    place.signed_in(auth_time=None)
    assert "does not say when you gave proof" in reason(guard, asked)


def test_claims_age_bites_to_the_second(place: Place) -> None:
    """`claims_max_age` is since the provider last confirmed."""
    guard, asked = place.guard(), SignIn(ISSUER, "us", ASKED.origin, claims_max_age=90)
    place.signed_in()
    place.now += 90
    assert isinstance(guard.person(asked), Identity)
    place.now += 1
    found = guard.person(asked)
    assert isinstance(found, Nobody)
    assert found.expired
    assert "for 90s" in found.reason


def test_a_clock_that_was_set_back_makes_no_sign_in_young(place: Place) -> None:
    """Attack: time turned back to before the sign-in; two clocks may differ by a minute."""
    place.signed_in()
    guard = place.guard()
    place.now -= 59
    assert isinstance(guard.person(ASKED), Identity)
    place.now -= 2
    assert "clock" in reason(guard)


@pytest.mark.parametrize("ahead", [-1, 0, 2, 60])
def test_a_provider_whose_clock_is_ahead_leaves_no_doubt_when_proof_was_given(
    place: Place, ahead: int
) -> None:
    """`signed_in_within` and `reauth` hold at once, also in a log that has whole seconds."""
    place.now += 0.75
    place.signed_in(auth_time=int(place.now) + ahead)
    found = place.guard().person(ASKED)
    assert isinstance(found, Identity)
    assert found.auth_time == int(place.now) + min(ahead, 0)
    at = datetime.fromtimestamp(int(place.now), UTC)
    call = Call("db", "drop", {}, Facts(at, signed_in_at=found.auth_time))
    assert SignedInWithin(900).judge(call, lets_more=True) is Truth.YES


def test_nothing_that_is_too_large_is_written(place: Place) -> None:
    """A provider that tells of a million groups."""
    with pytest.raises(SignInFault, match="larger"):
        place.signed_in(claims={"groups": ["x" * 100] * 10_000})


def test_a_look_costs_next_to_nothing(place: Place) -> None:
    """Promise: two looks at files per call."""
    place.signed_in(claims={"groups": [f"g{number}" for number in range(200)]})
    guard = place.guard()
    guard.person(ASKED)
    best = min(_timed(guard) for _ in range(20))
    assert best < 0.0005


def _timed(guard: FollowedIdentity) -> float:
    begun = time.perf_counter()
    guard.person(ASKED)
    return time.perf_counter() - begun


def test_to_know_who_it_is_loads_nothing_heavy(place: Place) -> None:
    """Promise: a guard with a valid sign-in starts no slower; nothing but the standard library."""
    place.now = time.time()
    place.signed_in()
    code = f"""
import json, sys, time
from localguard.identity.followed import FollowedIdentity
from localguard.policy.people import SignIn
from localguard.policy.rules import Origin
asked = SignIn({ISSUER!r}, "us", Origin("work.toml", 2))
guard = FollowedIdentity({str(place.folder)!r}, lambda: bytes(range(32)), time.time)
assert guard.person(asked).subject == "alice"
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=UNMEASURED
    )
    loaded = set(json.loads(done.stdout))
    heavy = {"authlib", "httpx2", "joserfc", "cryptography", "keyring", "h11", "anyio", "asyncio"}
    assert loaded & (heavy | {"ssl", "http", "socket", "urllib"}) == set()
    localguard = {"localguard"}
    assert {name for name in loaded if name not in sys.stdlib_module_names} - localguard <= {
        "__main__",
        "sitecustomize",
        "_distutils_hack",
        *(name for name in loaded if name.startswith(("_", "a1_", "coverage"))),
    }


@pytest.mark.skipif(sys.platform == "win32", reason="a folder cannot be opened there at all")
def test_a_folder_in_the_place_of_a_card_costs_a_guard_no_descriptor(place: Place) -> None:
    """Attack A: each call looks again at what cannot be read, until none is left for anything."""
    place.signed_in()
    place.card.unlink()
    place.card.mkdir()
    guard = place.guard()
    with place.mark.open("rb") as before:
        free = before.fileno()
    for _ in range(3):
        reason(guard)
    with place.mark.open("rb") as after:
        assert after.fileno() == free
