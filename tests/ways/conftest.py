"""The stage of a test: a home, guards, scripted servers, and the check at the end."""

from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.ways.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, client_environment: Mapping[str, str]) -> Generator[Stage]:
    """A stage whose promises are checked when the test is over."""
    stage = Stage(tmp_path, client_environment)
    try:
        yield stage
        stage.close()
        stage.check()
    finally:
        stage.clear()
