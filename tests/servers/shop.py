"""A server that says whatever a file says at the moment: its handshake, and each page of each list.

Run as `python shop.py FILE [WORD...]`; FILE is a JSON object with `hello` (the result of
`initialize`), and for each list (`tools/list` ...) an object from cursor to page, "" for the first.
A list that is null is never answered. FILE.calls gets a line for each tool that is called, and
FILE.hello what the client said it can do. The tool `announce` tells that the tools have changed.
Standard library only, so that it starts at once.
"""

import json
import sys
from typing import Any

FILE = sys.argv[1]
Message = dict[str, Any]


def say(message: Message) -> None:
    """One line."""
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def answer(id_: Any, result: Message) -> None:
    say({"id": id_, "result": result})


def call(id_: Any, name: str) -> None:
    with open(f"{FILE}.calls", "a", encoding="utf-8") as calls:
        calls.write(f"{name}\n")
    if name == "announce":
        say({"method": "notifications/tools/list_changed"})
    answer(id_, {"content": [{"type": "text", "text": f"did {name}"}]})


def handle(message: Message) -> None:
    method, id_ = message.get("method", ""), message.get("id")
    params = message.get("params", {})
    if id_ is None or not method:
        return
    with open(FILE, encoding="utf-8") as file:
        said = json.load(file)
    if method == "initialize":
        with open(f"{FILE}.hello", "w", encoding="utf-8") as hello:
            json.dump(params["capabilities"], hello)
        for wish in said.get("wishes", []):
            say(wish)
        answer(id_, said["hello"])
    elif method == "tools/call":
        call(id_, params["name"])
    elif method in said and said[method] is None:
        return
    elif method in said:
        answer(id_, said[method][params.get("cursor", "")])
    else:
        say({"id": id_, "error": {"code": -32601, "message": "Method not found"}})


def main() -> None:
    for line in sys.stdin.buffer:
        handle(json.loads(line))


if __name__ == "__main__":
    main()
