"""A LOCALGUARD_HOME of a test's own: profiles to write and switch, and the audit log to read."""

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from localguard.audit.chain import Flaw, check
from localguard.config.choice import is_first
from localguard.config.paths import places
from localguard.errors import ProfileFault
from tests.config.makers import approve, choose, choose_valid

ALL = """
version = 1
[[rule]]
allow = "*"
"""

Record = dict[str, Any]

PATIENCE = 45.0
_PAUSE = 0.02


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
        # Most tests have nobody who answers, and need not wait for it.
        self.hold("0s")
        self.places = places(self.environment)

    def write(self, name: str, text: str | bytes) -> Path:
        """Write the profile `name`, as a person who then accepts it; its file."""
        path = self.edit(name, text)
        # What cannot be read nobody can accept.
        with suppress(ProfileFault):
            if not is_first(self.places):
                approve(self.places, name)
        return path

    def edit(self, name: str, text: str | bytes) -> Path:
        """Write the profile `name`, as any program of the person's can; its file."""
        path = self.profiles / f"{name}.toml"
        _replace(path, text.encode() if isinstance(text, str) else text)
        return path

    def use(self, name: str) -> None:
        """Make a profile the active one, as a person who accepts it; also one that is not there."""
        try:
            choose_valid(self.places, name)
            approve(self.places, name)
        except ProfileFault:
            choose(self.places, name)

    def age(self) -> None:
        """Let every file be older than a next change could be confused with."""
        for path in (*self.profiles.iterdir(), self.state / "active.toml"):
            os.utime(path, (1_700_000_000, 1_700_000_000))

    def hold(self, duration: str) -> None:
        """How long a call is held for its client; config.toml holds nothing else."""
        _replace(self.path / "config.toml", f'[approvals]\nhold = "{duration}"\n'.encode())

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

    def until(self, kind: str, **members: str) -> list[Record]:
        """The records of a kind that have these members, once there is one."""
        deadline = time.monotonic() + PATIENCE
        while not (found := self._with(kind, members)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {kind} {members} among {self.records()[-5:]}")
            time.sleep(_PAUSE)
        return found

    def until_many(self, kind: str, number: int) -> list[Record]:
        """The records of a kind, once there are so many."""
        deadline = time.monotonic() + PATIENCE
        while len(found := self.records(kind)) < number:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found)} {kind} among {self.records()[-5:]}")
            time.sleep(_PAUSE)
        return found

    def _with(self, kind: str, members: Mapping[str, str]) -> list[Record]:
        return [record for record in self.records(kind) if members.items() <= record.items()]

    def flaws(self) -> list[Flaw]:
        """What is wrong with the chains of the log."""
        chains = (path.read_bytes().splitlines(keepends=True) for path in self.segments())
        return [flaw for chain in chains for flaw in check(chain)]


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".fresh")
    fresh.write_bytes(data)
    fresh.chmod(0o600)
    os.replace(fresh, path)
