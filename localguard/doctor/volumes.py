"""What kind of file system a folder lies on: over a network locks and renames keep no promise."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

NETWORK: Final = frozenset(
    {
        "9p", "afpfs", "afs", "ceph", "cifs", "davfs", "fuse.rclone", "fuse.s3fs",
        "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "osxfuse", "smb3",
        "smbfs", "vboxsf", "virtiofs", "webdav", "network",
    }
)  # fmt: skip
"""Names of kinds, as Linux and macOS have them; `network` is what Windows is told of by us."""
_MOUNT: Final = "/sbin/mount"
_SECONDS: Final = 5.0
_LISTED: Final = re.compile(r".* on (?P<at>/.*) \((?P<kind>[^,)]+)[,)]")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_DRIVE_REMOTE: Final = 4
"""GetDriveTypeW of Windows."""


def deepest(path: str, mounts: Iterable[tuple[str, str]]) -> str | None:
    """The kind of the mount that a path lies below; of those at one place the last counts."""
    best, kind = "", None
    for at, one in mounts:
        below = path == at or path.startswith(at.rstrip("/") + "/")
        if below and len(at) >= len(best):
            best, kind = at, one
    return kind


def read_mountinfo(text: str) -> Iterator[tuple[str, str]]:
    """Places and kinds in /proc/self/mountinfo (proc(5))."""
    for line in text.splitlines():
        before, sign, after = line.partition(" - ")
        fields = before.split(" ")
        if sign and len(fields) > 4 and after:
            yield _OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[4]), after.split(" ")[0]


def read_mount(text: str) -> Iterator[tuple[str, str]]:
    """Places and kinds in what mount(8) of macOS prints."""
    for line in text.splitlines():
        if (found := _LISTED.match(line)) is not None:
            yield found["at"], found["kind"]


if sys.platform == "linux":

    def _mounts() -> Iterator[tuple[str, str]]:
        with (
            suppress(OSError),
            open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file,
        ):
            yield from read_mountinfo(file.read())

else:

    def _mounts() -> Iterator[tuple[str, str]]:
        with suppress(OSError, subprocess.SubprocessError):
            ended = subprocess.run(  # noqa: S603 -- a fixed program
                [_MOUNT],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=True,
            )
            yield from read_mount(ended.stdout.decode("utf-8", "replace"))


if sys.platform == "win32":
    import ctypes

    def kind_of(path: str) -> str | None:
        """The kind of the file system that a path lies on; None where nobody tells."""
        drive = os.path.splitdrive(os.path.realpath(path))[0]
        remote = drive.startswith("\\\\") or (
            ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _DRIVE_REMOTE
        )
        return "network" if remote else "local"

else:

    def kind_of(path: str) -> str | None:
        """The kind of the file system that a path lies on; None where nobody tells."""
        return deepest(os.path.realpath(path), _mounts())
