"""The console in a real terminal (tmux), between a person and calls that really wait."""

import json
import re
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.approving.terminal import Terminal
from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

pytestmark = [pytest.mark.slow, pytest.mark.real]

CONSOLE = [sys.executable, "-m", "localguard"]
DIGITS = re.compile(r"type +(\d) (\d) (\d) (\d)")
ARMED = "a allow once"
ASKING = """
version = 1
color = "violet"
[[rule]]
ask = "fake/*"
"""
FILES = """
version = 1
[servers.files]
command = {command}
[[rule]]
allow = "files/read_*"
[[rule]]
ask = "files/write_file"
"""


def text_of(answer: Message) -> str:
    return "\n".join(part["text"] for part in answer["result"]["content"])


@pytest.fixture
def wire(stage: Stage) -> Wire:
    """A client in front of a server of which every call is asked for."""
    stage.home.write("work", ASKING)
    stage.home.use("work")
    return stage.ready()


@pytest.fixture
def console(wire: Wire, terminal: Terminal) -> Terminal:
    """A console that shows its queue, empty as yet."""
    del wire
    terminal.type(CONSOLE)
    terminal.until("profile WORK", "1 guard")
    return terminal


@pytest.fixture
def other(stage: Stage, tmp_path: Path) -> Generator[Terminal]:
    """Another terminal of the same person."""
    folder = tmp_path / "other"
    folder.mkdir()
    with Terminal(folder, stage.home.environment) as terminal:
        yield terminal


def select(console: Terminal, *texts: str) -> str:
    """Go to the first request, and wait until keys count."""
    console.until("pending 1")
    console.press("Down")
    return console.until(ARMED, *texts)


def until_armed(console: Terminal) -> None:
    """Wait until the mark that keys are not taken yet is gone."""
    console.until_gone("◌")


def confirm(console: Terminal) -> None:
    """Type the digits that are drawn on the screen."""
    found = DIGITS.search(console.until("type "))
    assert found is not None
    until_armed(console)
    for digit in found.groups():
        console.press(digit)


def test_a_key_lets_a_held_call_go(stage: Stage, wire: Wire, console: Terminal) -> None:
    """Promise: a call is held, the console shows it, and `a` allows it."""
    call = wire.start_call("read_note", name="a plan")
    select(console, "fake/read_note", "a plan", "work.toml:4")
    until_armed(console)
    console.press("a")
    assert "isError" not in wire.answer(call)["result"]
    console.until("pending 0")
    (given,) = stage.home.records("answer")
    assert given["decision"] == "allow"


def test_enter_and_space_never_allow(stage: Stage, wire: Wire, console: Terminal) -> None:
    """Promise: no key that is pressed without thought lets anything go."""
    call = wire.start_call("read_note", name="a")
    select(console)
    until_armed(console)
    console.press("Enter", "Space", "Enter")
    console.paste("aaaa\na\n")
    console.press("d")
    assert wire.answer(call)["result"]["isError"] is True
    assert stage.calls() == []


def test_a_no_with_a_note_reaches_the_model(stage: Stage, wire: Wire, console: Terminal) -> None:
    """Promise: a deny may carry a reason to the model."""
    call = wire.start_call("read_note", name="a")
    select(console)
    until_armed(console)
    console.press("D")
    console.until("note")
    console.paste("the wrong note")
    console.press("Enter")
    assert "the wrong note" in text_of(wire.answer(call))
    assert stage.calls() == []


def test_two_consoles_race_and_one_decides(
    stage: Stage, wire: Wire, console: Terminal, other: Terminal
) -> None:
    """Promise: the first answer wins, and the other console says so."""
    other.type(CONSOLE)
    other.until("profile WORK", "1 guard")
    call = wire.start_call("read_note", name="a")
    for each in (console, other):
        select(each)
    for each in (console, other):
        until_armed(each)
    console.press("a")
    other.press("d")
    wire.answer(call)
    console.until("pending 0")
    other.until("pending 0")
    assert len(stage.home.records("answer")) == 1


def test_a_console_that_was_killed_finds_the_call_again(
    stage: Stage, wire: Wire, console: Terminal
) -> None:
    """Promise: a guard never depends on a console."""
    call = wire.start_call("read_note", name="a")
    console.until("pending 1")
    console.kill()
    console.type(CONSOLE)
    select(console, "fake/read_note")
    until_armed(console)
    console.press("a")
    assert "isError" not in wire.answer(call)["result"]
    assert stage.calls() == ["read_note"]


def test_a_switch_of_the_profile_ends_what_is_held(
    stage: Stage, wire: Wire, console: Terminal
) -> None:
    """Promise: a switch withdraws everything held, and the console shows the new profile."""
    stage.home.write("home", ASKING)
    call = wire.start_call("read_note", name="a")
    console.until("pending 1")
    stage.home.use("home")
    assert "switched" in text_of(wire.answer(call))
    console.until("pending 0", "profile HOME")
    assert stage.calls() == []


def test_arguments_are_edited_and_the_model_is_told(
    stage: Stage, wire: Wire, console: Terminal
) -> None:
    """Promise: edited arguments are what the server gets, and the model hears of it."""
    call = wire.start_call("echo", text="before")
    select(console, "before")
    until_armed(console)
    console.press("e")
    console.until("before")
    console.press("C-a", "C-k")
    raise NotImplementedError


def test_a_file_is_written_when_its_digits_are_typed(
    stage: Stage,
    terminal: Terminal,
    npm_server: Callable[[str], list[str]],
    tmp_path: Path,
) -> None:
    """Promise: end to end with a published server, which says that its write is destructive."""
    folder = tmp_path / "files"
    folder.mkdir()
    command = json.dumps([*npm_server("filesystem"), str(folder)])
    stage.home.write("work", FILES.format(command=command))
    stage.home.use("work")
    wire = stage.run("files")
    wire.handshake()
    wire.ask("tools/list")
    terminal.type(CONSOLE)
    terminal.until("profile WORK", "1 guard")
    target = folder / "new.txt"
    call = wire.start_call("write_file", path=str(target), content="hello")
    select(terminal, "files/write_file", "DESTRUCTIVE")
    until_armed(terminal)
    terminal.press("a")
    confirm(terminal)
    terminal.until("sending")
    assert not target.exists()
    wire.answer(call)
    assert target.read_text() == "hello"
