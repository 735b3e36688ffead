"""Published servers and the official clients: through the guard they get what they get without.

Each session takes the same steps against the server itself and against a guard whose profile allows
everything. What the client hands to its caller has to be the same to the last byte.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ways.clients.python_sdk import Got, session
from tests.ways.home import ALL
from tests.ways.real import SERVERS, Commands, Place, Server, announced
from tests.ways.stage import Stage

pytestmark = pytest.mark.real

TYPESCRIPT = Path(__file__).parent / "clients/typescript.mjs"
PATIENCE = 60


@pytest.fixture
def real(
    request: pytest.FixtureRequest, stage: Stage, npm_server: Commands, pypi_server: Commands
) -> Server:
    """The server that the test is named after; its variables come from the profile."""
    server = SERVERS[request.param](Place(stage.folder, npm_server, pypi_server))
    if server.env:
        words = ", ".join(f"{name} = {json.dumps(value)}" for name, value in server.env.items())
        stage.home.write("all", f"{ALL}[servers.real]\nenv = {{ {words} }}\n")
    return server


def guarded(stage: Stage, server: Server) -> list[str]:
    """The command of a guard in front of the server."""
    return stage.home.argv("--name", "real", "--", *server.argv)


def compare(stage: Stage, direct: Got, through: Got) -> None:
    """The same results in the same order; and the log knows each call of the guarded session."""
    expected = announced(direct)
    for want, have in zip(expected["steps"], through["steps"], strict=True):
        assert dumped(have) == dumped(want)
    assert dumped(through) == dumped(expected)
    assert "localguard" not in dumped(through["steps"])
    assert stage.home.flaws() == []
    intents = {record["call"] for record in stage.home.records("intent")}
    assert intents == {record["call"] for record in stage.home.records("outcome")}
    assert stage.home.records("refused") == []


def dumped(value: object) -> str:
    """JSON with the keys in the order they came in."""
    return json.dumps(value)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
@pytest.mark.parametrize("real", SERVERS, indirect=True)
async def test_the_python_client_gets_the_same(stage: Stage, real: Server, mode: str) -> None:
    """Promise: official Python SDK, both ways to open a session."""
    got: dict[str, Got] = {}

    async def run(name: str, argv: list[str]) -> None:
        env = {**stage.home.environment, **real.env}
        errors = stage.folder / f"{name}.log"
        got[name] = await session(
            argv, env, stage.project, mode=mode, steps=real.steps, errors=errors
        )

    await run("direct", real.argv)
    await run("through", guarded(stage, real))
    compare(stage, got["direct"], got["through"])
    if real.argv[-1].endswith("sdk_modern.py"):
        assert (got["through"]["era"] == "2026-07-28") is (mode == "auto")


@pytest.mark.parametrize(
    ("sdk", "mode"), [(1, "legacy"), (2, "legacy"), (2, "auto")], ids=["v1", "v2", "v2-auto"]
)
@pytest.mark.parametrize("real", SERVERS, indirect=True)
def test_the_typescript_clients_get_the_same(
    stage: Stage, real: Server, node_script: Callable[[Path], list[str]], sdk: int, mode: str
) -> None:
    """Promise: official TypeScript SDKs; v2 in auto mode probes on a process of its own."""
    program = node_script(TYPESCRIPT)

    def run(argv: list[str]) -> Got:
        plan = {
            "sdk": sdk,
            "mode": mode,
            "steps": real.steps,
            "command": argv[0],
            "args": argv[1:],
            "cwd": str(stage.project),
            "env": {**stage.home.environment, **real.env},
        }
        found = subprocess.run(
            [*program, json.dumps(plan)],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        assert found.returncode == 0, found.stderr.decode()
        # The SDK itself may write to stdout before.
        got: Got = json.loads(found.stdout.splitlines()[-1])
        return got

    compare(stage, run(real.argv), run(guarded(stage, real)))
