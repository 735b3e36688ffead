"""Few file descriptors: a guard that starts relays, and one that does not says why."""

import sys

import pytest

from tests.ways.stage import Stage
from tests.ways.wire import PATIENCE, Wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

ENOUGH = 24
SHORT = ("no free file descriptor", "Too many open files")


def limited(stage: Stage, count: int) -> Wire:
    """A guard that may have so many descriptors open (getrlimit(2), "RLIMIT_NOFILE")."""
    argv = stage.home.argv("--name", "fake", "--", *stage.server())
    return stage.start(["/bin/sh", "-c", f'ulimit -n {count}; exec "$@"', "sh", *argv])


def test_a_guard_with_few_descriptors_relays(stage: Stage) -> None:
    """Promise: 24 descriptors are enough, also for a thousand calls and an edit of the profile."""
    wire = limited(stage, ENOUGH)
    wire.handshake()
    calls = [wire.start_call("echo", text=str(number)) for number in range(1000)]
    assert [wire.answer(id_)["result"]["content"][0]["text"] for id_ in calls[::100]] == [
        str(number) for number in range(0, 1000, 100)
    ]
    stage.home.write("all", 'version = 1\n[[rule]]\ndeny = "*"\n')
    assert "isError" in wire.call("echo")["result"]
    assert wire.finish() == 0


@pytest.mark.parametrize("count", [6, 9, 11, 13, 15, 16, 17, 18, 20, 22])
def test_a_guard_with_too_few_descriptors_says_so(stage: Stage, count: int) -> None:
    """Promise: it relays, or it says what is short and sends nothing; no process stays behind."""
    wire = limited(stage, count)
    try:
        wire.handshake()
        answer = wire.call("echo")
    except EOFError:
        stage.gone = True
        assert wire.process.wait(PATIENCE) != 0
        answer = {}
    if stage.calls():
        assert "isError" not in answer["result"]
    else:
        told = f"{answer} {wire.complaints()}"
        assert any(words in told for words in SHORT)
