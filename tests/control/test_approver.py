"""Who may answer, on tables of processes: what two lines share, who leads a session, what is doubt.

`test_approver_attacks` does the same with real processes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.control.approver import (
    Guarded,
    Party,
    answer_here,
    described,
    judge,
    judge_peer,
)
from localguard.control.messages import Approver
from localguard.control.peers import NOBODY
from localguard.control.terminals import PRETENDERS, TERMINALS
from localguard.processes.sessions import Member, System

ME = 1000
WAY_OUT = "; open a terminal of your own, outside the client and its integrated terminal"


@dataclass
class World:
    """A machine that is made up."""

    members: dict[int, Member] = field(default_factory=dict)
    environments: dict[int, Mapping[str, str] | None] = field(default_factory=dict)
    terminals: bool = True

    def add(
        self,
        pid: int,
        parent: int,
        name: str,
        *,
        tty: str | None = None,
        session: int | None = None,
        uid: int | None = ME,
        program: str | None = "",
        environment: Mapping[str, str] | None = {},
    ) -> None:
        ran = name if program == "" else program
        self.members[pid] = Member(
            pid, parent, name, f"b{pid}", 60.0, uid, session or pid, tty, ran
        )
        self.environments[pid] = environment

    @property
    def system(self) -> System:
        return System(self.members.get, self.environments.get, ME, self.terminals)

    def why_not(self, pid: int, *parties: Party) -> str | None:
        return judge(pid, Guarded(lambda: parties), self.system)[1]

    def replace(self, pid: int, **changes: object) -> None:
        self.members[pid] = self.members[pid]._replace(**changes)  # type: ignore[arg-type]


CLIENT, GUARD, SERVER = (
    Party(40, "b40", "client"),
    Party(41, "b41", "guard"),
    Party(42, None, "server"),
)
CONSOLE = 100


def desktop() -> World:
    """A client of the desktop with its guard and server, and a terminal with a console in it."""
    world = World()
    world.add(1, 0, "systemd", uid=0, program=None, environment=None)
    world.add(10, 1, "systemd")
    world.add(20, 10, "gnome-shell")
    world.add(40, 20, "claude-desktop")
    world.add(41, 40, "localguard")
    world.add(42, 41, "node")
    world.add(30, 20, "kitty")
    world.add(50, 30, "bash", tty="pts/3")
    world.add(CONSOLE, 50, "localguard", tty="pts/3", session=50, program="python3.11")
    return world


def test_a_terminal_of_the_desktop_may_answer() -> None:
    """Promise: whoever looks at a terminal of their own is asked nothing more."""
    approver, reason = judge(CONSOLE, Guarded(lambda: (CLIENT, GUARD, SERVER)), desktop().system)
    assert reason is None
    assert approver == Approver(
        pid=CONSOLE,
        name="localguard",
        tty="pts/3",
        line=("bash", "kitty", "gnome-shell", "systemd", "systemd"),
        facts={"uid": "1000", "leader": "bash (50)"},
    )
    told = "localguard (pid 100, pts/3) < bash < kitty < gnome-shell < systemd < systemd"
    assert described(approver) == told


@pytest.mark.parametrize(
    ("parent", "words"),
    [(40, "client of localguard"), (41, "guard"), (42, "server that localguard guards")],
)
def test_descent_is_seen_over_any_number_of_shells(parent: int, words: str) -> None:
    """Attack: a shell of a shell of the agent's, on a terminal and with a session."""
    world = desktop()
    world.replace(50, parent=parent)
    reason = world.why_not(CONSOLE, CLIENT, GUARD, SERVER)
    assert reason is not None
    assert f"was started by a {words}" in reason
    assert WAY_OUT in reason


def test_a_pid_that_was_given_again_is_another_process() -> None:
    """The shell of today has the number of the client of yesterday."""
    assert desktop().why_not(CONSOLE, Party(50, "b7", "client")) is None
    assert desktop().why_not(CONSOLE, Party(50, None, "client")) is not None


@pytest.mark.parametrize("pid", [1, 10])
def test_whoever_takes_in_orphans_is_nobodys_client(pid: int) -> None:
    """A guard that lost its client was taken in, and the log then names the service manager."""
    assert desktop().why_not(CONSOLE, Party(pid, f"b{pid}", "client")) is None


def test_what_the_log_tells_counts_too() -> None:
    """Attack: the agent ends the guard first, so that no live one names the client."""
    guarded = Guarded(tuple, lambda one: "client of localguard" if one.pid == 30 else None)
    _, reason = judge(CONSOLE, guarded, desktop().system)
    assert reason is not None
    assert "was started by a client of localguard (kitty, pid 30)" in reason


