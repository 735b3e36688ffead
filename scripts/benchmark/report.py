"""Results as tables for a person, and as plain data for a program."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from scripts.benchmark.figures import Figure, Unmeasured
from scripts.benchmark.goals import Outcome
from scripts.benchmark.results import Quartiles, Result, quartiles


@dataclass(frozen=True, slots=True)
class Column:
    """A figure under a title: its median over the rounds, `spread` adds the quartiles."""

    title: str
    figure: Figure
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A result, and how it is shown. The title names the unit and the regime."""

    title: str
    result: Result
    columns: tuple[Column, ...]

    def text(self) -> str:
        """The table, one subject a line; subjects without values come last, with the reason."""
        head = ["", *(column.title for column in self.columns)]
        rows = [
            [name, *(_cell(column, self.result, name) for column in self.columns)]
            for name in self.result.subjects
        ]
        missing = [f"  {name}: left out, {why}" for name, why in self.result.missing.items()]
        return "\n".join(["", self.title, *aligned([head, *rows]), *missing])

    def data(self) -> dict[str, object]:
        """The values of all rounds and their quartiles, for JSON."""
        measures = {
            measure: {name: _with_quartiles(values) for name, values in series.items()}
            for measure, series in self.result.measures.items()
        }
        return {
            "name": self.result.name,
            "title": self.title,
            "measures": measures,
            "missing": self.result.missing,
        }


def goals_text(outcomes: Iterable[Outcome]) -> str:
    """The goals of localguard, each with what was found."""
    rows = [["goal", "", "bound", "found (quartiles)", ""]]
    for outcome in outcomes:
        goal = outcome.goal
        found = "-" if outcome.found is None else _spread(outcome.found)
        rows.append([goal.result, goal.says, goal.bound, found, outcome.verdict])
    return "\n".join(["", "localguard and its goals, from the same rounds", *aligned(rows, left=5)])


def goals_data(outcomes: Iterable[Outcome]) -> list[dict[str, object]]:
    """The same for JSON."""
    return [
        {
            "result": outcome.goal.result,
            "goal": outcome.goal.says,
            "at_most": outcome.goal.at_most,
            "at_least": outcome.goal.at_least,
            "found": None if outcome.found is None else asdict(outcome.found),
            "verdict": outcome.verdict,
        }
        for outcome in outcomes
    ]


def facts_text(facts: Mapping[str, object]) -> str:
    """Names and values, one a line."""
    return "\n".join(aligned([[f"{name}:", str(value)] for name, value in facts.items()], left=2))


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Lines with columns of one width; the first `left` are set to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            ["", *(_padded(row[n], width, left=n < left) for n, width in enumerate(widths))]
        ).rstrip()
        for row in rows
    ]


def _padded(cell: str, width: int, *, left: bool) -> str:
    return cell.ljust(width) if left else cell.rjust(width)


def _cell(column: Column, result: Result, subject: str) -> str:
    try:
        found = quartiles(column.figure(result, subject))
    except Unmeasured:
        return "-"
    return _spread(found) if column.spread else _number(found.median)


def _spread(found: Quartiles) -> str:
    if found.low == found.high:
        return _number(found.median)
    return f"{_number(found.median)} ({_number(found.low)}-{_number(found.high)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _with_quartiles(values: Sequence[float]) -> dict[str, object]:
    return {**asdict(quartiles(values)), "rounds": list(values)}
