"""The client: one process on raw pipes, asked and waited for."""

import os
import subprocess
import time
from collections.abc import Mapping
from types import TracebackType

from benchmark.subjects import PROJECT

CHUNK = 1 << 16
ECHO = '{"name":"echo","arguments":{"text":"%s"}}' % ("please look at this " * 3)
INITIALIZE = (
    '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}'
)
INITIALIZED = b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n'


class Broken(Exception):
    """A subject that does not do what is measured."""


class Wire:
    """A started subject. `name` is for what goes wrong."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str]) -> None:
        self.name = name
        self.child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=env,
            cwd=PROJECT,
        )
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self._in, self._out = self.child.stdin.fileno(), self.child.stdout.fileno()
        self._count = 0

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def initialize(self) -> None:
        """The legacy handshake up to the server's answer."""
        self.good("initialize", INITIALIZE)

    def ready(self) -> "Wire":
        """The whole handshake, a listing and some calls, so that everything is loaded and warm."""
        self.initialize()
        os.write(self._in, INITIALIZED)
        self.good("tools/list", "{}")
        for _ in range(20):
            self.good("tools/call", ECHO)
        return self

    def good(self, method: str, params: str) -> None:
        """A request whose answer has to be a good one."""
        head, size = self._exchange(self._request(method, params))
        if b'"result":' not in head or (size < CHUNK and b'"isError":true' in head):
            raise Broken(f"{self.name}: {method}: {head[:300].decode('utf-8', 'replace')}")

    def timed(self, method: str, params: str) -> float:
        """Seconds from a request to its whole answer."""
        request = self._request(method, params)
        begin = time.perf_counter()
        self._exchange(request)
        return time.perf_counter() - begin

    def flood(self, calls: int, depth: int) -> float:
        """Calls per second with `depth` of them open."""
        requests = [self._request("tools/call", ECHO) for _ in range(calls)]
        begin = time.perf_counter()
        os.write(self._in, b"".join(requests[:depth]))
        sent, answered = depth, 0
        while answered < calls:
            more = self._read().count(b"\n")
            answered += more
            if following := requests[sent : sent + more]:
                os.write(self._in, b"".join(following))
                sent += more
        return calls / (time.perf_counter() - begin)

    def _request(self, method: str, params: str) -> bytes:
        self._count += 1
        head = f'{{"jsonrpc":"2.0","id":{self._count},"method":"{method}"'
        return f'{head},"params":{params}}}\n'.encode()

    def _exchange(self, request: bytes) -> tuple[bytes, int]:
        os.write(self._in, request)
        chunk = head = self._read()
        size = len(chunk)
        while not chunk.endswith(b"\n"):
            chunk = self._read()
            size += len(chunk)
        return head, size

    def _read(self) -> bytes:
        chunk = os.read(self._out, CHUNK)
        if not chunk:
            raise Broken(f"{self.name} ended")
        return chunk
