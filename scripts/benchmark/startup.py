"""Start-up: from the start of the process to the server's answer to `initialize`."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from scripts.benchmark.figures import DIRECT, plain, ratio
from scripts.benchmark.report import Column, Table
from scripts.benchmark.results import Result
from scripts.benchmark.setting import Command, Run, Setting
from scripts.benchmark.turns import Client, Values, take_turns

BARE = "python -c pass"
COLUMNS = (
    Column("ms", plain("start"), spread=True),
    Column("x direct", ratio("start", DIRECT), spread=True),
    Column(f"x {BARE}", ratio("start", BARE)),
    Column("x munio", ratio("start", "munio")),
)


def startup(run: Setting) -> Iterator[Table]:
    """Before a server that starts in nothing, and before one on node."""
    yield _startup(run, "the trivial server", run.server, run.rounds(25, 4))
    if run.everything is not None:
        yield _startup(run, "server-everything", run.everything, run.rounds(30, 4))


def _startup(run: Setting, before: str, server: Command, rounds: int) -> Table:
    name = f"start-up, {before.removeprefix('the ')}"
    ours = server == run.server  # another one has tools of other arguments
    result = timed_starts(
        run, name, rounds, lambda subject: run.start(subject, server), checked=ours
    )
    title = f"Start-up before {before}, ms, cores free; {rounds} rounds"
    return Table(title, result, COLUMNS)


def timed_starts(
    run: Run, name: str, rounds: int, start: Callable[[str], Client], *, checked: bool = True
) -> Result:
    """Milliseconds from the start of each subject to the answer to its first request.

    A subject that is `checked` has to pass a call on afterwards, which is not timed.
    """
    names = [BARE, *run.subjects]
    result = Result(name, list(names))

    def ask(name: str) -> Values:
        if name == BARE:
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", "pass"], env=run.env, check=True)
            return {"start": (time.perf_counter() - begin) * 1e3}
        client = start(name)
        with client:
            took = client.initialize()
            if checked:
                client.settle(1)
            return {"start": took * 1e3}

    take_turns(Result("not counted", names), 1, ask)  # the first start writes bytecode
    take_turns(result, rounds, ask)
    return result
