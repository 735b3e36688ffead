"""The server of `server.c` in Python, for machines without a C compiler."""

import json
import sys
from typing import Any

TOOLS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "size": {"type": "integer"}},
    "required": ["text"],
}


def result(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a request is answered with."""
    if method == "initialize":
        server = {"name": "bench", "version": "1"}
        capabilities: dict[str, Any] = {"tools": {}}
        return {
            "protocolVersion": "2025-11-25",
            "capabilities": capabilities,
            "serverInfo": server,
        }
    if method == "tools/list":
        return {"tools": [tool(number) for number in range(TOOLS)]}
    if method == "tools/call":
        text = "x" * params.get("arguments", {}).get("size", 0) or "done"
        return {"content": [{"type": "text", "text": text}], "isError": False}
    return {}


def tool(number: int) -> dict[str, Any]:
    """One entry of the list."""
    name = ("echo", "blob")[number] if number < 2 else f"tool{number}"
    description = f"Tool number {number}, which does what it says."
    return {"name": name, "description": description, "inputSchema": SCHEMA}


def main() -> None:
    """Answer each line until there are no more."""
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if "id" not in request:
            continue
        answer = result(request["method"], request.get("params", {}))
        message = {"jsonrpc": "2.0", "id": request["id"], "result": answer}
        sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
