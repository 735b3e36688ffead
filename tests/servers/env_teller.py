"""A server over stdio that tells of its variables: for a token whose it is, else what they hold.

Standard library only, so that it starts at once. It knows nothing of localguard.
"""

import json
import os
import sys
from base64 import urlsafe_b64decode
from typing import Any

Message = dict[str, Any]
_TOOLS = [
    {"name": name, "inputSchema": {"type": "object", "properties": {"name": {"type": "string"}}}}
    for name in ("claims", "value", "names")
]


def claims(name: str) -> str:
    """Who the token in a variable is for, and about."""
    body = os.environ[name].split(".")[1]
    read = json.loads(urlsafe_b64decode(f"{body}=="))
    return f"{read['sub']} {read['aud']} {read['scope']}"


def value(name: str) -> str:
    """What a variable holds."""
    return os.environ.get(name, "not set")


def names(_: str) -> str:
    """Which variables there are."""
    return " ".join(sorted(os.environ))


def result(request: Message) -> Message:
    """What a request is answered with."""
    match request["method"]:
        case "initialize":
            version = request["params"]["protocolVersion"]
            about = {"name": "env-teller", "version": "1"}
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
        case "tools/list":
            return {"tools": _TOOLS}
        case "tools/call":
            asked = request["params"]
            tell = {"claims": claims, "value": value, "names": names}[asked["name"]]
            text = tell(asked["arguments"].get("name", ""))
            return {"content": [{"type": "text", "text": text}]}
        case _:
            return {}


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message and "method" in message:
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result(message)}
        print(json.dumps(answer), flush=True)
