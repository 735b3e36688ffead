"""The official SDK clients, each as a program that calls what it is asked to call."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

CLIENTS: Final = ("python", "typescript 1", "typescript 2")
_FOLDER: Final = Path(__file__).parent / "clients"

Node = Callable[[Path], list[str]]


class Caller:
    """One of the clients, in front of what it has started by a command."""

    def __init__(self, stage: Stage, name: str, node: Node, command: Sequence[str]) -> None:
        program, *args = command
        plan = {
            "sdk": int(name[-1]) if name[-1].isdigit() else None,
            "command": program,
            "args": args,
            "env": dict(stage.home.environment),
            "cwd": str(stage.project),
        }
        if name == "python":
            start = [sys.executable, str(_FOLDER / "calling.py")]
        else:
            start = node(_FOLDER / "calling.mjs")
        self.wire: Wire = stage.start([*start, json.dumps(plan)])

    def start(self, tool: str, *, timeout: int = 30_000, reset: bool = False, **given: Any) -> int:
        """Call a tool, with the client's own time-out in milliseconds; the number of the call."""
        options = {"timeout": timeout, "reset": reset}
        return self.wire.request("call", {"tool": tool, "given": given, **options})

    def result(self, call: int) -> Message:
        """What became of a call: the SDK's result, or why it `failed`."""
        found: Message = self.wire.answer(call)["result"]
        return found

    def told(self) -> str:
        """What the client was told first, while a call waited."""
        return str(self.wire.told("told")["params"]["message"])

    def errors(self) -> list[str]:
        """All that the SDK has complained about."""
        found: list[str] = self.wire.ask("errors")["result"]
        return found


def text_of(result: Message) -> str:
    """The texts of a result."""
    return "\n".join(part["text"] for part in result["content"])
