"""A client whose calls are held: it sends without waiting, and is told later."""

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from scripts.benchmark.eras import INITIALIZE


class Session:
    """A guard and the pipes to it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def handshake(self) -> None:
        """The legacy handshake, and a listing."""
        self._ask("initialize", json.loads(INITIALIZE))
        self.answer()
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        self._ask("tools/list", {})
        self.answer()

    def call(self, tool: str) -> float:
        """Call a tool; when that was sent."""
        self._ask("tools/call", {"name": tool, "arguments": {"text": tool}})
        return time.perf_counter()

    def answer(self) -> float:
        """Wait for the answer to the last request; when it came."""
        assert self._process.stdout is not None
        while json.loads(self._process.stdout.readline()).get("id") != self._id:
            pass
        return time.perf_counter()

    def _ask(self, method: str, params: Any) -> None:
        self._id += 1
        self._send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        os.write(self._process.stdin.fileno(), json.dumps(message).encode() + b"\n")
