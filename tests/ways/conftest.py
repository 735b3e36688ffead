"""The stage of a test: a home, guards, scripted servers, and the check at the end."""

from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.providers.secret_service import SecretService
from tests.ways.signing import Desktop
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


@pytest.fixture
def desktop(
    tmp_path: Path, client_environment: Mapping[str, str], secret_service: SecretService
) -> Generator[Desktop]:
    """A person's desktop with a keyring and a browser; the promises of a stage hold there too."""
    desktop = Desktop(tmp_path, client_environment, secret_service.address)
    try:
        yield desktop
        desktop.close()
        desktop.check()
    finally:
        desktop.clear()
