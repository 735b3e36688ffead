"""Draws the console's screens as SVG: real guards, real held calls, the real console.

Made-up servers stand behind the guards, and what would tell this machine is replaced.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
from textual.pilot import Pilot

from localguard.cli.choosing import key_of
from localguard.cli.console_start import console_over
from localguard.clients.connecting import make
from localguard.clients.entry import Program
from localguard.clients.found import find_one
from localguard.clients.originals import FileOriginals
from localguard.clients.planning import Wanted, planned
from localguard.clients.registry import clients_folder
from localguard.clients.table import Machine, client
from localguard.config.paths import Places, places
from localguard.console.clients.files import PAUSE
from localguard.console.guards import Guards
from localguard.console.hub import Picture

SIZE = (116, 30)
SERVER = Path(__file__).resolve().parents[2] / "tests/servers/shop.py"
PROFILE = """\
version = 1
color = "violet"

[[rule]]
allow = ["files/read_*", "github/list_*"]

[[rule]]
ask = ["files/write_file", "github/create_issue"]

[[rule]]
ask = "db/execute_sql"
risk = "destructive"

[[rule]]
deny = "*/delete_*"
because = "deletions are done by hand"
"""
TOOLS = {
    "files": ("read_text_file", "write_file", "delete_file"),
    "github": ("list_issues", "create_issue"),
    "db": ("execute_sql",),
}
MORNING: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("files", "read_text_file", {"path": "/home/ana/work/plan.md"}),
    ("github", "list_issues", {"repo": "ana/garden"}),
    ("files", "delete_file", {"path": "/home/ana/work/old.md"}),
    ("files", "read_text_file", {"path": "/home/ana/work/notes.md"}),
    ("github", "list_issues", {"repo": "ana/kitchen"}),
)
WAITING: Sequence[tuple[str, str, dict[str, Any]]] = (
    (
        "github",
        "create_issue",
        {"repo": "ana/garden", "title": "Order seeds", "labels": ["spring"]},
    ),
    ("db", "execute_sql", {"query": "DELETE FROM plants WHERE 1=1", "db": "prod"}),
    ("files", "write_file", {"path": "/home/ana/work/plan.md", "content": "1. beans\n2. peas"}),
)


CURSOR = {"files": {"command": "npx", "args": ["-y", "files-mcp", "/home/ana/work"]}}
WEATHER = {"weather": {"command": "npx", "args": ["-y", "weather-mcp"]}}


class Client:
    """A desktop client with one server."""

    def __init__(self, home: Path, server: str) -> None:
        program = home / "bin" / f"{server}-mcp"
        program.parent.mkdir(exist_ok=True)
        says = home / f"{server}.json"
        said = [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS[server]]
        hello = {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": server, "version": "1"},
        }
        says.write_text(json.dumps({"hello": hello, "tools/list": {"": {"tools": said}}}))
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SERVER}" "{says}"\n')
        program.chmod(0o700)
        self._child = subprocess.Popen(
            [sys.executable, "-m", "localguard", "run", "--name", server, "--", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._id = 0
        info = {"name": "claude-ai", "version": "2.25"}
        self.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=info)
        self._send({"method": "notifications/initialized"})
        self.ask("tools/list")

    def call(self, tool: str, arguments: dict[str, Any], *, wait: bool) -> None:
        """Call a tool."""
        self.ask("tools/call", wait=wait, name=tool, arguments=arguments)

    def ask(self, method: str, *, wait: bool = True, **params: Any) -> None:
        """Send a request, and wait for its answer unless it is held."""
        self._id += 1
        self._send({"id": self._id, "method": method, "params": params})
        assert self._child.stdout is not None
        while wait and json.loads(self._child.stdout.readline()).get("id") != self._id:
            pass

    def close(self) -> None:
        """End it."""
        self._child.kill()
        self._child.communicate()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._child.stdin.flush()


def cursor_file(where: Places) -> Path:
    """What Cursor reads."""
    return Path(where.home, ".cursor", "mcp.json")


def register(where: Places) -> None:
    """Cursor starts its server through localguard."""
    file = cursor_file(where)
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"mcpServers": CURSOR}, indent=2))
    program = Program((str(Path(sys.executable).with_name("localguard")),))
    cursor = client("cursor")
    assert cursor is not None
    machine, key = Machine(where.home, {}), key_of(where)
    connection = planned(where, Wanted("work", program), find_one(machine, cursor, "user").files)
    originals = FileOriginals(clients_folder(where))
    make(where, connection, key, originals, datetime.now().astimezone())


def go_around(where: Places) -> None:
    """Somebody adds a server to it that no guard stands before."""
    file = cursor_file(where)
    values = json.loads(file.read_text())
    values["mcpServers"] |= WEATHER
    file.write_text(json.dumps(values, indent=2))


@contextmanager
def day(home: Path, where: Places) -> Iterator[None]:
    """A profile in force, a morning of calls, and some that wait."""
    os.makedirs(where.profiles, 0o700)
    Path(where.profiles, "work.toml").write_text(PROFILE)
    Path(where.config).write_text('[approvals]\nhold = "9m"\nnotify = "off"\n')
    use = [sys.executable, "-m", "localguard", "profile", "use", "work"]
    subprocess.run(use, check=True, stdout=subprocess.DEVNULL)
    register(where)
    clients = {server: Client(home, server) for server in TOOLS}
    try:
        for server, tool, arguments in MORNING:
            clients[server].call(tool, arguments, wait=True)
        for server, tool, arguments in WAITING:
            clients[server].call(tool, arguments, wait=False)
            # One after the other, in the order in which they are to stand in the queue.
            time.sleep(0.1)
        yield
    finally:
        for client in clients.values():
            client.close()


async def draw(folder: Path, home: Path, where: Places) -> None:
    """All pictures, one after another."""
    guards = Onlooker(where.run)
    app = console_over(guards, where)

    def keep(name: str) -> None:
        # Without the web fonts that an SVG of Textual's asks for.
        text = re.sub(
            r"@font-face \{.*?\}", "", app.export_screenshot(title="localguard"), flags=re.DOTALL
        )
        text = text.replace(where.home, "/home/ana").replace(str(home), "/home/ana/.localguard")
        (folder / f"{name}.svg").write_text(text)

    async with anyio.create_task_group() as group:
        await group.start(guards.run)
        async with app.run_test(size=SIZE) as pilot:
            await settle(pilot)
            await pilot.press("down")
            await settle(pilot)
            keep("queue")
            await pilot.press("down")
            await settle(pilot)
            await pilot.press("a")
            await settle(pilot)
            keep("destructive")
            await pilot.press("escape", "2")
            await settle(pilot)
            await pilot.press("up", "up", "up", "enter")
            await settle(pilot)
            keep("log")
            await pilot.press("escape", "3")
            await settle(pilot)
            await pilot.press("down", "b")
            await settle(pilot)
            keep("rules")
            go_around(where)
            await anyio.sleep(PAUSE)
            await pilot.press("W")
            await settle(pilot)
            keep("clients")
        group.cancel_scope.cancel()


class Onlooker(Guards):
    """What draws has started the clients, so it may not answer; a picture need not say so."""

    def picture(self) -> Picture:
        """Everything but that."""
        return super().picture()._replace(troubles=())


async def settle(pilot: Pilot[None]) -> None:
    """Let what was asked for appear, and keys count again."""
    await anyio.sleep(1.5)
    await pilot.pause()


def main() -> None:
    """Draw into the folder of this program."""
    with tempfile.TemporaryDirectory(prefix="ana-") as name:
        home = Path(name)
        os.environ |= {"LOCALGUARD_HOME": name, "HOME": os.path.join(name, "ana")}
        where = places()
        with day(home, where):
            anyio.run(draw, Path(__file__).parent, home, where)


if __name__ == "__main__":
    main()
