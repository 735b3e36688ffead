"""A server that the profile defines anew, behind a client that keeps its session."""

import json
import signal
import sys
import time
from collections.abc import Sequence

import pytest

from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

RULES = """
version = 1
[servers.fake]
command = {command}
env = {{ ACCOUNT = "{account}" }}
[[rule]]
{verb} = "fake/*"
"""

MUTE = [sys.executable, "-I", "-S", "-c", "import sys; [None for _ in sys.stdin]"]
"""A server that never answers, and ends with its stdin."""
SHORT = [sys.executable, "-I", "-S", "-c", "raise SystemExit(3)"]
"""A server that ends before it was asked anything."""
PATIENCE = 2.0
"""Seconds that clients give a guard to end."""


def define(
    stage: Stage, name: str, command: Sequence[str], account: str = "", verb: str = "allow"
) -> None:
    """Write a profile with this server."""
    given = json.dumps(list(command))
    stage.home.write(name, RULES.format(command=given, account=account, verb=verb))


def write(stage: Stage, name: str, account: str, *traits: str) -> None:
    define(stage, name, stage.server(*traits), account)


def ready(stage: Stage) -> Wire:
    """A session under the profile `work`, with a server that works."""
    write(stage, "work", "work")
    stage.home.use("work")
    wire = stage.run("fake")
    wire.handshake()
    wire.call("read_note")
    return wire


def replaced(stage: Stage) -> list[str]:
    """What became of the servers, in order."""
    return [one["event"] for one in stage.home.records("server")]


def text_of(answer: Message) -> str:
    return "\n".join(part["text"] for part in answer["result"]["content"])


def until_served(wire: Wire) -> Message:
    """Call until the server that was started anew has answered; what came is the last answer."""
    for _ in range(100):
        answer = wire.call("read_note")
        if "error" in answer:
            # It had just reached the server that was stopped.
            assert "defines it anew" in answer["error"]["message"]
        elif "isError" not in answer["result"]:
            return answer
        else:
            assert "started again" in text_of(answer)
    raise AssertionError(f"it was never served again: {answer}")


def test_a_switch_starts_the_server_of_the_other_profile(stage: Stage) -> None:
    """Promise: a profile switch reaches every open session, with the server it defines."""
    write(stage, "work", "work")
    write(stage, "home", "home")
    stage.home.use("work")
    wire = stage.run("fake")
    wire.handshake()
    wire.call("read_note")
    stage.home.use("home")
    until_served(wire)
    assert len(stage.seen("initialize")) == 2
    assert len(stage.seen("notifications/initialized")) == 2
    assert wire.told("notifications/tools/list_changed")
    events = [(one["event"], one.get("exit_code")) for one in stage.home.records("server")]
    assert [event for event, _ in events] == ["started", "exited", "started"]


def test_what_the_server_was_working_on_is_answered(stage: Stage) -> None:
    """Promise: no id stays open, and nothing is answered twice."""
    write(stage, "work", "work")
    write(stage, "home", "home")
    stage.home.use("work")
    wire = stage.run("fake")
    wire.handshake()
    hanging = wire.start_call("hang")
    stage.until_seen(name="hang")
    stage.home.use("home")
    lost = wire.answer(hanging)
    assert "defines it anew" in lost["error"]["message"]
    until_served(wire)


def test_a_profile_that_defines_the_same_starts_nothing(stage: Stage) -> None:
    """A switch between two profiles with one server between them is not felt."""
    write(stage, "work", "same")
    write(stage, "home", "same")
    stage.home.use("work")
    wire = stage.run("fake")
    wire.handshake()
    stage.home.use("home")
    assert "isError" not in wire.call("read_note")["result"]
    assert len(stage.seen("initialize")) == 1


