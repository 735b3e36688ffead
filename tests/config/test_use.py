"""`profile use`: how the choice of a profile is written."""

import os
from pathlib import Path

import pytest

from localguard.config.active import active_name, use
from localguard.errors import ProfileFault
from tests.config.makers import age, places_in, put

DENY = 'version = 1\ndefault = "deny"\n'


def test_use_writes_the_choice_for_its_owner_alone(tmp_path: Path) -> None:
    """0600 in a 0700 folder, and the second time nothing is written."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    assert use(where, "work")
    age(Path(where.active_file))
    written = os.stat(where.active_file)
    assert not use(where, "work")
    assert os.stat(where.active_file).st_mtime_ns == written.st_mtime_ns
    assert written.st_mode & 0o777 == 0o600
    assert os.stat(where.state).st_mode & 0o777 == 0o700
    assert active_name(where) == "work"


def test_use_takes_only_a_valid_profile(tmp_path: Path) -> None:
    """A switch never leaves guards without a profile."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    use(where, "work")
    put(where, "home", "")
    with pytest.raises(ProfileFault, match="the file is empty"):
        use(where, "home")
    assert active_name(where) == "work"


def test_use_mends_a_broken_choice(tmp_path: Path) -> None:
    """The fix that the fault names works."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    use(where, "work")
    Path(where.active_file).write_text("x")
    assert use(where, "work")
    assert active_name(where) == "work"


def test_a_choice_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    """What the system refuses ends as a fault with the place."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    Path(where.state).mkdir(mode=0o700)
    Path(where.active_file).mkdir()
    with pytest.raises(ProfileFault, match="it cannot be written") as caught:
        use(where, "work")
    assert caught.value.where == where.active_file
