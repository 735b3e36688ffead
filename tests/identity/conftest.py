"""A provider, and the home of one person who may sign in there."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.identity.makers import Home
from tests.identity.op import Op, running


@pytest.fixture
def op() -> Generator[Op]:
    """A provider of this test's own."""
    with running() as found:
        yield found


class Clock:
    """The time of day, which a test can move on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    """A clock that is right until a test moves it."""
    return Clock()


@pytest.fixture
def home(tmp_path: Path, op: Op, clock: Clock) -> Home:
    """A machine on which nobody has signed in yet."""
    op.now = clock
    return Home(str(tmp_path / "state" / "identity"), op, clock)
