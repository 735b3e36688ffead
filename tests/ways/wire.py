"""A client on raw lines: what it sends and hears is exact, and every wait has an end."""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Message = dict[str, Any]

PATIENCE = 45.0
"""Seconds until a wait is given up; an idle machine needs a fraction of one."""
CHUNK = 65536


class Wire:
    """A started program (a guard, or a server without one) and the two pipes to it."""

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str], cwd: Path, stderr: Path
    ) -> None:
        self.stderr = stderr
        with stderr.open("wb") as errors:
            self.process = subprocess.Popen(
                argv, env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        self.heard: list[Message] = []
        self.hears: Callable[[Message], None] = self.heard.append
        self.asked: list[int | str] = []
        self.noise: list[bytes] = []
        self.reading = True
        self.ended = False
        self.refused = False
        self._sent = 0
        self._waiting = bytearray()
        self._line = bytearray()
        os.set_blocking(self._stdin, False)

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self.process.pid

    @property
    def unsent(self) -> int:
        """How many bytes the program has not taken yet."""
        return len(self._waiting)

    def send(self, *messages: Message) -> None:
        """Send messages, as far as the program takes them now."""
        for message in messages:
            if "method" in message and "id" in message:
                self.asked.append(message["id"])
        self.send_bytes(b"".join(json.dumps(m).encode() + b"\n" for m in messages))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.queue(data)
        self._pump(lambda: True)

    def queue(self, data: bytes) -> None:
        """Have bytes sent by the next step."""
        self._waiting += data

    def request(self, method: str, params: Message | None = None) -> int:
        """Send a request under the next free number; that number."""
        self._sent += 1
        message = {"jsonrpc": "2.0", "id": self._sent, "method": method, "params": params or {}}
        self.send(message)
        return self._sent

    def notify(self, method: str, params: Message | None = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params or {}})

    def ask(self, method: str, params: Message | None = None) -> Message:
        """Send a request and wait for its answer."""
        return self.answer(self.request(method, params))

    def start_call(self, tool: str, **arguments: Any) -> int:
        """Send a tools/call; its id."""
        return self.request("tools/call", {"name": tool, "arguments": arguments})

    def call(self, tool: str, **arguments: Any) -> Message:
        """Call a tool and wait for the answer."""
        return self.answer(self.start_call(tool, **arguments))

    def handshake(self, revision: str = "2025-11-25", **capabilities: Message) -> Message:
        """The legacy handshake; the answer to `initialize`."""
        info = {"name": "raw", "version": "1"}
        params = {"protocolVersion": revision, "capabilities": capabilities, "clientInfo": info}
        found = self.ask("initialize", params)
        self.notify("notifications/initialized")
        return found

    def answers(self, id_: int | str) -> list[Message]:
        """Every answer heard so far to an id, type and value alike."""
        return [
            m for m in self.heard if "method" not in m and json.dumps(m["id"]) == json.dumps(id_)
        ]

    def answer(self, id_: int | str) -> Message:
        """Wait for the answer to an id."""
        return self.until(lambda: next(iter(self.answers(id_)), None))

    def told(self, method: str) -> Message:
        """Wait for a message of the other side's own."""
        return self.until(lambda: next((m for m in self.heard if m.get("method") == method), None))

    def until(self, look: Callable[[], Message | None]) -> Message:
        """Wait until `look` finds something."""
        self._pump(lambda: look() is not None)
        found = look()
        assert found is not None
        return found

    def taken(self, seconds: float = PATIENCE) -> None:
        """Wait until everything is sent."""
        self._pump(lambda: not self._waiting, seconds)

    def finish(self) -> int:
        """End stdin, hear what still comes, and wait for the exit; its code."""
        self.taken()
        self.close_stdin()
        return self.exit()

    def exit(self) -> int:
        """Hear what still comes, and wait for the exit; its code."""
        if self.reading:
            self._pump(lambda: self.ended)
        return self.process.wait(PATIENCE)

    def close_stdin(self) -> None:
        """End the program's stdin."""
        self._waiting.clear()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def close_stdout(self) -> None:
        """Listen no more: what the program writes from now on fails."""
        self.reading, self.ended = False, True
        if self.process.stdout is not None:
            self.process.stdout.close()

    def peak(self) -> int:
        """The most memory the program ever had, in MiB (proc(5) VmHWM)."""
        return self._status("VmHWM") // 1024

    def memory(self) -> int:
        """The memory the program has now, in KiB (proc(5) VmRSS)."""
        return self._status("VmRSS")

    def descriptors(self) -> int:
        """How many files the program has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def complaints(self) -> str:
        """What the program has said on stderr."""
        return self.stderr.read_text("utf-8", "replace")

    def _status(self, name: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition(f"{name}:")[2].split()[0])

    @property
    def _stdin(self) -> int:
        assert self.process.stdin is not None
        return self.process.stdin.fileno()

    @property
    def _stdout(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def _pump(self, done: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Write what waits and read what comes, until `done`."""
        deadline = time.monotonic() + seconds
        while True:
            self.step(0.0)
            if done():
                return
            if self.ended:
                raise EOFError(f"it ended: {self.complaints()[-2000:]}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"heard {self.heard[-3:]}, stderr {self.complaints()[-2000:]}")
            self.step(max(0.0, deadline - time.monotonic()))

    def step(self, seconds: float) -> None:
        """Write what waits and read what comes, once, after at most so many seconds."""
        readers = [self._stdout] if self.reading and not self.ended else []
        writers = [self._stdin] if self._waiting else []
        readable, writable, _ = select.select(readers, writers, [], seconds)
        if writable:
            self._write()
        if readable:
            self._read()

    def _write(self) -> None:
        try:
            del self._waiting[: os.write(self._stdin, bytes(self._waiting[:CHUNK]))]
        except BrokenPipeError:
            self.refused = True
            self._waiting.clear()

    def _read(self) -> None:
        chunk = os.read(self._stdout, CHUNK)
        self.ended = not chunk
        self._line += chunk
        if b"\n" not in chunk:
            return
        *lines, rest = self._line.split(b"\n")
        self._line = bytearray(rest)
        for line in lines:
            self._hear(bytes(line))

    def _hear(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            self.noise.append(line)
        else:
            self.hears(message)
