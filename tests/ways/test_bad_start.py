"""A server that cannot be started, a name nobody knows, a command line that means nothing."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ways.home import ALL
from tests.ways.stage import Stage
from tests.ways.wire import PATIENCE, Wire

GONE = 1002


def program(path: Path, text: str = "#!/no/such/interpreter\n", mode: int = 0o755) -> str:
    """A file that is nearly a program."""
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def explained(wire: Wire, words: str) -> None:
    """Whatever the client asks, the answer is the reason; so is the line on stderr."""
    for answer in (wire.handshake(), wire.ask("tools/list"), wire.call("echo")):
        assert answer["error"]["code"] == GONE
        assert words in answer["error"]["message"]
    assert words in wire.complaints()


def test_a_server_that_is_not_there_is_explained_to_the_client(stage: Stage) -> None:
    """Promise: "server command not found": a client shows an error, but no exit of an entry."""
    wire = stage.run("--", "no-such-server")
    explained(wire, "the command 'no-such-server' was not found on the PATH")
    assert wire.finish() == 0


def test_a_server_that_cannot_run_is_explained_to_the_client(stage: Stage) -> None:
    """Promise: not executable, no interpreter and a directory are told apart."""
    plain = program(stage.folder / "plain", mode=0o644)
    orphan = program(stage.folder / "orphan")
    explained(stage.run("--", plain), f"run chmod +x '{plain}'")
    explained(stage.run("--", orphan), "the interpreter '/no/such/interpreter'")
    explained(stage.run("--", str(stage.folder)), "is a directory")


def test_a_server_that_exits_at_once_is_explained_to_the_client(stage: Stage) -> None:
    """Promise: a client that asks after the server's end hears of it, and so does the person."""
    wire = stage.run("--", "sh", "-c", "echo no such option >&2; exit 3")
    deadline = time.monotonic() + PATIENCE
    while "no such option" not in wire.complaints():
        assert time.monotonic() < deadline
    answer = wire.handshake()
    assert answer["error"]["code"] == GONE
    assert "the server exited (code 3) before answering" in answer["error"]["message"]
    assert wire.exit() == 3
    assert "the server sh exited (code 3)" in wire.complaints()


def test_a_name_that_the_profile_does_not_know_is_served_empty(stage: Stage) -> None:
    """Promise: an empty list, every call denied with the reason; no error, no exit."""
    wire = stage.run("db")
    words = "the profile all does not name a server db (it names: none)"
    found = wire.handshake()["result"]
    assert found["instructions"].count(words) == 1
    assert wire.ask("tools/list")["result"]["tools"] == []
    answer = wire.call("query")["result"]
    assert answer["isError"]
    assert words in answer["content"][0]["text"]
    assert words in wire.complaints()


def test_a_server_that_the_profile_defines_is_started_by_its_name(stage: Stage) -> None:
    """Promise: `run NAME`."""
    words = ", ".join(f'"{word}"' for word in stage.server())
    stage.home.write("all", f"{ALL}[servers.fake]\ncommand = [{words}]\n")
    wire = stage.run("fake")
    wire.handshake()
    assert "result" in wire.call("echo")
    assert stage.calls() == ["echo"]


def test_a_command_that_is_not_the_profiles_is_not_started(stage: Stage) -> None:
    """Attack: an edited client entry runs another program under a trusted name."""
    stage.home.write("all", f'{ALL}[servers.fake]\ncommand = ["/usr/bin/true"]\n')
    wire = stage.guard()
    words = "defines fake with another command than the client's entry"
    assert words in wire.handshake()["result"]["instructions"]
    assert words in wire.call("echo")["result"]["content"][0]["text"]
    assert stage.seen() == []


@pytest.mark.parametrize("wanted", ["2099-01-01", "1.0", "", "2024-11-05", "2026-07-28"])
def test_a_revision_is_the_servers_to_judge(stage: Stage, wanted: str) -> None:
    """Promise: "an unknown protocol revision": relayed as it is, and so is the answer."""
    wire = stage.guard()
    found = wire.handshake(wanted)["result"]["protocolVersion"]
    assert found == (wanted if wanted == "2024-11-05" else "2025-11-25")
    assert stage.seen("initialize")[0]["about"] == wanted
    assert "result" in wire.call("echo")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "run needs a server"),
        (["--"], "run needs a server"),
        (["--profile", "all"], "run needs a server"),
        (["--bogus", "db"], "unknown option --bogus"),
        (["--name"], "--name needs a value"),
        (["--profile=", "db"], "--profile needs a value"),
        (["one", "two"], "more than one server name: one two"),
        (["--url", "https://example.com", "--", "x"], "a server has a command or a URL, not both"),
    ],
)
def test_a_command_line_that_means_nothing_is_refused(
    stage: Stage, arguments: list[str], words: str
) -> None:
    """research ux 5: exit code 2, the reason and the way out on stderr, nothing on stdout."""
    found = subprocess.run(
        stage.home.argv(*arguments),
        env=stage.home.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(f"localguard run: {words}")
    assert "use localguard run NAME" in found.stderr


def test_a_home_that_means_another_folder_everywhere_is_refused(stage: Stage) -> None:
    """Promise: a guard and the person's shell find the same files."""
    found = subprocess.run(
        stage.home.argv("--", "true"),
        env={**stage.home.environment, "LOCALGUARD_HOME": "here"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert found.returncode == 7
    assert 'LOCALGUARD_HOME is "here"' in found.stderr
    assert "set LOCALGUARD_HOME to an absolute path" in found.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_a_guard_started_by_hand_says_what_it_waits_for(stage: Stage) -> None:
    """A person who tries the client's command in a terminal sees no hanging program."""
    far, near = os.openpty()
    try:
        os.write(far, b"\x04")
        found = subprocess.run(
            stage.home.argv("--name", "fake", "--", *stage.server()),
            env=stage.home.environment,
            stdin=near,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(near)
        os.close(far)
    assert found.stderr.startswith("localguard run: waits for an MCP client on standard input")