def test_a_client_of_many_processes_is_met_above() -> None:
    """Attack: an editor starts guards by one process, and its terminal by another."""
    world = desktop()
    world.add(60, 20, "cursor")
    world.replace(40, parent=60, name="cursor", program="cursor")
    world.add(61, 60, "cursor")
    world.replace(50, parent=61)
    reason = world.why_not(CONSOLE, CLIENT)
    assert reason is not None
    assert "a client of localguard were both started by cursor, pid 60" in reason


@pytest.mark.parametrize("met", ["kitty", "tmux: server", "sshd-session", "gnome-terminal-server"])
def test_terminals_and_multiplexers_may_be_common(met: str) -> None:
    """A client that runs in a terminal, beside the console."""
    world = desktop()
    world.replace(30, name=met[:15], program=met.partition(":")[0])
    world.add(70, 30, "zsh", tty="pts/4")
    world.replace(40, parent=70)
    assert world.why_not(CONSOLE, CLIENT, GUARD) is None


def test_the_shell_of_a_session_may_be_common() -> None:
    """The person has started the client from the shell that they answer in."""
    world = desktop()
    world.replace(40, parent=50)
    assert world.why_not(CONSOLE, CLIENT, GUARD) is None


def test_a_shell_for_one_command_may_not_be_common() -> None:
    """Attack: a script that starts a client and then answers for it."""
    world = desktop()
    world.add(51, 50, "bash", tty="pts/3", session=50)
    world.replace(40, parent=51)
    world.replace(CONSOLE, parent=51)
    reason = world.why_not(CONSOLE, CLIENT)
    assert reason is not None
    assert "both started by bash, pid 51" in reason


@pytest.mark.parametrize(("parent", "is_fine"), [("su", True), ("i3", True), ("make", False)])
def test_a_shell_of_a_login_may_be_common(parent: str, is_fine: bool) -> None:
    """`su -` and a window manager's `sh -c` have shells below them that lead no session."""
    world = desktop()
    world.add(51, 50, parent, tty="pts/3", session=50, program=parent)
    world.add(52, 51, "bash", tty="pts/3", session=50)
    world.replace(40, parent=52)
    world.replace(CONSOLE, parent=52)
    assert (world.why_not(CONSOLE, CLIENT) is None) is is_fine


def test_what_stands_above_a_multiplexer_is_not_looked_at() -> None:
    """Its server has left whoever started it; who took it in is anybody."""
    world = desktop()
    world.replace(10, name="reaper", program="reaper")
    world.replace(30, name="tmux: server", program="tmux", parent=10)
    world.add(70, 30, "bash", tty="pts/4")
    world.replace(40, parent=70)
    assert world.why_not(CONSOLE, CLIENT) is None


def test_a_name_alone_makes_nobody_neutral() -> None:
    """Attack: a program that calls itself by the name of a terminal; its file tells."""
    world = desktop()
    world.replace(30, name="kitty", program="python3.11")
    world.replace(40, parent=30)
    reason = world.why_not(CONSOLE, CLIENT)
    assert reason is not None
    assert "its terminal was made by a program (python3.11" in reason


def test_a_terminal_that_is_a_script_is_one() -> None:
    """Terminator is Python; its file is the interpreter."""
    world = desktop()
    world.replace(30, name="terminator", program="python3.11")
    world.add(70, 30, "bash", tty="pts/4")
    world.replace(40, parent=70)
    assert world.why_not(CONSOLE, CLIENT) is None


@pytest.mark.parametrize("name", sorted(PRETENDERS | {"python3.14", "node", "perl5.36", "zsh"}))
def test_a_terminal_that_a_program_has_made_is_none(name: str) -> None:
    """Attack: `script -qec`, `pty.spawn`, node-pty, `unbuffer`, zpty: each gives a terminal."""
    world = desktop()
    world.replace(30, name=name[:15], program=name)
    reason = world.why_not(CONSOLE)
    assert reason is not None
    assert f"its terminal was made by a program ({name}, pid 30)" in reason


def test_an_interpreter_that_leads_a_session_is_no_shell() -> None:
    """Attack: a program that makes itself the leader, and starts the answer below it."""
    world = desktop()
    world.replace(50, name="bash", program="python3.11")
    reason = world.why_not(CONSOLE)
    assert reason is not None
    assert "its terminal is led by no shell (python3.11, pid 50)" in reason


def test_a_terminal_may_run_the_console_itself() -> None:
    """`kitty localguard`: no shell leads that session, and the command is a script of Python's."""
    world = desktop()
    world.replace(CONSOLE, parent=30, session=CONSOLE)
    assert world.why_not(CONSOLE) is None


@pytest.mark.parametrize("parent", [1, 10])
def test_a_terminal_whose_maker_hides_is_none(parent: int) -> None:
    """Attack: a daemon makes a terminal, has the answer lead its session, and leaves."""
    world = desktop()
    world.replace(50, parent=parent)
    reason = world.why_not(CONSOLE)
    assert reason is not None
    assert "whoever has made its terminal has hidden itself" in reason


