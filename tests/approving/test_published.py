"""An official client, the guard and a published server, and a person before the console.

Everything is the real program: the SDKs of Python and TypeScript, `server-filesystem` from npm,
and the console in a terminal.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.approving.callers import CLIENTS, Caller, Node, text_of
from tests.approving.person import Person
from tests.ways.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.real]

RULES = """
version = 1
color = "violet"
[servers.files]
command = {command}
[[rule]]
ask = ["files/write_file", "files/create_directory"]
timeout = "{timeout}"
"""


@pytest.fixture
def folder(stage: Stage) -> Path:
    """The folder that the server serves."""
    folder = stage.folder / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def command(npm_server: Callable[[str], list[str]], folder: Path) -> str:
    """The command of the server, as a profile has it."""
    return json.dumps([*npm_server("filesystem"), str(folder)])


def caller(stage: Stage, name: str, node: Node, command: str, timeout: str) -> Caller:
    """A client in front of a server that asks before it writes."""
    stage.home.write("work", RULES.format(command=command, timeout=timeout))
    stage.home.use("work")
    return Caller(stage, name, node, stage.home.argv("files"))


@pytest.mark.parametrize("name", CLIENTS)
def test_what_would_write_is_held_until_the_person_decides(
    stage: Stage, folder: Path, command: str, person: Person, node_script: Node, name: str
) -> None:
    """Promise: held, shown, allowed by digits, since the server says that it is destructive;
    denied with a note; and let go as the person has edited it, which the model is told."""
    client = caller(stage, name, node_script, command, "30s")
    target, other = folder / "new.txt", folder / "other"

    # 1. A write is held, and the digits let it go.
    call = client.start("write_file", path=str(target), content="hello")
    person.open("WORK", "1 guard")
    person.look("files/write_file", "DESTRUCTIVE", "work.toml:6", "hello")
    assert "Waiting for your approval" in client.told()
    person.decide("a", "type ")
    person.confirm("sending")
    assert not target.exists()
    assert not client.result(call).get("isError")
    assert target.read_text() == "hello"

    # 2. The next one is denied with a note.
    call = client.start("write_file", path=str(target), content="goodbye")
    person.look("goodbye", 'was "hello"')
    person.deny("not that file")
    denied = client.result(call)
    assert denied["isError"] is True
    assert "not that file" in text_of(denied)
    assert target.read_text() == "hello"

    # 3. Another one goes with other arguments.
    call = client.start("create_directory", path=str(folder / "wrong"))
    person.look("files/create_directory")
    person.edit(json.dumps({"path": str(other)}), "was:", "now:", "wrong", "other")
    person.decide("a", "✓ files/create_directory")
    told = text_of(client.result(call))
    assert "the user changed the arguments" in told
    assert other.is_dir()
    assert not (folder / "wrong").exists()
    assert client.errors() == []


@pytest.mark.parametrize("name", CLIENTS)
def test_what_nobody_answered_in_time_can_be_allowed_for_the_next_identical_call(
    stage: Stage, folder: Path, command: str, person: Person, node_script: Node, name: str
) -> None:
    """Promise: NOT EXECUTED when the time is over; allowed after that the identical call passes,
    once, and a different one asks again."""
    client = caller(stage, name, node_script, command, "1s")
    wanted, other = folder / "wanted", folder / "other"
    person.open("WORK", "1 guard")
    first = client.result(client.start("create_directory", path=str(wanted)))
    assert "NOT EXECUTED" in text_of(first)
    person.look("held 1", "its client no longer waits")
    person.decide("a", "was allowed for the next identical call")
    different = client.result(client.start("create_directory", path=str(other)))
    assert "NOT EXECUTED" in text_of(different)
    assert not client.result(client.start("create_directory", path=str(wanted))).get("isError")
    assert wanted.is_dir()
    again = client.result(client.start("create_directory", path=str(wanted)))
    assert "NOT EXECUTED" in text_of(again)
    assert not other.exists()
    assert client.errors() == []
