"""Servers with a URL and the official clients: through the guard they get what they get without.

The client speaks HTTP to the server itself, and stdio to a guard whose profile names its URL.
"""

import json
import os
import socket
import subprocess
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.providers.mcp_http import HttpServer
from tests.ways.clients.python_sdk import Got, Step, http_session, session
from tests.ways.comparing import compare
from tests.ways.home import ALL
from tests.ways.real import HONEST, Commands, Place, everything
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
    steps: list[Step]


@pytest.fixture(params=[*KINDS, "everything"])
def served(
    request: pytest.FixtureRequest,
    stage: Stage,
    http_servers: Callable[..., HttpServer],
    npm_server: Commands,
) -> Generator[Served]:
    """The Python SDK's server, in each way in which it answers, and a published one."""
    if request.param == "everything":
        place = Place(stage.folder, npm_server, npm_server, npm_server)
        with everything_at_url(npm_server("everything")) as url:
            yield _served(stage, url, everything(place).steps)
    else:
        yield _served(stage, http_servers(**KINDS[request.param]).url, STEPS)


def _served(stage: Stage, url: str, steps: list[Step]) -> Served:
    stage.home.write("all", f'{ALL}[servers.real]\nurl = "{url}"\n')
    return Served(url, stage.home.argv("real"), steps)


@contextmanager
def everything_at_url(argv: list[str]) -> Generator[str]:
    """The published server, which wants to be told its port, at one that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [*argv, "streamableHttp"],
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        assert "listening" in server.stderr.readline()
        yield f"http://127.0.0.1:{port}/mcp"
        server.kill()


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_python_client_gets_the_same(stage: Stage, served: Served, mode: str) -> None:
    """Promise: official Python SDK, both eras, SSE and JSON."""
    direct = await http_session(served.url, None, mode=mode, steps=served.steps)
    through = await session(
        served.argv,
        stage.home.environment,
        stage.project,
        mode=mode,
        steps=served.steps,
        errors=stage.folder / "guard.log",
    )
    compare(stage, direct, through)
    modern = mode == "auto" and served.steps is STEPS
    assert (through["era"] == "2026-07-28") is modern


@pytest.mark.parametrize(
    ("sdk", "mode"), [(1, "legacy"), (2, "legacy"), (2, "auto")], ids=["v1", "v2", "v2-auto"]
)
def test_the_typescript_clients_get_the_same(
    stage: Stage, served: Served, node_script: Callable[[Path], list[str]], sdk: int, mode: str
) -> None:
    """Promise: official TypeScript SDKs."""
    program = node_script(TYPESCRIPT)

    def run(**how: Any) -> Got:
        plan = {"sdk": sdk, "mode": mode, "steps": served.steps, **how}
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
