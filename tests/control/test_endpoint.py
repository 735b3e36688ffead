"""The endpoint file and its lock: published, found, and cleared away once its guard has ended."""

import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from localguard.control import alive
from localguard.control.endpoint import (
    Published,
    clear_if_dead,
    find,
    load,
    publish,
    sweep,
)
from localguard.control.faults import ControlFault, VersionsDiffer
from localguard.control.listening import LONGEST, listen_on_port
from localguard.control.messages import PROTOCOL
from localguard.control.wire import wire
from tests.control.board import guard_view
from tests.control.processes import files, holder, python

posix = pytest.mark.skipif(os.name != "posix", reason="owner, mode and sockets of POSIX")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can become another user"
)
FINDER = """
import sys
from localguard.control.endpoint import sweep
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
sweep(sys.argv[1])
"""
STRANGER = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.listdir(os.path.dirname(os.path.dirname(sys.argv[1])))
for attempt in (lambda: open(sys.argv[1]).read(), lambda: socket.socket(1, 1).connect(sys.argv[2])):
    try:
        attempt()
    except PermissionError:
        print("refused")
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run"


@contextmanager
def published(run: Path, name: str = "7f3a9c") -> Iterator[Published]:
    endpoint = publish(str(run), guard_view(name), "/home/ana/.config/localguard", "812345")
    try:
        yield endpoint
    finally:
        endpoint.withdraw()


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_an_endpoint_is_found_as_it_was_published(run: Path) -> None:
    with published(run) as own:
        assert find(str(run)).endpoints == {"7f3a9c": own.endpoint}
        assert own.endpoint.server == "files"
        assert own.endpoint.born == "812345"
        assert len(own.endpoint.secret) == 32


def test_every_guard_has_a_key_of_its_own_and_none_is_shown(run: Path) -> None:
    """Attack: the key in a log or a traceback."""
    with published(run) as one, published(run, "7f3a9d") as other:
        assert one.endpoint.secret != other.endpoint.secret
        assert one.endpoint.key not in repr(one.endpoint)


@posix
def test_folder_file_lock_and_socket_are_the_persons_alone(run: Path) -> None:
    """Promise: 0700 and 0600, under any umask."""
    old = os.umask(0)
    try:
        with published(run) as own:
            assert mode(run) == 0o700
            assert files(run) == ["g-7f3a9c.json", "g-7f3a9c.lock", "g-7f3a9c.sock"]
            assert {mode(run / name) for name in files(run)} == {0o600}
            assert own.endpoint.unix == str(run / "g-7f3a9c.sock")
    finally:
        os.umask(old)


def test_nothing_is_left_of_a_guard_that_stopped_in_order(run: Path) -> None:
    with published(run):
        pass
    assert files(run) == []
    assert find(str(run)) == ({}, {})


def test_a_run_folder_that_is_missing_holds_no_guard(run: Path) -> None:
    assert find(str(run)) == ({}, {})
    sweep(str(run))


@posix
@pytest.mark.parametrize("bits", [0o755, 0o770, 0o701])
def test_a_folder_that_others_can_enter_is_refused(run: Path, bits: int) -> None:
    """Attack: another user who reads keys or puts endpoints there."""
    run.mkdir()
    run.chmod(bits)
    for use in (find, sweep, lambda path: publish(path, guard_view(), "", None)):
        with pytest.raises(ControlFault, match="other users can look into") as caught:
            use(str(run))
        assert f'chmod 700 "{run}"' in caught.value.explain()


@as_root
def test_a_folder_of_another_user_is_refused(run: Path) -> None:
    run.mkdir(0o700)
    os.chown(run, 65534, -1)
    with pytest.raises(ControlFault, match="belongs to another user"):
        find(str(run))


@as_root
def test_another_user_can_neither_read_the_key_nor_connect() -> None:
    """Attack: a process of another user of the machine, in a folder that it can look into."""
    with tempfile.TemporaryDirectory() as open_to_all:
        os.chmod(open_to_all, 0o755)
        run = Path(open_to_all, "run")
        with published(run) as own:
            words = ("-I", "-c", STRANGER, str(run / "g-7f3a9c.json"), str(own.endpoint.unix))
            with python(*words) as stranger:
                assert stranger.communicate(timeout=30)[0] == "refused\nrefused\n"


@posix
def test_a_socket_whose_path_would_be_too_long_gets_a_private_folder(tmp_path: Path) -> None:
    """unix(7): 107 bytes on Linux, 103 on macOS."""
    run = tmp_path / ("r" * LONGEST)
    with published(run) as own:
        path = own.endpoint.unix
        assert path is not None
        assert len(os.fsencode(path)) <= LONGEST
        folder = os.path.dirname(path)
        assert mode(folder) == 0o700
        assert os.lstat(folder).st_uid == os.geteuid()
        assert find(str(run)).endpoints["7f3a9c"].unix == path
    assert not os.path.lexists(folder)
    assert files(run) == []


