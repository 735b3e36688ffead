"""A client that never rests: many calls at a time, of every kind, and a count of how each ended.

It keeps nothing of what was answered, so that it can go on for long. Of each answer it knows
whether it is the one that was due: the right text for the right id, once.
"""

import json
import random
import time
from collections import Counter

from tests.ways.wire import Message, Wire

MIXED = """
version = 1
[[rule]]
allow = "fake/*"
[[rule]]
ask = "fake/read_note"
[[rule]]
deny = "fake/drop_*"
"""
"""The profile under which the calls are of every kind."""

TOOLS = ("echo", "stir", "hang", "release", "read_note", "drop_table")
WEIGHTS = (200, 730, 20, 10, 20, 20)
LAST = "settle"


class Load:
    """Calls through one wire. `first` is the first id: no other load of this home may use it.

    `window` is how many calls are open at a time; sixteen of them may be stirred in at the server.
    `ended` counts how the calls ended, by tool and ending: answered, refused, cancelled or lost.
    `refused` has the ids of the refused ones, `strays` what was not due.
    """

    def __init__(self, wire: Wire, first: int, seed: int, window: int = 64) -> None:
        self.wire = wire
        self.ended: Counter[tuple[str, str]] = Counter()
        self.refused: list[int] = []
        self.strays: list[Message] = []
        self._first = self._next = first
        self._random = random.Random(seed)
        self._window = window
        self._open: dict[int, str] = {}
        self._withdrawn: set[int] = set()
        wire.hears = self._hear

    @property
    def answers(self) -> int:
        """How many answers were heard."""
        return sum(n for (_, ending), n in self.ended.items() if ending != "cancelled")

    @property
    def started(self) -> int:
        """How many calls were made, the open ones included."""
        return self.ended.total() + len(self._open)

    def run(self, calls: int, seconds: float) -> None:
        """Make so many more calls, and hear of each. Raises TimeoutError."""
        goal, deadline = self.started + calls - 1, time.monotonic() + seconds
        while self.started < goal:
            self._fill(goal)
            self._step(deadline)
        # What was stirred in waits for more to come, and an ask may wait for a person.
        self._send(LAST)
        self._withdraw([id_ for id_, tool in self._open.items() if tool == "read_note"])
        while self._open:
            self._step(deadline)

    def step(self, seconds: float) -> None:
        """Have as many calls open as the window takes, and hear what was answered."""
        self._fill(self.started + self._window)
        self.wire.step(seconds)

    def _step(self, deadline: float) -> None:
        self.wire.step(1.0)
        if self.wire.ended or time.monotonic() > deadline:
            raise TimeoutError(f"open: {self._open}, {self.wire.complaints()[-2000:]}")

    def _busy(self) -> int:
        return sum(tool != "read_note" for tool in self._open.values())

    def _fill(self, goal: int) -> None:
        for _ in range(min(self._window - self._busy(), goal - self.started)):
            (tool,) = self._random.choices(TOOLS, WEIGHTS)
            id_ = self._send(tool)
            if tool == "hang":
                self._withdraw([id_])

    def _send(self, tool: str) -> int:
        id_ = self._next
        self._next += 1
        self._open[id_] = tool
        params = {"name": tool, "arguments": {"text": f"{tool} {id_}"}}
        self._say({"jsonrpc": "2.0", "id": id_, "method": "tools/call", "params": params})
        return id_

    def _withdraw(self, ids: list[int]) -> None:
        for id_ in ids:
            self.ended[self._open.pop(id_), "cancelled"] += 1
            self._withdrawn.add(id_)
            params = {"requestId": id_}
            self._say({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params})

    def _say(self, message: Message) -> None:
        self.wire.queue(json.dumps(message).encode() + b"\n")

    def _hear(self, message: Message) -> None:
        id_, result = message.get("id", 0), message.get("result", {})
        if "method" in message or id_ < self._first:
            self.wire.heard.append(message)
            return
        tool = self._open.pop(id_, None)
        if id_ in self._withdrawn and result.get("isError"):
            # Refused before the guard had read that it was cancelled.
            self._withdrawn.remove(id_)
        elif tool is not None and result.get("isError"):
            self.ended[tool, "refused"] += 1
            self.refused.append(id_)
        elif tool is not None and "error" in message:
            self.ended[tool, "lost"] += 1
        elif tool is not None and result["content"][0]["text"] in (f"{tool} {id_}", "done"):
            self.ended[tool, "answered"] += 1
        else:
            self.strays.append(message)
