"""What localguard itself says on the wire: the only place with wire codes.

A refused tool call is a tool result with `isError`, so that the model reads it (server/tools
"Error Handling"); anything else refused is a JSON-RPC error. Own codes lie outside the range
reserved by JSON-RPC 2.0 section 5.1. No text holds an argument's value.
"""

from datetime import UTC, datetime
from typing import Any

from localguard.approvals.requests import Expired
from localguard.policy.decide import BUILT_IN
from localguard.policy.decisions import Deny
from localguard.relay.frames import Id, Message, Request
from localguard.relay.methods import MODERN, SUBSCRIPTION, era
from localguard.text import safe

INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
URL_ELICITATION_REQUIRED = -32042
DENIED = 1001
SERVER_GONE = 1002

OWN_PREFIX = "localguard:"
"""Ids of the guard's own requests begin so; a client may not use one."""
SIGN_IN = f"{OWN_PREFIX}signin"
"""The key of the guard's own request in an `input_required` result."""


def error(id: Id, code: int, text: str, **data: Any) -> Message:  # noqa: A002
    """A JSON-RPC error with an explanation for a person."""
    body: Message = {"code": code, "message": f"localguard: {text}"}
    if data:
        body["data"] = data
    return {"jsonrpc": "2.0", "id": id, "error": body}


def frame_refused(id: Id, reason: str, detail: str) -> Message:  # noqa: A002
    """The answer to a request whose frame is not fit to be judged."""
    words = f"frame refused ({reason}{': ' + safe(detail, 120) if detail else ''})"
    return error(id, INVALID_REQUEST, words, reason=reason)


def unknown_method(id: Id, method: str) -> Message:  # noqa: A002
    """The answer to a request for a method that is not in the table."""
    return error(id, METHOD_NOT_FOUND, f"the method {safe(method, 80)} is not known to it")


def not_offered(id: Id) -> Message:  # noqa: A002
    """To the server: what a client without the capability would answer."""
    body = {"code": METHOD_NOT_FOUND, "message": "Method not found"}
    return {"jsonrpc": "2.0", "id": id, "error": body}


def server_gone(id: Id, how: str) -> Message:  # noqa: A002
    """The answer to a request that the server has left open."""
    return error(id, SERVER_GONE, f"the server {how} before answering")


def denied(request: Request, target: str, deny: Deny, call: str) -> Message:
    """The answer to a denied call: what was refused, by which rule, and what to do."""
    why = deny.because or deny.reason.removesuffix(".")
    # A place is where a person finds the rule; what is no rule has none.
    why = why if deny.by == BUILT_IN else f"{why} ({deny.by})"
    words = (
        f"{safe(target)} was DENIED and not executed: {safe(why, 400)}. Do not repeat the call; "
        f"tell the person, who can read more with: localguard why {call}"
    )
    return refusal(request, words, call)


def page(url: str, words: str) -> Message:
    """The params of an `elicitation/create` that sends a person to a page (client/elicitation)."""
    return {"mode": "url", "url": url, "message": words}


def sign_in_required(request: Request, target: str, deny: Deny, wish: Message) -> Message:
    """The error -32042: the call was denied, and a person can change that at a page."""
    text = (
        f"{safe(target)} was DENIED and not executed: {safe(deny.reason, 400)}. The person can sign"
        " in at the page that this names; once they have, repeat the call"
    )
    return error(request.id, URL_ELICITATION_REQUIRED, text, elicitations=[wish])


def sign_in_complete(elicitation: str) -> Message:
    """`notifications/elicitation/complete` (2025-11-25 client/elicitation)."""
    params = {"elicitationId": elicitation}
    return {"jsonrpc": "2.0", "method": "notifications/elicitation/complete", "params": params}


def sign_in_wanted(request: Request, wish: Message) -> Message:
    """The result `input_required`: the call is made anew once a person was shown a page."""
    asked = {SIGN_IN: {"method": "elicitation/create", "params": wish}}
    result: Message = {"resultType": "input_required", "inputRequests": asked}
    return {"jsonrpc": "2.0", "id": request.id, "result": result}


def held(request: Request, target: str, held: Expired) -> Message:
    """The answer to a call that waits for a person longer than its client does."""
    id_, lapses = held.request, datetime.fromtimestamp(held.until, UTC).astimezone()
    words = (
        f"NOT EXECUTED. {safe(target)} waits for the user's approval, as {id_} "
        f"({held.ask.by}: {safe(held.ask.reason)}). Do not try another way. Tell the user to open "
        f'a terminal and run "localguard", or "localguard approvals show {id_}"; once the user has '
        f"allowed it, repeat the identical call. The request lapses at {lapses:%H:%M}"
    )
    return refusal(request, words, id_, approval=id_)


def unanswered(request: Request, approval: str, how: str) -> Message:
    """The answer to a held call that nobody can answer any more."""
    words = f"NOT EXECUTED. The call waited for the user's approval, as {approval}, when {how}"
    return refusal(request, words, approval)


def waiting(token: Id, progress: float, words: str) -> Message:
    """A `notifications/progress` of the guard's own (basic/utilities/progress)."""
    params = {"progressToken": token, "progress": progress, "message": words}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


def refusal(request: Request, words: str, call: str, **data: str) -> Message:
    """A refusal in the shape that the method's answer has."""
    if request.method != "tools/call" or "task" in request.params:
        return error(request.id, DENIED, words, call=call, **data)
    result: Message = {
        "content": [{"type": "text", "text": f"localguard: {words}."}],
        "isError": True,
    }
    if era(request.params) == MODERN:
        result["resultType"] = "complete"
    return {"jsonrpc": "2.0", "id": request.id, "result": result}


def forsaken(id: Id) -> Message:  # noqa: A002
    """To the client: nobody waits any more for what a server has asked of it."""
    params = {"requestId": id, "reason": "localguard: the server was started anew"}
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}


def list_changed(kind: str, subscription: Id | None = None) -> Message:
    """`notifications/<kind>/list_changed`; modern ones name the subscription they belong to."""
    message: Message = {"jsonrpc": "2.0", "method": f"notifications/{kind}/list_changed"}
    if subscription is not None:
        message["params"] = {"_meta": {SUBSCRIPTION: subscription}}
    return message
