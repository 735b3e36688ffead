"""How the queue looks: small terminals, no colours, many requests, and what is always there."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

import anyio
import pytest
from textual.widget import Widget
from textual.widgets import Static

from localguard.console.app import Console
from localguard.console.content import plain
from localguard.console.header import Header
from localguard.console.hub import Closed, Picture
from localguard.console.keys import Command
from localguard.console.pace import OFTEN
from localguard.console.page import Page
from localguard.console.queue.listing import Listing
from localguard.console.services import Earlier, Preview, Profile
from localguard.console.sheet import Sheet
from localguard.console.theme import NAMES
from localguard.control.messages import ClosedView
from localguard.telling.fatigue import MANY
from tests.console.stage import (
    EPOCH,
    GUARD,
    PROFILE,
    Clocks,
    Desk,
    FakeServices,
    Stage,
    destructive,
    of,
    request,
    staged,
)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (79, 24), (120, 30), (200, 60), (30, 6)])
async def test_every_size_shows_profile_request_arguments_and_keys(size: tuple[int, int]) -> None:
    """Promise: 80x24 and 40x10 are usable."""
    async with staged(Desk(destructive(), request()), size=size) as stage:
        text = stage.text()
        assert "WORK" in text
        assert "execute_sql" in text
        assert "DELETE" in text
        assert "a allow" in text


async def test_a_resize_to_a_tiny_terminal_and_back_keeps_everything() -> None:
    """Promise: a resize loses neither the selection nor a request."""
    async with staged(Desk(destructive(), request("r-2"))) as stage:
        await stage.press("down")
        for size in ((40, 10), (20, 5), (120, 30)):
            await stage.pilot.resize_terminal(*size)
            await stage.settle()
        assert stage.queue.rows.at == 1
        assert "create_issue" in stage.text()


@pytest.mark.parametrize("theme", NAMES)
async def test_danger_is_a_word_in_every_theme(theme: str) -> None:
    """Promise: nothing is said by colour alone."""
    async with staged(Desk(destructive()), theme=theme, size=(140, 30)) as stage:
        assert stage.text().count("DESTRUCTIVE") == 2
        assert "!!" in stage.text()


async def test_the_profile_is_named_in_its_colour_even_where_the_colour_is_none() -> None:
    """Promise: a colour that is no colour breaks nothing."""
    services = FakeServices(named=Profile("home", "no such colour"))
    async with staged(Desk(request()), services) as stage:
        assert "HOME  no such colour" in stage.text()


async def test_lockdown_silence_faults_and_refusals_stand_in_the_header() -> None:
    """Promise: whatever keeps calls from passing is said on every screen."""
    desk = Desk(guards=(replace(GUARD, fault="the profile is broken"),))
    services = FakeServices(named=PROFILE._replace(lockdown=True, silent=True))
    desk.show(troubles=("guard 7 speaks another version",))
    async with staged(desk, services) as stage:
        text = stage.text()
        assert "LOCKDOWN" in text
        assert "SILENT" in text
        assert "the profile is broken" in text
        assert "+1 more" in text


async def test_the_last_allowed_call_is_compared_and_asks_to_be_read() -> None:
    """Promise: what changed since the last yes is said beside the value, and locks the keys."""
    services = FakeServices(known=Earlier('{"title": "other", "gone": 1}', EPOCH))
    async with staged(Desk(request()), services) as stage:
        text = stage.text()
        assert '← was "other"' in text
        assert "not there now, was" in text
        await stage.press("v")
        await stage.settle()
        assert "title" in stage.text()


async def test_the_header_counts_pending_held_and_missed_until_seen() -> None:
    """Promise: what nobody answered stays told until a person has looked."""
    desk = Desk(request("r-1"), request("r-2", state="held"), request("r-3"))
    desk.close("r-3", "lapsed", "", missed=True)
    async with staged(desk, size=(140, 30)) as stage:
        assert "pending 1" in stage.text()
        assert "held 1" in stage.text()
        assert "missed 1" in stage.text()
        await stage.press("m")
        await stage.settle()
        assert "r-3" in stage.text()
        await stage.press("escape")
        desk.show()
        desk.arrive(request("r-4"))
        await stage.settle()
        assert "missed 1" not in stage.text()


async def test_help_names_every_key_of_the_screen() -> None:
    """Promise: what a key does is found on the screen."""
    async with staged(Desk(request()), size=(120, 40)) as stage:
        await stage.press("question_mark")
        await stage.settle()
        text = "\n".join(line.plain for line in stage.app.screen.query_one(Sheet).shown)
        for word in ("allow once", "deny, with a note", "lockdown", "mark for A", "Enter and"):
            assert word in text


async def test_news_among_a_thousand_requests_costs_little() -> None:
    """Promise: ten guards with a hundred held calls each stay as quick as one."""
    many = (request(f"r-{n}", json.dumps({"n": n})) for n in range(1000))
    desk = Desk(*many)
    async with staged(desk, size=(100, 30)) as stage:
        assert stage.queue.query_one(Listing).virtual_size.height == 1000
        before = time.process_time()
        for n in range(10):
            desk.arrive(request(f"new-{n}", json.dumps({"m": n})))
            stage.app.deliver(desk.picture)
        assert time.process_time() - before < 1


class Counted(Console):
    """A console that counts what is delivered to its screens."""

    delivered = 0
    rings = 0

    def bell(self) -> None:
        """Count, in silence."""
        self.rings += 1

    def deliver(self, picture: Picture) -> None:
        """Count, and go on."""
        self.delivered += 1
        super().deliver(picture)


async def test_a_burst_of_news_is_delivered_together() -> None:
    """Promise: at most ten deliveries in a second."""
    desk = Desk(request("r-0"))
    async with staged(desk, console=Counted) as stage:
        for n in range(300):
            desk.arrive(request(f"new-{n}", json.dumps({"n": n})))
            await anyio.lowlevel.checkpoint()
        await stage.settle()
        assert len(stage.queue.rows.shown) == 301
        assert isinstance(stage.app, Counted)
        assert stage.app.delivered < 10


async def test_the_bell_rings_for_what_is_new_and_not_for_each_of_a_flood() -> None:
    """Promise: a terminal's bell is all that calls for attention, and it does so seldom."""
    desk = Desk(request("r-0"))
    async with staged(desk, console=Counted) as stage:
        app = stage.app
        assert isinstance(app, Counted)
        for n in range(5):
            desk.arrive(request(f"new-{n}", json.dumps({"n": n})))
            await stage.settle()
        assert app.rings == 1
        stage.clocks.later(60)
        desk.close("new-1")
        await stage.settle()
        assert app.rings == 1
        desk.arrive(request("later"))
        await stage.settle()
        assert app.rings == 2


