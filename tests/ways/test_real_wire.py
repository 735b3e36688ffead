"""The handshakes on the raw wire: what a server says of itself reaches the client as it is."""

import json
from collections.abc import Mapping

import pytest

from tests.ways.real import SDK_MODERN, Commands
from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

pytestmark = pytest.mark.real

MODERN = "2026-07-28"
META = "io.modelcontextprotocol"
LISTING = ("tools", "resources", "prompts")


def commands(npm: Commands, pypi: Commands) -> Mapping[str, list[str]]:
    """A legacy server of each SDK, and a modern one."""
    return {
        "everything": [*npm("everything"), "stdio"],
        "time": pypi("time"),
        "modern": SDK_MODERN,
    }


@pytest.fixture(params=["everything", "time", "modern"])
def pair(
    request: pytest.FixtureRequest, stage: Stage, npm_server: Commands, pypi_server: Commands
) -> tuple[Wire, Wire]:
    """The same server twice: as it is, and behind a guard."""
    argv = commands(npm_server, pypi_server)[request.param]
    return stage.start(argv), stage.run("--name", "real", "--", *argv)


def envelope(version: str) -> Message:
    """The `_meta` that every modern request carries."""
    info = {"name": "raw", "version": "1"}
    return {
        "_meta": {
            f"{META}/protocolVersion": version,
            f"{META}/clientInfo": info,
            f"{META}/clientCapabilities": {},
        }
    }


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-11-25", "2099-01-01"])
def test_the_answer_to_initialize_differs_in_nothing_but_list_changed(
    pair: tuple[Wire, Wire], revision: str
) -> None:
    """Promise: unknown fields survive; the guard itself announces changed lists."""
    direct, through = (wire.handshake(revision) for wire in pair)
    if "result" in direct:
        offered = direct["result"]["capabilities"]
        for kind in LISTING:
            if kind in offered:
                offered[kind]["listChanged"] = True
    assert through == direct


@pytest.mark.parametrize("version", [MODERN, "2099-01-01", "1.0"])
def test_the_answer_to_a_probe_passes_unchanged(pair: tuple[Wire, Wire], version: str) -> None:
    """Promise: an era hangs on it; also where the answer is a refusal."""
    direct, through = (wire.ask("server/discover", envelope(version)) for wire in pair)
    assert json.dumps(through) == json.dumps(direct)


def test_a_probe_leaves_the_stream_open_for_a_legacy_handshake(pair: tuple[Wire, Wire]) -> None:
    """MCP: the Python client falls back to `initialize` on the same process."""
    answers = []
    for wire in pair:
        wire.ask("server/discover", envelope(MODERN))
        answers.append(wire.handshake())
    assert [list(answer) for answer in answers] == [list(answers[0])] * 2


def test_a_modern_call_is_answered_the_same(stage: Stage) -> None:
    """2026-07-28: no handshake at all, the version in each message."""
    call = {**envelope(MODERN), "name": "add", "arguments": {"a": 1, "b": 2}}
    direct, through = (
        wire.ask("tools/call", call)
        for wire in (stage.start(SDK_MODERN), stage.run("--name", "real", "--", *SDK_MODERN))
    )
    assert json.dumps(through) == json.dumps(direct)
    assert [record["era"] for record in stage.home.records("intent")] == ["modern"]
