"""What every test may ask for: the event loop, real servers and clients, a client's environment.

It knows where `scripts/test` puts published servers, and nothing of localguard.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

CI = os.environ.get("CI") == "true"
PROJECT = Path(__file__).resolve().parent.parent
TOOLS = PROJECT / ".tools"
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
STRIPPED = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")
MEASURING = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
BEFORE = pytest.StashKey[set[str]]()
pytest_plugins = ["tests.providers.fixtures", "tests.providers.secret_service"]

settings.register_profile("dev", deadline=None)
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if CI else "dev")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: what is promised there has been run."""
    report = yield
    return _fail_skipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself whole."""
    report = yield
    return _fail_skipped(report)


def _fail_skipped(report: Report) -> Report:
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, and nothing may be skipped in CI: {report.longrepr}"
    return report


def pytest_sessionstart(session: pytest.Session) -> None:
    """Note what lies in the project before the tests run."""
    session.stash[BEFORE] = set(os.listdir(PROJECT))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tests write below `tmp_path`: a relative folder would appear among the project's own."""
    before = session.stash[BEFORE]
    if left := {name for name in os.listdir(PROJECT) if not name.startswith(".")} - before:
        session.config.get_terminal_writer().line(f"\ntests have left {left} in {PROJECT}")
        # No test's failure: a second run of some would find it there already.
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


@pytest.fixture
def anyio_backend() -> str:
    """The loop that localguard runs on."""
    return "asyncio"


@pytest.fixture
def client_environment(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """The stripped environment in which desktop clients start a server, with a HOME of its own."""
    # A guard that is measured takes twice its time. Whatever a published server or client makes
    # it do, servers and clients of the tests' own do too.
    measuring = () if request.node.get_closest_marker("real") else MEASURING
    kept = {name: os.environ[name] for name in (*STRIPPED, *measuring) if name in os.environ}
    return kept | {"HOME": str(tmp_path)}


@pytest.fixture
def npm_server() -> Callable[[str], list[str]]:
    """The command that starts `@modelcontextprotocol/server-NAME`."""
    return _npm_command


@pytest.fixture
def npm_package() -> Callable[[str], list[str]]:
    """The command that starts the program of a package, given by its whole name."""
    return _npm_package


@pytest.fixture
def pypi_server() -> Callable[[str], list[str]]:
    """The command that starts `mcp-server-NAME`, a Python server in an environment of its own."""
    return _pypi_command


@pytest.fixture
def pypi_environment() -> Callable[[str], Path]:
    """The Python of an environment below .tools."""

    def python(name: str) -> Path:
        found = TOOLS / name / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        if not found.exists():
            pytest.skip(f"{name} is not installed; scripts/test installs it")
        return found

    return python


@pytest.fixture
def node() -> str:
    """The program that runs JavaScript."""
    return _need_node()


@pytest.fixture
def node_clients() -> Path:
    """The folder whose `node_modules` holds the client SDKs for node."""
    folder = TOOLS / "npm"
    if _node() is None or not (folder / "node_modules").is_dir():
        pytest.skip("node or its packages are not installed; scripts/test installs them")
    return folder


@pytest.fixture
def node_script(node_clients: Path, tmp_path: Path) -> Callable[[Path], list[str]]:
    """The command that runs a script of the tests where it finds the client SDKs."""
    (tmp_path / "node_modules").symlink_to(node_clients / "node_modules")

    def command(script: Path) -> list[str]:
        return [_need_node(), str(shutil.copy(script, tmp_path))]

    return command


def _npm_command(name: str) -> list[str]:
    return _npm_package(f"@modelcontextprotocol/server-{name}")


def _npm_package(name: str) -> list[str]:
    package = TOOLS / "npm/node_modules" / name
    if not package.is_dir():
        pytest.skip(f"{name} is not installed; scripts/test installs it")
    binaries = json.loads((package / "package.json").read_text("utf-8"))["bin"]
    return [_need_node(), str(package / next(iter(binaries.values())))]


def _pypi_command(name: str) -> list[str]:
    folder = TOOLS / "pypi" / ("Scripts" if sys.platform == "win32" else "bin")
    program = shutil.which(f"mcp-server-{name}", path=str(folder))
    if program is None:
        pytest.skip(f"mcp-server-{name} is not installed; scripts/test installs it")
    return [program]


def _need_node() -> str:
    found = _node()
    if found is None:
        pytest.skip("node is not installed")
    return found


def _node() -> str | None:
    """The node that the lock file names, where it has one for this machine; else any."""
    locked = (TOOLS / "npm/node_modules").glob("node-linux-*/bin/node")
    return next(map(str, locked), None) or shutil.which("node")
