"""A server is started by its words alone, with what it may know, and a failure names the fix."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localguard.errors import ServerFault
from localguard.relay.executable import check_batch
from localguard.relay.spawn import ServerCommand, ServerProcess, environment, resolve, spawn
from tests.relay.process_trees import read_line


def program(path: Path, text: str = "#!/bin/sh\n", mode: int = 0o755) -> str:
    """A file that is a program, or nearly."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return str(path)


@contextmanager
def running(*argv: str, **env: str) -> Generator[ServerProcess]:
    """A server for the length of a test."""
    process = spawn(ServerCommand(argv, {"PATH": os.environ["PATH"], **env}, None))
    try:
        yield process
    finally:
        process.kill()
        process.popen.wait()
        process.release()
        process.close_stdin()
        process.close_outputs()


def fault_of(*argv: str, cwd: str | None = None, **env: str) -> ServerFault:
    """The fault that starting `argv` gives."""
    with pytest.raises(ServerFault) as caught:
        spawn(ServerCommand(argv, {"PATH": os.environ["PATH"], **env}, cwd))
    return caught.value


def test_a_bare_name_is_searched_in_the_servers_own_path(tmp_path: Path) -> None:
    """Promise: the PATH of the server's environment decides, not the guard's."""
    place = program(tmp_path / "bin" / "thing")
    assert resolve("thing", f"/nowhere:{tmp_path}/bin", None) == place


def test_a_file_that_is_not_executable_does_not_hide_the_one_behind_it(tmp_path: Path) -> None:
    """execvp(3): the search goes on after EACCES."""
    program(tmp_path / "a" / "thing", mode=0o644)
    place = program(tmp_path / "b" / "thing")
    assert resolve("thing", f"{tmp_path}/a:{tmp_path}/b", None) == place


@pytest.mark.parametrize("path", ["", ".", "bin", ":", "/nowhere:"])
def test_a_bare_name_is_never_taken_from_the_current_folder(tmp_path: Path, path: str) -> None:
    """Attack: a client starts in a project that holds a program named like a server's."""
    program(tmp_path / "thing-of-the-project")
    program(tmp_path / "bin" / "thing-of-the-project")
    script = (
        "import sys; from localguard.relay.spawn import resolve\n"
        "from localguard.errors import ServerFault\n"
        "try: print(resolve('thing-of-the-project', sys.argv[1], None))\n"
        "except ServerFault as fault: print(fault.what)"
    )
    argv = [sys.executable, "-c", script, path]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    out = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert out.stdout == f"the command 'thing-of-the-project' was not found on the PATH {path!r}\n"


def test_a_path_is_taken_relative_to_the_servers_folder(tmp_path: Path) -> None:
    """Promise: `cwd` of the profile is what `./server` means."""
    place = program(tmp_path / "server")
    assert resolve("./server", "", str(tmp_path)) == place


def test_a_missing_command_names_the_path_that_was_searched() -> None:
    """Promise: what, where, fix."""
    with pytest.raises(ServerFault) as caught:
        resolve("no-such-server", "/one:/two", None)
    assert "on the PATH '/one:/two'" in caught.value.what
    assert "command -v no-such-server" in caught.value.fix


def test_a_command_outside_a_short_path_is_found_for_the_fix() -> None:
    """protocol: desktop clients start programs with a short PATH."""
    with pytest.raises(ServerFault) as caught:
        resolve("env", "/nowhere", None)
    assert "write '/usr/bin/env'" in caught.value.fix


@pytest.mark.parametrize(
    ("argv0", "fix"),
    [
        ("npx -y some-server", "a list of words: ['npx', '-y', 'some-server']"),
        ("/no/such/npx -y x", "a list of words: ['/no/such/npx', '-y', 'x']"),
        ("~/bin/no-such-server", os.path.expanduser("~/bin/no-such-server")),
        ("/no/such/server", "correct the path"),
        ("", "write the program"),
    ],
)
def test_usual_mistakes_in_a_command_get_their_own_fix(argv0: str, fix: str) -> None:
    """Promise: the fix is the next thing to do."""
    with pytest.raises(ServerFault) as caught:
        resolve(argv0, "/nowhere", None)
    assert fix in caught.value.fix


def test_a_command_that_cannot_run_says_why(tmp_path: Path) -> None:
    """Promise: not executable and a directory are told apart."""
    plain = program(tmp_path / "plain", mode=0o644)
    assert "is not executable" in fault_of(plain).what
    assert "is not executable" in fault_of("plain", PATH=str(tmp_path)).what
    assert "is a directory" in fault_of(str(tmp_path)).what


