"""What has become of the entries that start guards: each fault that is planted is seen."""

import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from localguard.clients.watch import Sighting, defined_in, look
from tests.clients.acts import GUARD, connect, registry
from tests.clients.homes import TEXTS, Home, home


def seen(at: Home) -> list[Sighting]:
    """What is told, but for the program of these tests, which is not there."""
    found = look(at.machine, registry(at))
    return [one for one in found if one.kind != "no program"]


@pytest.fixture
def at(tmp_path: Path) -> Home:
    """Claude Desktop, registered with two servers."""
    found = home(tmp_path, "claude-desktop")
    connect(found)
    return found


def test_what_is_as_it_was_left_is_not_told(at: Home) -> None:
    """Also where nothing is registered at all."""
    assert seen(at) == []


def test_an_entry_that_vanished_is_told_and_had_back(at: Home) -> None:
    """Claude Desktop drops `mcpServers` when it writes its file anew (claude-code#85005)."""
    at.files[0].write_text('{"globalShortcut": "Ctrl+Space"}')
    first, second = seen(at)
    assert (first.kind, first.name, second.name) == ("vanished", "pg", "My Files")
    assert first.what == (
        "Claude Desktop has no entry pg any more; it was registered on 2026-11-27"
    )
    assert first.fix == "quit it fully, then: localguard connect claude-desktop --server pg"
    for one in (first, second):
        connect(at, *one.command[3:])
    assert seen(at) == []
    assert '"My Files"' in at.files[0].read_text()


def test_a_file_that_is_gone_is_told(at: Home) -> None:
    """All of its entries have vanished."""
    at.files[0].unlink()
    assert [one.kind for one in seen(at)] == ["vanished", "vanished"]


def test_an_entry_that_was_unwrapped_is_told_and_wrapped_again(at: Home) -> None:
    """Attack: a model with a shell writes the old command back."""
    at.files[0].write_text(TEXTS["claude-desktop"])
    assert {one.kind for one in seen(at)} == {"unwrapped"}
    connect(at, "pg")
    (left,) = seen(at)
    assert (left.kind, left.name) == ("unwrapped", "My Files")


def test_a_server_that_goes_around_the_guard_is_told(at: Home) -> None:
    """A person added it in the client, or the client imported it from another one."""
    text = (
        at.files[0]
        .read_text()
        .replace('"mcpServers": {', '"mcpServers": {"new": {"command": "npx", "args": []},')
    )
    at.files[0].write_text(text)
    (one,) = seen(at)
    assert (one.kind, one.fix) == ("bypass", "localguard connect claude-desktop --server new")
    connect(at, *one.command[3:])
    assert seen(at) == []


def test_a_twin_of_the_packaged_app_that_goes_around_is_told(tmp_path: Path) -> None:
    """Windows: the packaged Claude reads another file than the one that is documented."""
    at = home(tmp_path, "claude-desktop", "win32")
    twin = at.files[1]
    text = twin.read_bytes()
    twin.unlink()
    connect(at)
    twin.write_bytes(text)
    assert {(one.kind, one.path) for one in seen(at)} == {("bypass", str(twin))}


def test_a_byte_order_mark_and_a_broken_file_are_told(at: Home) -> None:
    """tradingview-mcp#406: Claude takes the first for a fault and drops all servers."""
    raw = at.files[0].read_bytes()
    at.files[0].write_bytes(b"\xef\xbb\xbf" + raw)
    assert [one.kind for one in seen(at)] == ["byte order mark"]
    at.files[0].write_bytes(raw[:-1])
    (one,) = seen(at)
    assert one.kind == "broken"
    assert f"{at.files[0]}:" in one.what


def test_a_program_that_is_gone_is_told(at: Home) -> None:
    """The client would say no more than that the server failed."""
    found = look(at.machine, registry(at))
    assert {one.kind for one in found} == {"no program"}
    assert not os.path.exists(GUARD.argv[0])
    assert GUARD.argv[0] in found[0].what


def test_a_server_that_its_profile_has_no_more_is_told(at: Home) -> None:
    """The guard denies every call then; the client's file looks as it should."""
    program = look(at.machine, registry(at), defined_in(at.where))
    assert {one.kind for one in program} == {"no program"}
    Path(at.where.servers_file("work")).unlink()
    found = look(at.machine, registry(at), defined_in(at.where))
    told = [one for one in found if one.kind == "undefined"]
    assert [one.name for one in told] == ["pg", "My Files"]
    assert told[0].what == "the profile work has no server pg, which claude-desktop starts"
    Path(at.where.profile_file("work")).write_text("version = 2")
    assert seen(at) == []


def changed(at: Home, name: str, **parts: object) -> None:
    """The entry of a name with other parts, as a program that edits the file would write them."""
    values = json.loads(at.files[0].read_text())
    values["mcpServers"][name] |= parts
    at.files[0].write_text(json.dumps(values))


@pytest.mark.parametrize(
    "parts",
    [
        {"command": sys.executable, "args": ["-m", "localguard", "run", "pg"]},
        {"args": ["run", "My-Files"]},
        {"args": ["run", "pg", "--profile", "loose"]},
        {"env": {"PYTHONPATH": "/home/ana/planted"}},
        {"env": {"ld_preload": "/home/ana/planted.so"}},
    ],
    ids=lambda parts: " ".join(map(str, parts.values())),
)
def test_an_entry_that_starts_something_else_is_told_and_had_back(
    at: Home, parts: dict[str, object]
) -> None:
    """Attack: another program, server, profile or library, in an entry that looks like ours."""
    before = json.loads(at.files[0].read_text())
    changed(at, "pg", **parts)
    assert [(one.kind, one.name) for one in seen(at)] == [("altered", "pg")]
    connect(at, "pg")
    assert seen(at) == []
    assert json.loads(at.files[0].read_text())["mcpServers"]["pg"] | {"env": 0} == (
        before["mcpServers"]["pg"] | {"env": 0}
    )


def test_a_remedy_is_one_command_whatever_a_server_is_called(at: Home) -> None:
    """Attack: a name that is another command where a remedy is pasted into a shell."""
    values = json.loads(at.files[0].read_text())
    values["mcpServers"]["a; touch planted #"] = {"command": "uvx", "args": ["tool"]}
    at.files[0].write_text(json.dumps(values))
    (one,) = seen(at)
    assert shlex.split(one.fix)[-1] == "a; touch planted #"
