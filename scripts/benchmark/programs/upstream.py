"""The server of `upstream.c` in Python, for machines without a C compiler."""

import json
import sys
from typing import Any

TOOLS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
PROPERTIES = {"text": {"type": "string"}, "size": {"type": "integer"}}
INITIALIZED = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "bench", "version": "1"},
}


def result(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a request is answered with."""
    if method == "initialize":
        return INITIALIZED
    if method == "tools/list":
        return {"tools": [tool(number) for number in range(TOOLS)]}
    if method == "tools/call":
        given = params.get("arguments", {})
        text = "x" * given.get("size", 0) if params["name"] == "blob" else given.get("text", "")
        return {"content": [{"type": "text", "text": text}], "isError": False}
    return {}


def tool(number: int) -> dict[str, Any]:
    """One entry of the list."""
    return {
        "name": ("echo", "blob")[number] if number < 2 else f"tool{number}",
        "description": f"Tool number {number}, which does what it says.",
        "inputSchema": {"type": "object", "properties": PROPERTIES},
    }


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
