"""A model must not approve its own calls: real processes try, and a person in a terminal may.

Every process here is a real one, and who is at the other end of the socket is what the system says.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from localguard.control.approver import Guarded, Party, judge_socket
from localguard.control.messages import Approver
from localguard.processes.table import look
from tests.control.panes import TMUX, Pane, Tmux, clean_environment, tmux

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the trees are those of Linux"),
    pytest.mark.slow,
]
needs_tmux = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
PATIENCE = 20.0
HERE = Path(__file__).parent
ACTOR = [sys.executable, str(HERE / "actor.py")]
PROBE = [sys.executable, "-I", str(HERE / "probe.py")]

# A guard that is a subreaper, and whose server then has something answer.
GUARD = """
import runpy, sys
from localguard.relay.subreaper import become_subreaper
assert become_subreaper() is None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Scene:
    """A guard's socket, and the processes around it. Closing it ends all of them."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "s")
        self._open = ExitStack()
        self._listener = self._open.enter_context(socket.socket(socket.AF_UNIX))
        self._listener.bind(self.path)
        os.chmod(self.path, 0o777)
        self._listener.listen()
        self._listener.settimeout(PATIENCE)

    def accept(self) -> socket.socket:
        """The next process that connects."""
        return self._open.enter_context(self._listener.accept()[0])

    def arrived(self) -> int:
        """The pid of the next process that connects."""
        raw = self.accept().getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(raw[:4], sys.byteorder)

    def actor(self, way: str, *words: str) -> list[str]:
        """The command of an actor, which says hello before it does anything."""
        return [*ACTOR, self.path, way, *words]

    @property
    def probe(self) -> list[str]:
        """The command of a process that would answer."""
        return [*PROBE, self.path]

    def judged(self, *parties: Party) -> tuple[Approver, str | None]:
        """What is said of the next process that connects."""
        return judge_socket(self.accept(), Guarded(lambda: parties))

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def scene() -> Generator[Scene]:
    with tempfile.TemporaryDirectory(prefix="lg-") as folder:
        os.chmod(folder, 0o755)
        made = Scene(Path(folder))
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def terminals(tmp_path: Path) -> Generator[Tmux]:
    with tmux(tmp_path) as server:
        yield server


@pytest.fixture
def pane(terminals: Tmux) -> Pane:
    return terminals.pane()


def client(pid: int) -> Party:
    found = look(pid)
    assert found is not None
    return Party(pid, found.born, "client")


def guard(pid: int) -> Party:
    return client(pid)._replace(kind="guard")


@needs_tmux
def test_a_person_in_a_terminal_may_answer(scene: Scene, terminals: Tmux) -> None:
    """The client runs in another pane of the same tmux server."""
    theirs, mine = terminals.pane(), terminals.pane()
    theirs.run(scene.actor("wait"))
    party = client(scene.arrived())
    mine.run(scene.probe)
    approver, reason = scene.judged(party)
    assert reason is None
    assert approver.tty is not None
    assert approver.tty.startswith("pts/")
    assert approver.line[:2] == ("bash", "tmux: server")
    assert approver.facts["multiplexer"] == "tmux"


@needs_tmux
def test_the_shell_that_has_started_the_client_may_answer(scene: Scene, pane: Pane) -> None:
    """A client that a person has put into the background of their own shell."""
    pane.run(scene.actor("wait"), after="&")
    party = client(scene.arrived())
    pane.run(scene.probe)
    assert scene.judged(party)[1] is None


@needs_tmux
@pytest.mark.parametrize("way", ["child", "shell", "session", "terminal", "script"])
def test_what_a_client_has_started_may_not(scene: Scene, pane: Pane, way: str) -> None:
    """Attack: the agent's shell runs the command, with and without a terminal made for it."""
    pane.run(scene.actor(way, *scene.probe))
    party = client(scene.arrived())
    _, reason = scene.judged(party)
    assert reason is not None
    assert "was started by a client of localguard (python" in reason
    assert f"pid {party.pid})" in reason
    assert "open a terminal of your own, outside the client" in reason


