"""Which client a guard works for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.ledger.clients import client_session
from localguard.processes.table import Process, ask_ps, look, read_ps, read_stat

PROJECT = Path(__file__).resolve().parents[2]


def world(*processes: Process) -> dict[int, Process]:
    return {process.pid: process for process in processes}


CLIENT = Process(10, 5, "claude", "900", 500.0)
SHELL = Process(5, 4, "bash", "100", 900.0, leads=True)


@pytest.mark.parametrize(
    "between",
    [
        [],
        [Process(20, 10, "uvx", "950", 9.0)],
        [Process(20, 10, "sh", "950", 9.0), Process(21, 20, "uv", "951", 8.9)],
        [Process(20, 10, "localguard.exe", "950", 9.0)],
    ],
)
def test_launchers_between_client_and_guard_are_looked_through(between: list[Process]) -> None:
    """Promise: all guards of one client share one session, however it starts them."""
    table = world(SHELL, CLIENT, *between)
    parent = between[-1].pid if between else CLIENT.pid
    session = client_session(parent, table.get)
    assert session is not None
    assert session.id.endswith("/10/900")
    assert session.age == 500.0


def test_the_shell_of_a_terminal_is_a_client_of_its_own() -> None:
    """A guard that a person starts by hand belongs to that shell, not to the terminal's program."""
    session = client_session(5, world(SHELL, Process(4, 1, "kitty", "9", 999.0)).get)
    assert session is not None
    assert session.id.endswith("/5/100")


def test_a_dead_parents_pid_may_be_a_strangers() -> None:
    """Windows keeps the number of a parent that is gone, and gives it away again."""
    launcher = Process(20, 10, "uvx", "950", 9.0)
    stranger = Process(10, 1, "other", "990", 2.0)
    for table in (world(launcher, stranger), world(launcher)):
        session = client_session(20, table.get)
        assert session is not None
        assert session.id.endswith("/20/950")


def test_a_chain_without_end_ends() -> None:
    """Two launchers that are each other's parents."""
    ring = world(Process(1, 2, "sh", "1", 9.0), Process(2, 1, "sh", "2", 9.0))
    assert client_session(1, ring.get) is not None


def test_what_cannot_be_seen_is_no_client() -> None:
    """Fail closed: an unreadable /proc."""
    assert client_session(77, world().get) is None


def test_this_process_has_a_client_and_its_child_has_another() -> None:
    """The real system, by its own means."""
    own = client_session()
    assert own is not None
    assert own == client_session() or own.id == client_session_id()
    said = subprocess.run(
        [sys.executable, "-c", PRINT], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.strip()
    me = look(os.getpid())
    assert me is not None
    assert said.endswith(f"/{os.getpid()}/{me.born}")


PRINT = "from localguard.ledger.clients import client_session as c; print(c().id)"


def client_session_id() -> str:
    session = client_session()
    return "" if session is None else session.id


def test_a_process_that_is_gone_is_not_seen() -> None:
    """A pid that was never given."""
    assert look(2**22 + 7) is None


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="no ps")
def test_ps_sees_what_proc_sees() -> None:
    """The way of macOS, checked where both ways exist."""
    here, there = look(os.getpid()), ask_ps(os.getpid())
    assert here is not None
    assert there is not None
    assert (here.pid, here.parent) == (there.pid, there.parent)
    assert abs(here.age - there.age) < 5
    assert ask_ps(2**22 + 7) is None


def test_a_name_may_look_like_anything() -> None:
    """A program that calls itself "a) S 1 1" does not choose its parent."""
    row = "7 (a) S 1 (b) S 42 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 12345 1 1"
    assert read_stat(7, row, 200.0, 100) == Process(7, 42, "a) S 1 (b", "12345", 76.55, leads=True)
    assert read_stat(7, "7 (a) S", 200.0, 100) is None
    assert read_stat(7, row.replace("12345", "x"), 200.0, 100) is None


def test_rows_of_ps_are_read_strictly() -> None:
    """Also the path of a program with blanks in it, as macOS prints it."""
    row = "  1  7 Thu Nov 26 10:42:26 2026 /Applications/Some App.app/Contents/MacOS/Some App\n"
    found = read_ps(7, row)
    assert found is not None
    assert (found.parent, found.name, found.leads) == (1, "Some App", True)
    assert read_ps(7, "") is None
    assert read_ps(7, "1 7 Thu Foo 26 10:42:26 2026 sh") is None
