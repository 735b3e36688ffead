"""Much at once: long lines, floods, slow readers, many calls. Memory stays bounded."""

import contextlib
import os
import sys

import pytest

from localguard.relay.lines import MAX_LINE
from tests.relay.process_trees import wait_ended
from tests.ways.stage import Stage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

MIB = 1024 * 1024
FRAME = 512
"""More than a call or an answer has around its text."""


@pytest.mark.slow
def test_a_line_just_below_the_limit_passes_in_both_directions(stage: Stage) -> None:
    """Promise: 64 MiB a frame, and memory a small multiple of it."""
    wire = stage.ready()
    text = "x" * (MAX_LINE - FRAME)
    answer = wire.call("echo", text=text)
    assert answer["result"]["content"][0]["text"] == text
    assert wire.peak() < 64 * 7


@pytest.mark.slow
def test_an_answer_over_the_limit_becomes_an_error_for_its_id(stage: Stage) -> None:
    """Promise, "over the cap: error for that id", and the session goes on."""
    wire = stage.ready()
    answer = wire.call("big", size=MAX_LINE)
    assert "too-long" in answer["error"]["message"]
    assert "result" in wire.call("echo")
    assert stage.home.records("frame")[0]["reason"] == "too-long"
    assert wire.peak() < 64 * 4


@pytest.mark.slow
def test_a_call_over_the_limit_is_refused_and_goes_nowhere(stage: Stage) -> None:
    """MCP: 64 MiB+1 of a client, memory bounded."""
    wire = stage.ready()
    answer = wire.call("echo", text="x" * MAX_LINE)
    assert "too-long" in answer["error"]["message"]
    assert "result" in wire.call("echo")
    assert stage.calls() == ["echo"]
    assert wire.peak() < 64 * 4


def test_stderr_that_nobody_reads_stops_nothing(stage: Stage) -> None:
    """MCP: 1 MiB of stderr, and the client reads neither it nor, for now, stdout."""
    os.mkfifo(stage.folder / "stderr-0")
    unread = os.open(stage.folder / "stderr-0", os.O_RDONLY | os.O_NONBLOCK)
    wire = stage.ready()
    wire.reading = False
    calls = [wire.start_call("complain", size=MIB), wire.start_call("echo")]
    stage.until_seen(name="echo")
    wire.reading = True
    assert all("result" in wire.answer(id_) for id_ in calls)
    wire.finish()
    os.close(unread)


def test_a_full_stderr_holds_up_no_notice_and_no_call(stage: Stage) -> None:
    """Attack: a client that never reads stderr; what the guard itself has to say there waits."""
    fifo = stage.folder / "stderr-0"
    os.mkfifo(fifo)
    unread = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while os.write(unread, b"x" * 4096):
            pass
    stage.home.write("all", "broken")
    wire = stage.ready()
    assert wire.call("echo")["result"]["isError"]
    assert wire.finish() == 0
    os.close(unread)


def test_a_slow_client_is_felt_by_the_server_and_not_in_memory(stage: Stage) -> None:
    """Promise, "slow reader": back-pressure, bounded memory, and cancelling still works."""
    wire = stage.ready()
    hung = wire.start_call("hang")
    wire.call("pour", size=64 * MIB)
    wire.reading = False
    stage.until_seen(stuck=True)
    wire.notify("notifications/cancelled", {"requestId": hung})
    stage.until_seen(method="notifications/cancelled", about=hung)
    assert wire.peak() < 80
    wire.reading = True
    wire.until(lambda: {} if any("poured" in entry for entry in stage.seen()) else None)
    assert "result" in wire.call("echo")
    lines = [m for m in wire.heard if m.get("method") == "notifications/message"]
    assert len(lines) > 15_000


def test_a_slow_client_whose_server_dies_still_gets_what_was_said(stage: Stage) -> None:
    """Promise: what the server wrote before its end is not lost to a slow reader."""
    wire = stage.ready()
    wire.reading = False
    calls = [wire.start_call("big", size=256 * 1024) for _ in range(16)]
    last = wire.start_call("leave")
    stage.until_seen(name="leave")
    wait_ended(stage.seen()[0]["started"])
    wire.reading = True
    wire.exit()
    assert all("result" in wire.answer(id_) for id_ in calls)
    assert "error" in wire.answer(last)


def test_a_server_that_reads_no_more_is_felt_by_the_client_and_not_in_memory(stage: Stage) -> None:
    """MCP: a blocked upstream stdin must not fill the guard."""
    wire = stage.ready()
    wire.call("deaf")
    for _ in range(64):
        wire.start_call("echo", text="x" * MIB)
    with pytest.raises(TimeoutError):
        wire.taken(2.0)
    assert wire.unsent > 40 * MIB
    assert wire.peak() < 100
    stage.gone = True
    wire.close_stdin()
    assert wire.exit() == 0
    assert stage.calls() == ["deaf"]


def test_a_thousand_calls_at_once_are_each_answered_once(stage: Stage) -> None:
    """Promise: 1,000 concurrent calls, all open at the same time."""
    wire = stage.ready()
    calls = [wire.start_call("hang") for _ in range(1000)]
    wire.call("release")
    assert [len(wire.answers(id_)) for id_ in calls] == [1] * 1000
    assert len(stage.calls()) == 1001


def test_a_burst_of_notifications_arrives_whole_and_in_order(stage: Stage) -> None:
    """Promise, "20,000 notifications": streamed, bounded."""
    wire = stage.ready()
    wire.call("notify", count=20_000)
    numbers = [m["params"]["data"] for m in wire.heard if "params" in m]
    assert numbers == list(range(20_000))
    assert wire.peak() < 80
