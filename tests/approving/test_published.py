"""An official client, the guard and a published server, and a person before the console.

Everything is the real program: the SDKs of Python and TypeScript, `server-filesystem` from npm,
and the console in a terminal.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.approving.callers import CLIENTS, Caller, Node, text_of
from tests.approving.person import Person
from tests.approving.terminal import stands
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


class Served:
    """A folder that the server serves to clients, which are asked before it writes."""

    def __init__(self, stage: Stage, server: Sequence[str], node: Node) -> None:
        self._stage = stage
        self._server = server
        self._node = node
        self.folder = stage.folder / "files"
        self.folder.mkdir()

    def use(self, timeout: str) -> None:
        """Put the profile in force, by which calls wait so long."""
        command = json.dumps([*self._server, str(self.folder)])
        self._stage.home.write("work", RULES.format(command=command, timeout=timeout))
        self._stage.home.use("work")

    def caller(self, name: str) -> Caller:
        """One of the clients, with a guard of its own."""
        return Caller(self._stage, name, self._node, self._stage.home.argv("files"))


@pytest.fixture
def served(stage: Stage, npm_server: Callable[[str], list[str]], node_script: Node) -> Served:
    return Served(stage, npm_server("filesystem"), node_script)


@pytest.mark.parametrize("name", CLIENTS)
def test_what_would_write_is_held_until_the_person_decides(
    served: Served, person: Person, name: str
) -> None:
    """Promise: held, shown, allowed by digits, since the server says that it is destructive;
    denied with a note; and let go as the person has edited it, which the model is told."""
    served.use("30s")
    client = served.caller(name)
    target, other = served.folder / "new.txt", served.folder / "other"

    # 1. A write is held, and the digits let it go.
    call = client.start("write_file", path=str(target), content="hello")
    person.open("WORK", "1 guard")
    person.look("files/write_file", "DESTRUCTIVE", "work.toml:6", "hello")
    assert "Waiting for your approval" in client.told()
    person.decide("a", "the digits")
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
    call = client.start("create_directory", path=str(served.folder / "wrong"))
    person.look("files/create_directory")
    person.edit(json.dumps({"path": str(other)}), "was:", "now:", "wrong", "other")
    person.decide("a", "✓ files/create_directory", ready="● a allow once so")
    assert "the user changed the arguments" in text_of(client.result(call))
    assert other.is_dir()
    assert not (served.folder / "wrong").exists()
    assert client.errors() == []


def test_what_nobody_answered_in_time_can_be_allowed_for_the_next_identical_call(
    served: Served, person: Person
) -> None:
    """Promise: NOT EXECUTED when the time is over; allowed after that, three clients' calls with
    one yes, the identical call passes, once, and a different one asks again."""
    served.use("1s")
    clients = [served.caller(name) for name in CLIENTS]
    wanted = [served.folder / f"wanted {number}" for number in range(len(clients))]
    person.open("WORK", "3 guards")

    # 1. All three wait in vain.
    assert all("NOT EXECUTED" in told for told in made(clients, wanted))
    person.until("held 3", "↓ looks")

    # 2. They are marked, and allowed with one yes.
    person.press("Home", "Space", "Down", "Space", "Down", "Space", "A")
    person.until("Allow 3 calls of files/create_directory once?", "wanted 2")
    ready = "● the digits, then a, allow them all"
    person.press_until("3", lambda screen: stands(screen, "type 3 3"), ready)
    person.decide("a", "was allowed for the next identical call", ready=ready)

    # 3. What is different is asked for; what is identical passes, once.
    others = [path.with_suffix(".other") for path in wanted]
    assert all("NOT EXECUTED" in told for told in made(clients, others))
    assert all("Successfully created" in told for told in made(clients, wanted))
    assert all("NOT EXECUTED" in told for told in made(clients, wanted))
    assert [path.is_dir() for path in (*wanted, *others)] == [True] * 3 + [False] * 3
    assert [client.errors() for client in clients] == [[], [], []]


def made(clients: Sequence[Caller], folders: Sequence[Path]) -> list[str]:
    """What each client is told when it wants a folder, all of them at once."""
    pairs = list(zip(clients, folders, strict=True))
    calls = [client.start("create_directory", path=str(path)) for client, path in pairs]
    return [text_of(client.result(call)) for client, call in zip(clients, calls, strict=True)]
