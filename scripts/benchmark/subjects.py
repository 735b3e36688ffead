"""What is measured: the table of subjects, and the files that they need."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
VENV = PROJECT / ".venv/bin/python"
PYTHON = str(VENV) if VENV.exists() else sys.executable
FLOOR = (PYTHON, str(HERE / "floor.py"))

EVERYTHING = ".tools/npm/node_modules/@modelcontextprotocol/server-everything/dist/index.js"


@dataclass(frozen=True, slots=True)
class Subject:
    """What stands before the server: the words that come before its command."""

    name: str
    prefix: tuple[str, ...]

    def command(self, server: tuple[str, ...]) -> list[str]:
        """The whole command."""
        return [*self.prefix, *server]


DIRECT = Subject("direct", ())
FLOOR_JSON = Subject("floor, json", (*FLOOR, "json"))
SUBJECTS = (
    DIRECT,
    Subject("floor, bytes", (*FLOOR, "raw")),
    FLOOR_JSON,
    Subject("asyncio streams", (*FLOOR, "streams")),
    Subject(
        "localguard",
        (PYTHON, "-m", "localguard", "run", "--profile", "bench", "--name", "bench", "--"),
    ),
)

HEAD = """version = 1
profile = "bench"

[[rule]]
allow = "bench/*"

[[rule]]
deny = "*/echo"
when.args.text = "*drop table*"
"""
RULE = """
[[rule]]
{verb} = "server{number}/*_{number}"
when.args.path.under = "~/work{number}"
"""
RULES = 50


def prepare(folder: Path) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The server's command and the environment for everything, with what they need in `folder`."""
    profiles = folder / "profiles"
    profiles.mkdir(mode=0o700)
    verbs = ("allow", "ask", "deny")
    rules = [RULE.format(verb=verbs[n % 3], number=n) for n in range(RULES - 2)]
    (profiles / "bench.toml").write_text(HEAD + "".join(rules), "utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return _server(folder), {**env, "LOCALGUARD_HOME": str(folder)}


def _server(folder: Path) -> tuple[str, ...]:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return (PYTHON, "-I", str(HERE / "server.py"))
    program = folder / "bench-server"
    subprocess.run([compiler, "-O2", "-o", program, HERE / "server.c"], check=True)
    return (str(program),)


def real_server() -> tuple[str, ...] | None:
    """A server that people use, where `scripts/test` has installed it."""
    node, script = shutil.which("node"), PROJECT / EVERYTHING
    return (node, str(script)) if node is not None and script.exists() else None
