"""Starts the SDK's server with a URL, and asks it what it has seen."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.providers.announcing import announcing

PATIENCE = 45.0
_SERVER = Path(__file__).resolve().parents[1] / "servers/sdk_http.py"
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class HttpServer:
    """A running server. `url` is what a profile names."""

    url: str
    process: "subprocess.Popen[str]"

    def stop(self) -> None:
        """Have it gone, with its sessions."""
        self.process.kill()
        self.process.wait()

    @property
    def port(self) -> int:
        """Where it listens; another one can follow it there."""
        return urlsplit(self.url).port or 0

    def change(self, **changes: int) -> None:
        """`refuse=N` requests as if the token were revoked, `cut=N` answers to calls."""
        self._control(changes)

    def requests(self, name: str) -> int:
        """How often "POST tools/call", "POST initialize", "GET /mcp" ... came."""
        return int(self._control()["requests"].get(name, 0))

    def tokens(self) -> int:
        """How many different tokens came."""
        return int(self._control()["tokens"])

    def _control(self, changes: dict[str, int] | None = None) -> dict[str, Any]:
        data = None if changes is None else json.dumps(changes).encode()
        with _opener.open(urljoin(self.url, "/-/control"), data, PATIENCE) as answer:
            state: dict[str, Any] = json.load(answer)
        return state


@contextmanager
def started(log: Path, **options: Any) -> Generator[HttpServer]:
    """A server as long as the block lasts; the options are those of tests/servers/sdk_http.py."""
    command = [sys.executable, str(_SERVER), json.dumps(options)]
    with announcing(command, log) as (said, process):
        yield HttpServer(said["url"], process)
