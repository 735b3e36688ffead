"""A person is called, by a fixed text, once a minute; and nothing waits for it."""

import os
import socket
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest

from localguard.control.attention import PAUSE, TEXT, Attention, Desktop, desktop

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no notification here")
TOLD = (
    '#!/bin/sh\nPATH=/usr/bin:/bin\nprintf \'%s\\n\' "$@" >"{0}"\n'
    'printf \'%s\\n\' "$DBUS_SESSION_BUS_ADDRESS" "$HOME" >>"{0}"\nreadlink /proc/$$/fd/0 >>"{0}"\n'
)


class Room:
    """A desktop of a test: programs in a folder, a session bus, a clock, and what was shown."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.shown = folder / "shown"
        self.runtime = runtime
        self.now = 1_000_000.0

    def install(self, name: str = "notify-send", script: str = TOLD) -> None:
        path = self.programs / name
        path.write_text(script.replace("{0}", str(self.shown)), encoding="utf-8")
        path.chmod(0o755)

    def attention(self, patience: float = 20.0) -> Attention:
        """A guard's; all of them share a folder."""
        real = desktop("linux")
        there = Desktop(real.ways, str(self.runtime), [str(self.programs)])
        return Attention(str(self.folder), there, lambda: self.now, patience)


@pytest.fixture
def room(tmp_path: Path) -> Generator[Room]:
    with (
        tempfile.TemporaryDirectory(prefix="lg-") as folder,
        socket.socket(socket.AF_UNIX) as bus,
    ):
        bus.bind(f"{folder}/bus")
        yield Room(tmp_path, Path(folder))


async def test_a_person_is_called_by_a_fixed_text(room: Room) -> None:
    """Promise: nothing of a server's, no standard streams, and the bus by the user's number."""
    room.install()
    assert await room.attention().call() is None
    told = room.shown.read_text("utf-8").splitlines()
    assert told[:4] == ["--app-name", "localguard", "localguard", TEXT]
    assert told[4:6] == [f"unix:path={room.runtime}/bus", ""]
    if sys.platform == "linux":
        assert told[6] == "/dev/null"


async def test_all_guards_call_once_a_minute(room: Room) -> None:
    """Promise: ten guards with held calls are one notification."""
    room.install()
    first, second = room.attention(), room.attention()
    assert await first.call() is None
    room.now += PAUSE - 1
    assert await second.call() == "a notification was shown less than a minute ago"
    room.now += 2
    assert await second.call() is None


async def test_of_two_at_once_one_calls(room: Room) -> None:
    """Two guards hold a call in the same moment."""
    room.install()
    said: list[str | None] = []

    async def call() -> None:
        said.append(await room.attention().call())

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(call)
    assert said.count(None) == 1


async def test_a_clock_that_was_set_back_does_not_silence(room: Room) -> None:
    """A stamp from the future, and one that is none."""
    room.install()
    assert await room.attention().call() is None
    room.now -= 10 * PAUSE
    assert await room.attention().call() is None
    (room.folder / "attention.lock").write_bytes(b"junk")
    assert await room.attention().call() is None


async def test_the_second_way_is_taken_where_the_first_is_missing(room: Room) -> None:
    """gdbus comes with GLib, notify-send often does not come at all."""
    room.install("gdbus")
    assert await room.attention().call() is None
    told = room.shown.read_text("utf-8").splitlines()
    assert told[0] == "call"
    after = told[told.index("org.freedesktop.Notifications.Notify") + 1 :]
    assert after[3:5] == ["localguard", TEXT]
    assert not any(word.startswith("-") for word in after[:8])


async def test_why_nothing_was_shown_is_told(room: Room) -> None:
    """No program, no bus, a program that fails: each a value, never an exception."""
    attention = room.attention()
    assert await attention.call() == "this system has no program that shows a notification"
    room.install(script="#!/bin/sh\nexit 3\n")
    assert await attention.call() == "notify-send has failed (code 3)"
    room.now += 2 * PAUSE
    room.install(script="#!/no/such/shell\n")
    assert str(await attention.call()).startswith("notify-send cannot be started")
    (room.runtime / "bus").unlink()
    assert await attention.call() == "the user has no session bus"
    (room.runtime / "bus").write_text("")
    assert await attention.call() == "the user has no session bus"


async def test_a_folder_that_cannot_be_written_to_is_told(room: Room) -> None:
    """Without a stamp every guard would call, so none does."""
    room.install()
    (room.folder / "attention.lock").mkdir()
    assert str(await room.attention().call()).startswith("when the last notification was shown")


async def test_a_program_that_hangs_is_ended(room: Room) -> None:
    """Attack: a notification daemon that never answers; nothing of it stays behind."""
    room.install(script='#!/bin/sh\necho $$ >"{0}"\nexec /bin/sleep 60\n')
    with anyio.fail_after(20):
        assert await room.attention(0.5).call() == "notify-send has not ended in 0.5 s"
    pid = int(room.shown.read_text("utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give away")
async def test_another_users_bus_is_not_spoken_to(room: Room) -> None:
    """Attack: whoever owns the socket would see the calls, and could answer."""
    room.install()
    os.chown(room.runtime / "bus", 65534, 65534)
    assert await room.attention().call() == "the user has no session bus"


def test_each_system_has_its_way() -> None:
    """A fixed text, and no program from a folder of the person's own."""
    assert desktop("linux", 1000).runtime == "/run/user/1000"
    ((name, words),) = desktop("darwin").ways
    assert (name, f'display notification "{TEXT}"' in words[1]) == ("osascript", True)
    assert desktop("win32").ways == []
    assert all(path.startswith(("/usr/", "/bin", "/run/")) for path in desktop("linux").programs)
