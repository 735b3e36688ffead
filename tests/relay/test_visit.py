"""A look at a server without a client: all that it lists, and an end to every trouble."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.errors import ServerFault
from localguard.policy.pins import Account, Family, Identity
from localguard.relay.spawn import ServerCommand
from localguard.relay.visit import visit
from tests.ways.shops import Shelves

IDENTITY = Identity(("shop",))


def look(argv: list[str], *, wishes: tuple[str, ...] = (), patience: float = 10.0) -> Account:
    env = {"PATH": os.environ.get("PATH", os.defpath)}
    command = ServerCommand(tuple(argv), env, None)
    return visit(command, IDENTITY, wishes, patience, room=1_000_000)


def python(script: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", script]


@pytest.fixture
def shelves(tmp_path: Path) -> Shelves:
    return Shelves(tmp_path / "shop.json")


def names(account: Account) -> list[str]:
    return sorted(account.definitions)


def test_all_pages_of_all_lists_are_read(shelves: Shelves) -> None:
    """Promise: the guard's own complete listing; of two of one name the first counts."""
    shelves.put("tools/list", [{"name": "a"}, 1, {}], [{"name": "b"}, {"name": "a", "x": 1}])
    shelves.put("prompts/list", [{"name": "p"}])
    shelves.put("resources/templates/list", [{"uriTemplate": "x://{y}"}])
    found = look(shelves.argv)
    assert names(found) == ["a", "b", "prompt:p", "resource:x://{y}"]
    assert found.definitions["a"].body == {"name": "a"}
    assert found.listed == set(Family)
    assert found.identity == IDENTITY
    assert found.greeting is not None
    assert found.greeting.instructions == "use it"


def test_the_profile_says_what_the_server_may_wish_for(shelves: Shelves) -> None:
    """Some servers list more for a client that can do more."""
    look(shelves.argv, wishes=("roots", "elicitation"))
    assert json.loads(Path(f"{shelves.file}.hello").read_text()) == {"elicitation": {}, "roots": {}}


def test_what_the_server_asks_is_answered_and_not_done(shelves: Shelves) -> None:
    """A server that waits for an answer is not left alone with it."""
    wishes = [
        {"id": 1, "method": "ping"},
        {"id": 2, "method": "roots/list"},
        {"id": 3, "method": "sampling/createMessage", "params": {}},
        {"method": "notifications/message", "params": {}},
        {"id": 77, "result": {}},
    ]
    shelves.write(wishes=wishes)
    shelves.put("tools/list", [{"name": "a"}])
    assert names(look(shelves.argv)) == ["a"]


def test_what_is_not_announced_or_not_listed_is_left_out(shelves: Shelves) -> None:
    """An error, and a list that is none."""
    shelves.put("tools/list", [{"name": "a"}])
    shelves.write(**{"resources/templates/list": {"": {"resourceTemplates": 1}}})
    found = look(shelves.argv)
    assert names(found) == ["a"]
    assert found.listed == {Family.TOOL}
    shelves.hello(capabilities={})
    assert names(look(shelves.argv)) == []


def test_a_server_that_turns_pages_for_ever_is_left(shelves: Shelves) -> None:
    """Attack: an endless list."""
    shelves.write(
        **{"tools/list": {"": {"tools": [{"name": "a"}], "nextCursor": ""}}, "prompts/list": {}}
    )
    shelves.hello(capabilities={"tools": {}})
    found = look(shelves.argv)
    assert (names(found), found.listed) == (["a"], frozenset())


def test_odd_greetings_are_none(shelves: Shelves) -> None:
    shelves.hello(serverInfo=[1], instructions=[1], capabilities=1)
    found = look(shelves.argv)
    assert found.greeting is not None
    assert (found.greeting.info, found.greeting.instructions) == ({}, None)


TROUBLES: Mapping[str, tuple[str, str]] = {
    "exit": ("import sys; sys.stderr.write('no \\x1b[2J key\\n'); sys.exit(3)", "the server ended"),
    "silence": ("import time; time.sleep(60)", "has not answered initialize for 1 s"),
    "refusal": (
        "import sys, json\nid = json.loads(sys.stdin.readline())['id']\n"
        "print(json.dumps({'jsonrpc': '2.0', 'id': id, 'error': {'code': 1, 'message': ''}}),"
        " flush=True)\nsys.stdin.read()",
        "refuses the handshake",
    ),
    "noise": ("while True: print('x' * 100_000)", "says more than can be kept"),
    "one line": (
        "import time; print('x' * 2_000_000, flush=True); time.sleep(60)",
        "says more than can be kept",
    ),
    "end": (
        "import sys, json\nid = json.loads(sys.stdin.readline())['id']\n"
        "hello = {'capabilities': {'tools': {}}}\n"
        "print(json.dumps({'jsonrpc': '2.0', 'id': id, 'result': hello}), flush=True)",
        "the server ended",
    ),
    "deaf": ("import os, time; os.close(0); os.close(1); time.sleep(60)", "the server ended"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble_is_a_fault_with_its_reason(
    trouble: str,
) -> None:
    """And nothing of the server is left."""
    script, words = TROUBLES[trouble]
    with pytest.raises(ServerFault, match=words) as caught:
        look(python(script), patience=1.0 if trouble == "silence" else 10.0)
    assert "\x1b" not in caught.value.what
    if trouble == "exit":
        assert "its last words: no \\u{1b}[2J key" in caught.value.what


def test_a_server_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(ServerFault, match="not found"):
        look(["no-such-server"])


def test_the_last_words_are_the_last() -> None:
    """Five lines at most, whatever their length."""
    script = "import sys\nfor n in range(9): sys.stderr.write(f'line {n}\\n')\nsys.exit(1)"
    with pytest.raises(ServerFault) as caught:
        look(python(script))
    assert "line 3" not in caught.value.what
    assert "line 4 / line 5 / line 6 / line 7 / line 8" in caught.value.what
