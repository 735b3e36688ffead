"""A server that crashes, hangs or babbles: the client hears of it once, and the log knows."""

import json
import os
import signal

import pytest

from tests.ways.stage import Stage

GONE = 1002


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("leave", {"code": 3}, "exited (code 3)"),
        ("leave", {"raw": '{"jsonrpc":"2.0","id":', "code": 0}, "exited (code 0)"),
        ("leave", {"raw": "panic: out of luck\n"}, "exited (code 3)"),
        ("die", {}, "was ended by signal 9"),
    ],
    ids=["crash", "mid-line", "last-words", "killed"],
)
def test_a_crash_answers_every_open_call(
    stage: Stage, tool: str, arguments: dict[str, object], words: str
) -> None:
    """Promise, "upstream crash, crash mid-line": one error for each open id, then the exit."""
    wire = stage.ready()
    hung = [wire.start_call("hang") for _ in range(50)]
    crashed = wire.start_call(tool, **arguments)
    assert wire.exit() in (1, 3)
    for id_ in (*hung, crashed):
        (answer,) = wire.answers(id_)
        assert answer["error"]["code"] == GONE
        assert words in answer["error"]["message"]
    assert {r["status"] for r in stage.home.records("outcome")} == {"lost"}
    assert stage.home.records("stop")[-1]["reason"] == words


def test_a_server_killed_from_outside_is_told_like_a_crash(stage: Stage) -> None:
    """Promise, "SIGKILL/SIGTERM from outside"."""
    wire = stage.ready()
    hung = wire.start_call("hang")
    wire.call("echo")
    os.kill(stage.seen()[0]["started"], signal.SIGTERM)
    assert "was ended by signal 15" in wire.answer(hung)["error"]["message"]
    assert wire.exit() == 1


@pytest.mark.parametrize("code", [0, 4])
def test_an_answer_without_its_newline_counts_when_the_server_exits(
    stage: Stage, code: int
) -> None:
    """Promise, "no final newline": the last line is used at the end of the stream."""
    wire = stage.ready()
    answered = wire.start_call("leave", answer=True, code=code)
    assert wire.exit() == (code or 1)
    assert wire.answer(answered)["result"]["content"][0]["text"] == "done"


def test_the_last_words_of_a_server_reach_the_clients_log(stage: Stage) -> None:
    """Promise: why a server died stands in the client's log, also when it said much and died."""
    wire = stage.ready()
    wire.start_call("leave", words="a stack trace\n" * 20_000 + "fatal: no config\n")
    wire.exit()
    theirs = wire.complaints().partition("localguard: the server fake exited (code 3)")[0]
    assert theirs.endswith("a stack trace\nfatal: no config\n")
    kept = [path.read_text() for path in (stage.home.state / "stderr").iterdir()]
    assert kept == [theirs]


def test_a_hanging_call_holds_up_no_other_and_can_be_cancelled(stage: Stage) -> None:
    """Promise, "hang": others go on, the cancellation goes through, the id gets no answer."""
    wire = stage.ready()
    hung = wire.start_call("hang")
    assert "result" in wire.call("echo")
    wire.notify("notifications/cancelled", {"requestId": hung, "reason": "too slow"})
    assert "result" in wire.call("release")
    assert [entry["about"] for entry in stage.seen("notifications/cancelled")] == [hung]
    assert wire.answers(hung) == []
    assert stage.home.records("frame")[-1]["reason"] == "unknown-id"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("Server ready, listening ...\n", "noise"),
        ("\x1b[2J\x1b[31mred\x1b[0m\n", "noise"),
        ("\n\r\n  \n", "noise"),
        ("\xff\xfe\xfd\n", "noise"),
        ("null\n[]\n", "frame"),
        ('{"jsonrpc":"2.0","method":"notifications/message","params":{"\xff":1}}\n', "frame"),
        ("\0\0\0\n", "noise"),
        ('{"jsonrpc":"2.0","method":"notifications/message"}\0\n', "frame"),
        ('{"jsonrpc":"2.0","method":"notifications/message"\n', "frame"),
        ('{"jsonrpc":"2.0","id":99,"result":{}}\n', "frame"),
        ('{"jsonrpc":"2.0","id":"2","result":{}}\n', "frame"),
        ('[{"jsonrpc":"2.0","id":2,"result":{}}]\n', "frame"),
        ("[" * 20_000 + "\n", "frame"),
    ],
    ids=[
        *("banner", "escapes", "blank", "bytes", "no-object", "not-utf-8", "nul", "nul-at-end"),
        *("torn", "unknown-id", "text-id", "batch", "deep"),
    ],
)
def test_what_is_no_answer_never_reaches_the_client(stage: Stage, raw: str, kind: str) -> None:
    """Promise, "garbage, banner ...": dropped and recorded, and the call is answered."""
    wire = stage.ready()
    heard = len(wire.heard)
    answer = wire.call("say", raw=raw)
    assert answer["result"]["content"][0]["text"] == "done"
    assert wire.heard[heard:] == [answer]
    assert stage.home.records(kind) or raw.isspace()


def test_half_a_line_waits_for_its_other_half(stage: Stage) -> None:
    """Promise, "half a line waits"."""
    wire = stage.ready()
    begun = wire.start_call("begin")
    assert wire.ask("tools/call", {"name": "finish", "arguments": {}})["result"]
    assert len(wire.answers(begun)) == 1


def test_of_two_answers_to_one_id_the_first_counts(stage: Stage) -> None:
    """Promise, "duplicate reply": first wins, rest dropped and logged."""
    wire = stage.ready()
    first = {"jsonrpc": "2.0", "id": 2, "result": {"content": [], "first": True}}
    answer = wire.call("say", raw=json.dumps(first) + "\n")
    assert answer["result"]["first"]
    wire.call("echo")
    assert [record["reason"] for record in stage.home.records("frame")] == ["unknown-id"]
