"""A guard between a raw client and the scripted server, and the promises that hold at every end.

However a session goes: every id is answered exactly once or the client is gone, nothing reached the
server that was not allowed and recorded before, each intent has one outcome, the chain of the log
is whole, and no process of the server's tree is left.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.relay.process_trees import wait_unmarked
from tests.ways.home import ALL, Home
from tests.ways.wire import PATIENCE, Wire

SCRIPTED = Path(__file__).resolve().parent.parent / "servers/scripted.py"

Entry = dict[str, Any]


class Stage:
    """One test's home, the guards it has started, and the ledger of their servers.

    A test sets `gone` when its client leaves calls behind, `killed` when a guard gets SIGKILL.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.home = Home(folder / "home", environment)
        self.home.write("all", ALL)
        self.home.use("all")
        self.project = folder / "project"
        self.project.mkdir()
        self.wires: list[Wire] = []
        self.killed = False
        self.gone = False
        os.mkfifo(f"{self.ledger}.bell")
        self._bell = os.open(f"{self.ledger}.bell", os.O_RDWR | os.O_NONBLOCK)

    @property
    def ledger(self) -> Path:
        """What the servers saw, in order."""
        return self.folder / "ledger"

    def server(self, *traits: str) -> list[str]:
        """The command of a scripted server."""
        start = [sys.executable, "-I", "-S", str(SCRIPTED)]
        return [*start, str(self.ledger), str(self.home.audit), *traits]

    def guard(self, *traits: str, profile: str | None = None) -> Wire:
        """A guard in front of a scripted server named `fake`."""
        fixed = [] if profile is None else ["--profile", profile]
        return self.run(*fixed, "--name", "fake", "--", *self.server(*traits))

    def ready(self, *traits: str, profile: str | None = None) -> Wire:
        """The same, after the handshake."""
        wire = self.guard(*traits, profile=profile)
        wire.handshake()
        return wire

    def run(self, *arguments: str) -> Wire:
        """`localguard run` with these arguments."""
        return self.start(self.home.argv(*arguments))

    def start(self, argv: Sequence[str]) -> Wire:
        """Any program, as a client starts it."""
        stderr = self.folder / f"stderr-{len(self.wires)}"
        wire = Wire(argv, self.home.environment, self.project, stderr)
        self.wires.append(wire)
        return wire

    def command(self, *arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
        """A command of localguard's, as a program without a terminal starts it."""
        return subprocess.run(
            [sys.executable, "-m", "localguard", *arguments],
            env=self.home.environment,
            input=answers,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    def mark(self) -> str:
        """The mark that the process tree of the last server carries."""
        return str([entry["mark"] for entry in self.seen() if "mark" in entry][-1])

    def seen(self, method: str | None = None) -> list[Entry]:
        """What the servers have noted, of one method or all."""
        if not self.ledger.exists():
            return []
        entries = map(json.loads, self.ledger.read_bytes().splitlines())
        return [entry for entry in entries if method in (None, entry.get("method"))]

    def until_seen(self, **wanted: Any) -> Entry:
        """Wait until a server has noted an entry with these members."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for entry in self.seen():
                if wanted.items() <= entry.items():
                    return entry
            left = deadline - time.monotonic()
            if not select.select([self._bell], [], [], max(0.0, left))[0]:
                raise TimeoutError(f"no {wanted} among {self.seen()[-5:]}")
            os.read(self._bell, 4096)

    def calls(self) -> list[str]:
        """The names of the tools that were called at a server."""
        return [entry["name"] for entry in self.seen("tools/call")]

    def lost(self) -> int:
        """How many records the log says are missing."""
        return sum(record["lost"] for record in self.home.records("gap"))

    def close(self) -> None:
        """End what still runs, the way a client does."""
        for wire in self.wires:
            if wire.process.poll() is None:
                wire.finish()

    def clear(self) -> None:
        """End what still runs, the hard way, and let go of everything."""
        for wire in self.wires:
            wire.process.kill()
            wire.process.wait()
            wire.close_stdin()
            wire.close_stdout()
        os.close(self._bell)

    def check(self) -> None:
        """Assert the promises; called when a test is over."""
        for wire in self.wires:
            self._check_answers(wire)
        self._check_calls()
        # A kill may cut a record off, and nothing else.
        harmless = {"torn"} if self.killed else set()
        assert [flaw for flaw in self.home.flaws() if flaw.kind not in harmless] == []
        for mark in {entry["mark"] for entry in self.seen() if "mark" in entry}:
            wait_unmarked(mark)

    def _check_answers(self, wire: Wire) -> None:
        cancelled = {
            m["about"] for m in self.seen("notifications/cancelled") if m["about"] is not None
        }
        answered = Counter(json.dumps(m["id"]) for m in wire.heard if "method" not in m)
        for id_ in wire.asked:
            count = answered.pop(json.dumps(id_), 0)
            assert count == 1 or (count == 0 and (self.gone or id_ in cancelled)), id_
        assert not answered
        assert wire.noise == []

    def _check_calls(self) -> None:
        """Each call the server saw stood in the log when it arrived, with its id and its name."""
        intents = self.home.records("intent")
        allowed = [(json.dumps(i["request_id"]), i["item"]) for i in intents]
        seen = self.seen("tools/call")
        assert [entry for entry in seen if not entry["recorded"]] == []
        forwarded = Counter((json.dumps(e["id"]), e["name"]) for e in seen)
        assert forwarded <= Counter(allowed)
        if not self.killed:
            outcomes = Counter(record["call"] for record in self.home.records("outcome"))
            calls = Counter(intent["call"] for intent in intents)
            assert outcomes <= calls
            # What a log that could not be written has lost it tells; an outcome may be among it.
            assert (calls - outcomes).total() <= self.lost()
