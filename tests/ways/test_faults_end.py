"""The end of a guard, whoever brings it: open calls are answered, and no process stays behind."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.relay.process_trees import marked, wait_ended, wait_unmarked
from tests.ways.stage import Stage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

# A client that hands its own pipes to the guard, so that they stay open when it dies.
CLIENT = "import subprocess, sys; subprocess.run(sys.argv[1:])"


def initialize() -> list[dict[str, object]]:
    """What a client says first, with ids of its own."""
    info = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "piped"}}
    return [
        {"jsonrpc": "2.0", "id": "first", "method": "initialize", "params": info},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
    ]


def test_an_answer_that_comes_within_the_second_after_eof_is_delivered(stage: Stage) -> None:
    """MCP: the end of stdin asks the server to end; what it still says goes through."""
    wire = stage.ready("late")
    hung = wire.start_call("hang")
    assert wire.finish() == 0
    assert wire.answer(hung)["result"]["content"][0]["text"] == "late"
    # The scripted server's last word answers nothing that was asked.
    assert stage.home.records("frame")[-1]["reason"] == "unknown-id"


def test_a_call_piped_in_at_once_is_answered_as_without_a_guard(stage: Stage) -> None:
    """Promise: `printf ... | localguard run`; the guard's own listing costs no call its answer."""
    wire = stage.guard("slow")
    call = {"name": "echo", "arguments": {"text": "piped"}}
    last = {"jsonrpc": "2.0", "id": "last", "method": "tools/call", "params": call}
    wire.send(*initialize(), last)
    assert wire.finish() == 0
    assert wire.answer("last")["result"]["content"][0]["text"] == "piped"


def test_eof_leaves_no_call_without_an_answer(stage: Stage) -> None:
    """Promise, "client EOF": a client that only stopped writing still hears of each call."""
    wire = stage.ready()
    hung = [wire.start_call("hang") for _ in range(3)]
    assert wire.finish() == 0
    for id_ in hung:
        message = wire.answer(id_)["error"]["message"]
        assert "the server was stopped (the client closed) before answering" in message
    assert stage.home.records("stop")[-1]["reason"] == "the client closed"


def test_a_client_that_is_gone_ends_everything(stage: Stage) -> None:
    """Promise, "client gone with calls in flight": both pipes closed, calls open."""
    stage.gone = True
    wire = stage.ready("stubborn")
    wire.call("fork")
    wire.start_call("hang")
    stage.until_seen(name="hang")
    wire.close_stdout()
    wire.close_stdin()
    wait_unmarked(stage.mark(), 2)
    assert wire.exit() == 0


def test_a_client_that_stops_listening_ends_everything(stage: Stage) -> None:
    """Promise, "EPIPE": a call whose answer nobody can hear is the last."""
    stage.gone = True
    wire = stage.ready()
    wire.close_stdout()
    wire.start_call("echo")
    assert wire.exit() == 0
    assert stage.home.records("stop")[-1]["reason"] == "the client stopped listening"


def test_a_client_that_leaves_while_much_waits_for_it_ends_everything(stage: Stage) -> None:
    """Promise, "EPIPE", in the middle of what the guard still has to write."""
    stage.gone = True
    wire = stage.ready()
    wire.reading = False
    wire.start_call("pour", size=64 * 1024 * 1024)
    stage.until_seen(stuck=True)
    wire.close_stdout()
    assert wire.exit() == 0
    assert stage.home.records("stop")[-1]["reason"] == "the client stopped listening"
    assert "Traceback" not in wire.complaints()


