"""Pieces of a segment that begin and end where lines do.

No more than `MOST` bytes are in memory at a time, whatever a file holds: of a longer line each such
piece passes for a line, and a damaged one. Knows bytes and no record.
"""

import os
from contextlib import ExitStack
from typing import BinaryIO, Final, NamedTuple, Self

MOST: Final = 1 << 24
_GROWTH: Final = 4
_SMALL: Final = 1 << 12
_MOST_OPEN: Final = 32


class Block(NamedTuple):
    """Lines as they stand in a segment from the byte `begin` on."""

    begin: int
    data: bytes


def before(path: str, end: int, size: int) -> Block:
    """The lines that end at the byte `end`: about `size` bytes of them, and at least one line.

    Raises OSError.
    """
    with open(path, "rb") as file:
        while True:
            begin = max(0, end - size)
            data = _read(file, begin, end - begin)
            # The newline at the very end belongs to the last of these lines.
            cut = 0 if begin == 0 else data.find(b"\n", 0, -1) + 1
            if cut or begin == 0 or size >= MOST:
                return Block(begin + cut, data[cut:])
            size = min(size * _GROWTH, MOST)


def after(path: str, begin: int) -> Block:
    """The whole lines from the byte `begin` on, of as many bytes as fit; none if there are none.

    Raises OSError.
    """
    with open(path, "rb") as file:
        data = _read(file, begin, MOST)
    return Block(begin, data if len(data) == MOST and b"\n" not in data else _whole(data))


def torn(path: str, end: int) -> int:
    """How many bytes before `end` follow the last newline. Raises OSError."""
    if end == 0:
        return 0
    data = before(path, end, _SMALL).data
    return len(data) - len(_whole(data))


class Lines:
    """Single lines of several files, which stay open until all is read."""

    __slots__ = ("_files", "_stack")

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._files: dict[str, BinaryIO] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._files.clear()
        self._stack.close()

    def line(self, path: str, begin: int) -> bytes:
        """The line that begins there, with its newline if it has one.

        Nothing beyond the end, and nothing of a file that cannot be read.
        """
        try:
            file = self._files.get(path) or self._open(path)
            file.seek(begin)
            return file.readline(MOST)
        except OSError:
            return b""

    def _open(self, path: str) -> BinaryIO:
        if len(self._files) >= _MOST_OPEN:
            self.__exit__()
        file = self._files[path] = self._stack.enter_context(open(path, "rb"))  # noqa: SIM115
        return file


def lines_between(path: str, begin: int, end: int) -> int:
    """How many lines end between two bytes. Raises OSError."""
    count = 0
    with open(path, "rb") as file:
        for at in range(begin, end, MOST):
            count += _read(file, at, min(MOST, end - at)).count(b"\n")
    return count


def size_of(path: str) -> int:
    """How many bytes the file has. Raises OSError."""
    return os.stat(path).st_size


def _whole(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]


def _read(file: BinaryIO, begin: int, size: int) -> bytes:
    file.seek(begin)
    return file.read(size)
