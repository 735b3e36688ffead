"""Sums in sliding windows, kept in few rows.

A window is cut into SLOTS parts and each part has one row, so a limit costs the same whether it is
of five calls or of five million. A part leaves the window whole, at its end: a call is counted for
its window and at most a part of it longer, never shorter. Knows no rules and no clock.
"""

from typing import Final

from localguard.ledger.charges import UNIT, Charge, Taken, units_of
from localguard.ledger.turns import Turn

SLOTS: Final = 256
_MOST: Final = 4 * 10**18
"""What one row can hold, near what SQLite keeps as an integer; beyond any limit."""

TABLES: Final = (
    "CREATE TABLE spent (key TEXT, slot REAL, units INTEGER, lapses REAL, PRIMARY KEY (key, slot))"
    " WITHOUT ROWID",
)
_TAKE: Final = (
    "INSERT INTO spent VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
    " SET units = min(units + ?3, ?5), lapses = max(lapses, ?4)"
)
_SUM: Final = "SELECT total(units) FROM spent WHERE key = ? AND slot > ?"
_RETURN: Final = "UPDATE spent SET units = max(units - ?, 0) WHERE key = ? AND slot = ?"
_LEFT: Final = "DELETE FROM spent WHERE key = ? AND slot <= ?"
_LAPSED: Final = "DELETE FROM spent WHERE lapses <= ?"


def take(turn: Turn, charge: Charge) -> Taken | None:
    """Count a charge; None where its cost cannot be counted and so nothing was taken."""
    units = units_of(charge.cost)
    if units is None:
        return None
    width = charge.seconds / SLOTS
    slot = (turn.now // width + 1) * width
    turn.execute(_TAKE, charge.key, slot, units, slot + charge.seconds, _MOST)
    turn.execute(_LEFT, charge.key, turn.now - charge.seconds)
    return Taken(charge.key, slot, units)


def spent(turn: Turn, charge: Charge) -> float | None:
    """The sum in the window of a charge; None while counts from before it may be lost."""
    if turn.lost is not None and turn.now - turn.lost < charge.seconds:
        return None
    ((units,),) = turn.execute(_SUM, charge.key, turn.now - charge.seconds)
    total: float = units / UNIT
    return total


def give_back(turn: Turn, taken: Taken) -> None:
    """Take a charge out again; it may have left its window by now."""
    turn.execute(_RETURN, taken.units, taken.key, taken.slot)


def prune(turn: Turn) -> None:
    """Remove what no window holds any more, of rules that are gone too."""
    turn.execute(_LAPSED, turn.now)
