"""The guided tour: the official MCP client, a guard, the git server, and the audit trail.

Everything happens in a folder of its own that is removed at the end.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent

HERE = Path(__file__).parent
LOCALGUARD = str(Path(sys.executable).with_name("localguard"))
PERSON = sys.stdin.isatty() and sys.stdout.isatty()
HOLD = "60s" if PERSON else "1s"
"""How long the call that is asked for waits: nobody answers where no terminal is."""
BOLD, PLAIN = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")


def main(server: str) -> None:
    """Make a home, a repository and a profile, and show what the guard does with calls."""
    with tempfile.TemporaryDirectory(prefix="localguard-tour-") as folder:
        repository = new_repository(Path(folder, "project"))
        home = new_home(Path(folder, "home"), server, repository)
        os.environ["LOCALGUARD_HOME"] = str(home)
        heading("1. The profile")
        print(Path(home, "profiles", "work.toml").read_text())
        Path(home, "config.toml").write_text(f'[approvals]\nhold = "{HOLD}"\n')
        localguard("profile", "use", "work")
        localguard("can", "git/git_commit")
        anyio.run(calls, repository, folder)
        heading("6. What the audit log says")
        localguard("logs")
        localguard("why", denied_call())


async def calls(repository: Path, outside: str) -> None:
    """Do what a desktop client does: start the guard as its server and call tools."""
    heading("2. A client starts `localguard run git` as its MCP server")
    entry = StdioServerParameters(
        command=LOCALGUARD,
        args=["run", "git"],
        env={**os.environ},
    )
    async with Client(stdio_client(entry, errlog=subprocess.DEVNULL)) as client:
        tools = (await client.list_tools()).tools
        print(f"It sees {len(tools)} tools:", ", ".join(tool.name for tool in tools), end="\n\n")
        heading("3. Allowed: it goes through, and the answer comes back")
        await call(client, "git_status", repo_path=str(repository))
        heading("4. Denied: by a rule, by its absence, and by a condition")
        await call(client, "git_reset", repo_path=str(repository))
        await call(client, "git_create_branch", repo_path=str(repository), branch_name="x")
        await call(client, "git_status", repo_path=outside)
        heading("5. Asked: held for a person, and not executed without an answer")
        invite()
        await call(client, "git_commit", repo_path=str(repository), message="tidy up")


async def call(client: Client, tool: str, **arguments: str) -> None:
    """Call a tool and show what the model would read."""
    shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    print(f"{BOLD}> {tool}({shown}){PLAIN}")
    result: CallToolResult = await client.call_tool(tool, arguments)
    text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    print(text.strip(), end="\n\n")


def new_repository(folder: Path) -> Path:
    """A git repository with one new file."""
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    Path(folder, "notes.txt").write_text("first thoughts\n")
    return folder


def new_home(home: Path, server: str, repository: Path) -> Path:
    """A home of localguard's with the tour's profile."""
    profile = Path(HERE, "work.toml").read_text()
    filled = profile.replace("{server}", server).replace("{repository}", str(repository))
    Path(home, "profiles").mkdir(parents=True, mode=0o700)
    Path(home, "profiles", "work.toml").write_text(filled)
    return home


def localguard(*arguments: str) -> None:
    """Run a command of localguard's and show it as a person would type it."""
    print(f"{BOLD}$ localguard {' '.join(arguments)}{PLAIN}", flush=True)
    subprocess.run([LOCALGUARD, *arguments], check=False)
    print(flush=True)


def denied_call() -> str:
    """The id of the first denied call in the log."""
    command = [LOCALGUARD, "logs", "--json"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    records: Sequence[dict[str, str]] = [json.loads(line) for line in printed.splitlines()]
    return next(record["call"] for record in records if record.get("kind") == "refused")


def invite() -> None:
    """Have the person answer, where there is one."""
    if PERSON:
        home = os.environ["LOCALGUARD_HOME"]
        print(f"In another terminal you can answer, for {HOLD}:")
        print(f"  LOCALGUARD_HOME={home} {LOCALGUARD}")
        print("Down selects the call, a allows it, d denies it.", end="\n\n", flush=True)


def heading(text: str) -> None:
    """Begin a part of the tour."""
    print(f"{BOLD}== {text}{PLAIN}\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
