"""Subjects that take turns: in each round every one is asked, in an order of its own."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, TypeVar

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
    with warm(result, lambda name: run.start(name, server)) as wires:
        yield wires


class Client(Protocol):
    """A subject that was started. What goes wrong with it is raised as Broken."""

    def __enter__(self) -> object: ...

    def __exit__(self, *_: Any) -> None: ...

    def initialize(self) -> float:
        """The first request, up to its answer: seconds since the subject was started."""
        ...

    def ready(self, calls: int = 50) -> object:
        """The whole handshake, a listing and some calls."""
        ...

    def settle(self, calls: int) -> None:
        """What follows the first request: the handshake's end, a listing and some calls."""
        ...

    def timed(self, method: str, params: str, many: int = 1, gap: float = 0.0) -> list[float]:
        """Seconds from each request to its whole answer, `gap` seconds after the one before."""
        ...

    def together(self, params: str, many: int) -> float:
        """Seconds from the first of so many calls to the last answer; all are open at once."""
        ...


C = TypeVar("C", bound=Client)


@contextmanager
def warm(result: Result, start: Callable[[str], C]) -> Iterator[Mapping[str, C]]:
    """Every subject of the result, started and warm."""
    with ExitStack() as stack:
        clients = {}
        for name in list(result.subjects):
            try:
                client = start(name)
                stack.enter_context(client)
                client.ready()
            except Broken as broken:
                result.drop(name, str(broken))
            else:
                clients[name] = client
        yield clients


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
