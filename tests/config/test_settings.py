"""config.toml: what it may say, and that a broken one lowers nothing in silence."""

from pathlib import Path

import pytest

from localguard.config.active import ActiveProfile
from localguard.config.faults import faults_of
from localguard.config.settings import STRICTEST, AuditSettings, read_settings
from localguard.errors import ProfileFault
from tests.config.makers import age, places_in, put

ASK = 'version = 1\ndefault = "ask"\n'


def written(folder: Path, text: str) -> Path:
    """A config.toml with a text."""
    path = folder / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def told(path: Path) -> list[str]:
    """What is wrong with it, line by line."""
    with pytest.raises(ProfileFault) as caught:
        read_settings(str(path))
    return [one.explain() for one in faults_of(caught.value)]


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    """So they do for a table that is not there."""
    assert read_settings(str(tmp_path / "config.toml")) == AuditSettings()
    assert read_settings(str(written(tmp_path, ""))) == AuditSettings()
    assert read_settings(str(written(tmp_path, "version = 1\n[audit]\n"))) == AuditSettings()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('durability = "call"', AuditSettings(durability="call")),
        ('durability = "batch"', AuditSettings(durability="batch")),
        ('arguments = "hash"', AuditSettings(arguments="hash")),
        ('arguments = "full"', AuditSettings(arguments="full")),
        ('arguments = "redacted"', AuditSettings()),
        ("keep_days = 90", AuditSettings(keep_days=90)),
        ("keep_mebibytes = 1", AuditSettings(keep_mebibytes=1)),
        ('witness = "syslog"', AuditSettings(witness="syslog")),
        ('witness = "file:/mnt/witness"', AuditSettings(witness="file:/mnt/witness")),
    ],
)
def test_each_key_is_read(tmp_path: Path, text: str, expected: AuditSettings) -> None:
    """The audit log is told what a person wrote, and nothing else."""
    assert read_settings(str(written(tmp_path, f"[audit]\n{text}\n"))) == expected


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    """Strict keys, with the nearest right word."""
    lines = (
        "version = 2",
        "[audt]",
        "[audit]",
        'durabilty = "call"',
        'arguments = "none"',
        'keep_days = "90"',
        "keep_mebibytes = 0",
        'witness = "here"',
    )
    assert told(written(tmp_path, "\n".join(lines))) == [
        "config.toml:1: its version is not known. Fix: write version = 1.",
        'config.toml:2: unknown key "audt". Fix: did you mean "audit"?',
        'config.toml:4: unknown key "durabilty". Fix: did you mean "durability"?',
        'config.toml:5: arguments cannot be "none". Fix: use one of full, hash, redacted.',
        "config.toml:6: keep_days must be a number, not a text."
        " Fix: write a whole number, without quotes, such as keep_days = 90.",
        "config.toml:7: keep_mebibytes cannot be 0. Fix: write a number from 1 to 1000000000.",
        'config.toml:8: witness cannot be "here".'
        ' Fix: write "syslog", or "file:" and an absolute path.',
    ]


@pytest.mark.parametrize("text", ["keep_days = true", "keep_days = 1.5", "keep_days = [1]"])
def test_a_count_is_a_whole_number(tmp_path: Path, text: str) -> None:
    """True is no number."""
    (fault,) = told(written(tmp_path, f"[audit]\n{text}\n"))
    assert fault.startswith("config.toml:2: keep_days must be a number")


@pytest.mark.parametrize("text", ["/mnt/witness", "file:witness", "file:", "syslog:x"])
def test_a_witness_has_one_of_two_forms(tmp_path: Path, text: str) -> None:
    """What is no form is a fault here, and not where the log begins."""
    (fault,) = told(written(tmp_path, f'[audit]\nwitness = "{text}"\n'))
    assert fault.startswith(f'config.toml:2: witness cannot be "{text}".')


def test_a_guard_that_starts_with_a_broken_file_denies_and_recovers(tmp_path: Path) -> None:
    """Fail closed: how the log is to be kept is unknown; once it is, no restart is needed."""
    where = places_in(tmp_path)
    put(where, "work", ASK)
    path = written(tmp_path, "[audit]\nx = 1\n")
    active = ActiveProfile(where, "work")
    standing = active.standing()
    assert standing.profile is None
    assert standing.fault == (
        'config.toml:2: unknown key "x". Fix: use one of arguments, durability, keep_days,'
        " keep_mebibytes, witness."
    )
    assert active.settings == STRICTEST
    path.write_text('[audit]\narguments = "full"\n')
    assert active.standing().profile is not None
    assert active.settings == AuditSettings(arguments="full")


def test_a_guard_that_runs_keeps_what_it_started_with(tmp_path: Path) -> None:
    """An edit counts for the next guard, and costs this one no look at the file."""
    where = places_in(tmp_path)
    age(put(where, "work", ASK))
    path = written(tmp_path, '[audit]\ndurability = "call"\n')
    active = ActiveProfile(where, "work")
    assert active.settings == AuditSettings(durability="call")
    path.write_text("broken")
    assert active.standing().fault is None
    assert active.settings == AuditSettings(durability="call")
    assert str(path) not in dict(active.followed())


def test_others_may_not_write_it(tmp_path: Path) -> None:
    """Attack: another user turns the log down."""
    path = written(tmp_path, "")
    path.chmod(0o666)
    assert "other users can write to it" in told(path)[0]
