"""Commands that a person types at a terminal of their own, with what they print kept apart."""

import re
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.approving.terminal import Terminal

PATIENCE = 30.0
_PAUSE = 0.02
_STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Typist:
    """A person at a shell in a terminal, who runs one command after the other.

    Its stdin and stdout are the terminal; stderr goes to a file, so that they can be told apart.
    """

    terminal: Terminal
    folder: Path
    _numbers: "count[int]" = field(default_factory=count)

    def begin(
        self, argv: Sequence[str], environment: Mapping[str, str], at: Terminal | None = None
    ) -> "Command":
        """Type a command, there or at another terminal; it then runs."""
        command = Command(at or self.terminal, self.folder / f"typed-{next(self._numbers)}")
        variables = [f"{name}={value}" for name, value in environment.items()]
        line = shlex.join(["env", "-i", *variables, "TERM=dumb", *argv])
        command.script.write_text(
            f"printf '<%s>' begun\n{line} 2>{command.err}\n"
            f"echo $? >{command.code}.new\nprintf '<%s>' ended\n"
            f"mv {command.code}.new {command.code}\n"
        )
        command.out.touch()
        command.terminal.record(command.out)
        command.terminal.type(["sh", str(command.script)])
        return command


class Command:
    """A command that was typed."""

    def __init__(self, terminal: Terminal, path: Path) -> None:
        self.terminal = terminal
        self.script, self.out, self.err, self.code = (
            path.with_suffix(kind) for kind in (".sh", ".out", ".err", ".code")
        )

    def done(self) -> Done:
        """How it ended, once it has."""
        _until(self.code.exists, lambda: f"{self.printed()}\n{self.told()}")
        _until(lambda: "<ended>" in self.printed(), self.printed)
        out = self.printed().partition("<begun>")[2].partition("<ended>")[0]
        return Done(int(self.code.read_text()), out, self.told())

    def printed(self) -> str:
        """What the terminal has got since it was typed."""
        return _STYLES.sub("", self.out.read_text("utf-8", "replace"))

    def told(self) -> str:
        """What it has written to stderr."""
        return self.err.read_text("utf-8", "replace") if self.err.exists() else ""

    def until(self, pattern: "re.Pattern[str]") -> "re.Match[str]":
        """What it prints anywhere, once it does."""
        found: list[re.Match[str]] = []

        def look() -> bool:
            found.extend(pattern.finditer(self.printed() + self.told()))
            return bool(found)

        _until(look, lambda: self.printed() + self.told())
        return found[0]

    def answer(self, text: str) -> None:
        """Paste a text, and enter."""
        self.terminal.paste(text)
        self.terminal.press("Enter")


def _until(look: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > deadline:
            raise TimeoutError(what())
        time.sleep(_PAUSE)
