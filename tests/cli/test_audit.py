"""`localguard audit`: whether the log can be believed, in words and for programs."""

import json
import os
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.checkpoints import Signer
from localguard.audit.folders import segments
from localguard.audit.journal import Journal
from localguard.audit.settings import Settings
from localguard.cli import commands
from localguard.cli.audit import SIGNING_KEY, prune, verify
from localguard.config.paths import Places, places
from localguard.errors import AuditFault, ProfileFault, UsageFault
from localguard.vault.keys import Keys
from tests.audit.makers import STARTED, decided, outcome

DAY = 86_400.0


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return places({"HOME": str(tmp_path), "LOCALGUARD_HOME": str(tmp_path / "home")})


def guard(
    where: Places, days_ago: float = 0, instance: str = "7f3a", witness: str | None = None
) -> Journal:
    """A guard that has begun, by the key in the vault."""
    key = Keys(where.vault).key(SIGNING_KEY)
    log = Journal(
        where.audit,
        clock=lambda: time.time() - days_ago * DAY,
        monotonic=time.monotonic,
        instance=instance,
        settings=Settings(witness=witness),
        signer=lambda: Signer(key.secret, key.protection),
    )
    log.write(STARTED)
    log.write(decided(f"{instance}-1"))
    log.write(outcome(f"{instance}-1"))
    return log


def checked(
    where: Places,
    *,
    since: str | None = None,
    witness: str | None = None,
    stdin: str = "",
    err: StringIO | None = None,
) -> tuple[int, list[str]]:
    out = StringIO()
    code = verify(
        where,
        since=since,
        witness=witness,
        as_json=False,
        out=out,
        err=err or StringIO(),
        stdin=StringIO(stdin),
    )
    return code, out.getvalue().splitlines()


def configure(where: Places, text: str) -> None:
    path = Path(where.config)
    path.write_text(f"version = 1\n[audit]\n{text}\n")
    path.chmod(0o600)


def test_an_empty_log_is_clean_and_no_key_is_made(where: Places) -> None:
    """Promise: looking changes nothing."""
    assert checked(where) == (0, ["0 findings and 0 notes: 0 records in 0 segments, no checkpoint"])
    assert not os.path.exists(where.vault)


def test_a_clean_log_is_clean_and_says_how_its_key_is_kept(where: Places) -> None:
    """Promise: notes are no findings; the exit code is 0."""
    guard(where).close()
    code, (note, summary) = checked(where)
    assert code == 0
    assert note.startswith("log  unprotected  the key for signatures is unprotected")
    assert "Do: set audit.witness" in note
    assert summary.startswith("0 findings and 1 note: 4 records in 1 segment, last checkpoint ")


def test_an_edit_is_told_with_its_place_and_what_to_do(where: Places) -> None:
    """Promise: one line: where, what it means, what to do; the exit code is 1."""
    guard(where).close()
    path = Path(segments(where.audit)[0])
    path.write_bytes(path.read_bytes().replace(b"list_tables", b"drop_tables"))
    code, lines = checked(where)
    assert code == 1
    assert f"{path.parent.name}/{path.stem}:2  edited  the line was changed" in lines[0]
    assert "Do: believe nothing this record says" in lines[0]
    assert lines[-1].startswith("1 finding and ")


def test_a_living_guard_is_no_finding(where: Places) -> None:
    """Promise: a check disturbs nobody and is not disturbed."""
    log = guard(where)
    assert checked(where)[0] == 0
    log.write(decided("7f3a-2"))
    code, lines = checked(where)
    assert code == 0
    assert any("call 7f3a-2 has no recorded outcome" in line for line in lines)
    log.close()


def test_a_call_that_was_held_and_denied_is_not_unknown(where: Places) -> None:
    """Promise: what never left needs no outcome; what left after a yes and got none does."""
    log = guard(where)
    log.write(decided("7f3a-2", decision="ask"))
    log.write(decided("7f3a-2", decision="deny", approval="7f3a-2"))
    log.write(decided("7f3a-3", decision="ask"))
    log.write(decided("7f3a-4", decision="ask"))
    log.write(decided("7f3a-4", approval="7f3a-4"))
    code, lines = checked(where)
    log.close()
    unknown = [line for line in lines if "has no recorded outcome" in line]
    assert (code, len(unknown)) == (0, 1)
    assert "call 7f3a-4 has no recorded outcome" in unknown[0]


def test_json_has_a_version_every_finding_and_a_summary(where: Places) -> None:
    """Promise: programs get everything, with a version to hold on to."""
    guard(where).close()
    path = Path(segments(where.audit)[0])
    path.write_bytes(path.read_bytes()[:-10])
    out = StringIO()
    assert verify(where, since=None, witness=None, as_json=True, out=out) == 1
    found: dict[str, Any] = json.loads(out.getvalue())
    assert found["schema_version"] == 1
    assert {one["kind"]: one["note"] for one in found["findings"]} == {
        "torn": False,
        "open-end": True,
    }
    assert found["findings"][0].keys() == {"kind", "note", "segment", "line", "what", "fix"}
    assert found["summary"] == {
        "segments": 1,
        "records": 3,
        "checkpoints": 0,
        "vouched": None,
        "protection": None,
        "findings": 1,
        "notes": 1,
    }


