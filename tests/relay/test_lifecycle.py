"""However guard, server or client end, nothing of the server's process tree stays behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from localguard.relay.exits import in_daemon_thread
from localguard.relay.lifecycle import stop, wait_exit, wait_orphaned
from localguard.relay.process_group import ProcessGroup
from tests.relay.process_trees import (
    DAEMON,
    FORGETS_ITS_ENVIRONMENT,
    HIDING,
    IGNORES_EOF_AND_TERM,
    STUBBORN,
    is_at_its_end,
    is_running,
    marked,
    read_line,
    shell_server,
    wait_ended,
    wait_unmarked,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

PROJECT = Path(__file__).parents[2]

# A guard without a relay: it says which tree is its own, and then waits to be killed.
GUARD = """
import os, sys
from localguard.relay.spawn import ServerCommand, environment, spawn
server = spawn(ServerCommand(("/bin/sh", "-c", sys.argv[1]), environment(os.environ, (), {}), None))
os.read(server.stdout_fd, 64)
print(server.mark, server.pid, server.keeper.pid, flush=True)
sys.stdin.read()
"""

# A client that starts a guard and is killed; the guard tells when it noticed.
CLIENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.DEVNULL)
child.wait()
"""
WATCHER = """
import os, anyio
from localguard.relay.lifecycle import wait_orphaned
async def main():
    parent = os.getppid()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait_orphaned, parent)
        print("watching", parent, flush=True)
    print("orphaned", flush=True)
anyio.run(main)
"""


@contextmanager
def python(code: str, *arguments: str, **env: str) -> Generator[subprocess.Popen[bytes]]:
    """A Python process with pipes, killed at the end if it is still there."""
    argv = [sys.executable, "-c", code, *arguments]
    environ = {**os.environ, "PYTHONPATH": str(PROJECT), **env}
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, env=environ, bufsize=0) as child:
        try:
            yield child
        finally:
            child.kill()


def line_of(child: subprocess.Popen[bytes]) -> list[str]:
    """The words of the next line that `child` prints."""
    if child.stdout is None:
        raise ValueError("no pipe")
    return read_line(child.stdout.fileno()).split()


async def test_a_server_that_obeys_eof_ends_by_itself() -> None:
    """MCP 2025-11-25 basic/lifecycle: closing stdin is the request to end."""
    process = shell_server("read -r _; exit 7")
    with anyio.fail_after(5):
        assert await stop(process) == 7
    process.close_outputs()


@pytest.mark.parametrize("script", [*STUBBORN.values(), *HIDING.values(), FORGETS_ITS_ENVIRONMENT])
async def test_a_stubborn_tree_is_gone_within_two_seconds(script: str) -> None:
    """Attack: clients kill the guard 2 s after EOF, what is left then is left for ever."""
    process = shell_server(script)
    assert read_line(process.stdout_fd) == "ready"
    tree = process.survivors()
    assert tree
    with anyio.fail_after(2):
        await stop(process)
    assert marked(process.mark) == []
    assert [pid for pid in tree if is_running(pid)] == []
    assert is_at_its_end(process.stdout_fd)
    process.close_outputs()


async def test_a_group_that_forks_without_end_is_ended() -> None:
    """Attack: each process starts the next and ends, so no pid is old when it is signalled."""
    # It ends by itself too, after a while: a failure here must not go on for ever.
    script = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "end = time.monotonic() + 6\n"
        "os.write(1, b'ready\\n')\n"
        "if os.fork(): time.sleep(6)\n"
        "while time.monotonic() < end:\n"
        "    if os.fork(): os._exit(0)\n"
        "    time.sleep(0.002)\n"
    )
    process = shell_server('exec "$PY" -c "$SCRIPT"', {"PY": sys.executable, "SCRIPT": script})
    assert read_line(process.stdout_fd) == "ready"
    with anyio.fail_after(2):
        await stop(process)
    assert is_at_its_end(process.stdout_fd)
    process.close_outputs()


async def test_the_keeper_goes_with_an_orderly_stop() -> None:
    """Promise: a guard that ends leaves no process of its own behind either."""
    process = shell_server("read -r _")
    keeper = process.keeper
    assert keeper is not None
    assert is_running(keeper.pid)
    with anyio.fail_after(2):
        await stop(process)
    assert not is_running(keeper.pid)
    process.close_outputs()


async def test_a_server_killed_by_a_signal_is_reported_as_such() -> None:
    """Promise: a negative code is a signal, as everywhere in Python."""
    process = shell_server("kill -KILL $$")
    with anyio.fail_after(5):
        assert await wait_exit(process) == -signal.SIGKILL
        assert await stop(process) == -signal.SIGKILL
        assert await wait_exit(process) == -signal.SIGKILL
    process.close_outputs()