def test_a_server_that_the_first_profile_did_not_name_is_started_by_the_second(
    stage: Stage,
) -> None:
    """Promise: switching to a profile that has the server needs no restart of the client."""
    stage.home.write("none", 'version = 1\n[[rule]]\nallow = "other/*"\n')
    write(stage, "home", "home")
    stage.home.use("none")
    wire = stage.run("fake")
    wire.handshake()
    assert "isError" in wire.call("read_note")["result"]
    stage.home.use("home")
    until_served(wire)


def test_changes_in_quick_succession_end_at_the_last(stage: Stage) -> None:
    """Promise: the server that runs is the one that the profile in force defines."""
    wire = ready(stage)
    for name in ("one", "two", "three"):
        write(stage, name, name)
    for name in ("one", "two", "three"):
        stage.home.use(name)
        wire.start_call("read_note")
    until_served(wire)
    assert stage.home.records("intent")[-1]["profile"] == "three"
    wire.finish()
    events = replaced(stage)
    assert events[::2] == ["started"] * (len(events) // 2)
    assert events[1::2] == ["exited"] * (len(events) // 2)


def test_a_change_that_is_taken_back_at_once_leaves_a_server_that_serves(stage: Stage) -> None:
    """The first server was being stopped already."""
    wire = ready(stage)
    write(stage, "other", "other")
    stage.home.use("other")
    stage.home.use("work")
    until_served(wire)


def test_a_client_that_goes_on_sending_gets_an_answer_to_everything(stage: Stage) -> None:
    """Promise: no call gets lost between two servers, and none is executed twice."""
    wire = ready(stage)
    write(stage, "home", "home")
    asked = [wire.start_call("read_note") for _ in range(200)]
    stage.home.use("home")
    asked += [wire.start_call("read_note") for _ in range(200)]
    asked += [wire.request("tools/list") for _ in range(20)]
    for id_ in asked:
        wire.answer(id_)
    until_served(wire)
    assert len(stage.seen("initialize")) == 2


def test_a_server_that_cannot_be_started_is_told_and_mended(stage: Stage) -> None:
    """Promise: every call names the fault and the fix, and an edit is enough."""
    wire = ready(stage)
    define(stage, "home", ["/nowhere/at/all"])
    stage.home.use("home")
    told = ""
    while "/nowhere/at/all" not in told:
        told = text_of(wire.call("read_note"))
    assert "reconnect this server in the client" in told
    write(stage, "home", "home")
    for _ in range(100):
        if "isError" not in wire.call("read_note")["result"]:
            return
    raise AssertionError("it was never served again")


def test_a_server_that_ends_at_once_ends_the_guard(stage: Stage) -> None:
    """As a server does that ends by itself at any other time; the client shows that it is gone."""
    wire = ready(stage)
    define(stage, "home", SHORT)
    begun = time.monotonic()
    stage.home.use("home")
    assert wire.exit() == 3
    assert time.monotonic() - begun < 8
    assert "the server fake exited (code 3)" in wire.complaints()
    assert replaced(stage) == ["started", "exited", "started", "exited"]


@pytest.mark.parametrize("how", ["eof", "signal"])
def test_a_guard_can_be_ended_while_a_server_leaves_the_handshake_unanswered(
    stage: Stage, how: str
) -> None:
    """Promise: clients kill a guard 2 s after they close its stdin, and lose the answers."""
    wire = ready(stage)
    define(stage, "home", MUTE)
    stage.home.use("home")
    stage.home.until_many("server", 3)
    late = wire.start_call("read_note")
    begun = time.monotonic()
    # Its last call stays unread, as the client is not read meanwhile.
    stage.gone = True
    if how == "eof":
        wire.close_stdin()
        assert wire.exit() == 0
    else:
        wire.process.send_signal(signal.SIGTERM)
        assert wire.exit() == 128 + signal.SIGTERM
    assert time.monotonic() - begun < PATIENCE
    assert wire.answers(late) == []
    assert replaced(stage) == ["started", "exited"] * 2


def test_a_server_that_hangs_is_replaced_by_the_next_edit_at_once(stage: Stage) -> None:
    """Nobody waits for a handshake that no longer matters."""
    wire = ready(stage)
    define(stage, "home", MUTE)
    stage.home.use("home")
    stage.home.until("server", event="exited")
    waiting = wire.start_call("read_note")
    begun = time.monotonic()
    write(stage, "home", "home")
    assert "isError" not in wire.answer(waiting)["result"]
    assert time.monotonic() - begun < 8


def test_a_client_whose_server_hangs_at_its_start_is_greeted_by_the_next(stage: Stage) -> None:
    """Promise: the client's own handshake is answered, by the server that can."""
    define(stage, "work", MUTE)
    write(stage, "home", "home")
    stage.home.use("work")
    wire = stage.run("fake")
    info = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw"}}
    hello = wire.request("initialize", info)
    stage.home.until("server", event="started")
    stage.home.use("home")
    assert wire.answer(hello)["result"]["protocolVersion"] == "2025-11-25"
    wire.notify("notifications/initialized")
    assert "isError" not in until_served(wire)["result"]
    assert len(stage.seen("initialize")) == 1


def test_a_modern_client_goes_on_with_the_next_server(stage: Stage) -> None:
    """2026-07-28: there is no handshake to be said again."""
    write(stage, "work", "work")
    write(stage, "home", "home")
    stage.home.use("work")
    wire = stage.run("fake")
    assert "result" in wire.ask("tools/list", modern())
    stage.home.use("home")
    stage.home.until("server", event="exited")
    for _ in range(100):
        called = wire.ask("tools/call", {"name": "read_note", "arguments": {}, **modern()})
        if "isError" not in called["result"]:
            break
    assert stage.seen("initialize") == []


def modern() -> Message:
    """The envelope that each request of the era carries."""
    prefix = "io.modelcontextprotocol"
    return {
        "_meta": {
            f"{prefix}/protocolVersion": "2026-07-28",
            f"{prefix}/clientCapabilities": {},
            f"{prefix}/clientInfo": {"name": "raw", "version": "1"},
        }
    }


def test_a_call_that_waits_for_a_person_is_answered_once_when_the_profile_is_switched(
    stage: Stage,
) -> None:
    """Promise: a switch withdraws everything that is held, and nothing of it is ever executed."""
    stage.home.hold("45s")
    define(stage, "work", stage.server(), "work", "ask")
    write(stage, "home", "home")
    stage.home.use("work")
    wire = stage.run("fake")
    wire.handshake()
    waiting = wire.start_call("read_note")
    stage.home.until("held", item="read_note")
    stage.home.use("home")
    assert "the profile was switched" in text_of(wire.answer(waiting))
    until_served(wire)
    assert len(stage.calls()) == 1


@pytest.mark.parametrize("how", ["eof", "server"])
def test_a_call_that_waits_for_a_person_is_answered_at_the_end(stage: Stage, how: str) -> None:
    """Promise: whatever ends a guard, the model is told that nothing was executed."""
    stage.home.hold("45s")
    rules = '[[rule]]\nask = "fake/read_note"\n[[rule]]\nallow = "fake/die"\n'
    stage.home.write("work", f"version = 1\n{rules}")
    stage.home.use("work")
    wire = stage.ready()
    waiting = wire.start_call("read_note")
    stage.home.until("held", item="read_note")
    if how == "eof":
        wire.finish()
    else:
        wire.start_call("die")
        wire.exit()
    assert "NOT EXECUTED" in text_of(wire.answer(waiting))
    assert "read_note" not in stage.calls()
    assert [one["how"] for one in stage.home.records("request")] == ["ended"]


@pytest.mark.slow
def test_a_server_that_was_replaced_leaves_nothing_open(stage: Stage) -> None:
    """Promise: a session of days, with a switch now and then, does not run out of descriptors."""
    wire = ready(stage)
    write(stage, "home", "home")
    before = wire.descriptors()
    for name in ("home", "work") * 6:
        stage.home.use(name)
        until_served(wire)
    # Those of the last few are let go of later, with the garbage; each of the twelve had three.
    assert wire.descriptors() < before + 18
