"""How a server was started last: taken again only as long as nothing it followed from changed."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localguard.config.looks import look
from localguard.relay.last_launch import Note, note_path, note_text, recall
from localguard.relay.spawn import ServerCommand
from localguard.relay.wanted import Wanted

NAMED = Wanted(name="db")
INHERITED = {"PATH": "/bin", "TOKEN": "x", "SECRET": "y"}


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A file that the note follows from."""
    path = tmp_path / "work.toml"
    path.write_text("version = 1\n")
    return path


def noted(folder: Path, files: list[Path], wanted: Wanted = NAMED, cwd: str = "") -> Path:
    seen = tuple((str(file), look(str(file))) for file in files)
    text = note_text(wanted, Note(("/bin/db", "", "--x\n"), ("TOKEN",), cwd, seen))
    place = note_path(str(folder), wanted)
    assert text is not None
    assert place is not None
    path = Path(place)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_what_was_noted_is_started_again(tmp_path: Path, profile: Path) -> None:
    """Promise: the same words, folder and variables, and no variable that was not passed on."""
    missing = tmp_path / "work.remembered.toml"
    noted(tmp_path, [profile, missing], cwd="/srv")
    found = recall(str(tmp_path), NAMED, INHERITED)
    env = {"PATH": "/bin", "TOKEN": "x"}
    assert found == ServerCommand(("/bin/db", "", "--x\n"), env, "/srv")


def test_a_changed_file_ends_what_was_noted(tmp_path: Path, profile: Path) -> None:
    """Promise: an edit of the profile counts, also one that leaves size and time as they were."""
    noted(tmp_path, [profile])
    before = profile.stat()
    profile.write_text("version = 2\n")
    os.utime(profile, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert recall(str(tmp_path), NAMED, INHERITED) is None


def test_a_new_file_ends_what_was_noted(tmp_path: Path, profile: Path) -> None:
    """Promise: remembered denials that appear are read first."""
    missing = tmp_path / "work.remembered.toml"
    noted(tmp_path, [profile, missing])
    missing.write_text("version = 1\n")
    assert recall(str(tmp_path), NAMED, INHERITED) is None


@pytest.mark.parametrize(
    "other",
    [
        Wanted(name="db", profile="work"),
        Wanted(name="db", argv=("/bin/db",)),
        Wanted(name="other"),
        Wanted(url="https://example.com/mcp"),
        Wanted(name="../db"),
        Wanted(name="d/b"),
    ],
)
def test_a_note_is_for_one_command_line(tmp_path: Path, profile: Path, other: Wanted) -> None:
    """Promise: another profile, command or name is looked up anew."""
    path = noted(tmp_path, [profile])
    place = note_path(str(tmp_path), other)
    if place is not None and not Path(place).exists():
        path.rename(place)
    assert recall(str(tmp_path), other, INHERITED) is None


@pytest.mark.skipif(os.name == "nt", reason="modes and links mean little on Windows")
@pytest.mark.parametrize("spoil", ["mode", "link", "folder", "pipe", "large"])
def test_a_note_that_someone_else_could_have_written_is_no_note(
    tmp_path: Path, profile: Path, spoil: str
) -> None:
    """Attack: another user puts a command where the guard looks for one."""
    path = noted(tmp_path, [profile])
    match spoil:
        case "mode":
            path.chmod(0o622)
        case "link":
            path.symlink_to(path.rename(tmp_path / "elsewhere"))
        case "folder":
            path.unlink()
            path.mkdir()
        case "pipe":
            path.unlink()
            os.mkfifo(path)
        case _:
            path.write_text(path.read_text() + "\0" * 70_000)
    assert recall(str(tmp_path), NAMED, INHERITED) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mangled_note_is_no_note(tmp_path: Path, data: st.DataObject) -> None:
    """Promise: a torn or edited note costs a moment, never a wrong start or a crash."""
    profile = tmp_path / "work.toml"
    profile.write_text("version = 1\n")
    path = noted(tmp_path, [profile])
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.sampled_from([whole[:at], whole[at:], whole[:at] + b"\xff" + whole[at:]]))
    path.write_bytes(cut)
    if cut != whole:
        assert recall(str(tmp_path), NAMED, INHERITED) is None


@pytest.mark.parametrize("field", ["a\0b", "\udcff"])
def test_what_no_text_can_hold_is_not_noted(profile: Path, field: str) -> None:
    """Promise: a note is read as it was written, or not written."""
    assert note_text(NAMED, Note((field,), (), "", ((str(profile), None),))) is None
