"""Records, clocks and journals for the tests of the audit log and of what shows it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from localguard.audit.checkpoints import Signer
from localguard.audit.journal import Journal
from localguard.audit.records import Decided, Outcome, Start
from localguard.audit.sealing import GENESIS, encoded, seal
from localguard.audit.settings import Settings
from localguard.audit.shape import shape

MOMENT = 1_795_555_200.0  # 2026-11-24T21:20:00Z

STARTED = Start(
    version="0.1.0",
    pid=41,
    client_pid=40,
    profile="work",
    profile_digest="ab" * 32,
    server="db",
    command="/usr/bin/uvx",
    cwd="/",
)

DECIDED = Decided(
    call="7f3a-1",
    direction="client",
    era="legacy",
    method="tools/call",
    server="db",
    item="list_tables",
    request_id=7,
    client="claude-ai",
    profile="work",
    profile_digest="ab" * 32,
    decision="allow",
    rule="work.toml:12",
    reason="a rule allows it",
    because=None,
    facts={"args.schema": ["public"]},
    arguments=shape({"schema": "public"}),
    bytes=120,
    listed=True,
)


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: float = MOMENT

    def __call__(self) -> float:
        return self.now


def decided(call: str = "7f3a-1", **changes: Any) -> Decided:
    return replace(DECIDED, call=call, **changes)


def outcome(call: str = "7f3a-1", **changes: Any) -> Outcome:
    usual = Outcome(call=call, status="ok", code=None, bytes=300, milliseconds=12.5)
    return replace(usual, **changes)


SIGNER = Signer(b"k" * 32, "unprotected")


def journal(
    folder: Path,
    clock: Clock | None = None,
    instance: str = "7f3a",
    *,
    settings: Settings | None = None,
    signed: bool = False,
) -> Journal:
    clock = clock or Clock()
    return Journal(
        str(folder),
        clock=clock,
        monotonic=clock,
        instance=instance,
        settings=settings,
        signer=(lambda: SIGNER) if signed else None,
    )


@dataclass
class Timer:
    """Calls what is due when a test says that time has passed."""

    clock: Clock
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __call__(self, seconds: float, callback: Callable[[], None]) -> None:
        self.due.append((self.clock.now + seconds, callback))

    def passes(self, seconds: float) -> None:
        self.clock.now += seconds
        ready = [one for one in self.due if one[0] <= self.clock.now]
        for one in ready:
            self.due.remove(one)
            one[1]()


def lines_of(path: Path | str) -> list[bytes]:
    return Path(path).read_bytes().splitlines(keepends=True)


def records_of(path: Path | str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(path)]


def chain_of(*bodies: Mapping[str, object]) -> list[bytes]:
    """Seal the bodies one after the other, as a journal does."""
    lines: list[bytes] = []
    prev = GENESIS
    for seq, body in enumerate(bodies):
        line, prev = seal(prev, seq, encoded(dict(body)))
        lines.append(line)
    return lines
