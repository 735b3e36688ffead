"""A sign-in that is renewed at a page which others than the person know of."""

import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from localguard.assembly.eliciting import PAUSE, Eliciting, Opened, Outcome, Wanted
from localguard.assembly.eliciting_page import PATIENCE, asking_page, show
from localguard.assembly.person import Around, SignedIn
from localguard.audit.sign_in_pages import SignInPage
from localguard.config.paths import Places
from localguard.errors import SignInFault
from localguard.identity.card import SIGNED_OUT
from localguard.identity.session_policy import is_over
from localguard.identity.sign_in import sign_in_again
from localguard.identity.signing_out import sign_out
from localguard.identity.ways import ByBrowser
from localguard.oauth.pages import response
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, SignIn
from localguard.policy.profile import Profile
from localguard.relay.elicited_offer import Offer
from localguard.relay.recorder import Recorder
from tests.config.makers import places_in
from tests.identity.conftest import Clock
from tests.identity.makers import Home, Visitor, key
from tests.relay.playbook import FakeLog, Transcript

pytestmark = pytest.mark.anyio
HOUR = 3600


class Meanwhile(Visitor):
    """A browser that is slow enough for something to happen."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def open(self, url: str) -> None:
        self._act()
        super().open(url)


def again(home: Home, subject: str = "alice", browser: Visitor | None = None) -> Identity:
    """Sign in at a page for a subject."""
    with Wire() as wire:
        way = ByBrowser(browser or home.visitor, timeout=20)
        return sign_in_again(home.asked(), subject, home.sign_ins, wire, way)


def is_answered(url: str) -> bool:
    """Whether anybody is there."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def leave(home: Home) -> None:
    with Wire() as wire:
        sign_out(home.asked(), home.sign_ins, wire, wait=1)


def test_the_person_of_the_last_sign_in_signs_in_again(home: Home) -> None:
    """By a proof that is new, whatever session the browser has at the provider."""
    first = home.sign_in()
    home.op.auth_time = 1.0
    second = again(home)
    assert (second.key, home.person()) == (first.key, second)
    assert second.session != first.session
    assert home.op.asked[-1]["prompt"].startswith("login")


def test_nobody_else_does(home: Home) -> None:
    """Attack: an account of the model's own; all is as it was."""
    first, entry = home.sign_in(), home.sign_ins.entry(home.asked())
    home.op.user = "bob"
    with pytest.raises(SignInFault, match="somebody else has signed in: bob"):
        again(home)
    assert home.person() == first
    assert home.sign_ins.entry(home.asked()) == entry


def test_an_old_proof_is_none(home: Home) -> None:
    """Attack: a provider that asks for nothing, as its session is still open."""
    first = home.sign_in()
    home.op.says = {"auth_time": 1}
    with pytest.raises(SignInFault, match="too long ago"):
        again(home)
    assert home.person() == first


def test_without_a_sign_in_before_there_is_none(home: Home) -> None:
    """A first sign-in is a command that the person types."""
    with pytest.raises(SignInFault, match="is gone"):
        again(home)
    assert not isinstance(home.person(), Identity)


@pytest.mark.parametrize("what", ["signs out", "is another"])
def test_what_the_person_does_meanwhile_counts(home: Home, what: str) -> None:
    """And they need not wait for who is at the page."""
    home.sign_in()

    def act() -> None:
        if what == "signs out":
            leave(home)
            return
        home.op.user = "bob"
        home.sign_in()
        home.op.user = "alice"

    with pytest.raises(SignInFault, match="is gone"):
        again(home, browser=Meanwhile(act))
    found = home.person()
    assert (found.subject if isinstance(found, Identity) else "") == (
        "bob" if what == "is another" else ""
    )


def test_a_sign_out_counts_though_the_provider_was_faster(home: Home) -> None:
    """A person who has signed out is renewed by no page, whatever had ended it before."""
    home.sign_in()
    card = home.sign_ins.card(home.asked())
    assert card is not None
    home.sign_ins.cards.end(card, "the provider has ended it")
    leave(home)
    with pytest.raises(SignInFault, match="is gone"):
        again(home)


def test_what_can_be_renewed_so(home: Home) -> None:
    """Where the provider will confirm it by itself, or nobody can know, no page is of use."""
    home.sign_in()
    card = home.sign_ins.card(home.asked())
    assert card is not None
    asked, now = home.asked(max_session_age=HOUR), card.confirmed_at
    assert not is_over(None, asked, now)
    assert not is_over(card, asked, now)
    assert is_over(card, asked, now + HOUR + 1)
    assert not is_over(card, home.asked(claims_max_age=60), now + HOUR)
    assert not is_over(replace(card, auth_time=None), asked, now + HOUR + 1)
    assert is_over(replace(card, ended="the provider has ended it"), asked, now)
    assert not is_over(replace(card, ended=SIGNED_OUT), asked, now + HOUR + 1)


