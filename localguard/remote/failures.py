"""What an HTTP status means for a request: what happened, and what a person does about it. Pure.

RFC 9110 section 15; MCP 2025-11-25 and 2026-07-28 basic/transports. A failure with a JSON-RPC error
in its body is the server's own answer, and is passed on.
"""

from typing import Final

import orjson

from localguard.oauth.challenges import bearer_challenge
from localguard.remote.answer import Answer
from localguard.remote.ports import MODERN_ERRORS, Message, Unanswered
from localguard.remote.sender import Sender
from localguard.text import safe

OLD: Final = (
    "speaks the old HTTP+SSE transport of 2024-11-05, which localguard does not",
    "give the URL of its Streamable HTTP endpoint (often /mcp in place of /sse), or update it",
)
"""What and fix for a server of the first revision's transport."""
_MAYBE_OLD: Final = frozenset({400, 404, 405})
_AGAIN: Final = "repeat the call later"
_LOOK: Final = "look at the server whether it was carried out before repeating it"


def said(words: bytes) -> Message | None:
    """The JSON-RPC error in the body of a failure, with what else it has."""
    try:
        message = orjson.loads(words)
    except ValueError:
        return None
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return None
    error = message.get("error")
    if not isinstance(error, dict) or type(error.get("code")) is not int:
        return None
    return message if isinstance(error.get("message"), str) else None


def is_modern(message: Message | None) -> bool:
    """Whether an error is one by which a server of 2026-07-28 is known."""
    return message is not None and message["error"]["code"] in MODERN_ERRORS


def may_be_old(status: int) -> bool:
    """Whether a server that refuses a first request so may be one of 2024-11-05."""
    return status in _MAYBE_OLD


def failure(sender: Sender, answer: Answer) -> Unanswered:
    """The fault of a request that was answered with a failure and no words of JSON-RPC."""
    if answer.status == 401:
        return _signed_out(sender)
    if answer.status == 403:
        return _forbidden(sender, answer)
    return _of_status(sender, answer.status, _after(answer))


def _of_status(sender: Sender, status: int, after: str) -> Unanswered:
    match status:
        case 404 | 405 | 410:
            what = f"has no MCP endpoint there (HTTP {status})"
            return sender.fault(what, "check the path of its URL, which often ends in /mcp")
        case 413 | 431:
            return sender.fault(f"takes no request so large (HTTP {status})", "send less at once")
        case 408 | 421 | 425 | 429 | 503:
            return sender.fault(f"asks to wait (HTTP {status}{after})", _AGAIN)
        case _ if status >= 500:
            what = f"failed (HTTP {status}), and whether it carried the request out is unknown"
            return sender.fault(what, _LOOK, unknown=True)
        case _:
            return sender.fault(f"refuses the request (HTTP {status})", "look at its own log")


def _signed_out(sender: Sender) -> Unanswered:
    login = f"localguard login {safe(sender.server, 80)}"
    if sender.has_bearer:
        return sender.fault("refuses the token it was given (HTTP 401)", login)
    what = "wants a sign-in (HTTP 401), and the profile names none"
    return sender.fault(what, f'add auth = "oauth" to the server in the profile, then: {login}')


def _forbidden(sender: Sender, answer: Answer) -> Unanswered:
    challenge = bearer_challenge(answer.headers.get("www-authenticate"))
    if challenge is None or not challenge.wants_scopes:
        fix = "ask whoever runs the server for the right, or sign in as another person"
        return sender.fault("forbids that (HTTP 403)", fix)
    scopes = " ".join(challenge.scopes)
    login = f"localguard login {safe(sender.server, 80)}"
    wanted = f" --scope '{safe(scopes, 300)}'" if scopes and "'" not in scopes else ""
    return sender.fault("wants more scopes than its token has (HTTP 403)", f"{login}{wanted}")


def _after(answer: Answer) -> str:
    seconds = answer.headers.get("retry-after", "")
    known = seconds.isascii() and seconds.isdigit() and len(seconds) < 7
    return f", for {seconds} s" if known else ""
