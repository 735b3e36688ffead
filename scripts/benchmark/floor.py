"""Relays that only relay: what any guard in Python pays before it has looked at anything.

floor.py raw|json|streams COMMAND...

`raw` passes bytes on, on descriptors that the event loop watches; `json` also parses every line and
writes it anew; `streams` does the same on the streams of asyncio. None has an error path.
"""

import asyncio
import json
import os
import subprocess
import sys
from typing import IO, Any

CHUNK = 65536
LIMIT = 1 << 26
encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def rewritten(line: bytes) -> bytes:
    """The line after a parser and a writer."""
    return encode(json.loads(line)).encode("ascii") + b"\n"


def write_all(fd: int, data: bytes) -> None:
    """Block until everything is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def pump(loop: asyncio.AbstractEventLoop, source: int, sink: int, *, parse: bool) -> None:
    """Pass on what `source` has, until it ends."""
    kept: list[bytes] = []

    def ready() -> None:
        chunk = os.read(source, CHUNK)
        if not chunk:
            loop.stop()
        elif not parse:
            write_all(sink, chunk)
        elif b"\n" in chunk:
            *lines, rest = b"".join((*kept, chunk)).split(b"\n")
            kept[:] = [rest] if rest else []
            for line in lines:
                write_all(sink, rewritten(line))
        else:
            kept.append(chunk)

    loop.add_reader(source, ready)


def on_descriptors(child: "subprocess.Popen[bytes]", *, parse: bool) -> None:
    """The relays `raw` and `json`."""
    assert child.stdin is not None
    assert child.stdout is not None
    loop = asyncio.new_event_loop()
    pump(loop, 0, child.stdin.fileno(), parse=parse)
    pump(loop, child.stdout.fileno(), 1, parse=parse)
    loop.run_forever()


async def on_streams(child: "subprocess.Popen[bytes]") -> None:
    """The relay `streams`."""
    there = asyncio.create_task(_copy(sys.stdin, child.stdin))
    back = asyncio.create_task(_copy(child.stdout, sys.stdout))
    await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)


async def _copy(source: IO[Any] | None, sink: IO[Any] | None) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
    transport, flow = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sink)
    writer = asyncio.StreamWriter(transport, flow, None, loop)
    while line := await reader.readline():
        writer.write(rewritten(line))
        await writer.drain()


def main(kind: str, command: list[str]) -> None:
    """Relay until one side ends."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    try:
        if kind == "streams":
            asyncio.run(on_streams(child))
        else:
            on_descriptors(child, parse=kind == "json")
    finally:
        child.kill()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
