"""Subjects that take turns: in each round every one is asked, in an order of its own."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmark.figures import median
from benchmark.subjects import DIRECT, SUBJECTS, Subject
from benchmark.wire import Wire

Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the measurements share. `quick` is for a look, not for figures to keep."""

    server: tuple[str, ...]
    env: Mapping[str, str]
    quick: bool

    def wire(self, subject: Subject, server: tuple[str, ...] | None = None) -> Wire:
        """Start a subject before the server."""
        return Wire(subject.name, subject.command(server or self.server), self.env)

    def rounds(self, many: int, few: int) -> Iterator[Sequence[Subject]]:
        """The subjects in a new order for each round."""
        for _ in range(few if self.quick else many):
            yield random.sample(SUBJECTS, len(SUBJECTS))


def turns(
    bench: Bench,
    rounds: tuple[int, int],
    ask: Callable[[Wire], list[float]],
    server: tuple[str, ...] | None = None,
) -> tuple[Times, dict[str, float]]:
    """All times, and the median over the rounds of what was added to `direct` within one."""
    whole: Times = {subject.name: [] for subject in SUBJECTS}
    medians: Times = {subject.name: [] for subject in SUBJECTS}
    with ExitStack() as stack:
        wires = {s.name: stack.enter_context(bench.wire(s, server)).ready() for s in SUBJECTS}
        for order in bench.rounds(*rounds):
            for subject in order:
                times = ask(wires[subject.name])
                whole[subject.name] += times
                medians[subject.name].append(median(times))
    direct = medians[DIRECT.name]
    added = {
        name: median([one - base for one, base in zip(times, direct, strict=True)])
        for name, times in medians.items()
    }
    return whole, added