def test_only_the_last_days_are_read_if_asked(where: Places) -> None:
    """Promise: `--since 1h` after a day of work is quick."""
    guard(where, 3, "aaaa").close()
    guard(where).close()
    assert "8 records in 2 segments" in checked(where)[1][-1]
    assert "4 records in 1 segment" in checked(where, since="1h")[1][-1]
    with pytest.raises(UsageFault, match="not a moment"):
        checked(where, since="soon")


def test_a_key_that_others_can_read_is_a_fault(where: Places) -> None:
    """Attack: a signature by a key that is known to others says nothing."""
    guard(where).close()
    Path(where.vault, "audit-sign.key").chmod(0o644)
    with pytest.raises(ProfileFault, match="other users can read this key"):
        checked(where)


def test_without_the_key_nothing_is_said_to_be_signed(where: Places) -> None:
    """Promise: a log that was brought to another machine is checked as far as it can be."""
    guard(where).close()
    Path(where.vault, "audit-sign.key").unlink()
    code, lines = checked(where)
    assert code == 0
    assert "signatures were not checked" in lines[0]


def test_the_witness_that_is_set_is_asked(where: Places, tmp_path: Path) -> None:
    """Attack: the newest segment is removed; only the witness knows."""
    notes = tmp_path / "witness"
    Path(where.config).parent.mkdir(parents=True)
    configure(where, f'witness = "file:{notes}"')
    guard(where, 1, "aaaa").close()
    guard(where, witness=f"file:{notes}").close()
    assert checked(where)[0] == 0
    Path(segments(where.audit)[-1]).unlink()
    code, lines = checked(where)
    assert code == 1
    assert "missing-segment  this segment is not there, and the witness remembers it" in lines[0]
    configure(where, "")
    assert checked(where)[0] == 0
    assert checked(where, witness=str(notes))[0] == 1
    assert checked(where, witness="-", stdin=notes.read_text())[0] == 1


def test_a_witness_that_cannot_be_asked_is_told(where: Places, tmp_path: Path) -> None:
    """Promise: a witness that is gone is not one that agrees."""
    Path(where.config).parent.mkdir(parents=True)
    configure(where, f'witness = "file:{tmp_path}/gone"')
    with pytest.raises(AuditFault, match="the witness cannot be read"):
        checked(where)
    configure(where, 'witness = "syslog"')
    err = StringIO()
    assert checked(where, err=err)[0] == 0
    assert "journalctl -t localguard | localguard audit verify --witness -" in err.getvalue()


def removed(where: Places, *, dry_run: bool = False, as_json: bool = False) -> tuple[int, str]:
    out = StringIO()
    code = prune(where, dry_run=dry_run, as_json=as_json, out=out)
    return code, out.getvalue()


def test_old_segments_go_and_are_not_missed(where: Places) -> None:
    """Promise: `audit prune` leaves a log that is as clean as before."""
    guard(where, 100, "aaaa").close()
    guard(where, 95, "bbbb").close()
    guard(where).close()
    code, said = removed(where, dry_run=True)
    assert code == 0
    assert said.splitlines()[-1] == "2 segments of 0.0 MiB would go"
    assert [Path(line).name[7:] for line in said.splitlines()[:-1]] == ["aaaa", "bbbb"]
    assert len(segments(where.audit)) == 3
    assert removed(where) == (0, "2 segments of 0.0 MiB removed\n")
    assert len(segments(where.audit)) == 2
    assert checked(where)[0] == 0
    assert removed(where) == (0, "0 segments of 0.0 MiB removed\n")


def test_what_is_kept_is_set_in_the_configuration(where: Places) -> None:
    """Promise: `audit.keep_days`; programs get the same as JSON."""
    guard(where, 10, "aaaa").close()
    configure(where, "keep_days = 5")
    code, said = removed(where, as_json=True)
    assert code == 0
    found = json.loads(said)
    assert (found["removed"], found["dry_run"], len(found["segments"])) == (1, False, 1)


def test_a_running_guard_keeps_its_segment(where: Places) -> None:
    """Promise: never one that a running guard writes to."""
    log = guard(where, 100, "aaaa")
    assert removed(where) == (0, "0 segments of 0.0 MiB removed\n")
    log.close()


def test_the_commands_are_there(
    where: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Promise: as they are typed, with their exit codes."""
    monkeypatch.setenv("LOCALGUARD_HOME", os.path.dirname(where.audit))
    guard(where).close()
    assert commands.main(["audit", "verify"]) == 0
    assert commands.main(["audit", "prune", "--dry-run"]) == 0
    assert commands.main(["logs", "--filter", "tool:list_*", "--since", "1h", "-n", "1"]) == 0
    assert capsys.readouterr().out.count("db/list_tables") == 1
    assert commands.main(["logs", "--filter", "tol:x"]) == 2
    said = capsys.readouterr().err
    assert 'filter, character 1: no field "tol". Fix: write tool' in said
