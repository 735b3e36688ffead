"""What a server leaves behind comes to the guard, and is collected there and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.relay.process_trees import read_line

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")
PROJECT = Path(__file__).resolve().parents[2]

# A guard whose server double-forks, with and without a session of its own; it tells who adopted.
ADOPTS = r"""
import os, select, sys
from localguard.relay.subreaper import become_subreaper
assert become_subreaper() is None
if os.fork() == 0:
    if sys.argv[1] == "session":
        os.setsid()
    server = os.pidfd_open(os.getpid())
    if os.fork() == 0:
        select.select([server], [], [])
        os.write(1, b"%d\n" % os.getppid())
        os._exit(0)
    os._exit(0)
os.wait()
os.write(1, b"%d\n" % os.getpid())
sys.stdin.read()
"""

# A guard with a server and an orphan that have ended; it asks for the server's end last.
COLLECTS = """
import os, subprocess, sys, anyio
from localguard.relay.subreaper import become_subreaper
from localguard.relay.orphans import collect_orphans, _zombies
assert become_subreaper() is None

async def main():
    server = subprocess.Popen(["sh", "-c", "exit 7"])
    async with anyio.create_task_group() as group:
        group.start_soon(collect_orphans, lambda: {server.pid}, 0.05)
        parent = subprocess.Popen(["sh", "-c", "sh -c 'read -r _; exit 5' <&3 & echo $!"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[3])
        orphan = int(parent.stdout.readline())
        assert parent.wait() == 0
        os.close(4)
        with anyio.fail_after(20):
            while True:
                try:
                    os.kill(orphan, 0)
                except ProcessLookupError:
                    break
                await anyio.sleep(0.01)
        with anyio.fail_after(20):
            while _zombies() != {server.pid}:
                await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    print("server", server.wait(), flush=True)

heard, told = os.pipe()
os.dup2(heard, 3); os.dup2(told, 4)
for end in (heard, told):
    if end > 4:
        os.close(end)
os.set_inheritable(4, False)
anyio.run(main)
"""


def guard(code: str, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=PROJECT,
    )


@pytest.mark.parametrize("session", ["session", "none"])
def test_an_orphan_of_the_server_comes_to_the_guard(session: str) -> None:
    """Attack: a double fork, also into a session of its own, to be nobody's child."""
    with guard(ADOPTS, session) as child:
        assert child.stdout is not None
        said = {read_line(child.stdout.fileno()) for _ in range(2)}
        child.kill()
    assert said == {str(child.pid)}


def test_orphans_are_collected_and_nobody_elses_children() -> None:
    """Promise: no zombies pile up, and the server's exit code is still told to whoever asks."""
    with guard(COLLECTS) as child:
        out, _ = child.communicate(timeout=30)
    assert (child.returncode, out) == (0, b"server 7\n")


def test_children_do_not_inherit_it() -> None:
    """prctl(2): a server that orphans its own children loses them to the guard."""
    code = (
        "import ctypes, os, subprocess, sys\n"
        "from localguard.relay.subreaper import become_subreaper\n"
        "assert become_subreaper() is None\n"
        "say = 'import ctypes; n = ctypes.c_int(9); ctypes.CDLL(None).prctl(37, ctypes.byref(n));"
        " print(n.value)'\n"
        "print(subprocess.check_output([sys.executable, '-c', say], text=True).strip())\n"
        "exec(say)\n"
    )
    with guard(code) as child:
        out, _ = child.communicate(timeout=30)
    assert out.split() == [b"0", b"1"]