def test_a_console_of_the_machine_is_a_terminal() -> None:
    """A shell that getty and login have left behind, on the first console."""
    world = desktop()
    world.replace(50, parent=1, tty="tty1")
    world.replace(CONSOLE, tty="tty1")
    assert world.why_not(CONSOLE, CLIENT) is None


def test_the_first_shell_of_a_container_is_one() -> None:
    """`docker exec -it` gives a shell whose parent is outside, and has the number 0."""
    world = desktop()
    world.replace(50, parent=0)
    assert world.why_not(CONSOLE, CLIENT) is None


def test_who_has_left_the_session_s_shell_may_not() -> None:
    """Attack: a double fork without setsid keeps the terminal; the shell is not above it."""
    world = desktop()
    world.replace(CONSOLE, parent=10)
    reason = world.why_not(CONSOLE)
    assert reason is not None
    assert "has left the shell of its terminal" in reason


@pytest.mark.parametrize("uid", [0, 1001, None])
def test_another_user_may_not(uid: int | None) -> None:
    """Also who has put on this user's rights for the moment (a set-user-id program)."""
    world = desktop()
    world.replace(CONSOLE, uid=uid)
    reason = world.why_not(CONSOLE)
    assert reason is not None
    assert "another user" in reason


def test_what_cannot_be_seen_is_doubt() -> None:
    """Fail closed: a process that is gone, and a /proc that hides other users' processes."""
    world = desktop()
    del world.members[1]
    hidden = world.why_not(CONSOLE)
    assert hidden is not None
    assert "who has started this process cannot be seen" in hidden
    approver, gone = judge(999, Guarded(tuple), world.system)
    assert gone is not None
    assert "who answers cannot be seen" in gone
    assert approver == Approver(pid=999, name="?")


def test_a_client_whose_beginning_is_hidden_is_doubt() -> None:
    """Fail closed: what the two have in common cannot be told."""
    world = desktop()
    world.replace(40, parent=77)
    reason = world.why_not(CONSOLE, CLIENT)
    assert reason is not None
    assert "who has started a client of localguard cannot be seen" in reason


@pytest.mark.parametrize("pid", [CONSOLE, 50])
def test_an_environment_that_cannot_be_read_is_doubt(pid: int) -> None:
    """Fail closed, up to the leader of the session."""
    world = desktop()
    world.environments[pid] = None
    reason = world.why_not(CONSOLE)
    assert reason is not None
    assert "the environment of" in reason
    assert "cannot be read" in reason


def test_what_root_does_between_is_no_doubt() -> None:
    """Nobody looks into login, su and sudo; what they start can be looked into."""
    world = desktop()
    world.add(51, 50, "su", tty="pts/3", session=50, uid=None, program=None, environment=None)
    world.replace(CONSOLE, parent=51)
    assert world.why_not(CONSOLE) is None


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"CLAUDECODE": "1"}, "Claude Code has started"),
        ({"CURSOR_AGENT": "1"}, "Cursor has started"),
        ({"CODEX_SANDBOX": "seatbelt"}, "Codex has started"),
        ({"GEMINI_CLI": "1"}, "Gemini CLI has started"),
        ({"GOOSE_TERMINAL": "1"}, "Goose has started"),
        ({"AI_AGENT": "x@2"}, "an agent has started"),
        ({"AGENT": "amp"}, "an agent has started"),
        ({"LOCALGUARD_TREE": "f0"}, "a server that localguard guards has started"),
        ({"TERM_PROGRAM": "vscode"}, "an agent can type into the terminal of an editor"),
        ({"ZED_TERM": "true"}, "an agent can type into the terminal of Zed"),
    ],
)
@pytest.mark.parametrize("pid", [CONSOLE, 50])
def test_marks_of_agents_are_found_up_to_the_shell(
    environment: Mapping[str, str], words: str, pid: int
) -> None:
    """Attack: the agent of another client, or an orphan; the shell above keeps what is unset."""
    world = desktop()
    world.environments[pid] = environment
    reason = world.why_not(CONSOLE)
    assert reason is not None
    assert words in reason


@pytest.mark.parametrize(
    "environment",
    [
        {"CLAUDE_CODE_USE_BEDROCK": "1", "CODEX_HOME": "/x", "OPENCODE_CONFIG": "/y"},
        {"AGENT": "ssh", "CLAUDECODE": "", "TERM_PROGRAM": "iTerm.app"},
        {"AIDER_MODEL": "m", "COPILOT_MODEL": "m", "GEMINI_API_KEY": "k"},
    ],
)
def test_what_a_person_sets_is_no_mark(environment: Mapping[str, str]) -> None:
    """Settings of agents stand in the profiles of people's shells."""
    world = desktop()
    world.environments[CONSOLE] = world.environments[50] = environment
    assert world.why_not(CONSOLE) is None


