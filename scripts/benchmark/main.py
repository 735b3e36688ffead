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
from scripts.benchmark.scenarios import SUITES, Suite
from scripts.benchmark.setting import FULL, ONCE, QUICK, Run, guard_command


def main(arguments: Sequence[str]) -> int:
    """Measure and print. The exit code: 1 when the guard or the server itself broke."""
    options = _options(arguments)
    suite = SUITES[options.suite]
    names = {DIRECT, *options.subjects}
    gc.disable()  # the client pauses for nothing of its own
    with suite.setting(names, peers=options.peers, effort=options.effort) as run:
        begin = Busyness.now()
        facts = _facts(suite, run)
        print(facts_text(facts), flush=True)
        tables = list(_measured(suite, run, options.only))
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


def _measured(suite: Suite, run: Run, wanted: Sequence[str]) -> Iterator[Table]:
    for name in wanted:
        for table in suite.scenarios[name](run):
            print(table.text(), flush=True)
            yield table


def _facts(suite: Suite, run: Run) -> dict[str, object]:
    """What has to be known to read the figures."""
    facts: dict[str, object] = {
        "machine": machine.name(),
        "nice": machine.priority(),
        "python": f"{platform.python_version()}, {platform.python_compiler()}",
        **run.facts(),
    }
    if GUARD in run.subjects:
        facts["guard"] = guard_command(run)
    for subject in suite.subjects:
        if subject.name in run.subjects:
            facts[subject.name] = subject.what
    return facts | {name: f"left out: {why}" for name, why in run.left_out.items()}


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("scripts/bench", description="What localguard costs.")
    suite = parser.add_mutually_exclusive_group()
    for name, text in (
        ("http", "before servers at a URL, in place of processes"),
        ("sign-in", "signing in, and starting as someone who is"),
    ):
        suite.add_argument(f"--{name}", dest="suite", action="store_const", const=name, help=text)
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
    parser.add_argument("--only", metavar="NAMES", help="some of what is measured")
    parser.add_argument("--subjects", metavar="NAMES", help="some of who is measured")
    options = parser.parse_args(arguments, argparse.Namespace(suite="stdio"))
    known = SUITES[options.suite]
    options.only = _chosen(parser, "--only", options.only, list(known.scenarios))
    names = [subject.name for subject in known.subjects]
    options.subjects = _chosen(parser, "--subjects", options.subjects, names)
    return options


def _chosen(
    parser: argparse.ArgumentParser, option: str, text: str | None, known: list[str]
) -> list[str]:
    wanted = known if text is None else text.split(",")
    if unknown := sorted(set(wanted) - set(known)):
        parser.error(f"{option}: unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    return wanted
