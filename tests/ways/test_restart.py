"""A server that the profile defines anew, behind a client that keeps its session."""

import json

from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

RULES = """
version = 1
[servers.fake]
command = {command}
env = {{ ACCOUNT = "{account}" }}
[[rule]]
allow = "fake/*"
"""


def write(stage: Stage, name: str, account: str, *traits: str) -> None:
    command = json.dumps(stage.server(*traits))
    stage.home.write(name, RULES.format(command=command, account=account))


def text_of(answer: Message) -> str:
    return "\n".join(part["text"] for part in answer["result"]["content"])


def until_served(wire: Wire) -> Message:
    """Call until the server that was started anew has answered; what came is the last answer."""
    for _ in range(100):
        answer = wire.call("read_note")
        if "isError" not in answer["result"]:
            return answer
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
