"""The guard's side: who is let in, what they are told, and whose orders are taken."""

import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from localguard.control import admission
from localguard.control.client import connect
from localguard.control.connection import ONLY_LOOKS
from localguard.control.endpoint import find, load
from localguard.control.faults import ControlFault, NotAdmitted
from localguard.control.joining import Seen
from localguard.control.listening import listen_on_port
from localguard.control.messages import (
    Approver,
    Decided,
    Event,
    Refused,
    Stale,
    Stop,
)
from localguard.control.server import serve_control
from tests.control.board import (
    PERSON,
    FakeBoard,
    answer,
    closed_view,
    guard_view,
    let_answer,
    request_view,
)
from tests.control.processes import PROJECT, files, holder
from tests.control.raw import raw
from tests.control.stage import heard, serving, until

AGENT = Approver(pid=2, name="node")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def board() -> FakeBoard:
    board = FakeBoard()
    board.hold(request_view())
    return board


async def test_a_console_is_told_everything_and_then_what_is_new(
    run: Path, board: FakeBoard
) -> None:
    async with serving(run, board) as endpoint:
        board.hold(request_view("7f3a9c-2"))
        async with heard(endpoint) as (connection, events):
            snapshot = connection.snapshot
            assert snapshot is not None
            assert snapshot == replace(board.snapshot(), seq=1)
            board.tell(closed_view())
            await until(lambda: events)
            assert events[0].seq == 2


async def test_an_answer_reaches_the_board_with_whoever_gave_it(
    run: Path, board: FakeBoard
) -> None:
    async with serving(run, board) as endpoint, heard(endpoint) as (connection, _):
        reply = await connection.order(answer())
        assert reply == Decided(ask=1, id="7f3a9c-1", how="allowed")
        assert board.orders == [(replace(answer(), ask=1), PERSON)]
        assert await connection.order(Stop(ask=0, id="gone")) == Stale(
            ask=2, id="gone", why="somebody has answered it"
        )


async def test_what_an_answer_brings_about_is_told_to_every_console(
    run: Path, board: FakeBoard
) -> None:
    """The first answer wins, and the others see it."""
    async with (
        serving(run, board) as endpoint,
        heard(endpoint) as (one, _),
        heard(endpoint) as (other, events),
    ):
        first = await one.order(answer())
        second = await other.order(answer(allow=False))
        assert isinstance(first, Decided)
        assert isinstance(second, Stale)
        await until(lambda: events)


async def test_many_answers_at_once_each_get_their_own_reply(run: Path) -> None:
    board = FakeBoard()
    for number in range(50):
        board.hold(request_view(f"7f3a9c-{number}"))
    replies = {}

    async with serving(run, board) as endpoint, heard(endpoint) as (connection, _):

        async def decide(name: str) -> None:
            replies[name] = await connection.order(answer(name))

        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(decide, f"7f3a9c-{number}")
    assert {reply.id for reply in replies.values()} == set(replies)
    assert all(isinstance(reply, Decided) for reply in replies.values())


async def test_a_receipt_that_is_being_checked_holds_up_nobody_else(run: Path) -> None:
    """A provider may take its time; a no of another console's must not wait for it."""
    board = FakeBoard()
    board.hold(request_view("7f3a9c-1"))
    board.hold(request_view("7f3a9c-2"))
    replies = []

    async with (
        serving(run, board) as endpoint,
        heard(endpoint) as (one, _),
        heard(endpoint) as (other, _),
        anyio.create_task_group() as group,
    ):

        async def step_up() -> None:
            replies.append(await one.order(replace(answer(), receipt="eyJ.e30.sig")))

        group.start_soon(step_up)
        await until(lambda: board.orders)
        assert isinstance(await other.order(answer("7f3a9c-2", allow=False)), Decided)
        assert replies == []
        board.checked.set()
        await until(lambda: replies)
    assert isinstance(replies[0], Decided)
    assert [order.id for order, _ in board.orders] == ["7f3a9c-1", "7f3a9c-2"]


async def test_whoever_asked_to_look_only_is_shown_all_and_obeyed_in_nothing(
    run: Path, board: FakeBoard
) -> None:
    async with serving(run, board) as endpoint, heard(endpoint, "observe") as (connection, _):
        assert connection.snapshot is not None
        assert connection.may_not == ONLY_LOOKS
        reply = await connection.order(answer())
        assert reply == Refused(ask=1, id="7f3a9c-1", why=ONLY_LOOKS)
        assert board.orders == []
        assert board.refusals == [(PERSON, ONLY_LOOKS, "7f3a9c-1")]


