"""The console in a real terminal (tmux), between a person and calls that really wait."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.approving.callers import text_of
from tests.approving.person import CONSOLE, Person
from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

pytestmark = pytest.mark.slow

ASKING = """
version = 1
color = "violet"
[[rule]]
ask = "fake/*"
"""


@pytest.fixture
def wire(stage: Stage) -> Wire:
    """A client in front of a server of which every call is asked for."""
    stage.home.write("work", ASKING)
    stage.home.use("work")
    return stage.ready()


@pytest.fixture
def console(wire: Wire, person: Person) -> Person:
    """A console that shows its queue, empty as yet."""
    del wire
    person.open("WORK", "1 guard")
    return person


@pytest.fixture
def other(stage: Stage, tmp_path: Path) -> Generator[Person]:
    """Another terminal of the same person."""
    folder = tmp_path / "other"
    folder.mkdir()
    with Person(folder, stage.home.environment) as person:
        yield person


def told(answer: Message) -> str:
    return text_of(answer["result"])


def test_keys_decide_about_what_was_looked_at(stage: Stage, wire: Wire, console: Person) -> None:
    """Promise: a call is held and shown; `a` allows it, and neither enter, space nor a paste ever
    does; `D` denies with a note to the model."""
    # 1. What has just arrived is looked at by nobody, and no key decides about it.
    call = wire.start_call("read_note", name="a plan")
    console.until("pending 1", "↓ looks")
    console.press("a", "d", "Enter")

    # 2. Looked at, it is allowed.
    console.look("fake/read_note", "a plan", "work.toml:4", "raw (pid")
    console.decide("a", "✓ fake/read_note", "pending 0")
    assert "isError" not in wire.answer(call)["result"]
    (given,) = stage.home.records("answer")
    assert (given["decision"], given["scope"]) == ("allow", "once")

    # 3. No key that is pressed without thought lets anything go.
    call = wire.start_call("read_note", name="another")
    console.look("another")
    console.press("Enter", "Space", "Enter", "y", "Y")
    console.paste("aaaa\na\n")
    console.decide("d", "pending 0")
    assert wire.answer(call)["result"]["isError"] is True

    # 4. A no may carry a reason.
    call = wire.start_call("read_note", name="a third")
    console.look("a third")
    console.deny("the wrong note")
    assert "the wrong note" in told(wire.answer(call))
    assert stage.calls() == ["read_note"]


def test_arguments_are_edited_and_the_model_is_told(wire: Wire, console: Person) -> None:
    """Promise: edited arguments are what the server gets, and the model hears of it."""
    call = wire.start_call("echo", text="before")
    console.look("before")
    screen = console.edit(json.dumps({"text": "after"}), "before", "after")
    assert "was:" in screen
    console.decide("a", "✓ fake/echo", ready="● a allow once so")
    first, *rest = wire.answer(call)["result"]["content"]
    assert "the user changed the arguments" in first["text"]
    assert '"after"' in first["text"]
    assert [part["text"] for part in rest] == ["after"]


def test_consoles_race_and_are_killed_and_no_call_is_lost(
    stage: Stage, wire: Wire, console: Person, other: Person
) -> None:
    """Promise: the first answer wins, and the other console says so; a guard never depends on a
    console."""
    # 1. Two consoles answer at once, and one of them decides.
    other.open("WORK", "1 guard")
    call = wire.start_call("read_note", name="a")
    console.look("fake/read_note")
    other.look("fake/read_note")
    console.press("a")
    other.press("d")
    wire.answer(call)
    (given,) = stage.home.until("answer")
    how = {"allow": "was allowed", "deny": "was denied"}[given["decision"]]
    for each in (console, other):
        each.until("pending 0", how)
    assert len(stage.home.records("answer")) == 1
    assert stage.calls() == ["read_note"] * (given["decision"] == "allow")

    # 2. Both are killed while a call waits, and a new one finds it.
    before = len(stage.calls())
    call = wire.start_call("read_note", name="b")
    for each in (console, other):
        each.until("pending 1")
        each.kill()
    console.open("WORK", "pending 1")
    console.look("fake/read_note", '"b"')
    console.decide("a", "✓ fake/read_note", "pending 0")
    assert "isError" not in wire.answer(call)["result"]
    assert len(stage.calls()) == before + 1


def test_a_switch_of_the_profile_ends_what_is_held(
    stage: Stage, wire: Wire, console: Person, other: Person
) -> None:
    """Promise: a switch shows what it changes, withdraws everything held, and the console shows
    the new profile."""
    stage.home.write("home", f'{ASKING}[[rule]]\ndeny = "fake/drop_*"\n'.replace("violet", "teal"))
    call = wire.start_call("read_note", name="a")
    console.until("pending 1")
    other.type([*CONSOLE, "profile", "use", "home"])
    other.until("work -> home", "1 ask", "1 deny", "1 call withdrawn", "Switch to home?")
    other.type("y")
    other.until("home is now the active profile")
    assert "switched" in told(wire.answer(call))
    console.until("pending 0", "HOME", "teal", "ended when the profile was switched")
    assert stage.calls() == []


def test_lockdown_is_one_key_and_stays_until_it_is_lifted(
    stage: Stage, wire: Wire, console: Person
) -> None:
    """Promise: one key denies everything in every guard, also in one that starts afterwards, until
    a person lifts it, which asks for digits."""
    # 1. What waits is denied, and the next call too.
    call = wire.start_call("read_note", name="a")
    console.until("pending 1")
    console.press("L")
    console.until("LOCKDOWN", "pending 0")
    assert "lockdown" in told(wire.answer(call))
    assert "lockdown" in told(wire.call("read_note", name="b"))

    # 2. A new guard and a new console find it.
    console.press("q")
    console.until_gone("LOCKDOWN")
    wire.finish()
    wire = stage.ready()
    assert "lockdown" in told(wire.call("read_note", name="c"))
    console.open("WORK", "LOCKDOWN")

    # 3. Digits lift it.
    console.press("L")
    console.until("End lockdown?")
    console.confirm("lockdown is over")
    console.until_gone("LOCKDOWN")
    call = wire.start_call("read_note", name="d")
    console.look("fake/read_note")
    console.decide("a", "pending 0")
    assert "isError" not in wire.answer(call)["result"]
    assert stage.calls() == ["read_note"]
    chosen = [(r["what"], r["value"]) for r in stage.home.records("choice")]
    assert chosen[-2:] == [("lockdown", "on"), ("lockdown", "off")]


def test_in_silence_calls_are_answered_at_once_and_can_be_allowed_later(
    stage: Stage, wire: Wire, console: Person
) -> None:
    """Promise: a silent console keeps no client waiting; what it held goes when it is repeated."""
    console.press("o")
    console.until("SILENT")
    assert "NOT EXECUTED" in told(wire.call("read_note", name="a"))
    console.look("fake/read_note", "its client no longer waits", "held 1")
    console.decide("a", "was allowed for the next identical call")
    assert "isError" not in wire.call("read_note", name="a")["result"]
    assert "NOT EXECUTED" in told(wire.call("read_note", name="a"))
    console.press("o")
    console.until("calls wait for you again")
    console.until_gone("SILENT")
    assert stage.calls() == ["read_note"]