@posix
def test_the_short_folder_of_a_killed_guard_goes_with_its_socket(tmp_path: Path) -> None:
    run = tmp_path / ("r" * LONGEST)
    with holder(run, "7f3a9c") as guard:
        path = load(str(run), "7f3a9c").unix
        assert path is not None
        guard.send_signal(signal.SIGKILL)
        guard.wait()
        assert clear_if_dead(str(run), "7f3a9c")
    assert not os.path.lexists(os.path.dirname(path))


def test_a_loopback_port_looks_like_a_socket_to_everybody_else() -> None:
    """Windows has no Unix sockets in Python; anything else can use the same way."""
    listening = listen_on_port()
    with listening.socket as listener:
        assert listening.address.unix is None
        assert listener.getsockname() == ("127.0.0.1", listening.address.port)
        assert not listener.getblocking()


def test_a_guard_that_cannot_bind_says_so_in_words(run: Path) -> None:
    """Promise: it goes on without consoles."""
    run.mkdir(0o700)
    (run / "g-7f3a9c.sock").mkdir()
    if os.name == "posix":
        with pytest.raises(ControlFault, match="cannot listen for consoles"):
            publish(str(run), guard_view(), "", None)
        assert files(run) == ["g-7f3a9c.sock"]


def test_a_run_folder_that_is_a_file_is_a_fault(run: Path) -> None:
    run.write_text("")
    with pytest.raises(ControlFault, match="a folder is needed here"):
        publish(str(run), guard_view(), "", None)


def test_an_id_that_could_be_more_than_a_name_is_refused(run: Path) -> None:
    """Attack: `../../x` as the id of a guard."""
    for name in ("../x", "", "a/b", "A", "x" * 40):
        with pytest.raises(ControlFault, match="cannot be the id"):
            publish(str(run), guard_view(name), "", None)


def test_two_guards_with_one_id_are_not_both_served(run: Path) -> None:
    with published(run) as own:
        with pytest.raises(ControlFault, match="another guard has the same id"):
            publish(str(run), guard_view(), "", None)
        assert load(str(run), "7f3a9c") == own.endpoint


def test_a_guard_that_serves_another_profile_says_so_in_its_file(run: Path) -> None:
    with published(run) as own:
        key = own.endpoint.key
        own.follow(replace(guard_view(), profile="home", client="codex"))
        found = load(str(run), "7f3a9c")
        assert (found.profile, found.client, found.key) == ("home", "codex", key)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff\xfe", b'{"type":"endpoint"}'])
def test_a_damaged_endpoint_file_is_a_fault_and_hides_no_other(run: Path, text: bytes) -> None:
    with published(run) as own:
        path = run / "g-000000.json"
        path.write_bytes(text)
        path.chmod(0o600)
        found = find(str(run))
        assert found.endpoints == {"7f3a9c": own.endpoint}
        assert list(found.faults) == ["000000"]


def test_an_endpoint_file_of_another_guard_is_a_fault(run: Path) -> None:
    """Attack: a copy under another name."""
    with published(run) as own:
        path = run / "g-000000.json"
        path.write_bytes(wire(own.endpoint))
        path.chmod(0o600)
        assert list(find(str(run)).faults) == ["000000"]


def test_an_endpoint_file_of_a_later_version_says_that_versions_differ(run: Path) -> None:
    """Promise: the console can say what is wrong."""
    with published(run) as own:
        said = orjson.loads(wire(own.endpoint)) | {"proto": PROTOCOL + 1, "key": None}
        path = run / "g-7f3a9c.json"
        path.write_bytes(orjson.dumps(said))
        with pytest.raises(VersionsDiffer, match="another version"):
            load(str(run), "7f3a9c")


@posix
def test_an_endpoint_file_that_others_can_read_is_not_used(run: Path) -> None:
    with published(run):
        (run / "g-7f3a9c.json").chmod(0o644)
        fault = find(str(run)).faults["7f3a9c"]
        assert "others can read or write" in fault.what


@posix
def test_an_endpoint_file_that_is_a_link_is_not_followed(run: Path) -> None:
    """Attack: a link to any file of the person's."""
    with published(run) as own:
        elsewhere = run.parent / "elsewhere"
        elsewhere.write_bytes(wire(replace(own.endpoint, id="000000")))
        elsewhere.chmod(0o600)
        (run / "g-000000.json").symlink_to(elsewhere)
        assert list(find(str(run)).faults) == ["000000"]


@posix
def test_what_a_killed_guard_left_is_cleared_away(run: Path) -> None:
    """The system takes the lock away, however a process ends; its pid lives on (pid 1)."""
    with holder(run, "7f3a9c", pid=1) as guard:
        assert not clear_if_dead(str(run), "7f3a9c")
        guard.send_signal(signal.SIGKILL)
        guard.wait()
        assert len(files(run)) == 3
        assert clear_if_dead(str(run), "7f3a9c")
        assert files(run) == []


