"""Guards that go by something older than what is on the disk: real ones that run."""

import os
import sys
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import pytest

from localguard.control.endpoint import find
from localguard.doctor.older_guards import older_guards
from tests.doctor.planted import PLAIN, Planted, listed, only, serious
from tests.ways.shops import Shelves, tool
from tests.ways.wire import PATIENCE, Wire

START = "from localguard.__main__ import main; sys.exit(main())"
OLDER = f"import sys, localguard; localguard.__version__ = '0.0.9'; {START}"
"""A localguard that was upgraded under a guard which runs on."""
IGNORANT = f"""
import sys
from localguard.config import schema
schema.PROFILE -= {{"color"}}
{START}
"""
"""A localguard whose profiles have no colours yet."""
Start = Callable[[str], Wire]


class Guarded(Planted):
    """A home whose profile starts a shop."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        super().__init__(folder, environ)
        self.shelves = Shelves(folder / "shop.json")
        self.shelves.tools(tool("read"))
        self.accept(self.text())

    def text(self, first: str = "") -> str:
        """The profile, with a line before its rules."""
        argv = listed(self.shelves.argv)
        plain = PLAIN.replace("version = 1\n", f"version = 1\n{first}")
        return f"{plain}[servers.shop]\ncommand = [{argv}]\n"


@pytest.fixture
def home(tmp_path: Path, client_environment: Mapping[str, str]) -> Guarded:
    return Guarded(tmp_path, client_environment)


@pytest.fixture
def guard(home: Guarded, tmp_path: Path) -> Generator[Start]:
    """Starts a guard by some code; it serves consoles once that is done."""
    wires: list[Wire] = []

    def start(code: str) -> Wire:
        argv = [sys.executable, "-c", code, "run", "shop"]
        wire = Wire(argv, home.environ, tmp_path, tmp_path / f"stderr-{len(wires)}")
        wires.append(wire)
        wire.handshake()
        assert wire.ask("tools/list")["result"]["tools"]
        until = time.monotonic() + PATIENCE
        while not find(home.where.run).endpoints:
            assert time.monotonic() < until, wire.complaints()
            time.sleep(0.01)
        return wire

    yield start
    for wire in wires:
        wire.finish()
        wire.close_stdout()


def test_a_guard_of_this_version_goes_by_what_is_on_the_disk(home: Guarded, guard: Start) -> None:
    """It reads an edited profile anew, so an edit needs no restart (design 3)."""
    guard(f"import sys; {START}")
    home.accept(home.text('color = "green"\n'))
    every = home.found([older_guards])
    assert serious(every) == []
    assert every[0].summary == "the one guard that runs goes by what is on the disk"


def test_a_guard_older_than_the_profile_is_told_with_the_client(
    home: Guarded, guard: Start
) -> None:
    """Planted fault: the profile says what only a newer localguard knows."""
    guard(IGNORANT)
    assert serious(home.found([older_guards])) == []
    home.accept(home.text('color = "green"\n'))
    found = only(home.found([older_guards]))
    assert found.status == "fail"
    assert "goes by an older version of its profile" in found.summary
    assert "color" in found.summary
    assert found.remedy.startswith("restart raw")


def test_a_guard_of_an_older_localguard_is_told(home: Guarded, guard: Start) -> None:
    """Planted fault: localguard was upgraded, and the client was not restarted."""
    guard(OLDER)
    found = only(home.found([older_guards]))
    assert found.status == "fail"
    assert "localguard 0.0.9" in found.summary
    assert found.details["client"] == "raw"


def test_a_profile_that_is_broken_for_everybody_is_no_older_guard(
    home: Guarded, guard: Start
) -> None:
    """A restart would not help: the profile is to be mended, which is told with it."""
    guard(f"import sys; {START}")
    home.edit("version = 1\nx = 2\n")
    assert serious(home.found([older_guards])) == []


def test_a_guard_that_began_before_config_toml_changed_is_told(home: Guarded, guard: Start) -> None:
    """config.toml is read once, when a guard starts."""
    guard(f"import sys; {START}")
    home.settings('[audit]\ndurability = "call"\n')
    later = time.time() + 60
    os.utime(home.where.config, (later, later))
    found = only(home.found([older_guards]))
    assert (found.status, "config.toml" in found.summary) == ("warn", True)
