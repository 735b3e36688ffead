"""The stage of a test: a home, guards, scripted servers, and the check at the end."""

from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.approving.terminal import Terminal
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
    # Who types there is started by none of the test's processes, as a person is by no client.
    with Terminal(tmp_path, client_environment) as terminal:
        desktop = Desktop(tmp_path, client_environment, secret_service.address, terminal)
        try:
            yield desktop
            desktop.close()
            desktop.check()
        finally:
            desktop.clear()


@pytest.fixture
def another_terminal(tmp_path: Path, client_environment: Mapping[str, str]) -> Generator[Terminal]:
    """A second terminal of the person's."""
    folder = tmp_path / "another"
    folder.mkdir()
    with Terminal(folder, client_environment) as terminal:
        yield terminal
