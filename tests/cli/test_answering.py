"""Who may answer for the person: a terminal of theirs, and nobody that a guard or client began."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localguard.audit.journal import Journal
from localguard.audit.records import Start, Stop
from localguard.cli.answering import may_answer
from localguard.processes.table import Process
from tests.cli.shop_floor import Floor
from tests.ways.shops import tool

if sys.platform != "win32":
    import pty

needs_terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminal")
ME = 500
GUARD, CLIENT = 40, 30
CHAIN = {1: 0, 10: 1, CLIENT: 10, GUARD: CLIENT, 400: 10, ME: 400}
"""Parents: init, a desktop, a client, its guard; and a shell with this process."""


def table(
    parents: Mapping[int, int], ages: Mapping[int, float] | None = None
) -> Callable[[int], Process | None]:
    """A look at a table of processes, each an hour old unless it is said."""

    def look(pid: int) -> Process | None:
        if pid not in parents:
            return None
        return Process(pid, parents[pid], "p", str(pid), (ages or {}).get(pid, 3600.0))

    return look


def log(folder: Path, pid: int = GUARD, client: int = CLIENT, *, hours: float = 0.5) -> str:
    """A log of a guard that began so long ago, and has stopped."""
    then = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
    journal = Journal(
        str(folder / "audit"), clock=lambda: then, monotonic=time.monotonic, instance=f"a{pid}"
    )
    journal.write(
        Start(
            version="1",
            pid=pid,
            client_pid=client,
            profile=None,
            profile_digest=None,
            server="db",
            command=None,
            cwd="/",
        )
    )
    journal.write(Stop(reason="the client closed", exit_code=0))
    journal.close()
    return str(folder / "audit")


def asked(
    audit: str,
    parents: Mapping[int, int] = CHAIN,
    ages: Mapping[int, float] | None = None,
    *,
    terminal: bool = True,
    environ: Mapping[str, str] | None = None,
) -> str | None:
    """Whether the process ME may answer."""
    look = table(parents, ages)
    return may_answer(audit, terminal=terminal, environ=environ or {}, look=look, me=ME)


def test_a_terminal_of_its_own_may_answer(tmp_path: Path) -> None:
    """Also before there is any log."""
    assert asked(str(tmp_path / "none")) is None
    assert asked(log(tmp_path)) is None


def test_without_a_terminal_nobody_may(tmp_path: Path) -> None:
    """Attack: a model pipes "y" into the command."""
    refusal = asked(log(tmp_path), terminal=False)
    assert refusal is not None
    assert refusal.startswith(
        "an answer is taken from a terminal only; open a terminal of your own"
    )


@pytest.mark.parametrize(
    ("parent", "what"),
    [(CLIENT, "client of localguard (pid 30)"), (GUARD, "guard (pid 40)")],
)
def test_who_was_started_by_a_client_or_a_guard_may_not(
    tmp_path: Path, parent: int, what: str
) -> None:
    """Attack: a model with a shell runs the review in a terminal that it made itself."""
    refusal = asked(log(tmp_path), {**CHAIN, 400: parent})
    assert refusal is not None
    assert f"this process was started by a {what}; open a terminal" in refusal


def test_a_client_is_one_also_when_its_guard_has_ended(tmp_path: Path) -> None:
    """Attack: the model ends the guard first. The log above holds the stop of that guard."""
    log(tmp_path, pid=41, hours=48)
    assert asked(log(tmp_path, hours=0.1), {**CHAIN, 400: CLIENT}) is not None


def test_a_pid_that_went_to_another_process_is_another(tmp_path: Path) -> None:
    """A shell of today is not the client of last week."""
    chain = {**CHAIN, 400: CLIENT}
    assert asked(log(tmp_path, hours=100), chain, {CLIENT: 60.0}) is None


def test_init_is_nobodys_client(tmp_path: Path) -> None:
    """A guard whose client has died is a child of pid 1."""
    assert asked(log(tmp_path, client=1)) is None


def test_what_a_wrapped_server_has_started_may_not(tmp_path: Path) -> None:
    """Attack: a server forks away from its guard; the mark in its environment stays."""
    refusal = asked(str(tmp_path), environ={"LOCALGUARD_TREE": "x"})
    assert refusal is not None
    assert "started by a server that localguard guards" in refusal


def test_who_cannot_be_seen_may_not(tmp_path: Path) -> None:
    """Fail closed: /proc is hidden."""
    refusal = asked(log(tmp_path), {})
    assert refusal is not None
    assert "cannot be seen" in refusal


def test_a_log_that_cannot_be_read_lets_nobody_answer(tmp_path: Path) -> None:
    """Fail closed: nobody knows who the clients are."""
    audit = log(tmp_path)
    (segment,) = Path(audit).glob("*/*.jsonl")
    segment.unlink()
    segment.mkdir()
    refusal = asked(audit)
    assert refusal is not None
    assert "the audit log cannot be read" in refusal


def test_odd_lines_and_loops_are_survived(tmp_path: Path) -> None:
    """A torn segment, and a table of processes that goes round."""
    audit = log(tmp_path)
    (segment,) = Path(audit).glob("*/*.jsonl")
    segment.write_bytes(b"x\n")
    assert asked(audit, {ME: 400, 400: ME}) is None
    assert asked(audit, {ME: ME}) is None


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    made = Floor(tmp_path)
    made.shelves.tools(tool())
    made.pin(tool())
    return made


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "localguard", "server", "review", "shop", *arguments]


def on_a_terminal(argv: list[str], environ: Mapping[str, str], answer: bytes) -> tuple[int, str]:
    """The exit code and the text of a command on a terminal of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, dict(environ))
    said, deadline = b"", time.monotonic() + 20
    while time.monotonic() < deadline and select.select([terminal], [], [], 20)[0]:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:
            break
        said += chunk
        if chunk.rstrip().endswith(b"[y/N]"):
            os.write(terminal, answer)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode()


