"""Doctor's look at the audit log (design 10, research security 4), in logs that journals wrote."""

import json
import os
import socket
import sys
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from localguard.audit.checkpoints import Mark, Signer
from localguard.audit.journal import Journal
from localguard.audit.settings import Settings
from localguard.doctor.log import checks
from localguard.doctor.log_check import SIGNING_KEY
from localguard.doctor.log_witness import witness
from localguard.vault.keys import Keys
from tests.audit.makers import MOMENT, STARTED, Clock, decided, lines_of, outcome
from tests.doctor.planted import Planted, only, serious


class Logged(Planted):
    """A home with a log of two segments, signed by the key of its vault."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        super().__init__(folder, environ)
        self.ahead = datetime.fromtimestamp(MOMENT, UTC) - datetime.now(UTC) + timedelta(hours=1)
        self.write("one", Clock(MOMENT))
        self.write("two", Clock(MOMENT + 60))

    def write(self, instance: str, clock: Clock) -> None:
        """What a guard writes that is asked twice, and ends."""
        key = Keys(self.where.vault).key(SIGNING_KEY)
        signer = Signer(key.secret, key.protection)
        journal = Journal(
            self.where.audit,
            clock=clock,
            monotonic=clock,
            instance=instance,
            settings=Settings(),
            signer=lambda: signer,
        )
        journal.write(STARTED)
        for call in (f"{instance}-1", f"{instance}-2"):
            journal.write(decided(call))
            journal.write(outcome(call))
        journal.close()

    @property
    def segments(self) -> list[Path]:
        """The segments, the oldest first."""
        return sorted(Path(self.where.audit).glob("*/*.jsonl"))


@pytest.fixture
def home(tmp_path: Path, client_environment: Mapping[str, str]) -> Logged:
    return Logged(tmp_path, client_environment)


def test_a_log_that_nobody_changed_is_well(home: Logged) -> None:
    """Size, room, chains, signatures and witness, each told."""
    found = {one.id: one for one in home.found(checks)}
    assert serious(found.values()) == []
    assert found["log.whole"].summary.startswith("nobody has changed the log: ")
    assert "in 2 segments" in found["log.whole"].summary
    assert found["log.whole"].details["checkpoint"].startswith("2026-11-24/")
    assert "the log has 2 segments" in found["log.size"].summary
    assert "MiB are free" in found["log.disk"].summary
    assert set(found) == {"log.folder", "log.disk", "log.whole", "log.witness", "log.size"}


def test_a_home_without_a_log_is_well(
    tmp_path: Path, client_environment: Mapping[str, str]
) -> None:
    """Before the first guard there is none, and none is made."""
    home = Planted(tmp_path, client_environment)
    assert serious(home.found(checks)) == []
    assert not Path(home.where.audit).exists()


def test_a_record_that_was_edited_is_told_by_segment_and_line(home: Logged) -> None:
    """Planted fault, the chain broken: who did what is changed in one line."""
    path = home.segments[0]
    path.write_bytes(path.read_bytes().replace(b"list_tables", b"drop_tables", 1))
    found = serious(home.found(checks))
    assert {one.status for one in found} == {"fail"}
    assert found[0].summary.startswith("2026-11-24/212000-one:2: edited: ")
    assert "restore the segment from a backup" in found[0].remedy


def test_records_that_were_removed_are_told(home: Logged) -> None:
    """Planted fault: two lines out of the middle."""
    path = home.segments[1]
    lines = lines_of(path)
    path.write_bytes(b"".join(lines[:2] + lines[4:]))
    found = serious(home.found(checks))
    assert any(": missing: " in one.summary for one in found)
    assert all("212100-two" in one.summary for one in found)


def test_an_end_that_was_cut_off_is_told_where_the_next_segment_remembers_it(home: Logged) -> None:
    """Planted fault: the last records of an older segment."""
    path = home.segments[0]
    path.write_bytes(b"".join(lines_of(path)[:-2]))
    found = serious(home.found(checks))
    assert any(": truncated: " in one.summary for one in found)


def test_a_segment_that_is_gone_is_told(home: Logged) -> None:
    """Planted fault: no retention record says that it went."""
    home.segments[0].unlink()
    found = only(home.found(checks))
    assert "missing-segment" in found.summary
    assert "212000-one" in found.summary


def test_of_very_much_that_is_wrong_the_rest_is_counted(home: Logged) -> None:
    """Whoever edits every line fills no screen."""
    for path in home.segments:
        path.write_bytes(path.read_bytes().replace(b'"server":"db"', b'"server":"dc"'))
        broken = [line[:-9] + b"\n" for line in lines_of(path)]
        path.write_bytes(b"".join(broken * 3))
    found = [one for one in serious(home.found(checks)) if one.id.startswith("log.whole")]
    assert len(found) == 11
    assert found[-1].remedy == "localguard audit verify shows all"


@pytest.mark.skipif(sys.platform == "win32", reason="a mode says nothing there")
def test_a_folder_that_cannot_be_written_is_told(home: Logged) -> None:
    """Planted fault: what cannot be recorded is denied (design 10). Root can write everywhere."""
    if os.geteuid() == 0:
        os.chown(home.where.audit, 65534, -1)
    else:
        Path(home.where.audit).chmod(0o500)
    try:
        found = only(home.found(checks))
    finally:
        Path(home.where.audit).chmod(0o700)
    assert (found.id, found.status) == ("log.folder", "fail")
    assert found.remedy.startswith(("sudo chown -R 0 ", "chmod u+rwx "))


def test_a_file_in_the_place_of_the_folder_is_told(
    tmp_path: Path, client_environment: Mapping[str, str]
) -> None:
    """Planted fault: no log can ever be begun there."""
    home = Planted(tmp_path, client_environment)
    Path(home.where.audit).write_text("")
    found = [one for one in serious(home.found(checks)) if one.id == "log.folder"]
    assert only(found).status == "fail"


def test_a_log_that_has_grown_is_told(home: Logged) -> None:
    """Retention takes what is too old; where a client keeps all of it, a person should know."""
    home.settings("[audit]\nkeep_mebibytes = 1\n")
    day = home.segments[0].parent
    big = day / "235959-big.jsonl"
    with big.open("wb") as file:
        file.truncate(3 << 20)
    found = [one for one in serious(home.found(checks)) if one.id == "log.size"]
    assert only(found).remedy == "localguard audit prune"


class TestWitness:
    """Where checkpoints are told to (design 10); nothing is sent by a look."""

    @pytest.fixture
    def place(self) -> Generator[str]:
        """A path that is short enough for a socket."""
        with TemporaryDirectory(prefix="lg-") as folder:
            yield f"{folder}/log"

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no syslog")
    def test_a_syslog_that_listens(self, place: str) -> None:
        """It is heard of nothing."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.bind(place)
            syslog.setblocking(False)
            assert [one.status for one in witness("syslog", [place])] == ["ok"]
            with pytest.raises(BlockingIOError):
                syslog.recv(1)

    def test_a_syslog_that_is_not_there(self, place: str) -> None:
        """Planted fault: the witness is named, and hears nothing."""
        found = only(witness("syslog", [place]))
        assert (found.status, found.id) == ("warn", "log.witness")
        assert 'witness = "file:/PATH"' in found.remedy

    def test_a_file(self, home: Logged) -> None:
        """One that can be made, and one in a folder that is not there."""
        home.settings(f"[audit]\nwitness = 'file:{home.folder}/seen.log'\n")
        assert serious(home.found(checks)) == []
        assert not (home.folder / "seen.log").exists()
        home.settings(f"[audit]\nwitness = 'file:{home.folder}/none/seen.log'\n")
        assert only(home.found(checks)).id == "log.witness"

    def test_a_file_that_remembers_more_than_the_log(self, home: Logged) -> None:
        """Planted fault: the end of the log was cut off, and its witness has told of it."""
        path = home.segments[1]
        last = json.loads(lines_of(path)[-1])
        assert last["kind"] == "checkpoint"
        seen = home.folder / "seen.log"
        name = f"{path.parent.name}/{path.stem}"
        seen.write_text(Mark(name, last["upto"], last["head"], last["mac"]).told())
        home.settings(f"[audit]\nwitness = 'file:{seen}'\n")
        assert serious(home.found(checks)) == []
        path.write_bytes(b"".join(lines_of(path)[:-3]))
        assert "truncated" in only(home.found(checks)).summary