async def test_a_dead_server_keeps_its_pid_until_the_stop() -> None:
    """Attack: a pid that is free is given away, and a signal to its group hits a stranger."""
    process = shell_server("exit 0")
    with anyio.fail_after(5):
        await wait_exit(process)
        os.kill(process.pid, 0)
        await stop(process)
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
    process.kill()
    process.close_outputs()


async def test_cancelling_does_not_stop_the_stopping() -> None:
    """Promise: a guard that is told to end twice still ends its server."""
    process = shell_server(IGNORES_EOF_AND_TERM)
    assert read_line(process.stdout_fd) == "ready"
    with anyio.fail_after(2):
        with anyio.CancelScope() as scope:
            scope.cancel()
            await stop(process)
    assert marked(process.mark) == []
    process.close_outputs()


async def test_a_client_that_died_is_noticed() -> None:
    """protocol: a client's death need not end the guard's stdin."""
    with python(CLIENT, WATCHER) as client:
        assert line_of(client) == ["watching", str(client.pid)]
        client.kill()
        assert line_of(client) == ["orphaned"]


async def test_a_parent_that_is_gone_already_is_noticed_at_once() -> None:
    """Promise: no race between asking for the parent and watching it."""
    with anyio.fail_after(5):
        await wait_orphaned(os.getpid())


@pytest.mark.parametrize("script", [*STUBBORN.values(), *HIDING.values()])
def test_a_guard_killed_by_sigkill_leaves_nothing_behind(script: str) -> None:
    """Attack: SIGKILL of the guard alone, as clients do at +4 s."""
    with python(GUARD, script) as guard:
        mark, _, keeper = line_of(guard)
        assert marked(mark)
        guard.kill()
        wait_unmarked(mark)
        wait_ended(int(keeper), 10)


def test_the_keeper_outlives_what_ends_a_whole_terminal() -> None:
    """Attack: Ctrl-C and a closed terminal reach every process but are not meant for the keeper."""
    with python(GUARD, IGNORES_EOF_AND_TERM) as guard:
        mark, _, keeper = line_of(guard)
        for signum in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT):
            os.kill(int(keeper), signum)
        assert os.getsid(int(keeper)) == int(keeper)
        assert is_running(int(keeper))
        guard.kill()
        wait_unmarked(mark)


def test_the_keeper_of_a_dead_guard_spares_other_trees() -> None:
    """Promise: one guard's end is no other guard's."""
    with python(GUARD, DAEMON) as first, python(GUARD, IGNORES_EOF_AND_TERM) as second:
        mark, _, keeper = line_of(first)
        other, server, other_keeper = line_of(second)
        first.kill()
        wait_unmarked(mark)
        wait_ended(int(keeper), 10)
        assert is_running(int(server))
        assert is_running(int(other_keeper))
        second.kill()
        wait_unmarked(other)


def test_a_guard_below_a_server_hands_the_outer_mark_on() -> None:
    """Promise: ending an outer guard's tree finds the servers of a guard inside it."""
    # A shell that stays one: in the moment of an exec the file is empty.
    with python(GUARD, "echo ready; read -r _", LOCALGUARD_TREE="0" * 32) as guard:
        mark, server, _ = line_of(guard)
        variables = Path(f"/proc/{server}/environ").read_bytes().split(b"\0")
        assert f"LOCALGUARD_TREE={'0' * 32}:{mark}".encode() in variables
        guard.kill()
        wait_unmarked(mark)


async def test_a_server_cannot_hold_the_keepers_pipe_open() -> None:
    """Attack: a write end that leaks into a second server would keep the first's keeper asleep."""
    first = shell_server("read -r _")
    # No pipeline: a shell that builds one has two more descriptors for a moment.
    second = shell_server("ls /proc/$$/fd; echo end; read -r _")
    assert [read_line(second.stdout_fd) for _ in range(4)] == ["0", "1", "2", "end"]
    with anyio.fail_after(10):
        await stop(first)
        await stop(second)
    for process in (first, second):
        process.close_outputs()


def test_where_only_the_group_is_known_it_is_signalled_whole() -> None:
    """POSIX without /proc: the process group is what there is."""
    process = shell_server("sleep 60 & echo ready; exec sleep 60")
    assert read_line(process.stdout_fd) == "ready"
    group = ProcessGroup(process.pid, process.mark)
    assert group.living() == [process.pid]
    group.send(signal.SIGKILL)
    process.popen.wait()
    assert is_at_its_end(process.stdout_fd)
    process.release()
    process.close_stdin()
    process.close_outputs()


async def test_a_wait_in_a_thread_ends_with_it_and_can_be_left() -> None:
    """Promise: what Windows waits for in a thread holds up neither the loop nor the exit."""
    released = threading.Event()

    def block() -> None:
        released.wait(10)

    with anyio.move_on_after(0) as left:
        await in_daemon_thread(block)
    assert left.cancelled_caught
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(in_daemon_thread, block)
            released.set()