class Guard:
    """A guard with a sign-in that has grown too old, and pages for it."""

    def __init__(
        self,
        home: Home,
        where: Places,
        clock: Clock,
        serve: Callable[[Around, Opened], Outcome] = show,
    ) -> None:
        home.sign_in()
        clock.ahead = 2 * HOUR
        self.asked: SignIn = home.asked(max_session_age=HOUR, claims_max_age=None)
        self.told: list[str] = []
        around = Around(where, key, self.told.append, lambda: home.vault, clock)
        self.signed_in = SignedIn(around)
        self.log = FakeLog(Transcript())
        recorder = Recorder(self.log, "7f3a", clock)
        self.seconds = 100.0
        self.eliciting = Eliciting(
            around, self.signed_in, recorder, "db", serve=serve, monotonic=lambda: self.seconds
        )

    def offer(self, asked: SignIn | None = None) -> Offer | None:
        profile = Profile("work", (), sign_in=asked or self.asked)
        return self.eliciting.offer(profile, "a client")

    @property
    def events(self) -> list[tuple[str, str | None]]:
        """What the log says of pages."""
        records = self.log.transcript.of("log")
        return [(one.event, one.reason) for one in records if isinstance(one, SignInPage)]

    async def over(self, offer: Offer | None) -> bool:
        """Whether a sign-in came of a page, once it is over."""
        assert offer is not None
        ended, found = anyio.Event(), list[bool]()

        def hear(signed_in: bool) -> None:
            found.append(signed_in)
            ended.set()

        offer.after(hear)
        async with anyio.create_task_group() as group:
            group.start_soon(self.eliciting.keep)
            with anyio.fail_after(20):
                await ended.wait()
            group.cancel_scope.cancel()
        return found[0]


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home of localguard, whose cards are those of `home`."""
    return places_in(tmp_path)


async def test_a_page_that_nobody_uses_ends(home: Home, where: Places, clock: Clock) -> None:
    """Recorded as asked and as expired; after it comes a pause, so that nobody is pestered."""
    served: list[Opened] = []

    def serve(_: Around, opened: Opened) -> Outcome:
        opened.bound.close()
        served.append(opened)
        return Outcome(signed_in=False)

    guard = Guard(home, where, clock, serve)
    offer = guard.offer()
    assert offer is guard.offer() is guard.eliciting.pending()
    assert await guard.over(offer) is False
    assert guard.events == [("asked", None), ("expired", None)]
    assert guard.offer() is None
    assert guard.eliciting.pending() is None
    assert [opened.wanted.subject for opened in served] == ["alice"]
    assert 0 < PATIENCE <= 900


async def test_after_each_page_that_led_to_nothing_the_pause_is_longer(
    home: Home, where: Places, clock: Clock
) -> None:
    """Attack: a model begins sign-ins, and keeps the ports of the redirect from the person."""

    def serve(_: Around, opened: Opened) -> Outcome:
        opened.bound.close()
        return Outcome(signed_in=False, why="nobody signed in in time")

    guard = Guard(home, where, clock, serve)
    for doubled in (1, 2, 4):
        assert await guard.over(guard.offer()) is False
        guard.seconds += PAUSE * doubled - 1
        assert guard.offer() is None
        guard.seconds += 2
    assert guard.events[-1] == ("refused", "nobody signed in in time")


async def test_the_page_ends_once_they_have_signed_in_elsewhere(
    home: Home, where: Places, clock: Clock
) -> None:
    """In a terminal, or at the page of another guard."""
    guard = Guard(home, where, clock)
    offer = guard.offer()
    assert offer is not None
    home.op.auth_time = None
    home.sign_in()
    assert await guard.over(offer) is True
    assert guard.events == [("asked", None), ("signed_in", None)]
    assert not is_answered(offer.url)


async def test_a_fault_of_our_own_ends_no_call(home: Home, where: Places, clock: Clock) -> None:
    """The person is told, and the guard goes on."""

    def broken(_: Around, opened: Opened) -> Outcome:
        opened.bound.close()
        raise RuntimeError("broken")

    guard = Guard(home, where, clock, broken)
    assert await guard.over(guard.offer()) is False
    assert guard.events[-1][0] == "refused"
    assert "broken" in guard.told[0]
    assert "localguard login" in guard.told[0]


async def test_what_cannot_be_recorded_is_not_asked(
    home: Home, where: Places, clock: Clock
) -> None:
    """Fail closed, with no socket left open."""
    guard = Guard(home, where, clock)
    guard.log.failing = True
    assert guard.offer() is None
    assert guard.eliciting.pending() is None


async def test_a_guard_that_ends_lets_go_of_a_page_that_was_never_served(
    home: Home, where: Places, clock: Clock
) -> None:
    """No socket is left behind."""
    guard = Guard(home, where, clock)
    offer = guard.offer()
    assert offer is not None
    async with anyio.create_task_group() as group:
        group.start_soon(guard.eliciting.keep)
        group.cancel_scope.cancel()
    assert not is_answered(offer.url)


async def test_another_profile_gets_a_page_after_the_one_before(
    home: Home, where: Places, clock: Clock
) -> None:
    """One at a time: the one before is of no use any more."""
    guard = Guard(home, where, clock)
    first = guard.offer()
    assert guard.offer(replace(guard.asked, required=True)) is None
    assert await guard.over(first) is False
    assert guard.events[-1][0] == "expired"


def test_words_of_clients_and_servers_are_shown_as_they_are(home: Home) -> None:
    """Attack: a client that is called like markup, or hides what follows."""
    wanted = Wanted(home.asked(), "alice", "work", "\x1b[2J", "<b>\u202eno</b>")
    page = response(asking_page(wanted, "t")).decode()
    assert "&lt;b&gt;" in page
    assert not {"\x1b", "\u202e"} & set(page)
    assert "localguard login --profile work" in page
