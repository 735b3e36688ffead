"""Work aside: its outcome comes back, and no exit waits for it."""

import subprocess
import sys
import threading

import anyio
import pytest

from localguard.aside import aside, start, within


def test_what_the_work_returns_comes_back() -> None:
    """Promise: `within` and `start` give what the work gives."""
    assert within(10, lambda: 3) == 3
    assert start(lambda: "three").result(10) == "three"


def test_what_the_work_raises_comes_back() -> None:
    """Promise: a fault of the work is raised where its outcome is asked for."""
    with pytest.raises(KeyError, match="gone"):
        within(10, lambda: {"here": 1}["gone"])


def test_late_work_is_given_up() -> None:
    """Attack: a keyring that waits for a person for ever."""
    never = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, never.wait)
    never.set()


async def test_the_loop_goes_on_while_work_blocks() -> None:
    """Promise: work that waits for the loop is not waited for by the loop."""
    told, looped = threading.Event(), anyio.Event()

    async def loop() -> None:
        looped.set()
        told.set()

    async with anyio.create_task_group() as group:
        group.start_soon(loop)
        assert await aside(lambda: told.wait(10))
    assert looped.is_set()


async def test_a_fault_of_the_work_reaches_who_awaits_it() -> None:
    """Promise: `aside` raises what the work raises."""
    with pytest.raises(KeyError, match="gone"):
        await aside(lambda: {"here": 1}["gone"])


async def test_who_is_cancelled_stops_waiting() -> None:
    """Promise: a cancelled caller goes on at once; the work ends by itself."""
    never = threading.Event()
    with anyio.move_on_after(0.01) as scope:
        await aside(never.wait)
    assert scope.cancelled_caught
    never.set()


LEAVING = """
import threading, anyio
from localguard.aside import aside

async def main():
    with anyio.move_on_after(0.05):
        await aside(threading.Event().wait)

anyio.run(main)
print("left")
"""


def test_no_exit_waits_for_the_work() -> None:
    """Attack: a provider that never answers must not keep a guard whose client is gone."""
    left = subprocess.run(
        [sys.executable, "-c", LEAVING], capture_output=True, text=True, timeout=30, check=True
    )
    assert left.stdout == "left\n"


LATE = """
import threading, anyio
from localguard.aside import aside

go = threading.Event()

async def main():
    with anyio.move_on_after(0.05):
        await aside(go.wait)

anyio.run(main)
go.set()
for thread in threading.enumerate():
    if thread.name == "localguard-aside":
        thread.join()
print("quiet")
"""


def test_work_that_ends_after_the_loop_says_nothing() -> None:
    """Promise: no traceback on stderr, which clients show to people."""
    left = subprocess.run(
        [sys.executable, "-c", LATE], capture_output=True, text=True, timeout=30, check=True
    )
    assert (left.stdout, left.stderr) == ("quiet\n", "")
