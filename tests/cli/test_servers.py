"""`server list`, `show` and `test`: what is pinned, what it says now, and what would be asked."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localguard.cli import servers
from localguard.cli.exits import Exit
from localguard.errors import ServerFault, UsageFault
from localguard.pinning.faults import PinFault
from localguard.policy.pins import Account, Definition, Family, Identity, Pin
from tests.cli.shop_floor import MONDAY, TUESDAY, Floor
from tests.config.makers import put
from tests.ways.shops import tool

Command = Callable[..., Exit]


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    made = Floor(tmp_path)
    made.shelves.tools(tool())
    return made


def run(command: Command, floor: Floor, *names: str | None) -> tuple[Exit, list[str]]:
    """The exit code and the lines of a command."""
    out = io.StringIO()
    code = command(floor.where, *names, as_json=False, out=out)
    return code, out.getvalue().splitlines()


def run_json(command: Command, floor: Floor, *names: str | None) -> tuple[Exit, dict[str, Any]]:
    """The exit code and the object of a command with --json."""
    out = io.StringIO()
    code = command(floor.where, *names, as_json=True, out=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    assert found.pop("schema_version") == 1
    return code, found


def other(floor: Floor, *tools: dict[str, Any]) -> Account:
    return replace(floor.account(*tools), identity=Identity(("/bin/other",)))


def test_without_servers_the_list_says_how_they_come(tmp_path: Path) -> None:
    empty = Floor(tmp_path)
    code, lines = run(servers.list_servers, empty)
    assert (code, lines) == (
        Exit.OK,
        ["No server was seen yet: the first session with one pins it."],
    )
    assert run_json(servers.list_servers, empty) == (Exit.OK, {"servers": []})


def test_the_list_says_who_was_reviewed_and_what_is_pending(floor: Floor) -> None:
    """One line for each identity."""
    floor.pin(tool())
    floor.store.put("files", Pin(other(floor, tool("a"), tool("b")), MONDAY, TUESDAY), None)
    floor.store.note("files", other(floor, tool("a", "new words"), tool("c")), TUESDAY)
    floor.store.note("shop", other(floor, tool()), TUESDAY)
    code, lines = run(servers.list_servers, floor)
    shown = floor.identity.shown
    assert code is Exit.OK
    assert lines == [
        f"files  reviewed {TUESDAY}, 3 to review  2 tools  /bin/other",
        f"shop  not reviewed  1 tool  {shown}",
        "shop  another server than is pinned under this name, 1 to review  1 tool  /bin/other",
    ]


def test_changed_instructions_are_pending_too(floor: Floor) -> None:
    floor.pin(tool(), confirmed=MONDAY)
    floor.store.note("shop", floor.account(tool(), said="other"), TUESDAY)
    (row,) = run_json(servers.list_servers, floor)[1]["servers"]
    assert row["pending"] == 1
    assert row["confirmed"] == MONDAY
    assert row["identity"] == floor.shelves.argv
    assert row["digest"] == floor.identity.digest
    assert row["counts"] == "1 tool"


def test_a_broken_file_is_told_in_the_list(floor: Floor) -> None:
    """The others are listed all the same."""
    floor.pin(tool())
    Path(floor.store.path("broken")).write_text("x")
    code, lines = run(servers.list_servers, floor)
    assert code is Exit.INVALID
    assert lines[0].startswith("broken  ")
    assert "the pins are broken" in lines[0]
    assert lines[1].startswith("shop  not reviewed")


def test_show_has_every_text_of_every_definition(floor: Floor) -> None:
    """With what is hidden made visible."""
    floor.pin(tool("read", "one\ntwo\u202e"))
    code, lines = run(servers.show, floor, "shop")
    assert code is Exit.OK
    assert lines[1:] == [
        f"  pinned on {MONDAY}, reviewed by nobody; 1 tool",
        "  instructions:",
        "      | use it",
        "  tool read  (open, write)",
        "    description:",
        "      | one",
        "      | two\\u{202e}",
        "    inputSchema.properties.path.description: which",
        "    inputSchema.properties.path.type: string",
        "    inputSchema.type: object",
    ]


def test_show_as_json_has_everything(floor: Floor) -> None:
    """Whole, for programs."""
    floor.pin(tool())
    code, found = run_json(servers.show, floor, "shop")
    (pin,) = found["pins"]
    (definition,) = pin["definitions"]
    assert code is Exit.OK
    assert (pin["pinned"], pin["confirmed"], pin["instructions"]) == (MONDAY, None, "use it")
    assert definition["definition"] == tool()
    assert definition["marks"] == ["open", "write"]
    assert definition["digest"] == Definition(Family.TOOL, "read", tool()).digest


def test_show_of_what_is_not_pinned_shows_what_was_seen(floor: Floor) -> None:
    floor.store.note("shop", replace(floor.account(tool()), greeting=None), TUESDAY)
    assert run(servers.show, floor, "shop")[1][1].startswith(f"  pinned on {TUESDAY}")
    with pytest.raises(UsageFault, match="nothing was ever seen"):
        run(servers.show, floor, "else")


def test_test_says_when_all_is_as_it_was_pinned(floor: Floor) -> None:
    """Promise: exit 0 equal."""
    assert run(servers.test, floor, "shop", None) == (
        Exit.OK,
        [f"shop: {floor.identity.shown}", "  lists 1 tool", "  not pinned yet"],
    )
    floor.pin(tool())
    code, lines = run(servers.test, floor, "shop", None)
    assert (code, lines[2:]) == (Exit.OK, [f"  as it was pinned on {MONDAY}"])
    assert run_json(servers.test, floor, "shop", None) == (
        Exit.OK,
        {"server": "shop", "equal": True, "pinned": True, "instructions": True, "changes": []},
    )


def test_test_shows_what_would_be_asked(floor: Floor) -> None:
    """Promise: exit 1 changed; nothing is stored."""
    pin = floor.pin(tool("read", "other words"), said="before")
    code, lines = run(servers.test, floor, "shop", None)
    assert code is Exit.FAILURE
    assert "  its instructions have changed" in lines
    assert "  changed tool read  (open, write)" in lines
    assert lines[-1] == "Review it with: localguard server review shop"
    assert floor.pinned == pin
    assert floor.store.seen("shop") == ()
    found = run_json(servers.test, floor, "shop", None)[1]
    assert found["changes"] == [{"change": "changed", "item": "read"}]


def test_test_tells_another_server_under_the_name(floor: Floor) -> None:
    """All of it is new."""
    floor.store.put("shop", Pin(other(floor, tool()), MONDAY), None)
    code, lines = run(servers.test, floor, "shop", None)
    assert code is Exit.FAILURE
    assert "  another server is pinned under this name" in lines
    assert "  new tool read  (open, write)" in lines


def test_test_of_what_cannot_be_started_is_a_fault(floor: Floor) -> None:
    """Each with its reason."""
    put(floor.where, "work", 'version = 1\n[servers.shop]\ncommand = ["no-such-program"]\n')
    with pytest.raises(ServerFault, match="not found"):
        run(servers.test, floor, "shop", None)
    floor.pin(tool())
    put(floor.where, "work", 'version = 1\n[servers.shop]\nurl = "http://127.0.0.1:1"\n')
    with pytest.raises(ServerFault, match="cannot be reached"):
        run(servers.test, floor, "shop", None)
    Path(floor.store.path("shop")).write_text("x")
    with pytest.raises(PinFault, match="broken"):
        run(servers.test, floor, "shop", None)


def test_a_name_cannot_steer_the_terminal(floor: Floor) -> None:
    """Attack: the server's name, its words and its tools hold escape sequences."""
    evil = Account(Identity(("/bin/\x1b[2J",)), None, {}, frozenset())
    definition = Definition(Family.TOOL, "a\x1b[2J\u202e", {"x\x1b": "\x1b[2J"})
    floor.store.put("db\x1b[2J", Pin(replace(evil, definitions={"a": definition}), MONDAY), None)
    for text in (run(servers.list_servers, floor)[1], run(servers.show, floor, "db\x1b[2J")[1]):
        assert "\x1b" not in "".join(text)
        assert "\u202e" not in "".join(text)
