"""The descriptors that the client gave to the guard, kept where nothing else finds them."""

import os
from typing import NamedTuple


class Client(NamedTuple):
    """The client: descriptors of the wire, and the pid of the process that started the guard."""

    stdin: int
    stdout: int
    pid: int


def take_wire() -> Client:
    """The client's wire on private descriptors: no stray `print` or child can touch it any more.

    Descriptor 0 becomes the null device and 1 becomes stderr.
    """
    null = os.open(os.devnull, os.O_RDWR)
    if not _is_open(2):
        # Else the wire itself would get the number to which complaints are written.
        os.dup2(null, 2)
    client = Client(os.dup(0), os.dup(1), os.getppid())
    os.dup2(null, 0)
    if null > 2:
        os.close(null)
    os.dup2(2, 1)
    return client


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
