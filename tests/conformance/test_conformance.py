"""The official conformance suite against a server that meets it, without the guard and with it.

There is no list of exceptions: each scenario that a revision requires passes both ways, and no
check that passes without the guard is lost with it. The suite speaks HTTP only, so a bridge stands
in front of either. Its scenarios for clients are not run: in those the suite is a server, by HTTP.
"""

import faulthandler
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import pytest

from tests.conformance.suite import PATIENCE, Checks, Suite, failures, passed
from tests.ways.home import ALL, Home

pytestmark = [pytest.mark.real, pytest.mark.slow]

PROJECT = Path(__file__).resolve().parent.parent.parent
PREFORK = [sys.executable, "-m", "tests.conformance.prefork"]
DOOR = [sys.executable, "-I", "-S", str(PROJECT / "tests/conformance/door.py")]
BRIDGE = [sys.executable, "-m", "tests.conformance.bridge"]
PROFILE = f"""{ALL}
[from_server]
sampling = "allow"
elicitation = "allow"
roots = "allow"
"""
FLOOR = {"2025-11-25": 70, "2026-07-28": 119}
"""How many required checks pass without the guard, as measured; fewer would prove less."""
NEEDED_NODE = 22
UNMEASURED = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
"""Where nothing of localguard runs, measuring its coverage would only cost time."""


class Subjects:
    """The server bare and guarded, each behind a bridge of its own, and what was found of them."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "home", os.environ)
        self.home.write("all", PROFILE)
        self.home.use("all")
        self.found: dict[tuple[str, str], Checks] = {}
        self._started: list[subprocess.Popen[str]] = []
        self._urls: dict[str, str] = {}
        self._door = str(folder / "door")
        self._start([*PREFORK, self._door], UNMEASURED)

    def url(self, subject: str) -> str:
        """Where a subject is served; its bridge starts when it is first needed."""
        if subject not in self._urls:
            guard = self.home.argv("--name", "suite", "--") if subject == "guarded" else []
            command = [*BRIDGE, *guard, *DOOR, self._door]
            environment = self.home.environment if guard else UNMEASURED
            self._urls[subject] = self._start(command, environment)
        return self._urls[subject]

    def _start(self, command: list[str], environment: Mapping[str, str]) -> str:
        """Start a program that ends with its stdin; what it says first."""
        started = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(started)
        assert started.stdout is not None
        return started.stdout.readline().strip()

    def close(self) -> None:
        """End the bridges, and with them what they have started, and then the server."""
        for started in reversed(self._started):
            started.communicate(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def patience() -> None:
    """A run of the suite takes longer than other tests may."""
    assert sys.__stderr__ is not None
    faulthandler.dump_traceback_later(2 * PATIENCE, exit=True, file=sys.__stderr__)


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Generator[Subjects]:
    """What all tests here look at."""
    subjects = Subjects(tmp_path_factory.mktemp("subjects"))
    yield subjects
    subjects.close()


@pytest.fixture
def suite(npm_package: Callable[[str], list[str]], tmp_path: Path) -> Suite:
    """The suite, on a node that it runs on."""
    command = npm_package("@modelcontextprotocol/conformance")
    version = subprocess.run([command[0], "--version"], capture_output=True, check=True, text=True)
    if int(version.stdout.strip().lstrip("v").partition(".")[0]) < NEEDED_NODE:
        pytest.skip(f"the conformance suite needs node {NEEDED_NODE} or later")
    return Suite(command, tmp_path)


def verdict(suite: Suite, subjects: Subjects, subject: str, revision: str) -> Checks:
    """What the suite says of a subject; what fails has a second try."""
    if (subject, revision) not in subjects.found:
        url = subjects.url(subject)
        checks = suite.everything(url, revision)
        failed = {scenario for scenario, _ in failures(checks, suite.required(revision))}
        subjects.found[subject, revision] = suite.again(url, revision, checks, failed)
    return subjects.found[subject, revision]


@pytest.mark.parametrize("subject", ["bare", "guarded"])
@pytest.mark.parametrize("revision", FLOOR)
def test_every_required_scenario_passes(
    suite: Suite, subjects: Subjects, revision: str, subject: str
) -> None:
    """Promise: the requirements of both eras, as the authors of MCP check them."""
    required = suite.required(revision)
    checks = verdict(suite, subjects, subject, revision)
    assert failures(checks, required) == {}
    assert len([key for key in passed(checks) if key[0] in required]) >= FLOOR[revision]


@pytest.mark.parametrize("revision", FLOOR)
def test_no_check_is_lost_behind_the_guard(suite: Suite, subjects: Subjects, revision: str) -> None:
    """Promise: what passes without the guard passes with it, required or not."""
    bare, guarded = (verdict(suite, subjects, s, revision) for s in ("bare", "guarded"))
    lost = {scenario for scenario, _ in passed(bare) - passed(guarded)}
    guarded = suite.again(subjects.url("guarded"), revision, guarded, lost)
    assert passed(bare) - passed(guarded) == set()
    assert subjects.home.flaws() == []