@posix
def test_a_live_guard_with_the_pid_of_a_dead_one_is_left_alone(run: Path) -> None:
    """Attack of chance: numbers of processes are given again."""
    with holder(run, "aaaaaa", pid=4711) as dead, holder(run, "bbbbbb", pid=4711) as live:
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        sweep(str(run))
        assert live.poll() is None
        assert list(find(str(run)).endpoints) == ["bbbbbb"]


@posix
def test_two_finders_at_once_clear_each_dead_guard_and_no_live_one(run: Path) -> None:
    names = [f"dead{number:02}" for number in range(30)]
    for name in names:
        with published(run, name) as own:
            text = wire(own.endpoint)
        (run / f"g-{name}.json").write_bytes(text)
        (run / f"g-{name}.json").chmod(0o600)
        (run / f"g-{name}.lock").touch(0o600)
    with published(run, "live"):
        finders = [python("-c", FINDER, str(run)) for _ in range(2)]
        for finder in finders:
            assert finder.stdout is not None
            assert finder.stdout.readline() == "ready\n"
        for finder in finders:
            assert finder.stdin is not None
            finder.stdin.write("go\n")
            finder.stdin.flush()
        assert [finder.wait(30) for finder in finders] == [0, 0]
        for finder in finders:
            finder.communicate()
        sweep(str(run))
        assert files(run) == ["g-live.json", "g-live.lock", "g-live.sock"]


def test_a_lock_without_an_endpoint_is_cleared_away_too(run: Path) -> None:
    """A guard that was killed at its very beginning."""
    run.mkdir(0o700)
    (run / "g-7f3a9c.lock").touch(0o600)
    sweep(str(run))
    assert files(run) == []


@posix
def test_clearing_removes_no_file_that_an_endpoint_merely_names(run: Path) -> None:
    """Attack: a damaged endpoint file that names a file of the person's as its socket."""
    precious = run.parent / "g-7f3a9c.sock"
    precious.write_text("precious")
    with published(run) as own:
        text = wire(replace(own.endpoint, unix=str(precious)))
    path = run / "g-7f3a9c.json"
    path.write_bytes(text)
    path.chmod(0o600)
    assert clear_if_dead(str(run), "7f3a9c")
    assert precious.read_text() == "precious"


@posix
def test_a_lock_file_that_was_replaced_meanwhile_is_not_held(tmp_path: Path) -> None:
    """Attack of chance: a finder removes the file between its opening and its locking."""
    path = tmp_path / "lock"
    lock = alive.hold(str(path))
    assert lock is not None
    assert alive.hold(str(path)) is None
    path.unlink()
    other = alive.hold(str(path))
    assert other is not None
    alive.let_go(str(path), other)
    os.close(lock)


def test_a_lock_in_a_folder_that_is_gone_is_no_dead_guard(tmp_path: Path) -> None:
    assert not alive.clear_if_dead(str(tmp_path / "missing" / "lock"), tmp_path.rmdir)
    assert tmp_path.is_dir()


@posix
def test_a_run_folder_that_leads_nowhere_is_a_fault(run: Path) -> None:
    run.symlink_to("nowhere")
    with pytest.raises(ControlFault, match="cannot be reached"):
        find(str(run))


@posix
def test_an_endpoint_file_that_cannot_be_written_leaves_nothing_behind(run: Path) -> None:
    """A guard without consoles is no reason for a socket that nobody serves."""
    (run / "g-7f3a9c.json.new").mkdir(parents=True, mode=0o700)
    run.chmod(0o700)
    with pytest.raises(ControlFault, match="the endpoint file cannot be written"):
        publish(str(run), guard_view(), "", None)
    assert files(run) == ["g-7f3a9c.json.new"]


@posix
def test_a_lock_that_cannot_be_made_is_a_fault_and_no_dead_guard(run: Path) -> None:
    (run / "g-7f3a9c.lock").mkdir(parents=True)
    run.chmod(0o700)
    with pytest.raises(ControlFault, match="cannot be used"):
        publish(str(run), guard_view(), "", None)
    assert not clear_if_dead(str(run), "7f3a9c")
    assert find(str(run)) == ({}, {})


@posix
def test_an_endpoint_file_that_is_a_pipe_or_endless_is_not_read(run: Path) -> None:
    """Attack: a console that hangs on a pipe, or reads for ever."""
    run.mkdir(0o700)
    os.mkfifo(run / "g-aaaaaa.json", 0o600)
    (run / "g-bbbbbb.json").write_bytes(b"{" * 100_000)
    (run / "g-bbbbbb.json").chmod(0o600)
    faults = find(str(run)).faults
    assert [fault.what for fault in faults.values()] == ["this is no endpoint file"] * 2


def test_the_address_of_an_endpoint_reads_as_a_place(run: Path) -> None:
    with published(run) as own:
        assert str(replace(own.endpoint, unix=None, port=7).address) == "127.0.0.1:7"
