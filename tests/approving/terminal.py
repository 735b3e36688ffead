"""A person at a real terminal: a tmux server of the test, one pane, keys in and screens out."""

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest

PATIENCE = 45.0
_PAUSE = 0.02

Good = Callable[[str], bool]


def stands(screen: str, *texts: str) -> bool:
    """Whether all of these stand on a screen, however much room is left between words."""
    flat = _squeezed(screen)
    return all(_squeezed(text) in flat for text in texts)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


class Terminal:
    """One pane in which a shell runs commands; ended with the test."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], size: tuple[int, int] = (120, 36)
    ) -> None:
        program = shutil.which("tmux")
        if program is None:
            pytest.skip("tmux is not installed")
        self._tmux = [program, "-S", str(folder / "tmux.sock"), "-f", "/dev/null"]
        shown = {"PS1": "$ ", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        self._environment = {**environment, **shown}
        columns, lines = size
        self._run("new-session", "-d", "-x", str(columns), "-y", str(lines), "-s", "t", "sh")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run("kill-server")

    def type(self, command: Sequence[str] | str) -> None:
        """Type a command line and enter."""
        line = command if isinstance(command, str) else shlex.join(command)
        self._run("send-keys", "-t", "t", "-l", line)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names."""
        self._run("send-keys", "-t", "t", *keys)

    def paste(self, text: str) -> None:
        """Paste a text as a terminal does, bracketed."""
        self._run("set-buffer", text)
        self._run("paste-buffer", "-p", "-t", "t")

    def kill(self) -> None:
        """Kill what runs in the pane, as a crash would, and make the terminal usable again."""
        shell = int(self._run("display-message", "-p", "-t", "t", "#{pane_pid}"))
        for child in Path(f"/proc/{shell}/task/{shell}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        self.until("Killed")
        self.press("-R")
        # A terminal that was left raw takes no return key for the end of a line.
        self.press("stty sane; clear", "C-j")
        self.until_gone("Killed", "stty")

    def press_until(self, key: str, good: Good, first: str = "", again: float = 1.0) -> str:
        """Press a key, each time once `first` stands there, until the screen is good; the screen.

        A console drops keys that come sooner than what they are about could be read: one that
        changed nothing is pressed again, some seconds later.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.until(first)
            self.press(key)
            found = self._look(good, again)
            if found is not None:
                return found
        raise TimeoutError(f"pressed {key}; the screen is\n{self.screen()}")

    def record(self, file: Path) -> None:
        """Write every byte that the pane gets from now on to a file too."""
        self._run("pipe-pane", "-t", "t", f"exec cat > {shlex.quote(str(file))}")

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        self._run("resize-window", "-t", "t", "-x", str(columns), "-y", str(lines))

    def screen(self) -> str:
        """What stands on the screen now."""
        return self._run("capture-pane", "-p", "-t", "t")

    def until(self, *texts: str) -> str:
        """Wait until all of these stand on the screen; the screen."""
        return self.until_good(lambda screen: stands(screen, *texts), texts)

    def until_gone(self, *texts: str) -> str:
        """Wait until none of these stands on the screen."""
        return self.until_good(
            lambda screen: not any(stands(screen, text) for text in texts), texts
        )

    def until_good(self, good: Good, what: Sequence[object]) -> str:
        """Wait until the screen is good, which means `what`; the screen."""
        found = self._look(good, PATIENCE)
        if found is None:
            raise TimeoutError(f"waited for {what}; the screen is\n{self.screen()}")
        return found

    def _look(self, good: Good, seconds: float) -> str | None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            screen = self.screen()
            if good(screen):
                return screen
            time.sleep(_PAUSE)
        return None

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            timeout=PATIENCE,
        )
        return done.stdout
