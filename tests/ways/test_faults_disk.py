"""The audit log on a real disk that is full, read-only, closed to us or limited in size.

Each time: what cannot be recorded is denied with the reason and goes nowhere; once the cause is
gone calls go on without a restart, and the log tells how much is missing.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from localguard.audit.chain import check
from tests.ways.load import MIXED, Load
from tests.ways.outage import Disk, denied, pass_until_denied, passes, text_of, without_rights
from tests.ways.stage import Stage
from tests.ways.wire import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts, rights and limits")

FULL = ("No space left on device", "bytes of an audit record could be written")
TOO_LARGE = ("File too large", "bytes of an audit record could be written")


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Generator[Disk]:
    """The disk on which the audit log of the stage lies; to be asked for before the stage."""
    try:
        disk = Disk(tmp_path / getattr(request, "param", "home/audit"))
    except OSError as error:
        pytest.skip(f"file systems cannot be mounted here: {error}")
    try:
        yield disk
    finally:
        disk.close()


def test_a_full_disk_denies_until_there_is_room(disk: Disk, stage: Stage) -> None:
    """Promise: ENOSPC, twice; what is there can be read meanwhile, and the gaps are recorded."""
    wire = stage.ready()
    for round_ in (1, 2):
        assert passes(wire)
        disk.fill()
        pass_until_denied(wire)
        for _ in range(3):
            denied(stage, wire, *FULL)
        command = [sys.executable, "-m", "localguard", "logs", "--json"]
        subprocess.run(command, env=stage.home.environment, check=True, capture_output=True)
        disk.free()
        assert passes(wire)
        assert stage.lost() >= 4 * round_


def test_a_disk_that_fills_up_under_load_lets_nothing_pass_unrecorded(
    disk: Disk, stage: Stage
) -> None:
    """Promise: dozens of calls open when it happens; each is answered, and no record is half."""
    stage.home.write("all", MIXED)
    wire = stage.ready()
    load = Load(wire, first=1000, seed=1)
    load.run(50, PATIENCE)
    assert load.ended["echo", "refused"] == 0
    disk.fill()
    deadline = time.monotonic() + PATIENCE
    while load.ended["echo", "refused"] < 20:
        load.step(1.0)
        assert time.monotonic() < deadline
    disk.free()
    load.run(50, PATIENCE)
    assert load.strays == []
    assert stage.lost() >= load.ended["echo", "refused"]
    assert load.ended["stir", "answered"] + load.ended["stir", "refused"] > 100


@pytest.mark.parametrize("disk", ["home/audit"], indirect=True)
def test_a_guard_that_starts_on_a_full_disk_serves_and_recovers(disk: Disk, stage: Stage) -> None:
    """Promise: a guard does not exit for it."""
    disk.fill()
    wire = stage.ready()
    pass_until_denied(wire)
    denied(stage, wire, *FULL)
    disk.free()
    assert passes(wire)
    assert stage.home.records()[0]["kind"] == "start"
    assert stage.lost() > 0


def test_a_guard_that_starts_on_a_read_only_disk_serves_and_recovers(
    disk: Disk, stage: Stage
) -> None:
    """Promise: EROFS. The disk is read-only before and writable under way."""
    disk.lock()
    wire = stage.ready()
    for _ in range(2):
        denied(stage, wire, "Read-only file system")
    disk.unlock()
    assert passes(wire)
    assert [record["kind"] for record in stage.home.records()][:2] == ["start", "gap"]


@pytest.mark.parametrize("mode", [0o000, 0o400], ids=["closed", "unsearchable"])
def test_a_folder_whose_rights_are_gone_denies_until_they_are_back(stage: Stage, mode: int) -> None:
    """Promise: EACCES under way: the log may no longer be looked into."""
    stage.home.write("all", MIXED)
    wire = stage.start(without_rights(stage.home.argv("--name", "fake", "--", *stage.server())))
    wire.handshake()
    assert passes(wire)
    stage.home.audit.chmod(mode)
    # The segment is open, and not looked for at each call. No call that may leave is made
    # meanwhile: the server, which looks into the log, may not do so either.
    deadline = time.monotonic() + PATIENCE
    while "Permission denied" not in text_of(wire.call("drop_table")):
        assert time.monotonic() < deadline
    for _ in range(2):
        denied(stage, wire, "Permission denied")
    stage.home.audit.chmod(0o700)
    assert passes(wire)
    assert stage.lost() > 0


def test_a_guard_that_may_not_make_files_serves_and_recovers(stage: Stage) -> None:
    """Promise: EACCES at the start."""
    stage.home.audit.mkdir(mode=0o500)
    wire = stage.start(without_rights(stage.home.argv("--name", "fake", "--", *stage.server())))
    wire.handshake()
    denied(stage, wire, "Permission denied. Fix: give yourself the right to write there")
    stage.home.audit.chmod(0o700)
    assert passes(wire)
    assert stage.home.records()[0]["kind"] == "start"


def test_a_limit_on_file_sizes_denies_until_it_is_raised(stage: Stage) -> None:
    """Promise: EFBIG, and writes that end early (setrlimit(2), "RLIMIT_FSIZE")."""
    wire = stage.ready()
    assert passes(wire)
    limits = resource.prlimit(wire.pid, resource.RLIMIT_FSIZE)
    for round_ in (1, 2):
        size = stage.home.segments()[0].stat().st_size
        resource.prlimit(wire.pid, resource.RLIMIT_FSIZE, (size + 1500, limits[1]))
        pass_until_denied(wire)
        for _ in range(3):
            denied(stage, wire, *TOO_LARGE)
        resource.prlimit(wire.pid, resource.RLIMIT_FSIZE, limits)
        assert passes(wire)
        assert stage.lost() >= 4 * round_


def cut(path: Path) -> None:
    """Leave half of the last line."""
    data = path.read_bytes()
    path.write_bytes(data[: -len(data.splitlines()[-1]) // 2])


def half(path: Path) -> None:
    """Add half a line."""
    with path.open("ab") as file:
        file.write(b'{"v":1,"seq":99')


def junk(path: Path) -> None:
    """Add what a disk gives back after a crash: a block of zeros."""
    with path.open("ab") as file:
        file.write(bytes(4096))


@pytest.mark.parametrize("tear", [cut, half, junk])
def test_a_torn_log_of_an_earlier_guard_stops_no_other(
    stage: Stage, tear: Callable[[Path], None]
) -> None:
    """Promise, "torn tail": left as it is, named by a check, and the next log links to it."""
    first = stage.ready()
    assert passes(first)
    first.finish()
    (torn,) = stage.home.segments()
    whole = torn.read_bytes()
    tear(torn)
    left = torn.read_bytes()
    second = stage.ready()
    assert passes(second)
    assert torn.read_bytes() == left
    assert [flaw.kind for flaw in check(left.splitlines(keepends=True))] == ["torn"]
    start = next(r for r in stage.home.records("start") if r["pid"] == second.pid)
    name = f"{torn.parent.name}/{torn.stem}"
    assert start["after"]["segment"] == name
    second.finish()
    torn.write_bytes(whole)