def test_a_maker_above_the_shell_is_looked_at_where_it_can_be() -> None:
    """Attack: an agent's program makes a terminal, and a clean environment for its shell."""
    world = desktop()
    world.environments[30] = {"CLAUDECODE": "1"}
    reason = world.why_not(CONSOLE)
    assert reason is not None
    assert "Claude Code has started kitty" in reason
    world.environments[30] = None
    assert world.why_not(CONSOLE) is None
    world.environments[10] = {"CLAUDECODE": "1"}
    assert world.why_not(CONSOLE) is None


def test_without_terminals_ancestors_are_what_is_left() -> None:
    """Windows: descent and what is shared are seen; a terminal cannot be proven."""
    world = World(terminals=False)
    world.add(20, 4, "explorer.exe", uid=None)
    world.add(40, 20, "claude.exe", uid=None)
    world.add(30, 20, "WindowsTerminal.exe", uid=None)
    world.add(CONSOLE, 30, "localguard.exe", uid=None, environment=None)
    guarded = Guarded(lambda: (CLIENT,))
    system = world.system._replace(uid=None)
    assert judge(CONSOLE, guarded, system)[1] is None
    world.replace(30, parent=40)
    assert judge(CONSOLE, guarded, system)[1] is not None


def test_names_are_made_safe() -> None:
    """Attack: a program's name that steers the terminal of whoever reads the log."""
    world = desktop()
    world.replace(40, name="\x1b[2J", program="\x1b[2J\u202e")
    world.replace(50, parent=40)
    approver, reason = judge(CONSOLE, Guarded(lambda: (CLIENT,)), world.system)
    assert reason is not None
    assert reason.isprintable()
    assert described(approver).isprintable()


def test_a_loop_of_parents_is_survived() -> None:
    """A table that was read while it changed."""
    world = desktop()
    world.replace(30, parent=50)
    assert world.why_not(CONSOLE) is not None


def test_nobody_may_not_answer() -> None:
    """A connection whose other end cannot be told."""
    _, reason = judge_peer(NOBODY, Guarded(tuple), desktop().system)
    assert reason is not None
    assert "has ended" in reason


def test_here_a_terminal_is_needed_on_both_ends() -> None:
    """Attack: a model pipes "y" into the command."""
    system = desktop().system
    refusal = answer_here(Guarded(tuple), terminal=False, system=system, me=CONSOLE)
    assert refusal is not None
    assert refusal.startswith("an answer is taken from a terminal only; open a terminal")
    assert answer_here(Guarded(tuple), terminal=True, system=system, me=CONSOLE) is None


NAMES = st.sampled_from(
    ["bash", "kitty", "tmux: server", "systemd", "python3", "node", "script", "claude", "su", "i3"]
)


@st.composite
def trees(draw: st.DrawFn) -> World:
    """Any tree of a dozen processes, with any sessions and terminals."""
    world = World()
    world.add(1, 0, "systemd", uid=0, program=None)
    for pid in range(2, 13):
        session = draw(st.integers(2, pid))
        tty = draw(st.sampled_from([None, "pts/1", "tty1"]))
        parent = draw(st.integers(1, pid - 1))
        world.add(pid, parent, draw(NAMES), session=session, tty=tty)
    return world


@given(trees(), st.integers(2, 12), st.integers(2, 12))
def test_no_tree_lets_a_descendant_answer(world: World, client: int, me: int) -> None:
    """Promise: whatever stands between, what a client has started is refused, unless that
    client is taken for the service manager; and a refusal always has the way out.
    """
    party = Party(client, None, "client")
    reason = world.why_not(me, party)
    assert reason is None or WAY_OUT in reason
    above, pid = [me], me
    while pid != 1:
        pid = world.members[pid].parent
        above.append(pid)
    if client in above and world.members[client].name != "systemd":
        assert reason is not None


@given(trees(), st.integers(2, 12), st.sets(st.integers(2, 12)), st.integers(2, 12))
def test_more_parties_never_let_more_answer(
    world: World, me: int, some: set[int], one: int
) -> None:
    """Doubt adds up: who may answer with more guards and clients about may with fewer."""
    fewer = [Party(pid, None, "client") for pid in some]
    more = [*fewer, Party(one, None, "guard")]
    if world.why_not(me, *more) is None:
        assert world.why_not(me, *fewer) is None


def test_the_table_of_terminals_has_no_agents() -> None:
    """Warp, VS Code and Cursor are terminals and agents in one program."""
    assert not TERMINALS & {"warp", "warp-terminal", "Warp", "code", "cursor", "windsurf", "zed"}
