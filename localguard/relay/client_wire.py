"""The descriptors that the client gave to the guard, kept where nothing else finds them."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """The client: descriptors of the wire, and the pid of the process that started the guard."""

    stdin: int
    stdout: int
    pid: int


def take_wire() -> Client:
    """The client's wire on private descriptors: no stray `print` or child can touch it any more.

    Descriptor 0 becomes the null device and 1 becomes stderr.
    """
    client = Client(os.dup(0), os.dup(1), os.getppid())
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return client
