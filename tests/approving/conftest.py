"""A person, their client and a guard between it and a server: for calls that really wait."""

from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.approving.person import Person
from tests.approving.terminal import Terminal
from tests.ways.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, client_environment: Mapping[str, str]) -> Generator[Stage]:
    """A stage whose calls are held for 30 s, and whose promises are checked at the end."""
    stage = Stage(tmp_path, client_environment)
    stage.home.hold("30s")
    try:
        yield stage
        stage.close()
        stage.check()
    finally:
        stage.clear()


@pytest.fixture
def terminal(stage: Stage, tmp_path: Path) -> Generator[Terminal]:
    """A terminal of the person's, with the same places as the guard."""
    with Terminal(tmp_path, stage.home.environment) as terminal:
        yield terminal


@pytest.fixture
def person(stage: Stage, tmp_path: Path) -> Generator[Person]:
    """The person at a terminal of their own, in which the console is not open yet."""
    folder = tmp_path / "person"
    folder.mkdir()
    with Person(folder, stage.home.environment) as person:
        yield person
