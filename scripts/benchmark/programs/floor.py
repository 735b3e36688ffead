"""Relays that only relay: what any guard in Python pays before it has looked at anything.

floor.py fd-bytes|fd-parse|fd-json|streams-json COMMAND...

`fd-bytes` passes bytes on, on descriptors that the event loop of asyncio watches. `fd-parse` also
parses each message and passes on what came; `fd-json` writes it anew. `streams-json` does that
on the streams of asyncio. None has an error path.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import IO, Any

CHUNK = 65536
LIMIT = 1 << 27
Codec = Callable[[bytes], bytes]
encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def parsed(line: bytes) -> bytes:
    """The line after a parser has seen it."""
    json.loads(line)
    return line + b"\n"


def rewritten(line: bytes) -> bytes:
    """The line after a parser and a writer."""
    return encode(json.loads(line)).encode("ascii") + b"\n"


def write_all(fd: int, data: bytes) -> None:
    """Block until everything is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def bytes_from(source: int, sink: int) -> Callable[[], bool]:
    """A step that passes on what `source` has; False at its end."""

    def step() -> bool:
        chunk = os.read(source, CHUNK)
        write_all(sink, chunk)
        return bool(chunk)

    return step


def lines_from(source: int, sink: int, codec: Codec) -> Callable[[], bool]:
    """The same for whole lines, each through `codec`."""
    kept: list[bytes] = []

    def step() -> bool:
        chunk = os.read(source, CHUNK)
        kept.append(chunk)
        if b"\n" in chunk:
            *lines, rest = b"".join(kept).split(b"\n")
            kept[:] = [rest] if rest else []
            for line in lines:
                write_all(sink, codec(line))
        return bool(chunk)

    return step


def on_descriptors(child: "subprocess.Popen[bytes]", codec: Codec | None) -> None:
    """The relays on raw descriptors."""
    assert child.stdin is not None
    assert child.stdout is not None
    loop = asyncio.new_event_loop()
    for source, sink in ((0, child.stdin.fileno()), (child.stdout.fileno(), 1)):
        step = lines_from(source, sink, codec) if codec else bytes_from(source, sink)
        loop.add_reader(source, _unless_done, loop, step)
    loop.run_forever()


def _unless_done(loop: asyncio.AbstractEventLoop, step: Callable[[], bool]) -> None:
    if not step():
        loop.stop()


async def on_streams(child: "subprocess.Popen[bytes]", codec: Codec) -> None:
    """The relay on the streams of asyncio."""
    there = asyncio.create_task(_copy(sys.stdin, child.stdin, codec))
    back = asyncio.create_task(_copy(child.stdout, sys.stdout, codec))
    await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)


async def _copy(source: IO[Any] | None, sink: IO[Any] | None, codec: Codec) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
    transport, flow = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sink)
    writer = asyncio.StreamWriter(transport, flow, None, loop)
    while line := await reader.readline():
        writer.write(codec(line))
        await writer.drain()


def main(kind: str, command: list[str]) -> None:
    """Relay until one side ends."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    try:
        if kind == "streams-json":
            asyncio.run(on_streams(child, rewritten))
        else:
            codecs = {"fd-bytes": None, "fd-parse": parsed, "fd-json": rewritten}
            on_descriptors(child, codecs[kind])
    finally:
        child.kill()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
