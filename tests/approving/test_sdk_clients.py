"""The official SDK clients in front of calls that wait, with their own time-outs scaled down."""

import sys

import pytest

from tests.approving.callers import CLIENTS, Caller, Node, text_of
from tests.approving.terminal import Terminal
from tests.ways.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.real]

ASKING = 'version = 1\n[[rule]]\nask = "fake/*"\n'
TYPESCRIPT = CLIENTS[1:]


@pytest.fixture
def asking(stage: Stage) -> Stage:
    """A server of which every call is asked for."""
    stage.home.write("ask", ASKING)
    stage.home.use("ask")
    return stage


def caller(stage: Stage, name: str, node: Node) -> Caller:
    return Caller(stage, name, node, stage.home.argv("--name", "fake", "--", *stage.server()))


def held(stage: Stage) -> str:
    return str(stage.home.until("held")[-1]["call"])


def allow(terminal: Terminal, id_: str) -> None:
    terminal.type([sys.executable, "-m", "localguard", "approvals", "allow", id_])
    terminal.until("Allow this call?")
    terminal.press("y", "Enter")


@pytest.mark.parametrize("name", CLIENTS)
def test_a_call_that_waits_is_answered_once_and_no_token_is_unknown(
    asking: Stage, terminal: Terminal, node_script: Node, name: str
) -> None:
    """Promise: the guard's progress and then the answer, which the SDK takes without complaint."""
    client = caller(asking, name, node_script)
    call = client.start("read_note", name="a", reset=True)
    assert "Waiting for your approval" in client.told()
    allow(terminal, held(asking))
    result = client.result(call)
    assert not result.get("isError")
    assert text_of(result) == "done"
    assert client.errors() == []
    assert asking.calls() == ["read_note"]


@pytest.mark.parametrize("name", TYPESCRIPT)
def test_the_budget_ends_before_the_client_gives_up(
    asking: Stage, node_script: Node, name: str
) -> None:
    """Promise: the client gets localguard's answer, not a timeout of its own."""
    asking.home.hold("2s")
    client = caller(asking, name, node_script)
    result = client.result(client.start("read_note", timeout=4_000, name="a"))
    assert "NOT EXECUTED" in text_of(result)
    assert client.errors() == []
    assert asking.calls() == []


@pytest.mark.parametrize("name", TYPESCRIPT)
def test_nothing_is_executed_after_the_client_gave_up(
    asking: Stage, terminal: Terminal, node_script: Node, name: str
) -> None:
    """Promise: the client's own timeout withdraws the call, and a later yes has no effect."""
    client = caller(asking, name, node_script)
    call = client.start("read_note", timeout=1_500, name="a")
    id_ = held(asking)
    (closed,) = asking.home.until("request")
    assert (closed["request"], closed["how"]) == (id_, "cancelled")
    terminal.type([sys.executable, "-m", "localguard", "approvals", "allow", id_])
    terminal.until("taken back by its client")
    assert "timed out" in client.result(call)["failed"]
    assert client.errors() == []
    assert asking.calls() == []