def test_calls_in_a_file_are_answered_into_a_file(stage: Stage) -> None:
    """Promise: descriptors that no loop can watch (`run ... < file > file`) serve as pipes do."""
    questions, answers = stage.folder / "questions", stage.folder / "answers"
    texts = ["one", "x" * 200_000, "three"]
    calls = [
        {"jsonrpc": "2.0", "id": text[:5], "method": "tools/call", "params": params}
        for text in texts
        for params in [{"name": "echo", "arguments": {"text": text}}]
    ]
    questions.write_text("".join(f"{json.dumps(m)}\n" for m in (*initialize(), *calls)))
    argv = stage.home.argv("--name", "fake", "--", *stage.server())
    with questions.open("rb") as stdin, answers.open("wb") as stdout:
        subprocess.run(
            argv, env=stage.home.environment, stdin=stdin, stdout=stdout, timeout=15, check=True
        )
    heard = [json.loads(line) for line in answers.read_text().splitlines()]
    assert [message["id"] for message in heard] == ["first", "one", "xxxxx", "three"]
    assert [m["result"]["content"][0]["text"] for m in heard[1:]] == texts


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_guard_in_order(stage: Stage, number: signal.Signals) -> None:
    """Promise, "SIGTERM": every open id answered, the tree gone within 2 s, the log closed."""
    wire = stage.ready("stubborn")
    wire.call("fork")
    hung = wire.start_call("hang")
    stage.until_seen(name="hang")
    begun = time.monotonic()
    wire.process.send_signal(number)
    assert wire.exit() == 128 + number
    assert marked(stage.mark()) == []
    assert time.monotonic() - begun < 2.5
    assert f"signal {number.name}" in wire.answer(hung)["error"]["message"]
    assert stage.home.records("stop")[-1]["exit_code"] == 128 + number


def test_a_ctrl_c_in_the_clients_terminal_is_not_meant_for_the_guard(stage: Stage) -> None:
    """research ux: a client's Ctrl-C reaches its whole foreground group."""
    wire = stage.ready()
    wire.process.send_signal(signal.SIGINT)
    assert "result" in wire.call("echo")


@pytest.mark.parametrize("traits", [(), ("stubborn",)], ids=["obedient", "stubborn"])
def test_a_killed_guard_leaves_no_orphan(stage: Stage, traits: tuple[str, ...]) -> None:
    """Promise: SIGKILL of the guard ends grandchildren and daemons too, and the log stays whole."""
    stage.gone = stage.killed = True
    wire = stage.ready(*traits)
    wire.call("fork")
    wire.start_call("hang")
    stage.until_seen(name="hang")
    tree = marked(stage.mark())
    assert len(tree) >= 4
    wire.process.kill()
    wire.exit()
    for pid in tree:
        wait_ended(pid, 3)
    assert [record["call"] for record in stage.home.records("intent")][-1] not in [
        record["call"] for record in stage.home.records("outcome")
    ]


def test_a_client_that_dies_without_an_eof_is_noticed(stage: Stage) -> None:
    """MCP: another process holds the pipe's end, and nobody will ever close it."""
    stage.gone = True
    guard = stage.home.argv("--name", "fake", "--", *stage.server())
    wire = stage.start([sys.executable, "-c", CLIENT, *guard])
    wire.handshake()
    wire.start_call("hang")
    stage.until_seen(name="hang")
    begun = time.monotonic()
    os.kill(wire.pid, signal.SIGKILL)
    wire.exit()
    assert time.monotonic() - begun < 2.5
    assert stage.home.records("stop")[-1]["reason"] == "the client died"


@pytest.mark.parametrize(("fd", "which"), [(0, "input"), (1, "output")])
def test_a_server_that_lets_go_of_a_pipe_is_ended(stage: Stage, fd: int, which: str) -> None:
    """Attack: it lives on and answers nothing; waiting would never end."""
    wire = stage.ready()
    wire.call("close", fd=fd)
    last = wire.start_call("echo")
    assert wire.exit() == 1
    assert f"closed its {which}" in wire.answer(last)["error"]["message"]


def test_every_call_that_was_allowed_and_not_sent_is_recorded_as_lost(stage: Stage) -> None:
    """Promise: an intent without an outcome would mean that nobody knows."""
    wire = stage.ready()
    wire.call("deaf")
    waiting = wire.start_call("echo", text="x" * 300_000)
    wire.taken()
    assert wire.finish() == 0
    assert "error" in wire.answer(waiting)
    statuses = {record["call"]: record["status"] for record in stage.home.records("outcome")}
    assert list(statuses.values()) == ["ok", "lost"]
