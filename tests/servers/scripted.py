"""A server that does what each call tells it to, good or bad, and keeps a ledger of what it saw.

Run as `python scripted.py LEDGER AUDIT [TRAIT...]`; LEDGER.bell is a FIFO. Each message that
arrives becomes a line of the ledger before anything else happens; for a tools/call the line says
whether the intent stood in the audit log at that moment. Traits: `stubborn` ignores SIGTERM and the
end of stdin, `late` answers what hangs once stdin has ended, `slow` takes its time to list. It
knows the shape of an intent and nothing else of localguard; standard library only, so that it
starts at once.
"""

import contextlib
import glob
import json
import os
import random
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]

LEDGER = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
BELL = os.open(f"{sys.argv[1]}.bell", os.O_RDWR | os.O_NONBLOCK)
AUDIT = sys.argv[2]
TRAITS = frozenset(sys.argv[3:])
REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")

read_to: dict[str, int] = {}
intents: set[str] = set()
hanging: list[Any] = []
stirred: list[bytes] = []
kept: list[bytes] = []
extra: list[str] = []


def note(**entry: Any) -> None:
    """One line in the ledger, and a stroke of the bell for who waits for it."""
    os.write(LEDGER, (json.dumps(entry) + "\n").encode())
    with contextlib.suppress(BlockingIOError):
        os.write(BELL, b".")


def is_recorded(id_: Any) -> bool:
    """Whether an intent for this request id is in the log by now; ids keep their type."""
    if json.dumps(id_) in intents:
        return True
    for path in glob.glob(f"{AUDIT}/*/*.jsonl"):
        try:
            read_on(path)
        except ValueError:
            # The end was torn, and cut off after it was read here; what follows is other records.
            read_to.pop(path)
            read_on(path)
    return json.dumps(id_) in intents


def read_on(path: str) -> None:
    """Learn the intents of a segment that are new since the last look."""
    with open(path, "rb") as file:
        file.seek(read_to.get(path, 0))
        # A line that is being written while it is read belongs to a later call.
        whole = file.read().rpartition(b"\n")[0]
    read_to[path] = read_to.get(path, 0) + len(whole) + bool(whole)
    for record in map(json.loads, whole.splitlines()):
        if record["kind"] == "intent":
            intents.add(json.dumps(record["request_id"]))


def write(data: bytes) -> None:
    """All of `data` to stdout, as it is."""
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def line_of(message: Message) -> bytes:
    """A message as a line."""
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"


def answered(id_: Any, text: str = "done") -> bytes:
    """The line that answers a call."""
    return line_of({"id": id_, "result": {"content": [{"type": "text", "text": text}]}})


def echo(id_: Any, given: Message) -> None:
    write(answered(id_, given.get("text", "done")))


def say(id_: Any, given: Message) -> None:
    """Raw bytes (as Latin-1), before the answer if there is to be one."""
    write(given["raw"].encode("latin-1"))
    if not given.get("silent"):
        write(answered(id_))


def leave(id_: Any, given: Message) -> None:
    """Raw bytes, perhaps an answer without its newline, and the exit."""
    write(given.get("raw", "").encode("latin-1"))
    if given.get("answer"):
        write(answered(id_).rstrip(b"\n"))
    os.write(2, given.get("words", "").encode())
    os._exit(given.get("code", 3))


def die(_id: Any, _given: Message) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang(id_: Any, _given: Message) -> None:
    hanging.append(id_)


def release(id_: Any, _given: Message) -> None:
    while hanging:
        write(answered(hanging.pop(0), "late"))
    write(answered(id_))


def stir(id_: Any, given: Message) -> None:
    """Answers sixteen calls later, on average: in an order of its own."""
    stirred.append(answered(id_, given["text"]))
    if len(stirred) > 16:
        write(stirred.pop(random.randrange(len(stirred))))


def settle(id_: Any, _given: Message) -> None:
    """Answers everything that was stirred in."""
    while stirred:
        write(stirred.pop())
    write(answered(id_))


def begin(id_: Any, _given: Message) -> None:
    """Half of the answer; `finish` brings the rest."""
    line = answered(id_)
    write(line[:20])
    kept.append(line[20:])


def finish(id_: Any, _given: Message) -> None:
    write(kept.pop())
    write(answered(id_))


def big(id_: Any, given: Message) -> None:
    write(answered(id_, "x" * given["size"]))


