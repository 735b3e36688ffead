"""Who sits there, for a guard: nothing is loaded to know it; it is confirmed beside the calls."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from localguard.assembly.confirming import Confirming
from localguard.assembly.person import Around, ReceiptsOnCall, Renew, SignedIn
from localguard.config.paths import Places
from localguard.errors import SignInFault
from localguard.policy.people import Identity, Nobody, SignIn
from localguard.policy.profile import Profile
from tests.config.makers import places_in
from tests.identity.conftest import Clock
from tests.identity.makers import KEY, Home, key

pytestmark = pytest.mark.anyio
PATIENCE = 20.0


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home of localguard, whose cards are those of `home`."""
    return places_in(tmp_path)


class Guard:
    """What a guard has of this, with all it was told."""

    def __init__(self, home: Home, where: Places, renew: Renew | None = None) -> None:
        self.told: list[str] = []
        self.asked = home.asked()
        self.heard = anyio.Event()
        self.around = Around(where, key, self._hear, lambda: home.vault, home.clock)
        self.renewed = threading.Event()
        self.signed_in = SignedIn(self.around, renew or self._renew)

    def _hear(self, text: str) -> None:
        self.told.append(text)
        self.heard.set()

    async def confirmed(self) -> None:
        """Return once the provider was asked again."""
        assert await anyio.to_thread.run_sync(self.renewed.wait, PATIENCE)

    def _renew(self, sign_in: SignIn, stale: int) -> None:
        Confirming(self.around).renew(sign_in, stale)
        self.renewed.set()

    def person(self, asked: SignIn | None = None) -> Identity | Nobody:
        """Who it is for a profile."""
        return self.signed_in.person(Profile("work", (), sign_in=asked or self.asked))


async def test_claims_are_confirmed_before_they_are_stale(
    home: Home, where: Places, clock: Clock
) -> None:
    """Identity.md 7, 11: a group that was taken away bites in a guard that runs, with no call."""
    guard = Guard(home, where)
    home.sign_in()
    assert isinstance(guard.person(), Identity)
    home.op.people["alice"]["groups"] = ["dev"]
    clock.ahead = 3599
    async with anyio.create_task_group() as group:
        group.start_soon(guard.signed_in.keep)
        await guard.confirmed()
        group.cancel_scope.cancel()
    found = guard.person()
    assert isinstance(found, Identity)
    assert found.groups == ("dev",)
    assert home.op.requests["refreshed"] == 1
    assert guard.told == []


async def test_a_call_that_finds_stale_claims_has_them_confirmed(
    home: Home, where: Places, clock: Clock
) -> None:
    """The call is denied, and the next one is not."""
    guard = Guard(home, where)
    home.sign_in()
    async with anyio.create_task_group() as group:
        group.start_soon(guard.signed_in.keep)
        assert isinstance(guard.person(), Identity)
        await anyio.wait_all_tasks_blocked()
        clock.ahead = 4000
        found = guard.person()
        assert isinstance(found, Nobody)
        assert found.expired
        await guard.confirmed()
        assert isinstance(guard.person(), Identity)
        group.cancel_scope.cancel()
    assert home.op.requests["refreshed"] == 1


async def test_two_guards_that_start_at_once_open_no_browser(
    home: Home, where: Places, clock: Clock
) -> None:
    """Identity.md 7, 6: and ask the provider once between them."""
    home.sign_in()
    clock.ahead = 4000
    guards = [Guard(home, where), Guard(home, where)]
    async with anyio.create_task_group() as group:
        for guard in guards:
            assert isinstance(guard.person(), Nobody)
            group.start_soon(guard.signed_in.keep)
        for guard in guards:
            await guard.confirmed()
            assert isinstance(guard.person(), Identity)
        group.cancel_scope.cancel()
    assert home.op.requests["refreshed"] == 1
    assert len(home.visitor.opened) == 1


async def test_nothing_is_asked_while_nothing_is_due(home: Home, where: Places) -> None:
    """Neither provider nor vault."""

    def never(sign_in: SignIn, stale: int) -> None:
        raise AssertionError((sign_in, stale))

    guard = Guard(home, where, never)
    home.sign_in()
    async with anyio.create_task_group() as group:
        group.start_soon(guard.signed_in.keep)
        for _ in range(3):
            assert isinstance(guard.person(), Identity)
            assert isinstance(guard.person(home.asked(claims_max_age=None)), Identity)
            assert isinstance(guard.signed_in.person(Profile("other", ())), Nobody)
            await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert guard.told == []