async def test_a_process_that_may_not_answer_is_told_why_and_recorded(
    run: Path, board: FakeBoard
) -> None:
    """Promise: the model does not approve its own calls, and its attempt is shown."""

    def judge(_: socket.socket) -> tuple[Approver, str | None]:
        return AGENT, "it was started by the client"

    async with serving(run, board, judge) as endpoint, heard(endpoint) as (connection, _):
        assert connection.may_not == "it was started by the client"
        reply = await connection.order(answer())
        assert reply == Refused(ask=1, id="7f3a9c-1", why="it was started by the client")
        assert board.orders == []
        assert board.refusals == [(AGENT, "it was started by the client", "7f3a9c-1")]


async def test_a_process_is_judged_again_at_every_order(run: Path, board: FakeBoard) -> None:
    """Attack: connect as a person's shell, then become another program (execve(2))."""
    verdicts = [None, None, "it is another program by now"]

    def judge(_: socket.socket) -> tuple[Approver, str | None]:
        return PERSON, verdicts.pop(0)

    board.hold(request_view("7f3a9c-2"))
    async with serving(run, board, judge) as endpoint, heard(endpoint) as (connection, _):
        assert isinstance(await connection.order(answer()), Decided)
        assert isinstance(await connection.order(answer("7f3a9c-2")), Refused)
        assert list(board.requests) == ["7f3a9c-2"]


async def test_a_console_that_may_answer_takes_the_place_of_one_that_may_not(
    run: Path, board: FakeBoard
) -> None:
    """Attack: all places taken by a program that has read the key."""
    verdicts: list[str | None] = ["it was started by the client"]

    def judge(_: socket.socket) -> tuple[Approver, str | None]:
        return PERSON, verdicts[0]

    async with serving(run, board, judge) as endpoint:
        taken = [await connect(endpoint) for _ in range(admission.MOST)]
        with pytest.raises(NotAdmitted, match="64 consoles"):
            await connect(endpoint)
        verdicts[0] = None
        async with heard(endpoint) as (connection, _):
            assert connection.may_not is None
            assert isinstance(await connection.order(answer()), Decided)
        for each in taken:
            each.close()


async def test_consoles_that_may_answer_do_not_push_each_other_out(
    run: Path, board: FakeBoard
) -> None:
    async with serving(run, board) as endpoint:
        taken = [await connect(endpoint) for _ in range(admission.MOST)]
        with pytest.raises(NotAdmitted, match="64 consoles"):
            await connect(endpoint)
        taken.pop().close()
        await _admitted(endpoint_of=run)
        for each in taken:
            each.close()


async def _admitted(endpoint_of: Path) -> None:
    """There is room as soon as the guard has noticed that somebody left."""
    endpoint = load(str(endpoint_of), "7f3a9c")
    with anyio.fail_after(10):
        while True:
            try:
                (await connect(endpoint)).close()
            except NotAdmitted:
                await anyio.sleep(0.01)
            else:
                return


async def test_a_console_that_comes_back_is_told_what_it_missed(
    run: Path, board: FakeBoard
) -> None:
    """Promise: resume from the number of the last event."""
    async with serving(run, board) as endpoint:
        async with heard(endpoint):
            pass
        board.tell(closed_view())
        board.hold(request_view("7f3a9c-2"))
        async with heard(endpoint, seen=Seen("7f3a9c", 0)) as (connection, events):
            assert connection.snapshot is None
            await until(lambda: len(events) == 2)
            assert [event.seq for event in events] == [1, 2]
            board.tell(guard_view())
            await until(lambda: len(events) == 3)


@pytest.mark.parametrize("seen", [Seen("7f3a9c", 99), Seen("7f3a9c", -1), Seen("000000", 0)])
async def test_a_number_that_this_guard_never_gave_means_everything_anew(
    run: Path, board: FakeBoard, seen: Seen
) -> None:
    """A console that lost more than is kept, or comes from another guard."""
    async with serving(run, board) as endpoint:
        board.tell(guard_view())
        connection = await connect(endpoint, seen=seen)
        assert connection.snapshot == replace(board.snapshot(), seq=1)
        connection.close()


