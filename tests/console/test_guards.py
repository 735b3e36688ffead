"""The hub over real endpoints: guards come, go, are killed and come back, and none is lost."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.abc
import orjson
import pytest

from localguard.console.guards import Guards
from localguard.console.hub import Hub, Picture
from localguard.control.endpoint import Endpoint, publish
from localguard.control.faults import ControlFault
from localguard.control.frames import Channel
from localguard.control.handshake import Hello, Role
from localguard.control.messages import PROTOCOL, Decide, Decided, Event, Refused, Snapshot, Stale
from localguard.control.server import serve_control
from localguard.control.wire import wire
from tests.control.board import (
    PERSON,
    FakeBoard,
    answer,
    closed_view,
    guard_view,
    let_answer,
    request_view,
)
from tests.control.processes import files, holder
from tests.control.raw import let_in
from tests.control.stage import serving, until

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run"


def board_of(guard: str, *opened: float) -> FakeBoard:
    board = FakeBoard(guard=guard_view(guard))
    for at in opened:
        board.hold(request_view(f"{guard}-{at:g}", opened=at))
    return board


@asynccontextmanager
async def watching(run: Path, role: Role = "decide") -> AsyncIterator[Guards]:
    """A hub that runs until the block ends."""
    hub = Guards(str(run), role, together=30)
    async with anyio.create_task_group() as group:
        group.start_soon(hub.run)
        yield hub
        group.cancel_scope.cancel()


async def shown(hub: Hub, holds: Callable[[Picture], object]) -> Picture:
    """The first picture for which something holds, looked at only when it has changed."""
    with anyio.fail_after(30):
        while not holds(picture := hub.picture()):
            await hub.changed()
    return picture


def held(picture: Picture) -> list[str]:
    return [each.view.id for each in picture.held]


async def test_all_guards_are_found_and_the_oldest_request_is_first(run: Path) -> None:
    boards = board_of("aaaaaa", 3, 5), board_of("bbbbbb", 4, 1), board_of("cccccc", 2)
    async with (
        serving(run, boards[0]),
        serving(run, boards[1]),
        serving(run, boards[2]),
        watching(run) as hub,
    ):
        first = await shown(hub, lambda picture: picture.held)
        assert held(first) == ["bbbbbb-1", "cccccc-2", "aaaaaa-3", "bbbbbb-4", "aaaaaa-5"]
        assert [each.arrived for each in first.held] == [1, 2, 3, 4, 5]
        assert [guard.id for guard in first.guards] == ["aaaaaa", "bbbbbb", "cccccc"]
        assert first.troubles == ()


async def test_a_guard_that_comes_later_is_found(run: Path) -> None:
    async with watching(run) as hub:
        assert hub.picture() == Picture()
        async with serving(run, board_of("aaaaaa", 1)):
            await shown(hub, lambda picture: held(picture) == ["aaaaaa-1"])


async def test_a_receipt_goes_with_the_answer_and_is_in_no_picture(run: Path) -> None:
    """Promise: the proof is for the guard alone."""
    board = board_of("aaaaaa", 1)
    board.checked.set()
    async with serving(run, board), watching(run) as hub:
        picture = await shown(hub, lambda picture: picture.held)
        reply = await hub.decide(picture.held[0], allow=True, receipt="header.body.signature")
        assert isinstance(reply, Decided)
        order = board.orders[0][0]
        assert isinstance(order, Decide)
        assert order.receipt == "header.body.signature"
        assert "signature" not in repr((hub.picture(), order, reply))


async def test_an_answer_goes_to_the_guard_that_holds_the_request(run: Path) -> None:
    one, other = board_of("aaaaaa", 1), board_of("bbbbbb", 2)
    async with serving(run, one), serving(run, other), watching(run) as hub:
        picture = await shown(hub, lambda picture: len(picture.held) == 2)
        reply = await hub.decide(picture.held[1], allow=False, reason="no", surface="line")
        assert reply == Decided(ask=1, id="bbbbbb-2", how="denied")
        assert one.orders == []
        order = replace(answer("bbbbbb-2", allow=False), ask=1, reason="no", surface="line")
        assert other.orders == [(order, PERSON)]
        after = await shown(hub, lambda picture: picture.closed)
        assert held(after) == ["aaaaaa-1"]
        assert [(each.guard, each.view.id) for each in after.closed] == [("bbbbbb", "bbbbbb-2")]


async def test_whoever_is_second_is_told_so(run: Path) -> None:
    """Promise: the first answer wins."""
    async with serving(run, board_of("aaaaaa", 1)), watching(run) as one, watching(run) as other:
        first = await shown(one, lambda picture: picture.held)
        second = await shown(other, lambda picture: picture.held)
        assert isinstance(await one.decide(first.held[0], allow=True), Decided)
        assert isinstance(await other.decide(second.held[0], allow=False), Stale)
        assert isinstance(await other.stop(second.held[0]), Stale)


async def test_a_console_that_only_looks_is_refused(run: Path) -> None:
    async with serving(run, board_of("aaaaaa", 1)), watching(run, "observe") as hub:
        picture = await shown(hub, lambda picture: picture.held)
        assert isinstance(await hub.decide(picture.held[0], allow=True), Refused)
        assert picture.troubles == ()


async def test_a_console_that_may_not_answer_shows_why(run: Path) -> None:
    """Promise: refused approvers are shown; a text of another process is made visible."""

    def judge(_: object) -> tuple[object, str]:
        return PERSON, "it was started by \x1b[2Jcursor"

    async with serving(run, board_of("aaaaaa", 1), judge), watching(run) as hub:  # type: ignore[arg-type]
        picture = await shown(hub, lambda picture: picture.held and picture.troubles)
        assert picture.troubles == (
            "this console may not answer: it was started by \\u{1b}[2Jcursor",
        )


async def test_a_guard_that_stops_is_gone_and_its_requests_have_ended(run: Path) -> None:
    board = board_of("bbbbbb", 2)
    async with serving(run, board), watching(run) as hub:
        async with serving(run, board_of("aaaaaa", 1)):
            before = await shown(hub, lambda picture: len(picture.held) == 2)
        after = await shown(hub, lambda picture: picture.closed)
        assert [guard.id for guard in after.guards] == ["bbbbbb"]
        assert held(after) == ["bbbbbb-2"]
        assert [(each.view.id, each.view.how) for each in after.closed] == [("aaaaaa-1", "ended")]
        gone = next(each for each in before.held if each.guard == "aaaaaa")
        assert isinstance(await hub.decide(gone, allow=True), Stale)


@posix
async def test_a_killed_guard_is_gone_and_leaves_nothing(run: Path) -> None:
    with holder(run, "aaaaaa") as guard:
        async with watching(run) as hub:
            await shown(hub, lambda picture: picture.held)
            guard.send_signal(signal.SIGKILL)
            after = await shown(hub, lambda picture: picture.closed)
            assert held(after) == []
            assert after.guards == ()
            assert after.troubles == ()
            assert files(run) == []


@posix
async def test_what_guards_left_before_the_console_started_is_cleared_away(run: Path) -> None:
    with holder(run, "aaaaaa") as dead, holder(run, "bbbbbb"):
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        async with watching(run) as hub:
            picture = await shown(hub, lambda picture: picture.held)
            assert held(picture) == ["bbbbbb-1"]
            assert picture.troubles == ()
            assert [name for name in files(run) if "aaaaaa" in name] == []


@posix
async def test_a_console_that_is_killed_costs_the_guard_nothing_and_may_come_back(
    run: Path,
) -> None:
    """Promise: no guard depends on a console."""
    board = board_of("aaaaaa", 1)
    async with serving(run, board):
        async with watching(run) as hub:
            await shown(hub, lambda picture: picture.held)
        board.hold(request_view("aaaaaa-2"))
        async with watching(run) as again:
            picture = await shown(again, lambda picture: picture.held)
            assert held(picture) == ["aaaaaa-1", "aaaaaa-2"]
            assert isinstance(await again.decide(picture.held[0], allow=True), Decided)


@pytest.mark.parametrize("burst", [25, 60])
async def test_a_lost_connection_is_found_again_and_nothing_is_missed(
    run: Path, burst: int
) -> None:
    """Promise: resume. A console falls behind and is dropped; of 60 not all events are kept."""
    board = board_of("aaaaaa", 1)
    async with serving(run, board), watching(run) as hub:
        await shown(hub, lambda picture: picture.held)
        for number in range(burst):
            board.tell(request_view(f"aaaaaa-big{number}", arguments="x" * 200 * 1024))
            board.tell(closed_view(f"aaaaaa-big{number}"))
        board.hold(request_view("aaaaaa-2"))
        after = await shown(hub, lambda picture: held(picture) == ["aaaaaa-1", "aaaaaa-2"])
        assert isinstance(await hub.decide(after.held[1], allow=True), Decided)


async def test_an_event_that_was_lost_means_that_everything_is_told_anew(run: Path) -> None:
    """Promise: a number that is not the next one is never passed over."""
    own = publish(str(run), guard_view("aaaaaa"), "", None)
    hellos: list[Hello] = []

    async def play() -> None:
        while True:
            await anyio.wait_readable(own.listener)
            channel = Channel(own.listener.accept()[0])
            try:
                hellos.append(await let_in(channel, own.endpoint.secret, "aaaaaa"))
                await channel.send(wire(request_view(f"aaaaaa-{len(hellos)}")))
                await channel.send(wire(Snapshot(seq=4, guard=guard_view("aaaaaa"))))
                await channel.send(wire(Event(seq=4, news=request_view("aaaaaa-known"))))
                await channel.send(wire(Event(seq=6, news=request_view("aaaaaa-later"))))
                await channel.receive()
            finally:
                channel.close()

    async with anyio.create_task_group() as group, watching(run) as hub:
        group.start_soon(play)
        picture = await shown(hub, lambda picture: held(picture) == ["aaaaaa-2"])
        assert picture.closed == ()
        assert [hello.seq for hello in hellos] == [None, None]
        group.cancel_scope.cancel()
    own.withdraw()


async def test_an_answer_to_a_guard_that_goes_meanwhile_is_stale(run: Path) -> None:
    """Promise: never an exception, and never a guess that it was taken."""
    own = publish(str(run), guard_view("aaaaaa"), "", None)

    async def play() -> None:
        await anyio.wait_readable(own.listener)
        channel = Channel(own.listener.accept()[0])
        try:
            await let_in(channel, own.endpoint.secret, "aaaaaa")
            await channel.send(wire(request_view("aaaaaa-1")))
            await channel.send(wire(Snapshot(seq=4, guard=guard_view("aaaaaa"))))
            await channel.receive()
        finally:
            channel.close()
        own.listener.close()

    async with anyio.create_task_group() as group, watching(run) as hub:
        group.start_soon(play)
        picture = await shown(hub, lambda picture: picture.held)
        assert isinstance(await hub.decide(picture.held[0], allow=True), Stale)
        after = await shown(hub, lambda picture: picture.troubles)
        assert "no guard answers" in after.troubles[0]
        # It holds its lock, so it lives; what it held stays to be seen.
        assert held(after) == ["aaaaaa-1"]
        assert isinstance(await hub.stop(after.held[0]), Stale)
        own.withdraw()
        await shown(hub, lambda picture: picture.closed)


async def test_a_guard_of_another_version_is_a_trouble_and_the_others_are_shown(
    run: Path,
) -> None:
    """Promise: "versions differ" is told as such."""
    async with serving(run, board_of("aaaaaa", 1)), serving(run, board_of("bbbbbb", 2)):
        path = run / "g-bbbbbb.json"
        path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {"proto": PROTOCOL + 1}))
        async with watching(run) as hub:
            picture = await shown(hub, lambda picture: picture.held and picture.troubles)
            assert held(picture) == ["aaaaaa-1"]
            assert "another version" in picture.troubles[0]


async def test_a_guard_that_turns_a_console_away_is_a_trouble_until_it_does_not(
    run: Path,
) -> None:
    """The key in the file is not the guard's: nothing is shown of it, and nothing is answered."""
    async with serving(run, board_of("aaaaaa", 1)) as endpoint:
        path = run / "g-aaaaaa.json"
        right = path.read_bytes()
        path.write_bytes(right.replace(endpoint.key.encode(), b"A" * 43 + b"="))
        async with watching(run) as hub:
            picture = await shown(hub, lambda picture: picture.troubles)
            assert "does not fit the key" in picture.troubles[0]
            assert picture.held == ()
            path.write_bytes(right)
            after = await shown(hub, lambda picture: picture.held)
            assert after.troubles == ()


