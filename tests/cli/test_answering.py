"""Who may answer for the person: a terminal of theirs, and nobody that a guard or client began."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localguard.audit.journal import Journal
from localguard.audit.records import Start, Stop
from localguard.cli.answering import may_answer, one_sided, parties
from localguard.control.approver import Party
from localguard.processes.sessions import Member, System
from tests.cli.shop_floor import Floor
from tests.control.panes import TMUX, Pane, clean_environment, tmux
from tests.ways.shops import tool

needs_terminal = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
ME = 500
GUARD, CLIENT, SHELL = 40, 30, 400
CHAIN = {1: 0, 10: 1, CLIENT: 10, GUARD: CLIENT, 20: 10, SHELL: 20, ME: SHELL}
"""Parents: init, a desktop, a client, its guard; a terminal, and its shell with this process."""
NAMES = {1: "systemd", 10: "gnome-shell", 20: "kitty", SHELL: "bash"}


def table(
    parents: Mapping[int, int],
    ages: Mapping[int, float] | None = None,
    environments: Mapping[int, Mapping[str, str]] | None = None,
) -> System:
    """A table of processes, each an hour old unless it is said, and all on one terminal."""

    def member(pid: int) -> Member | None:
        if pid not in parents:
            return None
        name, age = NAMES.get(pid, "p"), (ages or {}).get(pid, 3600.0)
        return Member(pid, parents[pid], name, str(pid), age, 1000, SHELL, "pts/1", name)

    return System(member, lambda pid: (environments or {}).get(pid, {}), 1000)


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
    live: tuple[Party, ...] = (),
) -> str | None:
    """Whether the process ME may answer."""
    system = table(parents, ages, {ME: environ or {}})
    return may_answer(audit, terminal=terminal, live=live, system=system, me=ME)


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
    [(CLIENT, "client of localguard (p, pid 30)"), (GUARD, "guard (p, pid 40)")],
)
def test_who_was_started_by_a_client_or_a_guard_may_not(
    tmp_path: Path, parent: int, what: str
) -> None:
    """Attack: a model with a shell runs the review in a terminal that it made itself."""
    refusal = asked(log(tmp_path), {**CHAIN, SHELL: parent})
    assert refusal is not None
    assert f"this process was started by a {what}; open a terminal" in refusal


def test_what_lives_is_told_by_the_endpoint_files(tmp_path: Path) -> None:
    """Attack: the log does not name the client, or was moved away."""
    live = parties([{"pid": GUARD, "born": str(GUARD)}], [{"pid": CLIENT, "born": None}, {}])
    assert live == (
        Party(GUARD, "40", "guard"),
        Party(CLIENT, None, "client"),
        Party(0, None, "client"),
    )
    none = str(tmp_path / "none")
    assert asked(none, live=live) is None
    refusal = asked(none, {**CHAIN, SHELL: CLIENT}, live=live)
    assert refusal is not None
    assert "started by a client of localguard (p, pid 30)" in refusal


def test_what_a_client_and_a_shell_have_in_common_is_looked_at(tmp_path: Path) -> None:
    """Attack: an editor of many processes; the one that starts guards is not its terminal's."""
    parents = {**CHAIN, 15: 10, CLIENT: 15, 20: 15}
    refusal = asked(log(tmp_path), parents)
    assert refusal is not None
    assert "both started by p, pid 15" in refusal


def test_a_client_is_one_also_when_its_guard_has_ended(tmp_path: Path) -> None:
    """Attack: the model ends the guard first. The log above holds the stop of that guard."""
    log(tmp_path, pid=41, hours=48)
    assert asked(log(tmp_path, hours=0.1), {**CHAIN, SHELL: CLIENT}) is not None


def test_a_pid_that_went_to_another_process_is_another(tmp_path: Path) -> None:
    """A shell of today is not the client of last week."""
    chain = {**CHAIN, SHELL: CLIENT}
    assert asked(log(tmp_path, hours=100), chain, {CLIENT: 60.0, SHELL: 50.0, ME: 5.0}) is None


def test_init_is_nobodys_client(tmp_path: Path) -> None:
    """A guard whose client has died is a child of pid 1."""
    assert asked(log(tmp_path, client=1)) is None


