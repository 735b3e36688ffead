"""Valid messages of both sides and all revisions, and what an attacker or a bug makes of them.

Everything follows from a seed: the same one gives the same bytes.
"""

import json
from copy import deepcopy
from random import Random
from typing import Any, Final

from tests.relay.playbook import INFO, Message, call, error, modern, note, request, result, tools

REVISIONS: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
IDS: Final = (1, 2, "1", "a")
"""Few, so that answers meet open requests."""
WISH: Final[Message] = {
    "method": "elicitation/create",
    "params": {"mode": "url", "url": "https://a.b/c"},
}
TASK: Final = {"taskId": "t1", "status": "working"}


def by_client(id_: Any, revision: str) -> list[Message]:
    """One message of each kind that clients send."""
    ref = {"type": "ref/prompt", "name": "read"}
    offer = {"protocolVersion": revision, "capabilities": {"roots": {}}, "clientInfo": INFO}
    wanted = {"toolsListChanged": True, "resourceSubscriptions": ["x:y"], "taskIds": ["t1"]}
    requests = [
        request(id_, "initialize", **offer),
        request(id_, "server/discover"),
        request(id_, "ping"),
        request(id_, "logging/setLevel", level="info"),
        request(id_, "tools/list"),
        request(id_, "tools/list", cursor="2"),
        request(id_, "resources/list"),
        request(id_, "resources/templates/list"),
        request(id_, "prompts/list"),
        call(id_, "read", path="/tmp/a", deep=[{"x": 1.5}]),
        call(id_, "drop", table="people"),
        request(id_, "tools/call", name="read", arguments={}, task={"ttl": 1000}),
        request(id_, "tools/call", name="read", _meta={"progressToken": 1}),
        request(id_, "resources/read", uri="x:y"),
        request(id_, "resources/subscribe", uri="x:y"),
        request(id_, "prompts/get", name="read", arguments={"a": "b"}),
        request(id_, "completion/complete", ref=ref, argument={"name": "a", "value": "b"}),
        request(id_, "subscriptions/listen", notifications=wanted),
        request(id_, "tasks/get", taskId="t1"),
        request(id_, "tasks/result", taskId="t1"),
        request(id_, "tasks/update", taskId="t1", inputResponses={}),
        request(id_, "tasks/cancel", taskId="t1"),
        request(id_, "tasks/list"),
        request(id_, "vendor/unknown", a=1),
    ]
    return [
        *requests,
        *map(modern, requests[1:]),
        note("notifications/initialized"),
        note("notifications/cancelled", requestId=id_),
        note("notifications/progress", progressToken=1, progress=1),
        note("notifications/roots/list_changed"),
        note("notifications/tasks/status", **TASK),
        note("notifications/unknown"),
        result(id_, roots=[]),
        error(id_, -1),
    ]


def results(revision: str) -> dict[str, list[Message]]:
    """What servers answer, by the method of the request."""
    able = {"tools": {}, "resources": {"subscribe": True}, "tasks": {}}
    started = {"resultType": "task", **TASK}
    wishing = {"resultType": "input_required", "inputRequests": {"w": WISH}}
    final = {"isError": True, "inputRequests": {"w": WISH}}
    return {
        "initialize": [{"protocolVersion": revision, "capabilities": able, "serverInfo": INFO}],
        "tools/list": [
            {"tools": tools("read", "drop", "read"), "cacheScope": "public"},
            {"tools": tools("ask"), "nextCursor": "2"},
        ],
        "resources/list": [{"resources": [{"uri": "x:y", "name": "a"}]}],
        "resources/templates/list": [{"resourceTemplates": [{"uriTemplate": "x:{y}"}]}],
        "prompts/list": [{"prompts": [{"name": "read"}]}],
        "tools/call": [
            {"content": [{"type": "text", "text": "a"}], "isError": True},
            *(started, {"task": TASK}, wishing),
        ],
        "resources/read": [{"contents": []}, wishing],
        "tasks/get": [{**TASK, "result": final}],
        "tasks/list": [{"tasks": [TASK, {"taskId": "t2"}]}],
    }


def by_server(id_: Any, revision: str) -> list[Message]:
    """One message of each kind that servers send."""
    bodies = [body for fitting in results(revision).values() for body in fitting]
    urls = {"elicitations": [{"url": "https://a.b/c"}]}
    return [
        *(result(id_, **body) for body in bodies),
        error(id_, -32042, **urls),
        error(id_, -32603),
        error(None, -32700),
        request(id_, "ping"),
        request(id_, "sampling/createMessage", messages=[], maxTokens=1),
        request(id_, "elicitation/create", message="?", requestedSchema={}),
        request(id_, "elicitation/create", **WISH["params"]),
        request(id_, "roots/list"),
        request(id_, "tasks/get", taskId="t1"),
        request(id_, "vendor/unknown"),
        note("notifications/message", level="info", data="a"),
        note("notifications/progress", progressToken=1, progress=1),
        note("notifications/cancelled", requestId=id_),
        note("notifications/tools/list_changed"),
        note("notifications/prompts/list_changed"),
        note("notifications/resources/list_changed"),
        note("notifications/resources/updated", uri="x:y"),
        note("notifications/tasks/status", **TASK),
        note("notifications/tasks", **TASK, inputRequests={"w": WISH}),
        note("notifications/subscriptions/acknowledged"),
        note("notifications/elicitation/complete", elicitationId="e"),
        note("notifications/unknown"),
    ]


