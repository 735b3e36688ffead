"""What the server `tests/servers/shop.py` says: a file that a test changes at any moment."""

import json
import os
import sys
from pathlib import Path
from typing import Any

SHOP = Path(__file__).resolve().parent.parent / "servers/shop.py"
MEMBERS = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
}

Message = dict[str, Any]


def tool(name: str = "read", description: str = "Reads a file.", **members: Any) -> Message:
    """A definition of a tool."""
    schema = {"type": "object", "properties": {"path": {"type": "string", "description": "which"}}}
    return {"name": name, "description": description, "inputSchema": schema, **members}


class Shelves:
    """The file of one server; nothing is offered but a handshake at first."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.said: Message = {
            "hello": {
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {}, "prompts": {}, "resources": {}},
                "serverInfo": {"name": "shop", "version": "1"},
                "instructions": "use it",
            }
        }
        self.write()

    @property
    def argv(self) -> list[str]:
        """The command of the server."""
        return [sys.executable, "-I", "-S", str(SHOP), str(self.file)]

    def write(self, **said: Any) -> None:
        """Say these from now on, and the rest as before."""
        self.said |= said
        fresh = self.file.with_suffix(".fresh")
        fresh.write_text(json.dumps(self.said), "utf-8")
        os.replace(fresh, self.file)

    def hello(self, **members: Any) -> None:
        """Greet so from now on."""
        self.write(hello={**self.said["hello"], **members})

    def put(self, method: str, *pages: list[Any]) -> None:
        """Have a list of these pages."""
        found: Message = {}
        for number, entries in enumerate(pages):
            following = {"nextCursor": str(number + 1)} if number + 1 < len(pages) else {}
            cursor = str(number) if number else ""
            found[cursor] = {MEMBERS[method]: entries, **following}
        self.write(**{method: found})

    def tools(self, *tools: Message) -> None:
        """Have these tools, on one page."""
        self.put("tools/list", list(tools))

    def calls(self) -> list[str]:
        """The tools that were called."""
        path = Path(f"{self.file}.calls")
        return path.read_text("utf-8").splitlines() if path.exists() else []
