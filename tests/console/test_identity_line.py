"""Who is signed in, above every screen; and the key that leads to signing in."""

from dataclasses import replace

import pytest

from localguard.console.header import Header
from localguard.telling.people import SignInView
from tests.console.stage import EPOCH, GUARD, Desk, FakeServices, Stage, staged
from tests.console.traveller import NOBODY, Traveller, ana


async def test_the_header_names_the_person_and_the_provider() -> None:
    """Promise: who is signed in stands above every screen, by name and host."""
    async with staged(Desk(), FakeServices(signed=ana())) as stage:
        assert "Ana Bauer at login.example.com" in stage.text()
        assert "NOT SIGNED IN" not in stage.text()
        assert "I sign" not in stage.text()


async def test_a_profile_that_asks_for_nobody_says_nothing_of_a_sign_in() -> None:
    """Promise: without [identity] there is no word of it."""
    desk = Desk(guards=(replace(GUARD, identity=None),))
    async with staged(desk, FakeServices(signed=None)) as stage:
        assert "sign" not in stage.text().lower()
        await stage.press("I")
        assert _shown(stage) == "Queue"


@pytest.mark.parametrize("size", [(120, 30), (80, 24), (40, 12)])
async def test_a_required_sign_in_that_is_not_there_is_a_line_with_its_key(
    size: tuple[int, int],
) -> None:
    """Promise: nothing passes without it, so it says so, and what to press, on any terminal."""
    services = FakeServices(signed=NOBODY, sign_ins=Traveller())
    async with staged(Desk(), services, size=size) as stage:
        assert "✗ NOT SIGNED IN  I to sign in" in stage.text()


async def test_a_sign_in_that_ends_soon_is_said_ten_minutes_before() -> None:
    services = FakeServices(signed=ana(until=EPOCH + 400), sign_ins=Traveller())
    async with staged(Desk(), services) as stage:
        assert "SIGN-IN ENDS in 6 min" in stage.text()
        assert "I to sign in again at login.example.com" in stage.text()
        services.signed = ana(until=EPOCH + 4000)
        stage.desk.show(troubles=())
        await stage.settle()
        assert "SIGN-IN ENDS" not in stage.text()


async def test_a_sign_in_that_the_provider_ended_is_said_where_none_is_required_too() -> None:
    ended = SignInView(
        "work", "https://login.example.com", reason="the provider has ended it", ended=True
    )
    async with staged(Desk(), FakeServices(signed=ended, sign_ins=Traveller())) as stage:
        assert "! NOT SIGNED IN  I to sign in at login.example.com" in stage.text()
        assert "the provider has ended it" in stage.text()


async def test_whoever_never_signed_in_where_none_is_required_is_not_pressed() -> None:
    free = SignInView("work", "https://login.example.com", reason="nobody has signed in")
    async with staged(Desk(), FakeServices(signed=free, sign_ins=Traveller())) as stage:
        assert "not signed in" in stage.text()
        assert "✗" not in stage.text()


async def test_the_header_follows_a_sign_in_without_news_of_a_guard() -> None:
    """A person signs in elsewhere: the next look at the card shows it."""
    services = FakeServices(signed=NOBODY, sign_ins=Traveller())
    async with staged(Desk(), services) as stage:
        services.signed = ana()
        stage.app.screen.query_one(Header)._tick()
        await stage.pilot.pause()
        assert "Ana Bauer at login.example.com" in stage.text()
        assert "NOT SIGNED IN" not in stage.text()


async def test_the_key_leads_to_the_sign_ins_from_every_screen_and_back() -> None:
    services = FakeServices(signed=NOBODY, sign_ins=Traveller())
    async with staged(Desk(), services) as stage:
        assert "I sign in" in stage.text()
        await stage.press("I")
        await stage.settle()
        assert _shown(stage) == "IdentityPage"
        await stage.press("escape")
        await stage.settle()
        assert _shown(stage) == "Queue"


def _shown(stage: Stage) -> str:
    return type(stage.app.screen).__name__
