"""What any program of the person's can lay down beside localguard's files: pipes, links, locks.

None of it may keep a person from lockdown for ever, nor have another file of theirs overwritten.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localguard import whole_file
from localguard.config.switches import lock
from localguard.errors import ProfileFault
from tests.config.makers import choose_valid, key_of, nobody_told, places_in, put

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of POSIX")

ALLOW = 'version = 1\n[[rule]]\nallow = "*"\n'


@pytest.fixture
def where(tmp_path: Path) -> Path:
    found = places_in(tmp_path)
    put(found, "work", ALLOW)
    choose_valid(found, "work")
    return tmp_path


def locked(where: Path) -> bool:
    """Lockdown, as a person begins it."""
    found = places_in(where)
    return lock(found, key_of(found), nobody_told, on=True).lockdown


@contextmanager
def held(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        whole_file.lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def test_a_pipe_in_the_place_of_the_next_version_holds_nobody_up(where: Path) -> None:
    """Attack: to open a pipe that nobody reads waits for ever."""
    os.mkfifo(where / "state" / "active.toml.new")
    assert locked(where)


def test_another_name_of_a_file_is_not_written_to(where: Path) -> None:
    """Attack: a hard link, so that what is written lands in a file of the person's."""
    victim = where / "victim"
    victim.write_text("mine")
    os.link(victim, where / "state" / "active.toml.new")
    assert locked(where)
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("name", ["active.toml.new", "active.toml.lock"])
def test_what_cannot_be_put_away_is_named_with_the_way_out(where: Path, name: str) -> None:
    """Attack: a folder there; the person is told what to remove."""
    place = where / "state" / name
    place.unlink(missing_ok=True)
    place.mkdir()
    with pytest.raises(ProfileFault) as caught:
        locked(where)
    assert "rm active.toml.new active.toml.lock" in caught.value.explain()


def test_a_pipe_in_the_place_of_a_lock_holds_nobody_up(where: Path) -> None:
    place = where / "state" / "active.toml.lock"
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    with pytest.raises(ProfileFault):
        locked(where)


def test_a_lock_that_is_never_let_go_is_given_up(tmp_path: Path) -> None:
    """Attack: a program holds the lock of the choice, and lockdown waits for it."""
    path = tmp_path / "a.lock"
    with held(path):
        descriptor = os.open(path, whole_file.CREATE, 0o600)
        try:
            with pytest.raises(OSError, match="another program keeps its"):
                whole_file.lock(descriptor, patience=0.05)
        finally:
            os.close(descriptor)
    descriptor = os.open(path, whole_file.CREATE, 0o600)
    try:
        whole_file.lock(descriptor, patience=0.05)
    finally:
        os.close(descriptor)
