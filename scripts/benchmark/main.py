"""The command: which subjects and measurements, and where the figures go."""

import argparse
import gc
import json
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.benchmark import machine
from scripts.benchmark.figures import DIRECT
from scripts.benchmark.goals import GUARD, outcomes
from scripts.benchmark.machine import Busyness
from scripts.benchmark.report import Table, facts_text, goals_data, goals_text
from scripts.benchmark.scenarios import SCENARIOS
from scripts.benchmark.setting import FULL, ONCE, QUICK, Setting, guard_command, setting
from scripts.benchmark.subjects import SUBJECTS

SUBJECT_NAMES = [subject.name for subject in SUBJECTS]


def main(arguments: Sequence[str]) -> int:
    """Measure and print. The exit code: 1 when the guard or the server itself broke."""
    options = _options(arguments)
    names = {DIRECT, *options.subjects}
    gc.disable()  # the client pauses for nothing of its own
    with setting(names, peers=options.peers, effort=options.effort) as run:
        begin = Busyness.now()
        facts = _facts(run)
        print(facts_text(facts), flush=True)
        tables = list(_measured(run, options.only))
        busy = begin.until(Busyness.now())
    found = outcomes({table.result.name: table.result for table in tables}, run.left_out)
    if GUARD in names:
        print(goals_text(found))
    print(f"\nThe machine meanwhile\n{facts_text(busy)}")
    if options.json is not None:
        results = [table.data() for table in tables]
        data = {"facts": facts, "meanwhile": busy, "results": results, "goals": goals_data(found)}
        options.json.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    return int(any({GUARD, DIRECT} & set(table.result.missing) for table in tables))


def _measured(run: Setting, wanted: Sequence[str]) -> Iterator[Table]:
    for name in wanted:
        for table in SCENARIOS[name](run):
            print(table.text(), flush=True)
            yield table


def _facts(run: Setting) -> dict[str, object]:
    """What has to be known to read the figures."""
    facts: dict[str, object] = {
        "machine": machine.name(),
        "nice": machine.priority(),
        "python": f"{platform.python_version()}, {platform.python_compiler()}",
        "server": Path(run.server[-1]).name
        + (" in C" if len(run.server) == 1 else " in Python, since no C compiler was found"),
        "node server": "server-everything" if run.everything else "left out: not installed",
    }
    if GUARD in run.subjects:
        facts["guard"] = guard_command(run)
    for subject in SUBJECTS:
        if subject.name in run.subjects:
            facts[subject.name] = subject.what
    return facts | {name: f"left out: {why}" for name, why in run.left_out.items()}


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("scripts/bench", description="What localguard costs.")
    effort = parser.add_mutually_exclusive_group()
    for option, value, text in (
        ("--quick", QUICK, "under a minute; the figures are rough"),
        ("--once", ONCE, "one round of each, to see that all of it runs"),
    ):
        effort.add_argument(
            option, dest="effort", action="store_const", const=value, default=FULL, help=text
        )
    parser.add_argument("--peers", action="store_true", help="install and measure peers, too")
    parser.add_argument("--json", metavar="FILE", type=Path, help="all values, for a program")
    _add_choice(parser, "--only", list(SCENARIOS))
    _add_choice(parser, "--subjects", SUBJECT_NAMES)
    return parser.parse_args(arguments)


def _add_choice(parser: argparse.ArgumentParser, option: str, known: list[str]) -> None:
    def names(text: str) -> list[str]:
        wanted = text.split(",")
        if unknown := sorted(set(wanted) - set(known)):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
        return wanted

    every = ",".join(known)
    parser.add_argument(option, metavar="NAMES", type=names, default=known, help=f"some of {every}")