def notify(id_: Any, given: Message) -> None:
    for number in range(given["count"]):
        params = {"level": "info", "data": number}
        write(line_of({"method": "notifications/message", "params": params}))
    write(answered(id_))


def pour(id_: Any, given: Message) -> None:
    """Answers, and then floods without reading less: notes when the other side takes no more."""
    write(answered(id_))
    threading.Thread(target=_pour, args=(given["size"],), daemon=True).start()


def _pour(size: int) -> None:
    params = {"level": "info", "data": "x" * 4000}
    line = line_of({"method": "notifications/message", "params": params})
    for _ in range(size // len(line)):
        if not select.select([], [1], [], 0.5)[1]:
            note(stuck=True)
        write(line)
    note(poured=True)


def complain(id_: Any, given: Message) -> None:
    """Much on stderr, which nobody may be reading."""
    block = b"e" * 1023 + b"\n"
    for _ in range(given["size"] // 1024):
        os.write(2, block)
    write(answered(id_))


def fork(id_: Any, _given: Message) -> None:
    """A grandchild, and one in a session of its own; both deaf to SIGTERM."""
    script = "trap '' TERM; exec 3>&1 >/dev/null; sleep 60 & setsid sleep 60 & echo >&3; wait"
    null = subprocess.DEVNULL
    words = ["/bin/sh", "-c", script]
    shell = subprocess.Popen(words, stdin=null, stdout=subprocess.PIPE, stderr=null)
    assert shell.stdout is not None
    shell.stdout.readline()
    write(answered(id_))


def wish(id_: Any, given: Message) -> None:
    """A request of the server's own; its answer goes to the ledger."""
    write(line_of({"id": given["id"], "method": given["method"], "params": given["params"]}))
    write(answered(id_))


def grow(id_: Any, given: Message) -> None:
    """One more tool, and the notification that says so."""
    extra.append(given["tool"])
    write(line_of({"method": "notifications/tools/list_changed"}))
    write(answered(id_))


def close(id_: Any, given: Message) -> None:
    """Lets go of a descriptor and lives on without a word."""
    write(answered(id_))
    os.close(given["fd"])
    signal.pause()


def deaf(id_: Any, _given: Message) -> None:
    """Reads nothing any more."""
    write(answered(id_))
    signal.pause()


TOOLS: dict[str, Callable[[Any, Message], None]] = {
    tool.__name__: tool
    for tool in (echo, say, leave, die, hang, release, begin, finish, big, notify, pour)
} | {tool.__name__: tool for tool in (complain, fork, wish, grow, close, deaf, stir, settle)}


def initialize(params: Message) -> Message:
    wanted = params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in REVISIONS else REVISIONS[-1],
        "capabilities": {"tools": {}, "resources": {}},
        "serverInfo": {"name": "scripted", "version": "1"},
    }


def tools_list(_params: Message) -> Message:
    if "slow" in TRAITS:
        select.select([], [], [], 0.2)
    return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names()]}


def names() -> list[str]:
    return [*TOOLS, "read_note", "drop_table", *extra]


ANSWERS: dict[str, Callable[[Message], Message]] = {
    "initialize": initialize,
    "ping": lambda _: {},
    "tools/list": tools_list,
    "resources/list": lambda _: {"resources": [{"uri": "note://a", "name": "a"}]},
    "resources/read": lambda params: {"contents": [{"uri": params["uri"], "text": "a note"}]},
}


def handle(message: Message) -> None:
    id_, method, params = message.get("id"), message.get("method"), message.get("params", {})
    if method == "tools/call":
        note(method=method, id=id_, name=params["name"], recorded=is_recorded(id_))
        TOOLS.get(params["name"], echo)(id_, params.get("arguments", {}))
    elif method is None:
        note(answer=message)
    else:
        note(method=method, id=id_, about=params.get("requestId", params.get("protocolVersion")))
        if id_ is not None:
            answer(id_, method, params)


def answer(id_: Any, method: str, params: Message) -> None:
    found = ANSWERS.get(method)
    if found is None:
        write(line_of({"id": id_, "error": {"code": -32601, "message": "Method not found"}}))
    else:
        write(line_of({"id": id_, "result": found(params)}))


def main() -> None:
    note(started=os.getpid(), mark=os.environ.get("LOCALGUARD_TREE", ""))
    if "stubborn" in TRAITS:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        handle(json.loads(line))
    note(ended=True)
    if "late" in TRAITS:
        release("unasked", {})
    if "stubborn" in TRAITS:
        signal.pause()


if __name__ == "__main__":
    main()
