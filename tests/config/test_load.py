"""One file: who may have written it, and whether it can be read at all."""

import os
from pathlib import Path

import pytest

from localguard.config.build import read_profile
from localguard.config.faults import ProfileFaults, faults_of
from localguard.config.load import read_document
from localguard.errors import ProfileFault
from tests.config.makers import places_in, put

TEXT = 'version = 1\ndefault = "deny"\n'
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give files away"
)


def told(path: Path) -> str:
    """What a person is told about a file."""
    with pytest.raises(ProfileFault) as caught:
        read_document(str(path))
    return caught.value.explain()


def test_a_file_is_read_with_its_lines(tmp_path: Path) -> None:
    """The document knows its name, its bytes and where each key stands."""
    path = tmp_path / "work.toml"
    path.write_text(TEXT)
    document = read_document(str(path))
    assert (document.name, document.raw) == ("work.toml", TEXT.encode())
    assert document.where(("default",)) == "work.toml:2"


def test_a_missing_file_says_where_it_would_be(tmp_path: Path) -> None:
    """A person learns the path to create."""
    path = tmp_path / "work.toml"
    assert told(path) == f"work.toml: there is no such file. Fix: create {path}."


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    """A folder is not read."""
    (tmp_path / "work.toml").mkdir()
    expected = f"it is a folder, not a file. Fix: move {tmp_path}/work.toml away."
    assert told(tmp_path / "work.toml") == f"work.toml: {expected}"


@pytest.mark.skipif(os.name != "posix", reason="pipes with names are of POSIX")
def test_a_pipe_in_place_of_a_file_does_not_hold_up_the_guard(tmp_path: Path) -> None:
    """Attack: opening a named pipe waits for a writer that never comes."""
    os.mkfifo(tmp_path / "work.toml", 0o600)
    assert "it is a pipe or device, not a file" in told(tmp_path / "work.toml")


@pytest.mark.parametrize("mode", [0o666, 0o620, 0o602])
def test_a_file_that_others_can_write_to_is_not_trusted(tmp_path: Path, mode: int) -> None:
    """Attack: another user of the machine adds a rule."""
    path = tmp_path / "my work.toml"
    path.write_text(TEXT)
    path.chmod(mode)
    assert told(path) == (
        f"my work.toml: other users can write to it (mode {mode:04o}). Fix: chmod go-w '{path}'."
    )


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o444])
def test_others_may_read(tmp_path: Path, mode: int) -> None:
    """A policy is no secret."""
    path = tmp_path / "work.toml"
    path.write_text(TEXT)
    path.chmod(mode)
    assert read_document(str(path)).tables["version"] == 1


@as_root
def test_a_file_of_another_user_is_not_trusted(tmp_path: Path) -> None:
    """Attack: the owner could change the rules at any time."""
    path = tmp_path / "work.toml"
    path.write_text(TEXT)
    os.chown(path, 12345, -1)
    assert told(path) == (
        "work.toml: it belongs to another user (uid 12345), who could change the rules."
        f" Fix: chown {os.geteuid()} {path}."
    )


@as_root
def test_a_link_is_judged_by_the_file_it_leads_to(tmp_path: Path) -> None:
    """Profiles may lie in a folder of dotfiles; whose file that is, counts."""
    kept = tmp_path / "dotfiles.toml"
    kept.write_text(TEXT)
    link = tmp_path / "work.toml"
    link.symlink_to(kept)
    assert read_document(str(link)).name == "work.toml"
    os.chown(kept, 12345, -1)
    assert "it belongs to another user" in told(link)


def test_a_link_to_itself_is_a_fault(tmp_path: Path) -> None:
    """Whatever the system says about a path ends as a fault."""
    (tmp_path / "work.toml").symlink_to(tmp_path / "work.toml")
    assert told(tmp_path / "work.toml").startswith("work.toml: it cannot be read (")


def test_a_profile_that_is_not_there_names_the_nearest_one(tmp_path: Path) -> None:
    """A person who mistypes a name sees the right one and the path."""
    where = places_in(tmp_path)
    with pytest.raises(ProfileFault) as caught:
        read_profile(where, "wrok")
    create = f"create {tmp_path}/profiles/wrok.toml"
    assert caught.value.explain() == (f'wrok.toml: there is no profile "wrok". Fix: {create}.')
    put(where, "work", TEXT)
    put(where, "work", "", remembered=True)
    with pytest.raises(ProfileFault) as caught:
        read_profile(where, "wrok")
    assert caught.value.fix == f'did you mean "work", or {create}'


def test_a_remembered_file_that_leads_nowhere_is_a_fault(tmp_path: Path) -> None:
    """Attack: denials must not vanish by moving what a link leads to."""
    where = places_in(tmp_path)
    put(where, "work", TEXT)
    Path(where.remembered_file("work")).symlink_to(tmp_path / "gone")
    with pytest.raises(ProfileFault, match="there is no such file"):
        read_profile(where, "work")


def test_faults_of_both_files_are_told_together(tmp_path: Path) -> None:
    """A person mends everything in one go; the short form says how much there is."""
    where = places_in(tmp_path)
    put(where, "work", "x")
    put(where, "work", "y", remembered=True)
    with pytest.raises(ProfileFaults) as caught:
        read_profile(where, "work")
    assert [fault.where for fault in faults_of(caught.value)] == [
        "work.toml:1",
        "work.remembered.toml:1",
    ]
    assert caught.value.explain().endswith(
        "There is 1 more: localguard profile validate shows all."
    )
