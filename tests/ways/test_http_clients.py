"""Servers with a URL and the official clients: through the guard they get what they get without.

The client speaks HTTP to the server itself, and stdio to a guard whose profile names its URL.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.providers.mcp_http import HttpServer
from tests.ways.clients.python_sdk import Got, Step, http_session, session
from tests.ways.comparing import compare
from tests.ways.home import ALL
from tests.ways.real import HONEST
from tests.ways.stage import Stage

pytestmark = pytest.mark.real

TYPESCRIPT = Path(__file__).parent / "clients/typescript.mjs"
KINDS: Mapping[str, Mapping[str, bool]] = {
    "sse": {},
    "json": {"json": True},
    "stateless": {"stateless": True},
    "stateless-json": {"stateless": True, "json": True},
}
STEPS: list[Step] = [
    ["tools"],
    ["resources"],
    ["templates"],
    ["prompts"],
    ["call", "echo", {"text": HONEST}],
    ["call", "echo", {"text": "x" * 100_000}],
    ["call", "add", {"a": 2**53 - 1, "b": 0}],
    ["call", "add", {"a": "x"}],
    ["call", "weather", {"city": "Z\u00fcrich"}],
    ["call", "count", {"steps": 3}],
    ["call", "slow", {"seconds": 0.1}],
    ["call", "nothing", {}],
    ["read", "memo://motto"],
    ["read", "memo://nowhere"],
    ["prompt", "greet", {"name": HONEST}],
    ["prompt", "nobody", {}],
]


@dataclass(frozen=True)
class Served:
    """A server at a URL, and the command of a guard in front of it."""

    url: str
    argv: list[str]


@pytest.fixture(params=KINDS)
def served(
    request: pytest.FixtureRequest, stage: Stage, http_servers: Callable[..., HttpServer]
) -> Served:
    """The SDK's server, in one of the ways in which it answers."""
    url = http_servers(**KINDS[request.param]).url
    stage.home.write("all", f'{ALL}[servers.real]\nurl = "{url}"\n')
    return Served(url, stage.home.argv("real"))


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_python_client_gets_the_same(stage: Stage, served: Served, mode: str) -> None:
    """Promise: official Python SDK, both eras, SSE and JSON."""
    direct = await http_session(served.url, None, mode=mode, steps=STEPS)
    through = await session(
        served.argv,
        stage.home.environment,
        stage.project,
        mode=mode,
        steps=STEPS,
        errors=stage.folder / "guard.log",
    )
    compare(stage, direct, through)
    assert (through["era"] == "2026-07-28") is (mode == "auto")


@pytest.mark.parametrize(
    ("sdk", "mode"), [(1, "legacy"), (2, "legacy"), (2, "auto")], ids=["v1", "v2", "v2-auto"]
)
def test_the_typescript_clients_get_the_same(
    stage: Stage, served: Served, node_script: Callable[[Path], list[str]], sdk: int, mode: str
) -> None:
    """Promise: official TypeScript SDKs."""
    program = node_script(TYPESCRIPT)

    def run(**how: Any) -> Got:
        plan = {"sdk": sdk, "mode": mode, "steps": STEPS, **how}
        done = subprocess.run(
            [*program, json.dumps(plan)], capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()
        got: Got = json.loads(done.stdout.splitlines()[-1])
        return got

    guard = {
        "command": served.argv[0],
        "args": served.argv[1:],
        "cwd": str(stage.project),
        "env": stage.home.environment,
    }
    compare(stage, run(url=served.url), run(**guard))