async def test_long_arguments_are_reached_by_the_page_keys() -> None:
    """Promise: everything can be read before it is answered."""
    arguments = json.dumps({f"k{n}": n for n in range(100)})
    async with staged(Desk(request(arguments=arguments)), size=(100, 24)) as stage:
        assert "k99" not in stage.text()
        for _ in range(12):
            await stage.press("pagedown")
        await stage.settle()
        assert "k99" in stage.text()


async def test_a_long_text_over_the_screen_is_read_with_the_usual_keys() -> None:
    """Promise: raw bytes are reached to the last one."""
    arguments = json.dumps({f"k{n}": n for n in range(200)})
    async with staged(Desk(request(arguments=arguments)), size=(100, 24)) as stage:
        await stage.press("r")
        await stage.settle()
        assert "k199" not in stage.text()
        await stage.press("end")
        await stage.settle()
        assert "199" in stage.text()
        await stage.press("r")
        await stage.settle()
        assert stage.app.screen is stage.queue


async def test_the_filter_hides_what_does_not_match_and_escape_shows_it_again() -> None:
    """Promise: one grammar, and a fault that is said."""
    async with staged(Desk(request("r-1"), destructive("r-2"))) as stage:
        await stage.press("slash")
        await stage.type("risk:destructive")
        await stage.press("enter")
        await stage.settle()
        assert [one.view.id for one in stage.queue.rows.shown] == ["r-2"]
        await stage.press("escape")
        await stage.settle()
        assert len(stage.queue.rows.shown) == 2
        await stage.press("slash")
        await stage.type("nofield:x")
        await stage.press("enter")
        await stage.settle()
        assert "no field" in stage.queue.said


class Other(Page):
    """Another screen of the console."""

    WORD: ClassVar[str] = "Other"

    def body(self) -> Iterable[Widget]:
        """One line."""
        yield Static(plain("elsewhere"))

    def commands(self) -> Sequence[Command]:
        """None of its own."""
        return ()


async def test_digits_lead_to_the_screens_and_a_way_back_has_to_be_read() -> None:
    """Promise: every screen has the header; a key typed for another screen decides nothing here."""
    desk = Desk(request("r-1"))
    async with staged(desk, screens={"Other": Other}) as stage:
        await stage.press("2")
        await stage.settle()
        assert "elsewhere" in stage.text()
        assert "WORK" in stage.text()
        desk.arrive(request("r-2", '{"n": 2}'))
        await stage.settle()
        assert "pending 2" in stage.text()
        await stage.press("a")
        await stage.press("1")
        await stage.settle()
        await stage.press("a")
        assert desk.answers == []
        stage.clocks.later(3)
        await stage.press("a")
        await stage.settle()
        assert [one.call for one in desk.answers] == ["r-1"]


async def test_the_pace_of_questions_is_told() -> None:
    """Promise: too many questions are seen to be too many."""
    desk = Desk(guards=(replace(GUARD, asked=31),))
    async with staged(desk, size=(140, 30), clocks=Clocks()) as stage:
        assert "31/h asked" in str(stage.queue.query_one(Header).render())


def test_nothing_moves() -> None:
    """Promise: there is no animation to reduce."""
    app = Console(Desk().hub(), FakeServices().services())
    assert app.animation_level == "none"
    assert app.ENABLE_COMMAND_PALETTE is False


