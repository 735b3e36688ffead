"""A person at a real browser: Chromium without a window, driven by playwright-core."""

import json
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 60.0
_PAUSE = 0.02
_SCRIPT = Path(__file__).resolve().parent / "chromium.mjs"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """Where Chromium is, if it is installed."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@dataclass(frozen=True, slots=True)
class Chromium:
    """The program and what drives it, in a folder where node finds playwright-core."""

    program: str
    node: str
    folder: Path

    @classmethod
    def ready(cls, program: str, node: str, node_modules: Path, folder: Path) -> "Chromium":
        """Lay out the folder."""
        folder.mkdir()
        (folder / "node_modules").symlink_to(node_modules)
        shutil.copy(_SCRIPT, folder)
        return cls(program, node, folder)

    def visit(self, url: str, user: str = "alice") -> dict[str, Any]:
        """Sign in as the user, and return the `url`, `text` and `requests` of the browser."""
        ran = subprocess.run(
            [*self._command(), url, user],
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, ran.stderr
        shown: dict[str, Any] = json.loads(ran.stdout)
        return shown

    def opener(self, user: str = "alice") -> Path:
        """Write a program that is this person, in place of xdg-open; gives its path.

        What the browser shows at the end goes to `shown.json` in the folder.
        """
        program = self.folder / "bin/xdg-open"
        program.parent.mkdir()
        shown = shlex.quote(str(self.folder / "shown.json"))
        program.write_text(
            f'#!/bin/sh\n{shlex.join(self._command())} "$1" {shlex.quote(user)} >{shown}.new'
            f" && mv {shown}.new {shown}\n"
        )
        program.chmod(0o755)
        return program

    def shown(self) -> dict[str, Any]:
        """What the browser of `opener` showed at the end, once it has ended."""
        deadline = time.monotonic() + PATIENCE
        found = self.folder / "shown.json"
        while not found.exists():
            if time.monotonic() > deadline:
                raise TimeoutError("the browser has not ended")
            time.sleep(_PAUSE)
        shown: dict[str, Any] = json.loads(found.read_text())
        return shown

    def _command(self) -> list[str]:
        return [self.node, str(self.folder / _SCRIPT.name), self.program]
