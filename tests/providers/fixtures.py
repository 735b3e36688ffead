"""The fixtures of the providers. The tests' root conftest.py takes them in."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.providers import canaille, chromium, mcp_http
from tests.providers.chromium import Chromium
from tests.providers.idp import Idp, started
from tests.providers.mcp_http import HttpServer


@pytest.fixture
def idps(node: str, node_clients: Path, tmp_path: Path) -> Generator[Callable[[], Idp]]:
    """Starts one provider after the other, each at an address of its own."""
    with ExitStack() as stack:

        def another() -> Idp:
            number = len(list(tmp_path.glob("idp-*")))
            folder = tmp_path / f"idp-{number}"
            return stack.enter_context(started(node, node_clients / "node_modules", folder))

        yield another


@pytest.fixture
def idp(idps: Callable[[], Idp]) -> Idp:
    """A provider with alice (dev, finance) and bob (dev) that this test alone uses."""
    return idps()


@pytest.fixture
def canaille_issuer(pypi_environment: Callable[[str], Path], tmp_path: Path) -> Generator[str]:
    """The second provider; alice and bob are there too."""
    with canaille.started(pypi_environment("canaille"), tmp_path / "canaille.log") as issuer:
        yield issuer


@pytest.fixture
def real_browser(node: str, node_clients: Path, tmp_path: Path) -> Chromium:
    """A person at Chromium."""
    program = chromium.found()
    if program is None:
        pytest.skip("Chromium is not installed")
    return Chromium.ready(program, node, node_clients / "node_modules", tmp_path / "chromium")


@pytest.fixture
def http_servers(tmp_path: Path) -> Generator[Callable[..., HttpServer]]:
    """Starts the SDK's server with a URL: `issuer=`, `json=`, `stateless=`, `port=`."""
    with ExitStack() as stack:
        log = tmp_path / "http-servers.log"
        yield lambda **options: stack.enter_context(mcp_http.started(log, **options))