async def test_who_is_signed_in_is_said_where_somebody_is() -> None:
    """Which server it is by its digest stands with its tool, not among what is read first."""
    view = request("r-1", identity="sha256:0123456789abcdef")
    async with staged(Desk(view), size=(140, 30)) as stage:
        assert "signed in  alice@example.com" in stage.text()
        assert "sha256:0123" not in stage.text()
        await stage.press("t")
        await stage.settle()
        assert "sha256:0123" in stage.text()
    nobody = replace(GUARD, identity=None)
    async with staged(Desk(view, guards=(nobody,)), size=(140, 30)) as stage:
        assert "signed in  " not in stage.text()


async def test_whoever_always_says_yes_is_told_of_a_rule() -> None:
    """Promise: twenty times yes to one shape is no reading any more."""
    services = FakeServices(known=Earlier(straight=24))
    async with staged(Desk(request()), services, size=(140, 30)) as stage:
        assert "yes 24 times in a row: s writes a rule for this" in stage.text()
    once = request(remembered_as=None)
    async with staged(Desk(once), services, size=(140, 30)) as stage:
        assert "yes 24 times in a row: read this one all the same" in stage.text()


async def test_too_many_questions_and_a_storm_of_no_are_said_above() -> None:
    """Promise: what makes a person blind is said, with the way out."""
    desk = Desk(request(), guards=(replace(GUARD, asked=OFTEN + 1),))
    desk.show(closed=tuple(Closed("5f3a9c1e", _denied(f"r-{at}", EPOCH - at)) for at in (0, 9, 20)))
    async with staged(desk, size=(140, 30)) as stage:
        assert "31 QUESTIONS within the hour: s writes a rule, o holds them" in stage.text()
        assert "ASKED NO MORE github/create_issue: 3 times no" in stage.text()
        stage.clocks.later(200)
        desk.show(troubles=())
        await stage.settle()
        assert "ASKED NO MORE" not in stage.text()


def test_the_console_and_the_log_take_the_same_number_for_too_many() -> None:
    """One is quick to load, the other knows the log."""
    assert OFTEN == MANY


async def test_the_header_follows_the_clock_and_the_profile_by_itself() -> None:
    """A switch in another terminal is no news of any guard."""
    services = FakeServices()
    async with staged(Desk(), services) as stage:
        assert "WORK" in stage.text()
        services.named = Profile("home", "teal")
        with anyio.fail_after(10):
            while "HOME" not in stage.text():
                await stage.pilot.pause(0.05)


async def test_an_observed_profile_is_said_in_the_header() -> None:
    """policy.md 5: for as long as more passes than the rules allow, it stands there, with its end.

    The rules of a guard that holds on to another profile are told by `status`.
    """
    services = FakeServices(named=Profile("home", "teal", observed=1_790_086_400.0))
    async with staged(Desk(), services) as stage:
        assert "OBSERVED  until 2026-09-2" in stage.text()
        assert "what no rule names is let through" in stage.text()


async def test_the_first_screen_is_there_before_the_profile_is_known() -> None:
    """Promise: a person sees what waits at once; what is slow to load comes after."""
    services = FakeServices(named=Profile(None, known=False))
    loaded: list[str] = []

    def begin() -> None:
        loaded.append(services.named.name or "")
        services.named = PROFILE

    made = replace(services.services(), begin=begin)
    clocks = Clocks()
    console = Console(
        Desk(request()).hub(), made, clock=lambda: clocks.epoch, monotonic=lambda: clocks.monotonic
    )
    async with console.run_test(size=(120, 30)) as pilot:
        stage = Stage(console, pilot, clocks, Desk())
        with anyio.fail_after(10):
            while "WORK" not in stage.text():
                await pilot.pause(0.05)
        assert loaded == [""]
        assert "NO PROFILE" not in stage.text()
        assert "profile  " not in stage.queue.query_one(Sheet).shown[0].plain


def _denied(call: str, at: float) -> ClosedView:
    return ClosedView(
        id=call,
        server="github",
        item="create_issue",
        how="denied",
        by="console pid 812",
        at=at,
        missed=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 10), (80, 24), (80, 16), (120, 36)])
async def test_the_keys_of_a_box_stay_in_the_terminal(size: tuple[int, int]) -> None:
    """Promise: whoever must read first sees what the keys will do, however much there is."""
    long = Preview("\n".join(f"line = {at}" for at in range(60)), "work.remembered.toml", 1, "none")
    desk = Desk(of(destructive(), arguments='{"a": "' + "x " * 2000 + '"}'))
    async with staged(desk, FakeServices(previewed=long), size=size) as stage:
        for keys, word in (("?", "esc back"), ("a", "the digits"), ("s", "a allow so")):
            await stage.press(keys)
            await stage.press(*["left"] * (keys == "s"))
            await stage.read()
            assert word in stage.text()
            box = stage.app.screen.query_one("#box")
            assert box.region.bottom <= size[1]
            assert stage.app.screen.query_one("#keys").region.bottom <= box.region.bottom
            await stage.press("escape")
            await stage.read()