@needs_tmux
def test_who_left_its_parents_within_the_terminal_may_not(scene: Scene, pane: Pane) -> None:
    """Attack: a double fork keeps the client's terminal and loses the client."""
    pane.run(scene.actor("orphan", *scene.probe))
    party = client(scene.arrived())
    _, reason = scene.judged(party)
    assert reason is not None
    assert "has left the shell of its terminal" in reason


@needs_tmux
@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("child", "from a terminal only, and this process has none"),
        ("terminal", "its terminal was made by a program (python"),
        ("script", "its terminal was made by a program (script"),
        ("disguised", "its terminal is led by no shell (python"),
        ("leader", "its terminal was made by a program (python"),
    ],
)
def test_a_daemon_of_the_client_may_not(scene: Scene, pane: Pane, way: str, why: str) -> None:
    """Attack: it is nobody's child any more, and makes a terminal of its own."""
    pane.run(scene.actor("daemon", way, *scene.probe))
    party = client(scene.arrived())
    _, reason = scene.judged(party)
    assert reason is not None
    assert why in reason


@pytest.mark.parametrize(
    "way", [["child"], ["terminal"], ["script"], ["daemon", "child"], ["daemon", "script"]]
)
def test_what_a_server_has_started_may_not(
    scene: Scene, tmp_path: Path, way: Sequence[str]
) -> None:
    """Attack: a wrapped server leaves its parents, its session, or makes a terminal, or all three.

    The guard is a subreaper, so it stays above all of it.
    """
    argv = [sys.executable, "-c", GUARD, *scene.actor(*way, *scene.probe)[1:]]
    with subprocess.Popen(argv, env=clean_environment(tmp_path), stdin=subprocess.DEVNULL) as child:
        party = guard(scene.arrived())
        assert party.pid == child.pid
        _, reason = scene.judged(party)
        scene.close()
    assert reason is not None
    assert "was started by a guard" in reason


@needs_tmux
def test_what_an_agent_has_started_may_not(scene: Scene, pane: Pane) -> None:
    """Attack: the agent of another client, by what it sets; taking it out again does not help."""
    inner = f"env -u CLAUDECODE {' '.join(scene.probe)}; true"
    pane.run(["bash", "-c", inner], CLAUDECODE="1")
    _, reason = scene.judged()
    assert reason is not None
    assert "Claude Code has started bash" in reason
    assert "(CLAUDECODE is set)" in reason


@needs_tmux
def test_the_terminal_of_an_editor_is_its_agents_too(scene: Scene, pane: Pane) -> None:
    """Attack: VS Code's and Cursor's agents type into the integrated terminal."""
    pane.run(scene.probe, TERM_PROGRAM="vscode")
    _, reason = scene.judged()
    assert reason is not None
    assert "an agent can type into the terminal of an editor of the VS Code family" in reason


@needs_tmux
def test_what_a_server_leaves_behind_carries_its_mark(scene: Scene, pane: Pane) -> None:
    """Attack: where there is no subreaper a server's orphan is known by its environment."""
    pane.run(scene.probe, LOCALGUARD_TREE="f00")
    _, reason = scene.judged()
    assert reason is not None
    assert "a server that localguard guards has started" in reason


def test_who_has_no_terminal_may_not(scene: Scene, tmp_path: Path) -> None:
    """Attack: a scheduled job, a service."""
    with subprocess.Popen(scene.probe, env=clean_environment(tmp_path), start_new_session=True):
        _, reason = scene.judged()
        scene.close()
    assert reason is not None
    assert "from a terminal only, and this process has none" in reason


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can change uid")
def test_another_user_may_not(scene: Scene) -> None:
    """Attack: somebody else on the machine, should they reach the socket at all."""
    pid = os.fork()
    if pid == 0:
        os.setuid(65534)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(scene.path)
            connection.recv(1)
        os._exit(0)
    _, reason = scene.judged()
    scene.close()
    os.waitpid(pid, 0)
    assert reason is not None
    assert "belongs to another user" in reason


def test_who_ends_before_it_is_judged_may_not(scene: Scene) -> None:
    """Attack: a pid that is free again could be a person's in the next moment."""
    pid = os.fork()
    if pid == 0:
        socket.socket(socket.AF_UNIX).connect(scene.path)
        os._exit(0)
    os.waitpid(pid, 0)
    _, reason = scene.judged()
    assert reason is not None
    assert "open a terminal of your own" in reason