async def test_the_endpoint_file_follows_the_guard(run: Path, board: FakeBoard) -> None:
    async with serving(run, board) as endpoint:
        board.look_different(profile="home", client="codex")
        found = load(str(run), endpoint.id)
        assert (found.profile, found.client) == ("home", "codex")


async def test_a_guard_that_stops_takes_its_files_and_its_consoles_along(
    run: Path, board: FakeBoard
) -> None:
    async with serving(run, board) as endpoint:
        connection = await connect(endpoint)
        assert len(files(run)) == 3
    events: list[Event] = []
    with anyio.fail_after(10):
        await connection.listen(events.append)
    assert files(run) == []
    assert board.listeners == []


async def test_a_snapshot_larger_than_what_may_wait_is_told_whole(run: Path) -> None:
    """Promise: 100 requests of 200 KiB, to a console that reads."""
    board = FakeBoard()
    for number in range(100):
        board.hold(request_view(f"7f3a9c-{number}", arguments="x" * 200 * 1024))
    async with serving(run, board) as endpoint:
        connection = await connect(endpoint)
        assert connection.snapshot == board.snapshot()
        connection.close()


async def test_a_guard_without_a_folder_tells_why_and_goes_on(board: FakeBoard) -> None:
    """Promise: what cannot be listened on is told, never raised."""
    faults: list[ControlFault] = []
    await serve_control(f"{__file__}/run", "", board, let_answer, faults.append)
    assert [type(fault) for fault in faults] == [ControlFault]
    assert "the folder cannot be made" in faults[0].explain()
    assert board.listeners == []


async def test_a_judge_that_takes_its_time_keeps_nobody_else_waiting(
    run: Path, board: FakeBoard
) -> None:
    """ps(1) and the tables of Windows take their time; calls and other consoles go on."""
    asked, may_go_on = threading.Event(), threading.Event()
    may_go_on.set()

    def judge(_: socket.socket) -> tuple[Approver, str | None]:
        asked.set()
        assert may_go_on.wait(30)
        return PERSON, None

    async with (
        serving(run, board, judge) as endpoint,
        heard(endpoint) as (one, _),
        heard(endpoint) as (_, events),
        anyio.create_task_group() as group,
    ):
        asked.clear()
        may_go_on.clear()
        group.start_soon(one.order, answer())
        await until(asked.is_set)
        board.tell(closed_view())
        await until(lambda: events)
        assert board.orders == []
        may_go_on.set()
        await until(lambda: board.orders)


async def test_a_guard_on_a_loopback_port_serves_like_any_other(
    run: Path, board: FakeBoard
) -> None:
    """The way of Windows, on every system: its key is all that keeps other users out."""
    async with serving(run, board, listening_by=listen_on_port) as endpoint:
        assert endpoint.unix is None
        assert files(run) == ["g-7f3a9c.json", "g-7f3a9c.lock"]
        browser = await raw(endpoint)
        await browser.challenge()
        await browser.say(b"GET / HTTP/1.1\r\n\r\n")
        assert await browser.said() is None
        browser.close()
        async with heard(endpoint) as (connection, _):
            assert isinstance(await connection.order(answer()), Decided)
    assert files(run) == []


SECCOMP = """
import ctypes, platform, struct, sys
number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
text = b"".join(struct.pack("HBBI", *each) for each in code)
kept = ctypes.create_string_buffer(text)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(kept)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0
sys.argv[1:] = [sys.argv[1], "7f3a9c", "4711"]
import runpy
runpy.run_module("tests.control.holder", run_name="__main__")
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="seccomp(2)",
)
def test_a_sandbox_without_sockets_is_told_in_words_and_ends_nothing(run: Path) -> None:
    """socket(2) gives EPERM in the sandboxes of some clients; the guard goes on."""
    ended = subprocess.run(
        [sys.executable, "-c", SECCOMP, str(run)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=30,
    )
    assert "cannot listen for consoles (Operation not permitted)" in ended.stdout
    assert "outside its sandbox" in ended.stdout
    assert files(run) == []


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
async def test_a_guard_in_another_process_is_talked_to_the_same_way(run: Path) -> None:
    with holder(run, "7f3a9c") as guard:
        endpoint = find(str(run)).endpoints["7f3a9c"]
        async with heard(endpoint) as (connection, _):
            reply = await connection.order(answer())
            assert isinstance(reply, Decided)
            guard.send_signal(signal.SIGKILL)
