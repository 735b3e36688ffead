"""Texts that steer a terminal, hidden in everything that servers, clients and models choose.

What is looked at is every byte that the terminal gets, on each screen and from each command.
"""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.approving.drawn import oddities
from tests.approving.person import CONSOLE, Person
from tests.approving.terminal import Terminal
from tests.ways.shops import Shelves, tool
from tests.ways.stage import Stage
from tests.ways.wire import Wire

pytestmark = pytest.mark.slow

ATTACKS = {
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "link": "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "title": "\x1b]0;evil\x07",
    "colour": "\x1b[8;31;7777mhidden",
    "move": "\x1b[2J\x1b[1;1H\x1b[6n",
    "reset": "\x1bc",
    "device": "\x1bP+q544e\x1b\\",
    "C1": "\x9b31m\x9d52;c;eA==\x9c\x90q\x9c",
    "bidi": "\u202etxt.exe\u2066\u2069\u200f",
    "unseen": "a\u200bb\ufeffc\u00add\U000e0041\u2028\u2029",
    "line": "ok\r\x08\x08\x7f\x0b\x0cevil\a",
    "markup": "[@click=app.exit]x[/] [red]y[/red]",
}
EVERY = "".join(ATTACKS.values())
ASKING = (
    'version = 1\n[[rule]]\nask = ["shop/read", "shop/evil*"]\n[[rule]]\nallow = "shop/quiet"\n'
)


@pytest.mark.parametrize("attack", ATTACKS.keys() - {"markup"})
def test_what_is_looked_for_would_be_found(attack: str) -> None:
    """The test of the tests: each attack that reached a terminal as it is would be seen."""
    said = f"before {ATTACKS[attack]} after".encode()
    assert oddities(said) != []
    assert oddities(said, lines=True) != []


@pytest.fixture
def wire(stage: Stage) -> Wire:
    """A hostile client before a hostile server."""
    shelves = Shelves(stage.folder / "shop.json")
    shelves.hello(serverInfo={"name": f"shop{EVERY}", "version": EVERY}, instructions=EVERY)
    evil = {**tool(f"evil{EVERY}", EVERY), "title": EVERY}
    hidden = {"type": "object", "properties": {EVERY: {"type": "string", "description": EVERY}}}
    shelves.tools(tool("read", EVERY), tool("quiet"), evil | {"inputSchema": hidden})
    stage.home.write("work", ASKING)
    stage.home.use("work")
    wire = stage.run("--name", "shop", "--", *shelves.argv, EVERY.replace("\0", ""))
    info = {"name": f"client{EVERY}", "version": EVERY, "title": EVERY}
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
    wire.ask("initialize", params)
    wire.notify("notifications/initialized")
    wire.call("quiet", **{EVERY: EVERY})
    return wire


@pytest.fixture
def watching(stage: Stage, tmp_path: Path) -> Generator[Terminal]:
    """Another terminal of the same person."""
    folder = tmp_path / "watching"
    folder.mkdir()
    with Terminal(folder, stage.home.environment) as terminal:
        yield terminal


def test_no_screen_lets_a_text_steer_the_terminal(stage: Stage, wire: Wire, person: Person) -> None:
    """Promise: on all screens and in all dialogs everything hidden is shown as an escape."""
    drawn = stage.folder / "drawn"
    person.record(drawn)
    call = wire.start_call("read", **ATTACKS)
    other = wire.start_call(f"evil{EVERY}", **{EVERY: EVERY})
    person.open("WORK", "1 guard")
    person.look("shop/read", "HIDDEN TEXT", "\\u{1b}")
    for key, opened in (("t", "Definition"), ("r", "As it came"), ("v", "Changed arguments")):
        person.press(key)
        person.until(opened, "esc back")
        person.press("PageDown", "PageDown")
        person.back(opened)
    person.press("e")
    person.until("show the difference")
    person.back("show the difference")
    person.press("s")
    person.until("how long")
    person.press("Left")
    person.until("written to", "target = ")
    person.press("End")
    person.decide("a", "the digits", ready="● a allow so")
    person.confirm("remembered at")
    wire.answer(call)
    person.look("shop/evil", "HIDDEN TEXT")
    person.decide("d", "✓ shop/evil")
    wire.answer(other)

    person.go(2, "following")
    person.press("Enter")
    for _ in range(12):
        person.press("Up")
    person.until("paused")
    person.go(3, "REMEMBERED ANSWERS")
    person.press("End")
    person.go(4, "NOT REVIEWED")
    person.press("t")
    person.until("definitions")
    person.press("End")
    person.press("Escape")
    person.until("v review")
    person.press("v")
    person.until("Confirm what was pinned", "tool read")
    person.press("End")
    person.back("Confirm what was pinned")
    person.go(5, "ACTIVE")
    person.go(1, "pending 0")
    said = drawn.read_bytes()
    assert b"\\u{1b}" in said
    assert b"[@click=app.exit]" in said
    assert oddities(said) == []


def test_no_command_lets_a_text_steer_the_terminal(
    stage: Stage, wire: Wire, terminal: Terminal, watching: Terminal
) -> None:
    """Promise: every line of every command shows what is hidden; `watch` prints what comes."""
    files = [stage.folder / "told", stage.folder / "watched"]
    for one, file in zip((terminal, watching), files, strict=True):
        one.record(file)
    watching.type([*CONSOLE, "approvals", "watch"])
    call = wire.start_call("read", **ATTACKS)
    other = wire.start_call(f"evil{EVERY}", **{EVERY: EVERY})
    ids = [str(one["call"]) for one in stage.home.until_many("held", 2)]
    watching.until(*ids, "left")
    for number, words in enumerate(
        (
            "approvals list",
            *(f"approvals show {id_}" for id_ in ids),
            "status",
            "logs",
            f"why {ids[1]}",
            "rules list",
            "server list",
            "server show shop",
            "can --all",
        )
    ):
        terminal.type(f"{' '.join([*CONSOLE, *words.split()])}; echo end-$(({number}))")
        terminal.until(f"end-{number}")
    for id_ in ids:
        terminal.type([*CONSOLE, "approvals", "deny", id_, "--reason", "no"])
        watching.until(f"{id_}  shop/", "was denied by")
    wire.answer(call)
    wire.answer(other)
    watching.press("C-c")
    for file in files:
        said = file.read_bytes()
        assert b"\\u{1b}" in said
        assert oddities(said, lines=True) == []
