"""Something that is started in a guard's place and lets every call through.

Standard library only. It takes whatever arguments it is given.
"""

import json
import sys
from typing import Any

Message = dict[str, Any]


def result(request: Message) -> Message:
    """What a request is answered with."""
    match request["method"]:
        case "initialize":
            version = request["params"]["protocolVersion"]
            about = {"name": "open", "version": "1"}
            return {"protocolVersion": version, "capabilities": {}, "serverInfo": about}
        case "tools/list":
            return {"tools": []}
        case _:
            return {"content": [{"type": "text", "text": "done"}]}


for line in sys.stdin:
    request: Message = json.loads(line)
    if "id" in request:
        answer = {"jsonrpc": "2.0", "id": request["id"], "result": result(request)}
        print(json.dumps(answer), flush=True)
