"""What a client sees when it starts an entry: the handshake, the tools, what a call is answered.

A plain client of MCP over stdio (2025-11-25, transports: JSON lines), without tasks and without
callbacks: it answers a ping, and refuses whatever else the server asks for. Blocks; all of a trial
has one deadline. Nothing here knows what the entry starts.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from localguard import __version__, aside
from localguard.clients.trial_process import GRACE, MOST, TooLong, TooMuch, TrialProcess
from localguard.errors import ServerFault
from localguard.text import safe

VERSION: Final = "2025-11-25"
_MOST_PAGES: Final = 1000
_MOST_TOOLS: Final = 10_000
_STDERR: Final = 4096
_NOT_FOUND: Final = {"code": -32601, "message": "Method not found"}

Message = Mapping[str, object]


class TrialFault(ServerFault):
    """Raised when an entry does not start, ends early, is too slow, or does not speak MCP."""


class Trial:
    """An entry that was started. Each method raises TrialFault."""

    def __init__(self, process: TrialProcess, name: str, seconds: float) -> None:
        self._process = process
        self._name = name
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._last = 0

    @property
    def stderr(self) -> str:
        """The end of what it wrote to stderr: at most 4 KiB, and fit to be shown."""
        return safe(self._wrote, _STDERR)

    @property
    def stderr_lines(self) -> tuple[str, ...]:
        """The same line by line; one that is empty where it wrote nothing."""
        return tuple(safe(line, _STDERR) for line in self._wrote.split("\n"))

    def initialize(self) -> Message:
        """The result of `initialize` (lifecycle), after which the server is told to go on."""
        about = {"name": "localguard-trial", "version": __version__}
        asked = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": about}
        result = self._result("initialize", asked)
        self._send({"method": "notifications/initialized"})
        return result

    def tools(self) -> tuple[Message, ...]:
        """All pages of tools/list, within the limits of a trial: pages, tools, bytes, seconds."""
        found: list[Message] = []
        cursor: object = None
        for _ in range(_MOST_PAGES):
            page = self._result("tools/list", {} if cursor is None else {"cursor": cursor})
            listed = page.get("tools")
            if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
                raise self._fault("lists no tools, but something else")
            found += listed
            if len(found) > _MOST_TOOLS:
                raise self._fault(f"lists more than {_MOST_TOOLS} tools")
            cursor = page.get("nextCursor")
            if cursor is None:
                return tuple(found)
        raise self._fault(f"has no end of tools after {_MOST_PAGES} pages")

    def call(self, name: str, arguments: Message) -> Message:
        """The whole answer to a tools/call: it has a `result`, or an `error`."""
        return self._ask("tools/call", {"name": name, "arguments": dict(arguments)})

    def _result(self, method: str, params: Message) -> Message:
        answer = self._ask(method, params)
        result = answer.get("result")
        if isinstance(result, dict):
            return result
        error = answer.get("error")
        said = error.get("message") if isinstance(error, dict) else "neither a result nor an error"
        raise self._fault(f"answers {method} with: {safe(str(said))}")

    def _ask(self, method: str, params: Message) -> Message:
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        while True:
            message = self._message(method)
            if "method" in message:
                self._refuse(message)
            elif message.get("id") == self._last:
                return message

    def _refuse(self, message: Message) -> None:
        """Answer what the server asks of its client; a notification asks for nothing."""
        if "id" in message:
            pinged = message["method"] == "ping"
            said: Message = {"result": {}} if pinged else {"error": _NOT_FOUND}
            self._send({"id": message["id"], **said})

    def _send(self, message: Message) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
        try:
            aside.within(self._left(), lambda: self._process.write(line))
        except TimeoutError:
            raise self._late("reads nothing") from None
        except (OSError, ValueError):
            raise self._gone() from None

    def _message(self, method: str) -> Message:
        """The next line that is a message; servers that print beside the wire are forgiven."""
        while True:
            try:
                line = self._process.line(self._left())
            except TimeoutError:
                raise self._late(f"does not answer {method}") from None
            except TooLong:
                raise self._fault("writes a line without an end") from None
            except TooMuch:
                raise self._fault(f"writes more than {MOST >> 20} MiB") from None
            if line is None:
                raise self._gone()
            if (message := _read(line)) is not None:
                return message

    def _left(self) -> float:
        return max(self._until - time.monotonic(), 0.0)

    def _late(self, what: str) -> TrialFault:
        return self._fault(f"{what} within {self._seconds:g} seconds")

    def _gone(self) -> TrialFault:
        code = self._process.exit_code()
        return self._fault("closed its output" if code is None else f"ended with exit code {code}")

    def _fault(self, what: str) -> TrialFault:
        said = safe(self.stderr_lines[-1], 160)
        why = f", and said: {said}" if said else ""
        return _fault(self._name, f"{what}{why}")

    @property
    def _wrote(self) -> str:
        return self._process.tail.decode("utf-8", "replace").strip()


@contextmanager
def trial(
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    cwd: str | None = None,
    seconds: float = 30.0,
) -> Iterator[Trial]:
    """Start an entry with exactly this environment, and end it and its group afterwards.

    `seconds` are for all of the trial; ending it takes some more where it does not end by itself.
    Raises TrialFault where it cannot be started.
    """
    try:
        process = TrialProcess(argv, environ, cwd)
    except (OSError, ValueError, IndexError) as error:
        said = getattr(error, "strerror", None) or str(error)
        name = argv[0] if argv else "the entry"
        raise _fault(name, f"does not start: {said}") from None
    grace = GRACE
    try:
        yield Trial(process, argv[0], seconds)
    except TrialFault:
        # Whoever is late, or writes without an end, does not end by itself either.
        grace = 0.0
        raise
    finally:
        process.end(grace)


def _fault(name: str, what: str) -> TrialFault:
    fix = "start it in a terminal, as the client's file has it, and see what it says"
    return TrialFault(f"{safe(name)} {what}", fix=fix)


def _read(line: bytes) -> Message | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
