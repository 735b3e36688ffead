"""A person is told that a call waits, when nobody looks: a notification of the desktop.

Its text is fixed, since what a server says must never stand on a desktop, and it takes no answer.
Of all guards of a person one a minute calls. A client starts a guard without the address of the
session bus, so that follows from the user's number. Whatever fails is told as a value: nothing that
is decided depends on it.
"""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import anyio
from anyio import to_thread

from localguard.control.alive import hold

TITLE: Final = "localguard"
TEXT: Final = "localguard: a call waits for your approval. Run localguard in a terminal."
PAUSE: Final = 60.0
"""Seconds between two notifications of one person."""
PATIENCE: Final = 5.0
"""Seconds for the program that shows one."""

_LOCK: Final = "attention.lock"
_STAMP: Final = 32
"""Bytes of the stamp: the seconds since the epoch at which one was shown."""
_PROGRAMS: Final = ("/usr/bin", "/bin", "/run/current-system/sw/bin")
"""Where programs are looked for: no folder of a person's own, whatever the client's PATH says."""
_BUS: Final = "org.freedesktop.Notifications"

_NOTIFY_SEND: Final = ("--app-name", TITLE, TITLE, TEXT)
_GDBUS: Final = (
    *("call", "--session", "--timeout", "4", "--dest", _BUS),
    *("--object-path", "/org/freedesktop/Notifications", "--method", f"{_BUS}.Notify"),
    *(TITLE, "uint32 0", "", TITLE, TEXT, "@as []", "@a{sv} {}", "int32 -1"),
)
"""In the text format of GVariant, with types: a bare -1 would be an option of the program."""
_OSASCRIPT: Final = ("-e", f'display notification "{TEXT}" with title "{TITLE}"')


@dataclass(frozen=True, slots=True)
class Desktop:
    """What shows a notification: programs with their arguments, the folders they are looked for in.

    `runtime` is the folder of the user's session bus, None where there is no such bus.
    """

    ways: Sequence[tuple[str, Sequence[str]]]
    runtime: str | None = None
    programs: Sequence[str] = _PROGRAMS


def desktop(platform: str = sys.platform, uid: int | None = None) -> Desktop:
    """The desktop of a system; without ways to show anything on Windows."""
    if platform == "darwin":
        return Desktop([("osascript", _OSASCRIPT)])
    if platform == "win32":
        return Desktop([])
    user = _user() if uid is None else uid
    return Desktop([("notify-send", _NOTIFY_SEND), ("gdbus", _GDBUS)], f"/run/user/{user}")


class Attention:
    """Calls for a person. `folder` is private to them and the same for all of their guards."""

    def __init__(
        self,
        folder: str,
        desktop: Desktop | None = None,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
    ) -> None:
        self._lock = os.path.join(folder, _LOCK)
        self._desktop = _here() if desktop is None else desktop
        self._clock = clock
        self._patience = patience

    async def call(self) -> str | None:
        """Show the notification; why none is shown, None where one is.

        Returns within `PATIENCE`, and may be cancelled.
        """
        found = self._way()
        if isinstance(found, str):
            return found
        refusal = await to_thread.run_sync(self._take_turn)
        return refusal if refusal is not None else await self._show(*found)

    def _way(self) -> tuple[list[str], Mapping[str, str]] | str:
        """The command that shows a notification and its environment, or why there is none."""
        desktop = self._desktop
        argv = next(
            ([path, *arguments] for name, arguments in desktop.ways if (path := self._find(name))),
            None,
        )
        if argv is None:
            return "this system has no program that shows a notification"
        environment = {"PATH": os.pathsep.join(desktop.programs), "LC_ALL": "C.UTF-8"}
        if desktop.runtime is None:
            return argv, environment
        bus = os.path.join(desktop.runtime, "bus")
        if not _is_own_socket(bus):
            return "the user has no session bus"
        address = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus}"}
        return argv, {**environment, **address, "XDG_RUNTIME_DIR": desktop.runtime}

    def _find(self, name: str) -> str | None:
        paths = (os.path.join(folder, name) for folder in self._desktop.programs)
        return next((path for path in paths if os.access(path, os.X_OK)), None)

    def _take_turn(self) -> str | None:
        """Write down that one is shown now; why it is not this guard's turn, None where it is."""
        try:
            descriptor = hold(self._lock)
        except OSError as error:
            return f"when the last notification was shown cannot be told ({error.strerror})"
        if descriptor is None:
            return "another guard is showing a notification"
        try:
            return self._stamp(descriptor)
        except OSError as error:
            return f"when a notification is shown cannot be written down ({error.strerror})"
        finally:
            os.close(descriptor)

    def _stamp(self, descriptor: int) -> str | None:
        now = self._clock()
        os.lseek(descriptor, 0, os.SEEK_SET)
        # A stamp of a later time was written before the clock was set back.
        if 0 <= now - _seconds(os.read(descriptor, _STAMP)) < PAUSE:
            return "a notification was shown less than a minute ago"
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{now:<{_STAMP}.3f}".encode("ascii"))
        return None

    async def _show(self, argv: list[str], environment: Mapping[str, str]) -> str | None:
        name = os.path.basename(argv[0])
        with anyio.move_on_after(self._patience):
            try:
                done = await anyio.run_process(
                    argv,
                    check=False,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env=environment,
                    start_new_session=True,
                )
            except OSError as error:
                return f"{name} cannot be started ({error.strerror})"
            return None if done.returncode == 0 else f"{name} has failed (code {done.returncode})"
        return f"{name} has not ended in {self._patience:g} s"


def _here() -> Desktop:
    return desktop()


def _user() -> int:
    if sys.platform == "win32":
        return -1
    return os.geteuid()


def _is_own_socket(path: str) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == _user()


def _seconds(stamp: bytes) -> float:
    """The time of a stamp; long ago for none."""
    try:
        return float(stamp.decode("ascii").strip())
    except ValueError:
        return 0.0