def environ(floor: Floor, **more: str) -> dict[str, str]:
    home = os.path.dirname(floor.where.state)
    kept = {k: v for k, v in os.environ.items() if "LOCALGUARD" not in k}
    return {**kept, "LOCALGUARD_HOME": home, **more}


@needs_terminal
@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"yes\n", 0), (b"\n", 1), (b"Yo\n", 1)])
def test_a_person_reviews_on_a_terminal(floor: Floor, answer: bytes, code: int) -> None:
    """The whole way, from the command line to the pin and the log."""
    found, text = on_a_terminal(command(), environ(floor), answer)
    assert (found, "Confirm what was pinned at first sight" in text) == (code, True)
    assert (floor.pinned.confirmed is None) is (code == 1)
    lines = [p.read_text() for p in Path(floor.where.audit).glob("*/*-review-*.jsonl")]
    assert len(lines) == (code == 0)
    assert all('"event":"confirmed"' in line for line in lines)


@needs_terminal
def test_yes_skips_the_questions(floor: Floor) -> None:
    """And shows them with their answers."""
    code, text = on_a_terminal(command("--yes"), environ(floor), b"n\n")
    assert code == 0
    assert "(1 definition)? yes" in text
    assert floor.pinned.confirmed is not None


@needs_terminal
@pytest.mark.parametrize("arguments", [(), ("--yes",)])
def test_yes_does_not_skip_the_check(floor: Floor, arguments: tuple[str, ...]) -> None:
    """Attack: a model that runs the command with --yes, or from a server it controls."""
    found = subprocess.run(
        command(*arguments), env=environ(floor), input=b"y\n", capture_output=True, check=False
    )
    assert found.returncode == 3
    assert b"nothing can be confirmed here: an answer is taken from a terminal only" in found.stderr
    inside = environ(floor, LOCALGUARD_TREE="mark")
    assert on_a_terminal(command(*arguments), inside, b"y\n")[0] == 3
    assert floor.pinned.confirmed is None
