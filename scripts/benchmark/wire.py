"""The client: one process on raw pipes, asked and waited for. Parses no JSON on the timed path."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType

from scripts.benchmark.eras import LEGACY, Era
from scripts.benchmark.last_words import LastWords

CHUNK = 1 << 16
FIRST_ID = 10_000_000
"""Above the ids that a server gives its own requests, and of one width."""

PATIENCE = 60.0
"""Seconds for what is asked of a subject in one go; then it is ended."""


def echo(size: int) -> str:
    """A call whose request and result carry a text of `size` characters."""
    return f'{{"name":"echo","arguments":{{"text":"{"w" * size}"}}}}'


def blob(size: int) -> str:
    """A call whose result alone carries a text of `size` characters."""
    return f'{{"name":"blob","arguments":{{"text":"","size":{size}}}}}'


SMALL = echo(100)


class Broken(Exception):
    """A subject that does not do what is measured."""


def need_good(method: str, answer: bytes) -> None:
    """Raise Broken for an answer that tells of an error."""
    dense = answer.replace(b" ", b"")
    if b'"result":' not in dense or b'"isError":true' in dense:
        raise Broken(f"{method}: {answer[:400].decode('utf-8', 'replace')}")


class Wire:
    """A started subject. What goes wrong with it is raised as Broken."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        patience: float = PATIENCE,
        era: Era = LEGACY,
    ) -> None:
        self.begin = time.perf_counter()
        self._words = LastWords()
        self.child = _started(command, env, self._words)
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self._in, self._out = self.child.stdin.fileno(), self.child.stdout.fileno()
        self._patience = patience
        self._era = era
        self._next_id = FIRST_ID
        self._late = False

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def initialize(self) -> float:
        """The first request, up to its answer: seconds since the process was started."""
        with self._watched():
            self._good(self._era.greeting, self._era.params)
            return time.perf_counter() - self.begin

    def ready(self, calls: int = 50) -> "Wire":
        """The whole handshake, a listing and some calls, so that everything is loaded and warm."""
        self.initialize()
        self.settle(calls)
        return self

    def settle(self, calls: int) -> None:
        """What follows the first request: the handshake's end, a listing and some calls."""
        with self._watched():
            if self._era.confirmation:
                os.write(self._in, self._era.confirmation)
            self._good("tools/list", "{}")
            for _ in range(calls):
                self._good("tools/call", SMALL)

    def timed(self, method: str, params: str, many: int = 1, gap: float = 0.0) -> list[float]:
        """Seconds from each request to its whole answer, `gap` seconds after the one before."""
        requests = [self._request(method, params) for _ in range(many)]
        times = []
        with self._watched(many * gap):
            for request, mark in requests:
                if gap:
                    time.sleep(gap)
                begin = time.perf_counter()
                self._exchange(request, mark)
                times.append(time.perf_counter() - begin)
        return times

    def together(self, params: str, many: int) -> float:
        """Seconds from the first of so many calls to the last answer; all are open at once."""
        return many / self.flood(many, many, params)

    def flood(self, calls: int, depth: int, params: str = SMALL) -> float:
        """Calls per second with `depth` of them open."""
        requests = [self._request("tools/call", params)[0] for _ in range(calls)]
        with self._watched():
            begin = time.perf_counter()
            os.write(self._in, b"".join(requests[:depth]))
            sent, answered = depth, 0
            while answered < calls:
                more = self._read().count(b"\n")
                answered += more
                if following := requests[sent : sent + more]:
                    os.write(self._in, b"".join(following))
                    sent += more
            took = time.perf_counter() - begin
            if self._good("tools/call", SMALL) or answered > calls:
                raise Broken("it says more than what it was asked for")
        return calls / took

    def _request(self, method: str, params: str) -> tuple[bytes, bytes]:
        """The frame, and what its answer holds."""
        number = self._next_id
        self._next_id += 1
        return self._era.frame(number, method, params), f"{number}".encode()

    def _good(self, method: str, params: str) -> int:
        """A request whose answer has to be a good one; how many other messages came before it."""
        answer, others = self._exchange(*self._request(method, params))
        need_good(method, answer)
        return others

    def _exchange(self, request: bytes, mark: bytes) -> tuple[bytes, int]:
        """The beginning of the answer; other messages before it are passed over."""
        os.write(self._in, request)
        others = 0
        while True:
            head = chunk = self._read()
            while not chunk.endswith(b"\n"):
                chunk = self._read()
            if mark in head or mark in chunk:
                return head, others + head.count(b"\n") - (head is chunk)
            others += 1

    def _read(self) -> bytes:
        chunk = os.read(self._out, CHUNK)
        if not chunk:
            said = self._words.text()
            raise Broken(f"it ended, saying: {said[:200]}" if said else "it ended")
        return chunk

    @contextmanager
    def _watched(self, more: float = 0.0) -> Iterator[None]:
        """End the subject when it takes `more` seconds and longer than there is patience for."""
        patience = self._patience + more
        watch = threading.Timer(patience, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            yield
        except (Broken, OSError) as broken:
            why = f"no answer within {patience:g} s" if self._late else str(broken)
            raise Broken(why) from broken
        finally:
            watch.cancel()

    def _give_up(self) -> None:
        self._late = True
        self.child.kill()


def _started(
    command: Sequence[str], env: Mapping[str, str], words: LastWords
) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=words.sink, bufsize=0, env=env, cwd=env["HOME"]
        )
    except OSError as error:
        raise Broken(f"it could not be started: {error}") from error
    finally:
        words.listen()
