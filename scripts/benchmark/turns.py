"""Subjects that take turns: in each round every one is asked, in an order of its own."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from scripts.benchmark.results import Result
from scripts.benchmark.setting import Command, Setting
from scripts.benchmark.wire import Broken, Wire

Values = Mapping[str, float]


def take_turns(result: Result, rounds: int, ask: Callable[[str], Values]) -> None:
    """Record what `ask` finds. A subject that breaks is dropped, and the result says why."""
    for _ in range(rounds):
        for name in random.sample(result.subjects, len(result.subjects)):
            try:
                result.record(name, ask(name))
            except Broken as broken:
                result.drop(name, str(broken))


@contextmanager
def started(
    run: Setting, result: Result, server: Command | None = None
) -> Iterator[Mapping[str, Wire]]:
    """Every subject of the result, started and warm."""
    with ExitStack() as stack:
        wires = {}
        for name in list(result.subjects):
            try:
                wires[name] = stack.enter_context(run.start(name, server)).ready()
            except Broken as broken:
                result.drop(name, str(broken))
        yield wires


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and what it starts, on the last core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


CAN_PIN = hasattr(os, "sched_setaffinity")
