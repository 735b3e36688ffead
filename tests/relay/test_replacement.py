"""When a server is started anew: as often as the policy of the moment wants it, and no more."""

import anyio

from localguard.policy.decide import Standing
from localguard.relay.greeting import Greeting
from localguard.relay.own_listing import OwnListing
from localguard.relay.pins import Unpinned
from localguard.relay.replacement import Replacement
from localguard.relay.session import Session
from localguard.relay.upstream import Served, Upstream
from tests.relay.playbook import NOTHING, Play

ONE = '[[rule]]\nallow = "db/*"'
TWO = '[[rule]]\nallow = "db/*"\n[[rule]]\nallow = "db/more"'


class Maker:
    """Starts nothing, and keeps in mind for which policy it was asked to."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.made: list[Standing] = [play.policy.now]
        self.prepared: list[Standing] = []
        self.lacking = False
        self.given = False

    def wanted(self, standing: Standing) -> bool:
        return standing is not self.made[-1]

    def lacks(self) -> bool:
        return self.lacking

    def lacks_less(self) -> bool:
        return self.lacking and self.given

    def prepare(self, standing: Standing) -> None:
        self.prepared.append(standing)

    def make(self, standing: Standing) -> Served:
        self.made.append(standing)
        return Served(None, "it has no command", False, Unpinned(), self._play._facts, _fits)


def _fits(_: Standing) -> str | None:
    return None


class Bench:
    """A session whose server can be replaced."""

    def __init__(self) -> None:
        self.play = Play(ONE)
        self.maker = Maker(self.play)
        self.replacement = Replacement(self.maker)
        played = self.play.session
        self.session = Session(
            client=played._client,
            gate=self.play.gate,
            policy=self.play.policy,
            recorder=self.play.recorder,
            later=played.later,
            followed=self.replacement.follow,
        )
        self.greeting = Greeting(self.session, OwnListing(self.session))
        self.upstream = Upstream(lambda _: None)

    def edit(self, rules: str) -> None:
        self.play.switch(rules)
        self.session.refresh()

    def begin(self) -> None:
        self.replacement.begin(self.session, self.greeting, self.upstream)


async def is_due(replacement: Replacement) -> bool:
    """Whether somebody who waits for it would be told."""
    told: list[bool] = []

    async def wait() -> None:
        await replacement.due()
        told.append(True)

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    return bool(told)


async def test_a_policy_that_defines_the_server_anew_has_it_started_anew() -> None:
    """Promise: a profile switch reaches every open session, with the server it defines."""
    bench = Bench()
    assert not await is_due(bench.replacement)
    bench.edit(TWO)
    assert await is_due(bench.replacement)
    bench.begin()
    assert bench.maker.made[-1] is bench.play.policy.now
    assert not await is_due(bench.replacement)


async def test_changes_in_a_row_start_one_server() -> None:
    """An editor that saves three times, or a person who changes their mind."""
    bench = Bench()
    for rules in (TWO, NOTHING, TWO):
        bench.edit(rules)
    bench.begin()
    assert len(bench.maker.made) == 2
    assert not await is_due(bench.replacement)


async def test_what_is_started_is_what_the_policy_says_by_then() -> None:
    """The server before was being stopped when the person took the change back."""
    bench = Bench()
    first = bench.play.policy.now
    bench.edit(TWO)
    bench.play.policy.now = first
    bench.begin()
    assert bench.maker.made == [first, first]
    assert not await is_due(bench.replacement)


async def test_a_change_that_is_taken_back_in_time_starts_nothing() -> None:
    """Nobody's calls are lost for what was never in force for long."""
    bench = Bench()
    first = bench.play.policy.now
    bench.edit(TWO)
    bench.play.policy.now = first
    bench.session.refresh()
    assert not await is_due(bench.replacement)


async def test_a_change_after_that_starts_the_next_one() -> None:
    """Promise: the server that runs is the one that the profile in force defines."""
    bench = Bench()
    bench.edit(TWO)
    bench.begin()
    bench.edit(NOTHING)
    assert await is_due(bench.replacement)


async def test_nobody_waits_for_the_greeting_of_a_server_that_does_not_run() -> None:
    """The client is read on at once, and told why with each call."""
    bench = Bench()
    assert bench.replacement.greeted.is_set()
    bench.edit(TWO)
    bench.begin()
    assert bench.replacement.greeted.is_set()
    assert bench.play.gate.trouble() == "it has no command; reconnect this server in the client"


async def test_a_server_that_lacked_a_secret_is_started_once_that_is_there() -> None:
    """Promise: a person gives the secret, and no client has to reconnect."""
    bench = Bench()
    bench.maker.lacking = True
    with anyio.move_on_after(0.01) as waited:
        await bench.replacement.due()
    assert waited.cancelled_caught
    bench.maker.given = True
    with anyio.fail_after(10):
        await bench.replacement.due()
        await bench.replacement.prepare(bench.session)
    assert bench.maker.prepared == [bench.session.standing]
