"""A call whose arguments a person has changed: what is sent, and what the model is told of it.

A model that is not told would take the answer for one to its own arguments.
"""

import json
from typing import Any

from localguard.policy.calls import Arguments
from localguard.policy.differences import ABSENT, Side, differences
from localguard.relay.frames import Message, Request
from localguard.text import safe

_MOST = 20
"""Changes that are told one by one."""


def with_arguments(message: Message, arguments: Arguments) -> Message:
    """The request with these arguments in the place of its own."""
    return {**message, "params": {**message.get("params", {}), "arguments": dict(arguments)}}


def change_note(request: Request, arguments: Arguments) -> str:
    """What was changed, in words for the model."""
    found = differences(request.params.get("arguments", {}), arguments)
    told = [f"{safe(one.path, 80)} is {_side(one.new)}" for one in found[:_MOST]]
    more = f", and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return (
        "localguard: the user changed the arguments before this call was executed: "
        f"{', '.join(told)}{more}. What follows is the answer to the call as the user changed it."
    )


def noted(message: Message, note: str) -> Message:
    """The answer to a tools/call with a note before its content; any other answer as it is.

    Structured content stays as it is, since it has a schema.
    """
    result: Any = message.get("result")
    content = result.get("content") if isinstance(result, dict) else None
    if not isinstance(content, list):
        return message
    text = {"type": "text", "text": note}
    return {**message, "result": {**result, "content": [text, *content]}}


def _side(side: Side) -> str:
    return "left out" if side is ABSENT else safe(json.dumps(side), 200)