def deep(levels: int) -> Any:
    """Lists in lists."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


ODD_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1.0, 1e308, 2**53, 2**63, 10**40, -0.0),
    *(
        "",
        "a",
        "1",
        "read",
        "drop",
        "2.0",
        "\0",
        "\ud800",
        "\u2028",
        "\r\n",
        "\x85",
        "é",
        "x" * 5000,
    ),
    *([], {}, [{}], deep(130), {"name": "drop"}, {"Name": "drop"}, {"__proto__": {"id": 9}}),
    *("localguard:1", "localguard:", "../../etc", "file:///home/ana/.localguard/x", "t1", "t2"),
)
ODD_KEYS: Final = ("", "Name", "NAME", "name\0", "id", "ID", "method", "result", "error", "_meta")
ODD_BYTES: Final = (
    *(b"\0", b"\r", b"\n", b"\xff", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800", b'"', b"{", b"}"),
    *(
        b"[",
        b"]",
        b",",
        b":",
        b"1e999",
        b"NaN",
        b"-Infinity",
        b" " * 9,
        b"\xc0\xaf",
        b"\xe2\x80\xa8",
    ),
    *(b'"id":1,', b'"name":"drop",', b'"method":"tools/call",', b'{"jsonrpc":"2.0"}', b"Ready.\n"),
)


def lines(who: str, seed: int) -> bytes:
    """What one side says next, with the newline: mostly one line, mostly nearly valid."""
    random = Random(seed)
    return _spoilt([_message(who, random) for _ in range(random.choice((1,) * 8 + (2, 3)))], random)


def answer(id_: Any, method: str, seed: int) -> bytes:
    """What a server answers to a request, with the newline: mostly of the right kind."""
    random = Random(seed)
    fitting = results(random.choice(REVISIONS)).get(method, [{}])
    message: Message = deepcopy(result(id_, **random.choice(fitting)))
    body = message["result"]
    if body and random.random() < 0.5:
        body[random.choice(list(body))] = deepcopy(random.choice(ODD_VALUES))
    return _spoilt([message], random)


def _spoilt(parts: list[Message], random: Random) -> bytes:
    """The messages bent, written as one line, and perhaps broken."""
    for part in parts:
        for _ in range(random.choice((0, 0, 1, 1, 1, 2, 4))):
            _bend(part, random)
    whole: Any = parts if len(parts) > 1 or random.random() < 0.05 else parts[0]
    tight, ascii_ = random.random() < 0.5, random.random() < 0.7
    text = json.dumps(whole, separators=(",", ":") if tight else None, ensure_ascii=ascii_)
    line = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(random.choice((0,) * 6 + (1, 2))):
        _break(line, random)
    # DEL is no line end and no escape to anyone; the relay lets it be.
    return bytes(line).replace(b"\x7f", b"?") + b"\n"


def _message(who: str, random: Random) -> Message:
    makers = {"client": by_client, "server": by_server}
    made = makers[who](random.choice(IDS), random.choice(REVISIONS))
    return json.loads(json.dumps(random.choice(made)))  # type: ignore[no-any-return]


def _bend(message: Message, random: Random) -> None:
    """Change one member somewhere in the tree: still JSON."""
    holders = [message, *_inner(message)]
    # The first one inside is the params or the result.
    holder = random.choice(holders[:2] if random.random() < 0.5 else holders)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if not keys:
        return
    key = random.choice(keys)
    odd = deepcopy(random.choice(ODD_VALUES))
    match random.randrange(5):
        case 0:
            del holder[key]
        case 1:
            holder[key] = odd
        case 2:
            holder[key] = {"name": holder[key], "id": odd}
        case 3 if isinstance(holder, dict):
            holder[random.choice(ODD_KEYS)] = odd
        case _:
            holder[key] = deepcopy(random.choice(holders))


def _inner(value: Any) -> list[Any]:
    """The containers inside a value, at any depth."""
    members = value.values() if isinstance(value, dict) else value
    inner = [member for member in members if isinstance(member, dict | list)]
    return inner + [found for member in inner for found in _inner(member)]


def _break(line: bytearray, random: Random) -> None:
    """Change some bytes: perhaps no JSON any more."""
    at = random.randrange(len(line) + 1)
    match random.randrange(5):
        case 0:
            line[at : at + 1] = bytes([random.randrange(256)])
        case 1:
            line[at:at] = random.choice(ODD_BYTES)
        case 2:
            del line[at : at + random.randrange(20)]
        case 3:
            line[at:at] = line[: random.randrange(len(line) + 1)]
        case _:
            del line[at:]
