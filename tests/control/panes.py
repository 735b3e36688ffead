"""Real terminals: a tmux server of the test's own, whose panes run interactive shells.

A pane is what a person has in front of them: its shell leads a session on a terminal, and nothing
above it is a test.
"""

import os
import re
import select
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SHELL = ("bash", "--norc", "--noprofile", "-i")
TMUX = shutil.which("tmux")


def clean_environment(home: Path) -> dict[str, str]:
    """What a person's terminal begins with, and nothing of whoever runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"HOME": str(home), "TERM": "xterm-256color", "PYTHONPATH": str(PROJECT)}


class Pane:
    """One interactive shell. `said` is all that its terminal was sent so far."""

    def __init__(self, tmux: "Tmux", name: str) -> None:
        self._tmux = tmux
        self._name = name
        self.said = ""
        fifo = tmux.folder / name
        os.mkfifo(fifo)
        self._heard = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        tmux.run("pipe-pane", "-t", name, f"exec cat >{fifo}")

    def type(self, text: str) -> None:
        """Type a text and Enter, as a person would."""
        self._tmux.run("send-keys", "-t", self._name, "-l", text)
        self._tmux.run("send-keys", "-t", self._name, "Enter")

    def run(self, argv: Sequence[str], after: str = "", **environment: str) -> None:
        """Have the shell run a command."""
        words = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
        self.type(" ".join([*words, shlex.join(argv), after]))

    def wait_for(self, pattern: str, seconds: float = 20.0) -> re.Match[str]:
        """What a pattern finds in what was said, once it does. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while (found := re.search(pattern, self.said)) is None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._heard], [], [], left)[0]:
                raise TimeoutError(f"no {pattern!r} in {self.said!r}")
            self.said += os.read(self._heard, 65536).decode("utf-8", "replace")
        return found

    def close(self) -> None:
        """Hear no more of it."""
        os.close(self._heard)


class Tmux:
    """A tmux server of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._base = [TMUX or "tmux", "-S", str(folder / "t"), "-f", "/dev/null"]
        self._environment = dict(environment)
        self._panes: list[Pane] = []

    def pane(self) -> Pane:
        """A new window with a shell in it."""
        name = f"p{len(self._panes)}"
        self.run("new-session", "-d", "-x", "200", "-y", "50", "-s", name, *SHELL)
        pane = Pane(self, name)
        self._panes.append(pane)
        return pane

    def run(self, *words: str) -> str:
        """One command of tmux; what it prints."""
        return subprocess.run(
            [*self._base, *words],
            env=self._environment,
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout

    def end(self) -> None:
        """End the server, and with it all panes."""
        subprocess.run(
            [*self._base, "kill-server"], env=self._environment, check=False, capture_output=True
        )
        for pane in self._panes:
            pane.close()


@contextmanager
def tmux(home: Path) -> Generator[Tmux]:
    """A tmux server; its socket lies where paths are short."""
    with tempfile.TemporaryDirectory(prefix="lg-") as folder:
        server = Tmux(Path(folder), clean_environment(home))
        try:
            yield server
        finally:
            server.end()
