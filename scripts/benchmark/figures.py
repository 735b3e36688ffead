"""Figures and how they are shown: tables for a person, plain data for a program."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

Row = list[str | float | None]


@dataclass(slots=True)
class Table:
    """One measurement under one regime; the first column names the subject."""

    title: str
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)

    def text(self) -> str:
        """The table with its columns aligned."""
        lines = [list(self.columns), *([_cell(cell) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        shown = ["  ".join(map(_padded, line, widths, range(len(line)))) for line in lines]
        return "\n".join([f"\n{self.title}", *(f"  {line}".rstrip() for line in shown)])

    def data(self) -> dict[str, object]:
        """The table as JSON."""
        return asdict(self)


def _padded(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column else cell.ljust(width)


def _cell(cell: str | float | None) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The value in the middle."""
    return statistics.median(values)


def machine(python: str) -> dict[str, str]:
    """What the figures were taken on, and how busy it was."""
    load = (
        " ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    )
    return {
        "machine": f"{os.cpu_count()} CPUs {platform.machine()}, {platform.system()}",
        "kernel": platform.release(),
        "python": python,
        "nice": str(os.nice(0)) if hasattr(os, "nice") else "?",
        "load": load,
    }
