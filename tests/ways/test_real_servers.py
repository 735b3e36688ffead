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
from tests.ways.comparing import compare, dumped
from tests.ways.home import ALL
from tests.ways.real import PUBLISHED, SERVERS, Commands, Place, Server, announced
from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

pytestmark = pytest.mark.real

TYPESCRIPT = Path(__file__).parent / "clients/typescript.mjs"
LISTS = ("tools/list", "resources/list", "resources/templates/list", "prompts/list")
PATIENCE = 60


@pytest.fixture
def real(
    request: pytest.FixtureRequest,
    stage: Stage,
    npm_server: Commands,
    pypi_server: Commands,
    npm_package: Commands,
) -> Server:
    """The server that the test is named after; its variables come from the profile."""
    place = Place(stage.folder, npm_server, pypi_server, npm_package)
    server = {**SERVERS, **PUBLISHED}[request.param](place)
    if server.env:
        words = ", ".join(f"{name} = {json.dumps(value)}" for name, value in server.env.items())
        stage.home.write("all", f"{ALL}[servers.real]\nenv = {{ {words} }}\n")
    return server


def guarded(stage: Stage, server: Server) -> list[str]:
    """The command of a guard in front of the server."""
    return stage.home.argv("--name", "real", "--", *server.argv)


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


@pytest.mark.parametrize("real", PUBLISHED, indirect=True)
def test_a_published_server_lists_the_same(stage: Stage, real: Server) -> None:
    """Promise: what it offers reaches the client in whole, unknown members and all."""
    variables = [f"{name}={value}" for name, value in real.env.items()]
    direct = stage.start(["env", *variables, *real.argv])
    through = stage.start(guarded(stage, real))
    want, have = (wire.handshake()["result"] for wire in (direct, through))
    assert have == {**want, "capabilities": announced({**want, "steps": []})["capabilities"]}
    for method in LISTS:
        assert dumped(pages(through, method)) == dumped(pages(direct, method))
    assert stage.home.records("refused") == []


def pages(wire: Wire, method: str) -> list[Message]:
    """The answers to one listing, to its last page."""
    answers = [wire.ask(method)]
    while cursor := answers[-1].get("result", {}).get("nextCursor"):
        answers.append(wire.ask(method, {"cursor": cursor}))
    return answers