async def test_what_fails_is_told_once_and_tried_no_faster_than_it_may(
    home: Home, where: Places, clock: Clock
) -> None:
    """However many calls are denied meanwhile."""
    tried: list[int] = []
    once = threading.Event()

    def fails(sign_in: SignIn, stale: int) -> None:
        tried.append(stale)
        once.set()
        raise SignInFault("the provider cannot be reached", where=sign_in.issuer, fix="wait")

    guard = Guard(home, where, fails)
    home.sign_in()
    clock.ahead = 4000
    async with anyio.create_task_group() as group:
        guard.person()
        group.start_soon(guard.signed_in.keep)
        await anyio.to_thread.run_sync(once.wait, PATIENCE)
        for _ in range(50):
            assert isinstance(guard.person(), Nobody)
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
        # Calls say why, and what to do, as soon as it is known.
        with anyio.fail_after(PATIENCE):
            await guard.heard.wait()
        said = guard.person()
        assert isinstance(said, Nobody)
        assert said.reason.endswith(": the provider cannot be reached")
        assert said.fix == "wait"
        group.cancel_scope.cancel()
    assert len(tried) == 1
    issuer = home.op.issuer
    told = f"your sign-in is not confirmed: {issuer}: the provider cannot be reached. Fix: wait."
    assert guard.told == [f"localguard: {told}"]


async def test_the_end_waits_for_no_provider(home: Home, where: Places, clock: Clock) -> None:
    """Promise: a renewal that hangs holds up no exit, and goes on to its end."""
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def hangs(sign_in: SignIn, stale: int) -> None:
        del sign_in, stale
        begun.set()
        may_end.wait(PATIENCE)
        ended.set()

    guard = Guard(home, where, hangs)
    home.sign_in()
    clock.ahead = 4000
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as group:
            guard.person()
            group.start_soon(guard.signed_in.keep)
            await anyio.to_thread.run_sync(begun.wait, PATIENCE)
            group.cancel_scope.cancel()
    assert not ended.is_set()
    may_end.set()
    assert ended.wait(PATIENCE)


def test_receipts_are_refused_in_words(home: Home, where: Places) -> None:
    """As the relay asks for it; the rest is in test_step_up."""
    found = home.sign_in()
    checking = ReceiptsOnCall(Guard(home, where).around)
    said = checking.check("no token", "c" * 64, found, home.asked(), not_before=0)
    assert "not to be believed" in str(said)
    another = Identity("i", "s", "u", "n", "another")
    said = checking.check("x", "c" * 64, another, home.asked(), not_before=0)
    assert "nobody is signed in" in str(said)


def test_a_guard_with_a_sign_in_loads_nothing_for_it(home: Home, where: Places) -> None:
    """Promise: lazy; neither oauth nor vault nor what they are built on."""
    home.sign_in()
    code = f"""
import json, sys, time
from localguard.assembly.person import Around, SignedIn
from localguard.config.paths import places
from localguard.policy.people import SignIn
from localguard.policy.profile import Profile
from localguard.policy.rules import Origin
from localguard.vault.memory import MemoryVault
asked = SignIn({home.op.issuer!r}, "localguard", Origin("work.toml", 2))
where = places({{"HOME": "/", "LOCALGUARD_HOME": {str(Path(where.config).parent)!r}}}, "linux")
signed_in = SignedIn(Around(where, lambda: bytes.fromhex({KEY.hex()!r}), print, MemoryVault))
assert signed_in.person(Profile("work", (), sign_in=asked)).subject == "alice"
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    heavy = {"authlib", "httpx2", "joserfc", "cryptography", "keyring", "h11", "http"}
    assert {name for name in loaded if name.partition(".")[0] in heavy} == set()
    assert {name for name in loaded if name.startswith(("localguard.oauth", "localguard.id"))} == {
        "localguard.identity",
        "localguard.identity.card",
        "localguard.identity.cards",
        "localguard.identity.followed",
        "localguard.identity.session_policy",
    }
