"""Starts a program whose writes and syncs wait for a verdict from outside.

Run as `python trapped.py SOCKET NUMBERS OPENING COMMAND...`. A filter of the kernel (seccomp(2),
SECCOMP_RET_USER_NOTIF) stops the system calls NUMBERS on any descriptor but the first three, and
OPENING, an openat, where it may make a file. Whoever listens at SOCKET gets the filter's
descriptor, and says of each call whether it goes on or fails.
"""

import array
import ctypes
import os
import platform
import socket
import struct
import sys

SECCOMP = {"x86_64": 317, "aarch64": 277}
NO_NEW_PRIVS = 38
SET_MODE_FILTER = 1
NEW_LISTENER = 8

LOAD, IF_EQUAL, IF_ABOVE, IF_SET, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
NUMBER, FIRST_ARGUMENT, THIRD_ARGUMENT = 0, 16, 32
ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000

Step = tuple[int, int, int, int]


def program(numbers: list[int], opening: int) -> bytes:
    """The filter in classic BPF: steps of a code, two jumps counted from the next, a value."""
    count = len(numbers)
    steps: list[Step] = [(LOAD, 0, 0, NUMBER)]
    steps += [(IF_EQUAL, count + 1 - at, 0, number) for at, number in enumerate(numbers)]
    steps += [
        (IF_EQUAL, 3, 0, opening),
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (IF_ABOVE, 3, 2, 2),
        (LOAD, 0, 0, THIRD_ARGUMENT),
        (IF_SET, 1, 0, os.O_CREAT),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, NOTIFY),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def install(code: bytes) -> int:
    """Put this process under the filter; the descriptor to listen at. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    steps = ctypes.create_string_buffer(code, len(code))
    filter_ = struct.pack("@HP", len(code) // 8, ctypes.addressof(steps))
    if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    found: int = libc.syscall(SECCOMP[platform.machine()], SET_MODE_FILTER, NEW_LISTENER, filter_)
    if found < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return found


def main() -> None:
    """Hand the descriptor over, then become the command."""
    place, numbers, opening, *command = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.connect(place)
        found = install(program([int(number) for number in numbers.split(",")], int(opening)))
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [found]))]
        listener.sendmsg([b"."], rights)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
