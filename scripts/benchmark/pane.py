"""A terminal that tells when something appears: a tmux pane whose output comes through a FIFO."""

import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 60.0


class Pane:
    """One pane of a tmux server of its own."""

    def __init__(self, folder: Path, env: Mapping[str, str], size: tuple[int, int]) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux.sock"), "-f", "/dev/null"]
        self._env = {**env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PS1": "$ "}
        self._seen = b""
        fifo = folder / "out"
        os.mkfifo(fifo)
        self._out = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        columns, lines = size
        self._run("new-session", "-d", "-x", str(columns), "-y", str(lines), "-s", "p", "sh")
        self._run("pipe-pane", "-t", "p", f"exec cat > {fifo}")

    def press(self, *keys: str) -> float:
        """Press keys; when tmux had taken them."""
        self._run("send-keys", "-t", "p", *keys)
        return time.perf_counter()

    def until(self, *texts: str) -> float:
        """Wait until the terminal was sent one of these texts; when that was."""
        wanted = [text.encode() for text in texts]
        deadline = time.perf_counter() + PATIENCE
        while not any(text in self._seen for text in wanted):
            left = deadline - time.perf_counter()
            if left < 0 or not select.select([self._out], [], [], left)[0]:
                raise TimeoutError(f"{texts} never came; the screen is\n{self.screen()}")
            self._seen += os.read(self._out, 1 << 16)
        return time.perf_counter()

    def has(self, text: str) -> bool:
        """Whether the terminal was sent a text."""
        return text.encode() in self._seen

    def forget(self) -> None:
        """What was sent so far does not count."""
        while select.select([self._out], [], [], 0)[0] and os.read(self._out, 1 << 16):
            pass
        self._seen = b""

    def screen(self) -> str:
        """What stands on the screen."""
        return self._run("capture-pane", "-p", "-t", "p")

    def close(self) -> None:
        """End the terminal and all in it."""
        self._run("kill-server")
        os.close(self._out)

    def _run(self, *arguments: str) -> str:
        command: Sequence[str] = [*self._tmux, *arguments]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, check=True)
        return done.stdout