def test_what_the_system_says_against_a_start_becomes_a_fault(tmp_path: Path) -> None:
    """execve(2): ENOEXEC, ENOENT of the interpreter, E2BIG; and what no environment can hold."""
    headless = program(tmp_path / "headless", "echo no shebang\n")
    orphan = program(tmp_path / "orphan", "#!/no/such/python -u\n")
    assert "#!/usr/bin/env" in fault_of(headless).fix
    assert "'/no/such/python'" in fault_of(orphan).what
    assert fault_of(orphan).where == f"{orphan}:1"
    assert "too much" in fault_of("sh", "-c", "x" * 3_000_000).what
    assert "NUL" in fault_of("sh", "-c", "a\0b").fix
    assert "working directory" in fault_of("sh", cwd=str(tmp_path / "gone")).what
    assert "no command" in fault_of().what


def test_a_failed_start_leaves_no_descriptor_open(tmp_path: Path) -> None:
    """Promise: a client that restarts a broken server for hours does not use up descriptors."""
    orphan = program(tmp_path / "orphan", "#!/no/such/python\n")
    before = len(list(Path("/dev/fd").iterdir()))
    fault_of(orphan)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_words_reach_the_server_as_they_are() -> None:
    """Promise: never a shell."""
    words = ("$(id)", "a b", "*", ";", "`id`", '"', "ü")
    code = "import sys; print(sys.argv[1:])"
    with running(sys.executable, "-c", code, *words) as process:
        assert read_line(process.stdout_fd) == str(list(words))


def test_the_server_gets_its_environment_and_a_mark() -> None:
    """Promise: nothing of the guard's environment but what the command says."""
    with running("env", TOKEN="x") as process:
        lines = {read_line(process.stdout_fd) for _ in range(3)}
        assert lines == {
            f"PATH={os.environ['PATH']}",
            "TOKEN=x",
            f"LOCALGUARD_TREE={process.mark}",
        }
        assert read_line(process.stdout_fd) == ""


def test_the_server_inherits_three_descriptors_and_a_session_of_its_own() -> None:
    """Attack: a server that inherits the client's pipe writes to the wire past the guard."""
    leaky, other = os.pipe()
    os.set_inheritable(leaky, True)
    code = "import os; print(sorted(map(int, os.listdir('/dev/fd')))[:-1], os.getsid(0))"
    try:
        with running(sys.executable, "-c", code) as process:
            assert read_line(process.stdout_fd) == f"[0, 1, 2] {process.pid}"
            for fd in (process.stdin_fd, process.stdout_fd, process.stderr_fd):
                assert not os.get_inheritable(fd)
    finally:
        os.close(leaky)
        os.close(other)


def test_an_environment_is_what_is_allowed_named_or_given() -> None:
    """MCP SDKs, stdio transports: the inherited names; the profile's `pass_env` and `env`."""
    inherited = {
        "HOME": "/h",
        "PATH": "/bin",
        "LC_ALL": "C",
        "AWS_SECRET": "s",
        "PGHOST": "db",
        "PGPORT": "1",
        "PG": "no",
        "TERM": "() { :; }; evil",
        "LOCALGUARD_TREE": "outer",
    }
    assert environment(inherited, ("PGHOST", "PGP*"), {"PATH": "/opt", "X": "1"}) == {
        "HOME": "/h",
        "PATH": "/opt",
        "LC_ALL": "C",
        "PGHOST": "db",
        "PGPORT": "1",
        "X": "1",
    }


def test_a_batch_file_gets_no_argument_that_its_shell_would_read() -> None:
    """Attack: CVE-2024-24576 and its kin, cmd.exe reads the arguments of a batch file again."""
    check_batch("C:\\npx.cmd", ["-y", "@scope/server", "C:\\Program Files\\x"])
    check_batch("C:\\node.exe", ['"&calc'])
    with pytest.raises(ServerFault, match="batch file"):
        check_batch("C:\\npx.CMD", ['"&calc'])


def test_starting_a_server_loads_nothing_heavy() -> None:
    """Promise: the server starts before the event loop and before anything that takes its time."""
    code = "import sys, localguard.relay.spawn; print(*sys.modules)"
    # Coverage would load its own modules into the new interpreter.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    heavy = {"asyncio", "anyio", "dataclasses", "inspect", "json", "logging", "pathlib", "shutil"}
    assert heavy.isdisjoint(out.stdout.split())
