"""What the system tells of a process: its user, its session, its terminal, its environment."""

import os
import subprocess
import sys

import pytest

from localguard.processes.sessions import (
    SYSTEM,
    Member,
    line,
    read_environment,
    read_place,
    read_user,
    terminal_name,
)
from localguard.processes.table import look

if sys.platform != "win32":
    from localguard.processes import posix

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_this_process_is_seen_as_it_is() -> None:
    """The real system, by its own means."""
    found, known = SYSTEM.member(os.getpid()), look(os.getpid())
    assert found is not None
    assert known is not None
    assert (found.pid, found.parent, found.born) == (os.getpid(), os.getppid(), known.born)
    assert (found.uid, found.session) == (os.geteuid(), os.getsid(0))
    assert found.program == os.path.basename(os.path.realpath(sys.executable))
    environment = SYSTEM.environment(os.getpid())
    assert environment is not None
    assert environment["PATH"]


@linux
def test_a_line_goes_up_to_the_first_process() -> None:
    """And is whole then; of a process that is gone there is none."""
    above, whole = line(os.getpid(), SYSTEM.member)
    assert whole
    assert [one.pid for one in above[:2]] == [os.getpid(), os.getppid()]
    assert above[-1].pid == 1 or above[-1].parent == 0
    assert line(2**22 + 7, SYSTEM.member) == ([], False)
    assert SYSTEM.environment(2**22 + 7) is None


def test_a_younger_parent_is_a_stranger() -> None:
    """Windows keeps the number of a parent that is gone, and gives it away again."""
    old, young = Member(9, 5, "a", "1", 100.0), Member(5, 1, "b", "2", 3.0)
    assert line(9, {9: old, 5: young}.get) == ([old], False)


def test_a_parent_that_ends_between_two_looks_has_an_heir() -> None:
    """A shell that ends while the line is being walked is no reason to refuse."""
    child = Member(9, 5, "a", "1", 10.0)
    looks = iter([child, None, child._replace(parent=1), Member(1, 0, "init", "0", 99.0)])
    above, whole = line(9, lambda _: next(looks))
    assert ([one.pid for one in above], whole) == ([9, 1], True)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, None),
        (34819, "pts/3"),
        (0x8901, "pts/257"),
        (1025, "tty1"),
        (1024 + 64, "ttyS0"),
        (58625, "229:1"),
    ],
)
def test_terminals_are_named_by_their_number(number: int, name: str | None) -> None:
    """proc(5), tty_nr; Linux devices.txt for the numbers."""
    assert terminal_name(number) == name


def test_rows_are_read_strictly() -> None:
    """A name in a row may look like the rest of it; a set-user-id program has two users."""
    assert read_place("7 (a) 1 1 1 1 1) S 2 3 9 34816 -1") == (9, "pts/0")
    assert read_place("7 (a) S 2") is None
    assert read_user("Name:\tx\nUid:\t1000\t1000\t1000\t1000\n") == 1000
    assert read_user("Uid:\t1000\t0\t0\t0\n") is None
    assert read_user("Name:\tx\n") is None
    assert read_environment(b"A=1\0B=x=y\0junk\0A=2\0") == {"A": "1", "B": "x=y"}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ps on Windows")
class TestWithoutProc:
    """The ways of macOS, where they can be taken here too."""

    def test_ps_sees_what_the_system_says(self) -> None:
        """A real process, with a session of its own and no terminal."""
        with subprocess.Popen(["sleep", "60"], start_new_session=True) as child:
            place = posix.place(child.pid)
            child.kill()
        assert place == (os.geteuid(), child.pid, None)
        assert posix.place(2**22 + 7) is None

    def test_rows_of_ps_are_read_strictly(self) -> None:
        """macOS writes ?? for no terminal."""
        assert posix.read_row("  501   501 ttys003\n") == (501, "ttys003")
        assert posix.read_row("  501   501 ??\n") == (501, None)
        assert posix.read_row("  501     0 ttys003\n") == (None, "ttys003")
        assert posix.read_row("") is None
        assert posix.read_row("a 501 ??") is None

    def test_arguments_end_where_the_environment_begins(self) -> None:
        """KERN_PROCARGS2: an argument such as A=1 is none of the environment."""
        count = (2).to_bytes(4, sys.byteorder)
        raw = count + b"/bin/x\0\0\0\0x\0A=1\0B=2\0CLAUDECODE=1\0\0"
        assert posix.read_arguments(raw) == {"B": "2", "CLAUDECODE": "1"}
        assert posix.read_arguments(count + b"/bin/x\0\0x\0A=1\0") == {}
        assert posix.read_arguments(b"") is None

    def test_what_is_missing_is_none(self) -> None:
        """libproc and KERN_PROCARGS2 are macOS's."""
        if sys.platform != "darwin":
            assert posix.program(os.getpid()) is None
            assert posix.environment(os.getppid()) is None
        own = posix.environment(os.getpid())
        assert own is not None
        assert own["PATH"]