def test_what_a_wrapped_server_has_started_may_not(tmp_path: Path) -> None:
    """Attack: a server forks away from its guard; the mark in its environment stays."""
    refusal = asked(str(tmp_path), environ={"LOCALGUARD_TREE": "x"})
    assert refusal is not None
    assert "a server that localguard guards has started" in refusal


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
    assert asked(audit) is None
    for loop in ({ME: SHELL, SHELL: ME}, {ME: ME}):
        refusal = asked(audit, loop)
        assert refusal is not None
        assert "who has started this process cannot be seen" in refusal


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    made = Floor(tmp_path)
    made.shelves.tools(tool())
    made.pin(tool())
    return made


@pytest.fixture
def pane(tmp_path: Path) -> Generator[Pane]:
    with tmux(tmp_path) as server:
        yield server.pane()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "localguard", "server", "review", "shop", *arguments]


def environ(floor: Floor, **more: str) -> dict[str, str]:
    home = os.path.dirname(floor.where.state)
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {**kept, "LOCALGUARD_HOME": home, **more}


def on_a_terminal(
    pane: Pane, argv: list[str], environ: Mapping[str, str], answer: str | None = None
) -> tuple[int, str]:
    """The exit code and the text of a command that a person types, and answers once."""
    pane.run(argv, after="; echo code=$?.", **environ)
    if answer is not None:
        pane.wait_for(r"\[y/N(/l)?\] ")
        pane.type(answer)
    return int(pane.wait_for(r"code=(\d+)\.")[1]), pane.said


@needs_terminal
@pytest.mark.slow
@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("yes", 0), ("", 1), ("Yo", 1)])
def test_a_person_reviews_on_a_terminal(floor: Floor, pane: Pane, answer: str, code: int) -> None:
    """The whole way, from the command line to the pin and the log."""
    found, text = on_a_terminal(pane, command(), environ(floor), answer)
    assert (found, "Confirm what was pinned at first sight" in text) == (code, True)
    assert (floor.pinned.confirmed is None) is (code == 1)
    lines = [p.read_text() for p in Path(floor.where.audit).glob("*/*-choice-*.jsonl")]
    assert len(lines) == (code == 0)
    assert all('"event":"confirmed"' in line for line in lines)


@needs_terminal
@pytest.mark.slow
def test_yes_skips_the_questions(floor: Floor, pane: Pane) -> None:
    """And shows them with their answers."""
    code, text = on_a_terminal(pane, command("--yes"), environ(floor))
    assert code == 0
    assert "(1 definition)? yes" in text
    assert floor.pinned.confirmed is not None


@pytest.mark.parametrize("arguments", [(), ("--yes",)])
def test_yes_does_not_skip_the_terminal(floor: Floor, arguments: tuple[str, ...]) -> None:
    """Attack: a model that runs the command with --yes, or pipes "y" into it."""
    found = subprocess.run(
        command(*arguments),
        env={**os.environ, **environ(floor)},
        input=b"y\n",
        capture_output=True,
        check=False,
    )
    assert found.returncode == 3
    assert b"nothing can be confirmed here: an answer is taken from a terminal only" in found.stderr
    assert floor.pinned.confirmed is None


@needs_terminal
@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("--yes",)])
@pytest.mark.parametrize("mark", ["LOCALGUARD_TREE", "CLAUDECODE"])
def test_yes_does_not_skip_the_check(
    floor: Floor, pane: Pane, mark: str, arguments: tuple[str, ...]
) -> None:
    """Attack: the command on a terminal, from a server that the model controls or by an agent."""
    inside = environ(floor, **{mark: "1"})
    assert on_a_terminal(pane, command(*arguments), inside)[0] == 3
    assert floor.pinned.confirmed is None


@needs_terminal
@pytest.mark.slow
def test_a_terminal_that_a_program_makes_does_not_count(
    floor: Floor, pane: Pane, tmp_path: Path
) -> None:
    """Attack: `script` gives the command a terminal."""
    argv = ["script", "-qec", shlex.join(command("--yes")), "/dev/null"]
    code, text = on_a_terminal(pane, argv, {**clean_environment(tmp_path), **environ(floor)})
    assert code == 3
    assert "its terminal was made by a program (script" in text
    assert floor.pinned.confirmed is None


@pytest.mark.parametrize(
    ("given", "shown", "told"),
    [(True, False, "without | or >"), (False, True, "without | or <")],
)
def test_a_pipe_at_one_side_is_named(given: bool, shown: bool, told: str) -> None:
    """Promise: `localguard login | cat` says that the pipe is in the way, and no client."""
    why = one_sided(given, shown)
    assert why is not None
    assert why.endswith(told)


def test_both_sides_alike_are_for_others_to_judge() -> None:
    """No terminal at all, or a whole one."""
    assert one_sided(True, True) is one_sided(False, False) is None
