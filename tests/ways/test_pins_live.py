"""Pins on the running wire: pinned at first sight, followed, reviewed while it runs."""

import json
from dataclasses import replace

import pytest

from localguard.pinning.store import PinStore
from localguard.policy.pins import Pin
from tests.ways.home import ALL
from tests.ways.shops import Message, Shelves, tool
from tests.ways.stage import Stage
from tests.ways.wire import Wire

CHANGED = "notifications/tools/list_changed"
NOW = "2026-11-24T12:00:00+00:00"


@pytest.fixture
def shelves(stage: Stage) -> Shelves:
    made = Shelves(stage.folder / "shop.json")
    made.tools(tool(), tool("announce"))
    return made


def guard(stage: Stage, shelves: Shelves) -> Wire:
    """A guard in front of the shop, after the handshake."""
    wire = stage.run("--name", "shop", "--", *shelves.argv)
    wire.handshake()
    return wire


def listed(wire: Wire) -> list[Message]:
    found: list[Message] = wire.ask("tools/list")["result"]["tools"]
    return found


def store(stage: Stage) -> PinStore:
    return PinStore(str(stage.home.state / "pins"))


def pinned(stage: Stage) -> Pin:
    """The one pin, once it is written."""
    (found,) = store(stage).read("shop") or ()
    return found


def is_held(answer: Message) -> bool:
    return "NOT EXECUTED" in json.dumps(answer)


def test_a_session_pins_what_it_has_seen(stage: Stage, shelves: Shelves) -> None:
    """Promise: all kinds, by the guard's own listing, whatever the client lists."""
    shelves.put("prompts/list", [{"name": "ask"}])
    shelves.put("resources/templates/list", [{"uriTemplate": "x://{y}", "name": "y"}])
    wire = guard(stage, shelves)
    assert not is_held(wire.call("read"))
    wire.finish()
    names = {"read", "announce", "prompt:ask", "resource:x://{y}"}
    assert set(pinned(stage).account.definitions) == names
    assert pinned(stage).confirmed is None
    assert [r["event"] for r in stage.home.records("pin")] == ["first", "first"]


def test_two_guards_of_a_new_server_pin_it_once(stage: Stage, shelves: Shelves) -> None:
    """Claude Desktop starts each entry twice."""
    wires = [stage.run("--name", "shop", "--", *shelves.argv) for _ in range(2)]
    for wire in wires:
        wire.handshake()
    for wire in wires:
        assert not is_held(wire.call("read"))
        wire.finish()
    assert set(pinned(stage).account.definitions) == {"read", "announce"}


def test_a_guard_is_transparent_as_long_as_nothing_changes(stage: Stage, shelves: Shelves) -> None:
    """The first session and later ones see the same to the last member."""
    for _ in range(2):
        wire = guard(stage, shelves)
        assert listed(wire) == [tool(), tool("announce")]
        assert not is_held(wire.call("read"))
        wire.finish()
    assert shelves.calls() == ["read", "read"]


def test_a_review_bites_while_the_client_waits(stage: Stage, shelves: Shelves) -> None:
    """Promise: another process confirms; an idle client is told to fetch the list again."""
    guard(stage, shelves).finish()
    shelves.tools(tool("read", "Reads better."), tool("announce"))
    wire = guard(stage, shelves)
    assert is_held(wire.call("read"))
    assert listed(wire)[0]["description"] == "Reads a file."
    (seen,) = store(stage).seen("shop")
    store(stage).put("shop", replace(seen, confirmed=NOW), pinned(stage))
    wire.told(CHANGED)
    assert listed(wire)[0]["description"] == "Reads better."
    assert not is_held(wire.call("read"))
    assert shelves.calls() == ["read"]


def test_marks_ask_until_a_person_has_reviewed_the_server(stage: Stage, shelves: Shelves) -> None:
    """Promise: rules by mark give Ask until then, and rules by name work."""
    rules = '[[rule]]\nallow = ["shop/@read", "shop/announce"]\n'
    stage.home.write("all", f"version = 1\n{rules}")
    shelves.tools(tool(annotations={"readOnlyHint": True}), tool("announce"))
    wire = guard(stage, shelves)
    assert is_held(wire.call("read"))
    assert not is_held(wire.call("announce"))
    store(stage).put("shop", replace(pinned(stage), confirmed=NOW), pinned(stage))
    assert not is_held(wire.call("read"))


def test_another_program_under_the_name_is_another_server(stage: Stage, shelves: Shelves) -> None:
    """Promise: its identity is the argv with the program that was found."""
    guard(stage, shelves).finish()
    other = Shelves(stage.folder / "other.json")
    other.tools(tool())
    wire = stage.run("--name", "shop", "--", *other.argv)
    said = wire.handshake()["result"]["instructions"]
    assert "another server was pinned under this name" in said
    assert is_held(wire.call("read"))
    assert "another server was pinned under this name" in wire.complaints()
    assert other.calls() == []


def test_pins_that_are_broken_are_told_and_kept(stage: Stage, shelves: Shelves) -> None:
    """Promise: everything is new; never silently replaced."""
    guard(stage, shelves).finish()
    path = stage.home.state / "pins/shop.json"
    path.write_bytes(path.read_bytes()[:-20])
    wire = guard(stage, shelves)
    assert "the pins are broken" in json.dumps(wire.heard[0])
    assert is_held(wire.call("read"))
    wire.finish()
    (fault,) = [r for r in stage.home.records("pin") if r["event"] == "fault"]
    assert "the pins are broken" in fault["differs"][0]
    assert store(stage).seen("shop") != ()


def test_a_server_that_does_not_run_is_not_pinned(stage: Stage) -> None:
    """What the stand-in lists is nothing, and no server's."""
    wire = stage.run("--name", "shop", "--", "no-such-program")
    wire.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}})
    wire.notify("notifications/initialized")
    wire.ask("tools/list")
    wire.finish()
    assert store(stage).names() == ()


def test_a_list_that_hangs_holds_up_nothing_but_calls_to_tools(
    stage: Stage, shelves: Shelves
) -> None:
    """Promise: prompts that never come delay neither calls nor the end."""
    shelves.write(**{"prompts/list": None})
    wire = guard(stage, shelves)
    assert not is_held(wire.call("read"))
    assert wire.ask("ping", {})["error"]["code"] == -32601
    assert wire.finish() == 0
    assert set(pinned(stage).account.definitions) == {"read", "announce"}


def test_strict_pins_deny(stage: Stage, shelves: Shelves) -> None:
    """`pins = "strict"`: what is new or changed is denied and hidden."""
    stage.home.write("all", f"pins = 'strict'\n{ALL}")
    guard(stage, shelves).finish()
    shelves.tools(tool("read", "Other."), tool("more"))
    wire = guard(stage, shelves)
    assert listed(wire) == []
    assert "DENIED" in json.dumps(wire.call("more"))
    assert "DENIED" in json.dumps(wire.call("read"))
