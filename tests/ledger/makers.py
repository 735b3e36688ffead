"""Ledgers for the tests, and a clock that goes as the test says."""

from dataclasses import dataclass, field
from pathlib import Path

from localguard.ledger.charges import Charge
from localguard.ledger.clients import Session
from localguard.ledger.clock import Clock, Moment
from localguard.ledger.ledger import Ledger
from localguard.ledger.store import FILE
from localguard.policy.globs import Glob
from localguard.policy.rules import Pattern

ANA = Session("boot/7/1", 5.0)
BOB = Session("boot/8/2", 5.0)


@dataclass
class Hands:
    """A clock whose hands the test moves."""

    boot: str = "first"
    ticks: float = 1000.0
    wall: float = 1_700_000_000.0
    asked: int = field(default=0)

    def __call__(self) -> Moment:
        self.asked += 1
        return Moment(self.boot, self.ticks, self.wall)

    def wait(self, seconds: float) -> None:
        self.ticks += seconds
        self.wall += seconds


def ledger(folder: Path, clock: Clock | None = None, session: Session | None = ANA) -> Ledger:
    """A ledger as one guard has it."""
    return Ledger(str(folder / "session"), session, clock)


def file_of(folder: Path) -> Path:
    """Where its counts lie."""
    return folder / "session" / FILE


def spend(book: Ledger, key: str = "work r1", seconds: int = 60, cost: float = 1) -> float | None:
    """What one call finds spent under one rule."""
    return book.reserve([Charge(key, seconds, cost)]).spent[key]


def patterns(*texts: str) -> dict[str, Pattern]:
    """Patterns by their texts."""
    return {text: _pattern(*text.split("/", 1)) for text in texts}


def _pattern(server: str, item: str) -> Pattern:
    if item.startswith("@"):
        return Pattern(Glob(server), None, item[1:])
    return Pattern(Glob(server), Glob(item))
