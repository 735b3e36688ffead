"""Screens that stand over another one: a digit leads to its screen from there too."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from localguard.console.app import Make
from localguard.console.identity.page import IdentityPage
from localguard.console.panes.reading import Reading
from localguard.console.queue.screen import Queue
from localguard.console.servers.ports import KnownServer
from localguard.console.servers.tools import ToolsPage
from localguard.console.services import Surroundings
from tests.console.stage import Desk, FakeServices, Stage, staged
from tests.console.traveller import ANA, Traveller

SERVER = KnownServer("pg")


class Servers(ToolsPage):
    """The screen that the key 2 leads to here."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, SERVER)
        self.above = False


class Question(Reading):
    """Something to read that belongs to the screen of servers."""

    WORD: ClassVar[str] = "servers"

    def commands(self) -> tuple[()]:
        return ()


SCREENS: Mapping[str, Make] = {"servers": Servers}


def signed() -> FakeServices:
    return FakeServices(signed=ANA, sign_ins=Traveller(listed=(ANA,)))


async def over(stage: Stage, make: Callable[[Surroundings], Reading | ToolsPage]) -> None:
    """Put a screen over the one of servers."""
    await stage.press("2")
    await stage.settle()
    await stage.app.push_screen(make(stage.app.around))
    await stage.settle()


async def shown(stage: Stage, *keys: str) -> object:
    """The kind of screen that is shown after these keys."""
    await stage.press(*keys)
    await stage.pilot.pause()
    return type(stage.app.screen)


async def test_a_digit_leaves_the_sign_ins_for_its_screen_the_one_below_too() -> None:
    """The sheet over the queue went only by escape, and stayed there when others were gone to."""
    async with staged(Desk(), signed(), screens=SCREENS) as stage:
        assert await shown(stage, "I") is IdentityPage
        assert await shown(stage, "1") is Queue
        assert await shown(stage, "I") is IdentityPage
        assert await shown(stage, "2") is Servers
        assert await shown(stage, "1") is Queue
        assert [type(one) for one in stage.app.screen_stack] == [Queue]


async def test_what_belongs_to_a_screen_waits_there_and_goes_by_the_key_of_that_screen() -> None:
    """Whoever reads what a server says can answer a call in between."""
    async with staged(Desk(), signed(), screens=SCREENS) as stage:
        await over(stage, lambda around: ToolsPage(around, SERVER))
        assert await shown(stage, "1") is Queue
        assert await shown(stage, "2") is ToolsPage
        assert await shown(stage, "I") is IdentityPage
        assert await shown(stage, "2") is ToolsPage
        assert await shown(stage, "2") is Servers


async def test_what_is_done_while_another_screen_is_shown_takes_no_screen_from_it() -> None:
    """A deed may end after the person has gone to the queue: its screen goes when it would come."""
    async with staged(Desk(), signed(), screens=SCREENS) as stage:
        await over(stage, Question)
        question = stage.app.screen
        assert isinstance(question, Question)
        assert await shown(stage, "1") is Queue
        question.close()
        await stage.settle()
        assert await shown(stage) is Queue
        assert await shown(stage, "2") is Servers
