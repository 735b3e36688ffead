"""The table of what is measured. It knows commands, and starts nothing."""

import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmark.figures import DIRECT
from scripts.benchmark.goals import GUARD, NO_IDENTITY, SECRET

PROJECT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = PROJECT / "scripts/benchmark/programs"
LOCALGUARD = Path(sys.executable).with_name("localguard")
FLOOR = (sys.executable, str(PROGRAMS / "floor.py"))


@dataclass(frozen=True, slots=True)
class Subject:
    """What stands before the server: the words that come before its command.

    `peer` names the environment that its program is installed in; `{peer}` in a word is that
    folder, `{folder}` one that is removed at the end, `{node}` what runs JavaScript. Before a
    server at a URL `{url}` is that, `{mode}` how the era is told to the MCP SDK.
    """

    name: str
    what: str
    words: tuple[str, ...] = ()
    peer: str | None = None


SUBJECTS = (
    Subject(DIRECT, "the server alone"),
    Subject("fd-bytes", "raw descriptors on asyncio's loop, bytes passed on", (*FLOOR, "fd-bytes")),
    Subject("fd-parse", "the same, each message parsed by json", (*FLOOR, "fd-parse")),
    Subject("fd-json", "the same, each message parsed and written anew", (*FLOOR, "fd-json")),
    Subject(
        "streams-json",
        "asyncio's streams, each message parsed and written anew",
        (*FLOOR, "streams-json"),
    ),
    Subject(
        GUARD,
        "as a client starts it: a profile of 50 rules, the audit log on",
        (str(LOCALGUARD), "run", "--profile", "bench", "--name", "bench", "--"),
    ),
    Subject(
        "fastmcp",
        "FastMCP's proxy; decides and records nothing",
        ("{peer}/bin/python", str(PROGRAMS / "fastmcp_proxy.py")),
        peer="fastmcp",
    ),
    Subject(
        "munio",
        "munio gate: its own constraints, its log on",
        ("{peer}/bin/munio", "gate", "--log", "{folder}/munio.jsonl", "--"),
        peer="munio",
    ),
    Subject(
        "mcp-sdk",
        "a proxy on the MCP SDK's typed sessions; decides and records nothing",
        ("{peer}/bin/python", str(PROGRAMS / "sdk_proxy.py"), "legacy"),
        peer="mcp-sdk",
    ),
)

HTTP_SUBJECTS = (
    Subject(DIRECT, "a client that speaks HTTP to the server itself"),
    Subject(
        GUARD,
        "as a client starts it: a profile of 50 rules, the audit log on",
        (str(LOCALGUARD), "run", "--profile", "bench", "--name", "bench", "--url", "{url}"),
    ),
    Subject(
        "mcp-remote",
        "the bridge that people use; decides and records nothing",
        (
            "{node}",
            "{peer}/node_modules/mcp-remote/dist/proxy.js",
            "{url}",
            "--allow-http",
            "--transport",
            "http-only",
            "--silent",
        ),
        peer="mcp-remote",
    ),
    Subject(
        "mcp-sdk",
        "a proxy on the MCP SDK's typed sessions; decides and records nothing",
        ("{peer}/bin/python", str(PROGRAMS / "sdk_proxy.py"), "{mode}", "{url}"),
        peer="mcp-sdk",
    ),
)

SIGN_IN_SUBJECTS = (
    Subject(DIRECT, "the server alone"),
    Subject(
        NO_IDENTITY,
        "a guard whose profile asks for no sign-in",
        (str(LOCALGUARD), "run", "bench", "--profile", "bench"),
    ),
    Subject(
        GUARD,
        "the same profile with required = true, and a valid sign-in",
        (str(LOCALGUARD), "run", "bench", "--profile", "signed"),
    ),
    Subject(
        SECRET,
        "the same profile, and a secret of the vault in the server's environment",
        (str(LOCALGUARD), "run", "bench", "--profile", "secret"),
    ),
)
