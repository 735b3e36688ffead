"""File systems that are full or read-only deny what cannot be recorded, until they are not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.audit.chain import check
from localguard.audit.folders import segments
from localguard.audit.journal import LOOK_SECONDS
from localguard.audit.sources import sources
from localguard.audit.verify import Verification
from localguard.errors import AuditFault
from tests.audit.makers import (
    SIGNER,
    STARTED,
    Clock,
    decided,
    journal,
    lines_of,
    outcome,
    records_of,
)
from tests.audit.mounts import fill, mounted, require

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system")


def sound(folder: Path) -> list[str]:
    """The notes of a check that finds nothing wrong."""
    found = list(Verification(sources(str(folder)), signer=SIGNER).findings())
    assert [one for one in found if not one.is_note] == []
    return [one.kind for one in found]


def test_a_full_disk_denies_until_there_is_room(tmp_path: Path) -> None:
    """Promise, ENOSPC: no call without its record, and no restart when there is room again."""
    disk = tmp_path / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
        log = journal(disk / "audit", signed=True)
        log.write(STARTED)
        fill(disk / "ballast")
        denied = 0
        for number in range(40):
            try:
                log.write(decided(f"7f3a-{number}", reason="x" * 300))
            except AuditFault:
                denied += 1
        assert 20 < denied < 40
        (disk / "ballast").unlink()
        log.write_all([decided("7f3a-a"), decided("7f3a-b")])
        log.close()
        (path,) = segments(str(disk / "audit"))
        assert check(lines_of(path)) == []
        gaps = [record["lost"] for record in records_of(path) if record["kind"] == "gap"]
        assert gaps == [denied]
        assert "gap" in sound(disk / "audit")


def test_a_file_system_that_became_read_only_denies_until_it_is_writable(tmp_path: Path) -> None:
    """Promise, EROFS: as a disk with errors is remounted by the kernel."""
    disk = tmp_path / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", "size=1M", "tmpfs"):
        clock = Clock()
        log = journal(disk / "audit", clock, signed=True)
        log.write(STARTED)
        log.close()
        require("mount", "-o", "remount,ro", str(disk))
        with pytest.raises(AuditFault) as caught:
            log.write(decided("7f3a-1"))
        assert "Read-only file system" in caught.value.what
        assert "make the file system writable" in caught.value.fix
        require("mount", "-o", "remount,rw", str(disk))
        log.write(decided("7f3a-2"), durable=True)
        log.write(outcome("7f3a-2"))
        log.close()
        assert sound(disk / "audit") == ["gap", "unprotected"]


def test_a_folder_that_is_covered_by_another_file_system_is_noticed(tmp_path: Path) -> None:
    """Promise: what is written where nobody will look is not recorded."""
    folder = tmp_path / "audit"
    clock = Clock()
    log = journal(folder, clock, signed=True)
    log.write(STARTED)
    hidden = folder.rename(tmp_path / "hidden")
    with mounted(folder, "-t", "tmpfs", "-o", "size=1M,mode=0700", "tmpfs"):
        clock.now += LOOK_SECONDS
        log.write(decided())
        log.close()
        kinds = [record["kind"] for record in records_of(segments(str(folder))[0])]
        assert kinds == ["start", "gap", "intent", "checkpoint"]
    assert len(segments(str(hidden))) == 1


LIMITED = """
import resource, signal, sys
from pathlib import Path
from localguard.errors import AuditFault
from tests.audit.makers import STARTED, decided, journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = journal(Path(sys.argv[1]), signed=True)
log.write(STARTED, durable=True)
for number in range(12):
    try:
        log.write_all([decided(f"a-{number}"), decided(f"b-{number}")], durable=number % 2 == 0)
        print("written", number)
    except AuditFault:
        print("denied", number)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.write(decided("last"))
log.close()
"""


def test_a_limit_on_file_sizes_tears_no_batch(tmp_path: Path) -> None:
    """Promise, EFBIG: of calls that are written at once all are in the log, or none."""
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    command = ["prlimit", "--fsize=6000:", sys.executable, "-c", LIMITED, str(tmp_path / "audit")]
    project = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        command, cwd=project, env=unmeasured, capture_output=True, text=True, check=True
    )
    said = done.stdout.split("\n")[:-1]
    written = [line.split()[1] for line in said if line.startswith("written")]
    assert 0 < len(written) < 12
    paths = segments(str(tmp_path / "audit"))
    calls = [record.get("call") for path in paths for record in records_of(path)]
    named = [call for call in calls if call is not None]
    assert named == [f"{side}-{number}" for number in written for side in "ab"] + ["last"]
    assert "gap" in sound(tmp_path / "audit")
