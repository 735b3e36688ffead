"""A profile observed on the running wire, and the rule that is learned from it at a terminal."""

import json
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.pinning.store import PinStore
from tests.approving.terminal import Terminal
from tests.ways.shops import Message, Shelves, tool
from tests.ways.stage import Stage
from tests.ways.wire import Wire

CHANGED = "notifications/tools/list_changed"
NOW = "2026-11-24T12:00:00+00:00"
CLOSED = {"readOnlyHint": True, "openWorldHint": False}
DENY = """\
version = 1
[[rule]]
deny = "shop/secret"
"""


@pytest.fixture
def terminal(
    tmp_path: Path, stage: Stage, client_environment: Mapping[str, str]
) -> Generator[Terminal]:
    """A terminal of the person's own, which no client has started."""
    folder = tmp_path / "person"
    folder.mkdir()
    environment = {**client_environment, "LOCALGUARD_HOME": str(stage.home.path)}
    with Terminal(folder, environment) as terminal:
        yield terminal


@pytest.fixture
def shelves(stage: Stage) -> Shelves:
    """A server that a person has reviewed, under a profile that lets nothing through."""
    made = Shelves(stage.folder / "shop.json")
    made.tools(
        tool("read", annotations=CLOSED),
        tool("secret", annotations=CLOSED),
        tool("wipe", annotations={"destructiveHint": True, "openWorldHint": False}),
    )
    guard(stage, made).finish()
    stage.home.write("all", DENY)
    store = PinStore(str(stage.home.state / "pins"))
    (pin,) = store.read("shop") or ()
    store.put("shop", replace(pin, confirmed=NOW), pin)
    return made


def guard(stage: Stage, shelves: Shelves, *options: str) -> Wire:
    """A guard in front of the shop, after the handshake and a list."""
    wire = stage.run("--name", "shop", *options, "--", *shelves.argv)
    wire.handshake()
    wire.ask("tools/list")
    return wire


def typed(stage: Stage, terminal: Terminal, command: str, *answers: tuple[str, str]) -> str:
    """Type a command of localguard's, and each answer once its question stands there."""
    terminal.type("clear")
    # The end of the command before would be taken for that of this one.
    terminal.until_gone("ended")
    program = stage.home.argv()[:-1]
    terminal.type(f"{' '.join(program)} {command}; echo end''ed")
    for question, answer in answers:
        terminal.until(question)
        terminal.type(answer)
    return terminal.until("ended")


def listed(wire: Wire) -> list[str]:
    return [one["name"] for one in wire.ask("tools/list")["result"]["tools"]]


def is_denied(answer: Message) -> bool:
    return "DENIED" in json.dumps(answer)


def observed(stage: Stage, kind: str) -> list[tuple[str, bool | None]]:
    """The items of records of a kind, with what they say of observation."""
    return [(one["item"], one["observed"]) for one in stage.home.records(kind)]


def test_observed_learned_and_enforced(stage: Stage, shelves: Shelves, terminal: Terminal) -> None:
    """The whole arc: denied, let through and noted, learned from, and allowed by a rule."""
    wire = guard(stage, shelves)
    assert listed(wire) == []
    assert is_denied(wire.call("read", path="/srv/a"))
    typed(stage, terminal, "profile observe 3d", ("Observe all?", "y"))
    wire.told(CHANGED)
    assert listed(wire) == ["read"]
    assert not is_denied(wire.call("read", path="/srv/a"))
    assert not is_denied(wire.call("read", path="/srv/b"))
    assert is_denied(wire.call("secret"))
    assert is_denied(wire.call("wipe"))
    assert "OBSERVED" in typed(stage, terminal, "status")
    greeting = guard(stage, shelves)
    assert "calls that no rule names are let through" in json.dumps(greeting.heard)
    typed(
        stage,
        terminal,
        "learn",
        ("[q] stop", "w"),
        ("Save 1 rule to all.toml?", "y"),
    )
    rule = '[[rule]]\nallow = "shop/read"\nwhen.args.path.under = "/srv"\n'
    assert rule in (stage.home.profiles / "all.toml").read_text("utf-8")
    typed(stage, terminal, "profile observe off")
    assert not is_denied(wire.call("read", path="/srv/c"))
    assert is_denied(wire.call("read", path="/etc/passwd"))
    assert observed(stage, "intent") == [("read", True), ("read", True), ("read", None)]
    assert observed(stage, "refused") == [
        ("read", None),
        ("secret", False),
        ("wipe", False),
        ("read", None),
    ]
    changes = [one["change"] for one in stage.home.records("profile")]
    assert {"observing", "enforcing"} <= set(changes)


def test_a_clients_configuration_lets_nothing_through(
    stage: Stage, shelves: Shelves, terminal: Terminal
) -> None:
    """Attack: a model writes --observe into the entry; it is shown as a wish, with the command."""
    wire = guard(stage, shelves, "--observe", "3d")
    assert listed(wire) == []
    assert is_denied(wire.call("read", path="/srv/a"))
    shown = typed(stage, terminal, "status")
    wish = "asks to be observed: localguard profile observe 3d --profile all"
    # The terminal has broken the line wherever it ended.
    assert wish.replace(" ", "") in "".join(shown.split())


def test_what_a_client_starts_may_not_begin_it(stage: Stage, shelves: Shelves) -> None:
    """Attack: the client's shell types the command."""
    wire = guard(stage, shelves)
    done = stage.command("profile", "observe", "3d", answers="y\n")
    assert done.returncode == 3
    assert "all is not observed" in done.stderr
    assert is_denied(wire.call("read", path="/srv/a"))
    learned = stage.command("learn", answers="n\ny\n")
    assert learned.returncode in (0, 3)
    assert (stage.home.profiles / "all.toml").read_text("utf-8") == DENY