@posix
async def test_a_folder_that_others_can_enter_is_a_trouble(run: Path) -> None:
    async with serving(run, board_of("aaaaaa", 1)):
        os.chmod(run, 0o755)
        async with watching(run) as hub:
            picture = await shown(hub, lambda picture: picture.troubles)
            assert "other users can look into the folder" in picture.troubles[0]
            os.chmod(run, 0o700)
            after = await shown(hub, lambda picture: picture.held)
            assert after.troubles == ()


async def test_a_damaged_endpoint_file_of_nobody_is_cleared_away(run: Path) -> None:
    os.mkdir(run, 0o700)
    (run / "g-aaaaaa.json").write_text("{}")
    async with watching(run) as hub:
        await until(lambda: files(run) == [])
        assert hub.picture().troubles == ()


async def test_a_change_that_was_looked_at_wakes_nobody(run: Path) -> None:
    """Promise: many pieces of news are one change."""
    board = board_of("aaaaaa", 1)
    async with serving(run, board), watching(run) as hub:
        await shown(hub, lambda picture: picture.held)
        for number in range(500):
            board.tell(replace(request_view("aaaaaa-1"), revision=number + 2))
        changes = 0
        while hub.picture().held[0].view.revision != 501:
            await hub.changed()
            changes += 1
        assert changes < 500
        with anyio.move_on_after(0.05) as scope:
            await hub.changed()
        assert scope.cancelled_caught


@pytest.mark.slow
async def test_ten_guards_with_a_hundred_requests_each_are_followed(run: Path) -> None:
    """Promise: 10 guards, 100 requests each, answered one by one."""
    boards = [board_of(f"guard{number}", *range(100)) for number in range(10)]
    faults: list[ControlFault] = []
    async with anyio.create_task_group() as group:
        for board in boards:
            endpoint: Endpoint | None = await group.start(
                serve_control, str(run), "", board, let_answer, faults.append
            )
            assert endpoint is not None
        async with watching(run) as hub:
            picture = await shown(hub, lambda picture: len(picture.held) == 1000)
            opened = [each.view.opened for each in picture.held]
            assert opened == sorted(opened)

            async def decide_all(guard: str) -> None:
                for each in picture.held:
                    if each.guard == guard:
                        assert isinstance(await hub.decide(each, allow=True), Decided)

            async with anyio.create_task_group() as deciding:
                for board in boards:
                    deciding.start_soon(decide_all, board.guard.id)
            await shown(hub, lambda picture: not picture.held)
        group.cancel_scope.cancel()
