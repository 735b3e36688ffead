"""The conformance server, loaded once: each process that is started is a fork of it.

Run as `python -m tests.conformance.prefork SOCKET`; it says when it is ready, and serves until its
stdin ends. Loading the official SDK takes seconds of a processor, and the suite starts a server for
each of its sessions. `door.py` is the command of such a server. It knows nothing of localguard.
"""

import os
import selectors
import signal
import socket
import sys
from typing import NoReturn

import anyio
import click

from tests.conformance.server import main

STREAMS = 3


def serve(connection: socket.socket) -> NoReturn:
    """Be the server behind a door: its streams are those of this process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(connection, 1, STREAMS)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    anyio.run(main)
    os._exit(0)


def listen(path: str) -> None:
    """Fork for whoever comes, until nobody is there any more who has started this."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as waiting:
        listening.bind(path)
        listening.listen()
        click.echo("ready")
        waiting.register(sys.stdin, selectors.EVENT_READ)
        waiting.register(listening, selectors.EVENT_READ)
        while all(key.fileobj is listening for key, _ in waiting.select()):
            connection, _ = listening.accept()
            with connection:
                if os.fork() == 0:
                    serve(connection)


if __name__ == "__main__":
    listen(sys.argv[1])
