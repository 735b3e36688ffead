"""The official SDK clients in front of calls that wait, with their own time-outs scaled down."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.approving.terminal import Terminal
from tests.ways.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.real]

SCRIPT = Path(__file__).parent / "clients/waiting.mjs"
PATIENCE = 40.0
PAUSE = 0.02
ASKING = 'version = 1\n[[rule]]\nask = "fake/*"\n'
Got = dict[str, Any]


@pytest.fixture
def asking(stage: Stage) -> Stage:
    """A server of which every call is asked for."""
    stage.home.write("ask", ASKING)
    stage.home.use("ask")
    return stage


class Script:
    """A TypeScript client that makes one call."""

    def __init__(self, stage: Stage, argv: Sequence[str], **plan: Any) -> None:
        command, *args = stage.home.argv("--name", "fake", "--", *stage.server())
        whole = {
            "command": command,
            "args": args,
            "env": dict(stage.home.environment),
            "cwd": str(stage.project),
            "tool": "read_note",
            "given": {"name": "a"},
            "reset": False,
            "linger": 300,
            "told": str(stage.folder / "told"),
        }
        self._told = stage.folder / "told"
        self._process = subprocess.Popen(
            [*argv, json.dumps(whole | plan)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=stage.home.environment,
        )

    def until_told(self) -> None:
        """Wait until the client was told that its call waits."""
        deadline = time.monotonic() + PATIENCE
        while not self._told.exists():
            assert time.monotonic() < deadline
            time.sleep(PAUSE)

    def got(self) -> Got:
        """What became of it, once it has ended."""
        out, _ = self._process.communicate(timeout=PATIENCE)
        found: Got = json.loads(out)
        return found


def held(stage: Stage) -> str:
    return str(stage.home.until("held")[-1]["call"])


def allow(terminal: Terminal, id_: str) -> None:
    terminal.type([sys.executable, "-m", "localguard", "approvals", "allow", id_])
    terminal.until("Allow this call?")
    terminal.press("y", "Enter")


def text_of(result: Got) -> str:
    return "\n".join(part["text"] for part in result["content"])


@pytest.mark.parametrize("sdk", [1, 2])
def test_a_call_that_waits_is_answered_once_and_no_token_is_unknown(
    asking: Stage, terminal: Terminal, node_script: Callable[[Path], list[str]], sdk: int
) -> None:
    """Promise: the guard's progress and then the answer, which the SDK takes without complaint."""
    client = Script(asking, node_script(SCRIPT), sdk=sdk, timeout=30_000, reset=True)
    client.until_told()
    allow(terminal, held(asking))
    got = client.got()
    assert got["errors"] == []
    assert got["failed"] is None
    assert "isError" not in got["result"]
    assert "Waiting for your approval" in got["progress"][0]["message"]
    assert asking.calls() == ["read_note"]


@pytest.mark.parametrize("sdk", [1, 2])
def test_the_budget_ends_before_the_client_gives_up(
    asking: Stage, node_script: Callable[[Path], list[str]], sdk: int
) -> None:
    """Promise: the client gets localguard's answer, not a timeout of its own."""
    asking.home.hold("3s")
    got = Script(asking, node_script(SCRIPT), sdk=sdk, timeout=5_000).got()
    assert got["errors"] == []
    assert got["failed"] is None
    assert "NOT EXECUTED" in text_of(got["result"])
    assert asking.calls() == []


@pytest.mark.parametrize("sdk", [1, 2])
def test_nothing_is_executed_after_the_client_gave_up(
    asking: Stage, terminal: Terminal, node_script: Callable[[Path], list[str]], sdk: int
) -> None:
    """Promise: the client's own timeout withdraws the call, and a later yes has no effect."""
    client = Script(asking, node_script(SCRIPT), sdk=sdk, timeout=2_000, linger=8_000)
    id_ = held(asking)
    (closed,) = asking.home.until("request")
    assert (closed["request"], closed["how"]) == (id_, "cancelled")
    terminal.type([sys.executable, "-m", "localguard", "approvals", "allow", id_])
    terminal.until("taken back by its client")
    got = client.got()
    assert "timed out" in got["failed"]
    assert got["errors"] == []
    assert asking.calls() == []


async def test_the_python_client_waits_and_gets_its_answer(
    asking: Stage, terminal: Terminal, tmp_path: Path
) -> None:
    """Promise: the official Python client, end to end."""
    command, *args = asking.home.argv("--name", "fake", "--", *asking.server())
    start = StdioServerParameters(
        command=command, args=args, env=dict(asking.home.environment), cwd=asking.project
    )
    told: list[str | None] = []
    waits = anyio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        told.append(message)
        waits.set()

    async def answer() -> None:
        await waits.wait()
        id_ = await anyio.to_thread.run_sync(held, asking)
        await anyio.to_thread.run_sync(allow, terminal, id_)

    with (tmp_path / "errors").open("w") as log, anyio.fail_after(PATIENCE):
        async with Client(stdio_client(start, log)) as client, anyio.create_task_group() as group:
            group.start_soon(answer)
            result = await client.call_tool("read_note", {"name": "a"}, progress_callback=hear)
    assert not result.is_error
    assert told
    assert "Waiting for your approval" in str(told[0])
    assert asking.calls() == ["read_note"]
