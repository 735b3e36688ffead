"""A LOCALGUARD_HOME of a test's own: profiles to write and switch, and the audit log to read."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localguard.audit.chain import Flaw, check

ALL = """
version = 1
[[rule]]
allow = "*"
"""

Record = dict[str, Any]


class Home:
    """The files of one person. Profiles are replaced in one piece, as an editor does."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.path = path
        self.profiles = path / "profiles"
        self.state = path / "state"
        self.audit = path / "audit"
        self.profiles.mkdir(mode=0o700, parents=True)
        self.state.mkdir(mode=0o700)
        self.environment = {**environment, "LOCALGUARD_HOME": str(path)}

    def write(self, name: str, text: str | bytes) -> Path:
        """Write the profile `name`; its file."""
        path = self.profiles / f"{name}.toml"
        _replace(path, text.encode() if isinstance(text, str) else text)
        return path

    def use(self, name: str) -> None:
        """Make a profile the active one."""
        _replace(self.state / "active.toml", f'profile = "{name}"\n'.encode())

    def age(self) -> None:
        """Let every file be older than a next change could be confused with."""
        for path in (*self.profiles.iterdir(), self.state / "active.toml"):
            os.utime(path, (1_700_000_000, 1_700_000_000))

    def argv(self, *arguments: str) -> list[str]:
        """The command line of `localguard run`."""
        return [sys.executable, "-m", "localguard", "run", *arguments]

    def segments(self) -> list[Path]:
        """The segments of the audit log, oldest first."""
        return sorted(self.audit.glob("*/*.jsonl"))

    def records(self, kind: str | None = None) -> list[Record]:
        """The records of one kind, or all; a line that was cut off is none."""
        wholes = (path.read_bytes().rpartition(b"\n")[0] for path in self.segments())
        lines = (line for whole in wholes for line in whole.splitlines())
        return [r for r in map(json.loads, lines) if kind in (None, r["kind"])]

    def flaws(self) -> list[Flaw]:
        """What is wrong with the chains of the log."""
        chains = (path.read_bytes().splitlines(keepends=True) for path in self.segments())
        return [flaw for chain in chains for flaw in check(chain)]


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".fresh")
    fresh.write_bytes(data)
    fresh.chmod(0o600)
    os.replace(fresh, path)
