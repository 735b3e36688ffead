"""What ps(1), getsid(2) and macOS's libproc tell of a process, where there is no /proc.

By ctypes and by a fixed program; a call that is missing or refused gives None.
"""

import sys

if sys.platform == "win32":
    raise ImportError("processes.posix is for POSIX")

import ctypes
import os
import subprocess
from collections.abc import Mapping
from typing import Final

_PS: Final = "/bin/ps"
_PATIENCE: Final = 2.0
_NO_TERMINAL: Final = frozenset({"?", "??", "-"})
_LONGEST_PATH: Final = 4096
"""PROC_PIDPATHINFO_MAXSIZE of sys/proc_info.h."""
_CTL_KERN: Final = 1
_KERN_PROCARGS2: Final = 49
"""sysctl(3) of macOS: the arguments and the environment that a process began with."""
_MOST_ARGUMENTS: Final = 1 << 20
"""ARG_MAX of macOS."""


def place(pid: int) -> tuple[int | None, int, str | None] | None:
    """User, session and terminal of a process; the user is None where real and effective differ."""
    try:
        session = os.getsid(pid)
        found = subprocess.run(  # noqa: S603 -- a fixed program, and a number
            [_PS, "-o", "uid=,ruid=,tty=", "-p", str(pid)],
            env={"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    told = read_row(found.stdout.decode("utf-8", "replace"))
    return None if told is None else (told[0], session, told[1])


def read_row(row: str) -> tuple[int | None, str | None] | None:
    """One row of `ps -o uid=,ruid=,tty=`."""
    fields = row.split()
    if len(fields) != 3 or not (fields[0].isdecimal() and fields[1].isdecimal()):
        return None
    uid = int(fields[0]) if fields[0] == fields[1] else None
    return uid, None if fields[2] in _NO_TERMINAL else fields[2]


def program(pid: int) -> str | None:
    """The file that a process runs, without its folder, by proc_pidpath(3)."""
    library = _system()
    if library is None or not hasattr(library, "proc_pidpath"):
        return None
    path = ctypes.create_string_buffer(_LONGEST_PATH)
    length = library.proc_pidpath(ctypes.c_int(pid), path, ctypes.c_uint32(_LONGEST_PATH))
    return os.path.basename(os.fsdecode(path.value)) if length > 0 else None


if sys.platform == "darwin":

    def environment(pid: int) -> Mapping[str, str] | None:
        """The environment that a process began with; empty where macOS keeps it back."""
        library = _system()
        if library is None:
            return None
        name = (ctypes.c_int * 3)(_CTL_KERN, _KERN_PROCARGS2, pid)
        raw = ctypes.create_string_buffer(_MOST_ARGUMENTS)
        size = ctypes.c_size_t(_MOST_ARGUMENTS)
        end, count = ctypes.c_size_t(0), ctypes.c_uint(3)
        if library.sysctl(name, count, raw, ctypes.byref(size), None, end):
            return None
        return read_arguments(raw.raw[: size.value])

else:

    def environment(pid: int) -> Mapping[str, str] | None:
        """The environment of this process; no other's is told here."""
        return dict(os.environ) if pid == os.getpid() else None


def read_arguments(raw: bytes) -> dict[str, str] | None:
    """What KERN_PROCARGS2 gives: a count, the path, padding, that many arguments, the rest."""
    width = ctypes.sizeof(ctypes.c_int)
    if len(raw) < width:
        return None
    count = int.from_bytes(raw[:width], sys.byteorder)
    words = raw[width:].partition(b"\0")[2].lstrip(b"\0").split(b"\0")
    found: dict[str, str] = {}
    for entry in words[count:]:
        name, sign, value = entry.partition(b"=")
        if sign:
            found.setdefault(os.fsdecode(name), os.fsdecode(value))
    return found


def _system() -> ctypes.CDLL | None:
    """What is linked into every process, on macOS libSystem with all of the above."""
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None
