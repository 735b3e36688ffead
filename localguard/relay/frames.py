"""Frames: one line of bytes in, one judged message or one named reason for refusing it out.

Law: what is forwarded is the object that was judged, written anew as one ASCII line; the bytes
received never go on. So a peer that parses differently (carriage returns as line ends, duplicate
keys, overlong UTF-8) still sees what was judged. What re-writing cannot cure is refused here: keys
that some parsers fold, numbers they round or drop, mixed shapes, ids of other types.

JSON-RPC 2.0 sections 4 and 5; MCP basic/index "Messages" and basic/transports "stdio".
"""

import re
from dataclasses import dataclass
from json import JSONEncoder, loads
from typing import Any, TypeGuard

from localguard.relay.keys import FoldedKey, check_keys
from localguard.relay.lines import HEAD, TAIL
from localguard.relay.strict_json import Unfit, decode, encode

MAX_DEPTH = 128
MAX_ID = 2**53 - 1
MAX_BATCH = 1000
"""Messages in one line; each is answered or recorded, and nothing else happens meanwhile."""


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ID = rb'"id"\s*:\s*(-?[0-9]{1,15}|"[\x20\x21\x23-\x5b\x5d-\x7e]{0,128}")'
_FIRST_ID = re.compile(rb"\s*\{[^{}\[\]]*" + _ID)
_LAST_ID = re.compile(_ID + rb"\s*\}\s*\Z")
_KIND = re.compile(rb'"(method|result|error)"')

_CONTAINERS = (dict, list)
_ASKING = frozenset({"jsonrpc", "id", "method", "params"})
_RESULT = frozenset({"jsonrpc", "id", "result"})
_ERROR = frozenset({"jsonrpc", "error"})

Message = dict[str, Any]
Id = int | str


@dataclass(frozen=True, slots=True)
class Request:
    """A message that wants an answer."""

    message: Message
    id: Id
    method: str
    params: Message


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that wants none."""

    message: Message
    method: str
    params: Message


@dataclass(frozen=True, slots=True)
class Result:
    """The good answer to a request."""

    message: Message
    id: Id
    result: Message


@dataclass(frozen=True, slots=True)
class Failure:
    """The bad answer to a request; without an id it answers nothing that can be named."""

    message: Message
    id: Id | None
    error: Message


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is no message. `reason` is a slug.

    Where an id is readable, `id` has it; `asks` and `answers` say what the message looked like,
    so that nobody waits in vain. A mixed shape looks like both.
    """

    reason: str
    detail: str = ""
    id: Id | None = None
    asks: bool = False
    answers: bool = False


Frame = Request | Notification | Result | Failure


def parse(line: bytes) -> Frame | Refused:
    """One line without its newline as a frame, or the reason why it is none."""
    try:
        return _shape(_check(decode(line), line))
    except Unfit as unfit:
        return _refused(unfit.reason, unfit.detail, line)
    except FoldedKey as folded:
        return _refused("folded-key", folded.key, line)


def too_long(head: bytes, tail: bytes) -> Refused:
    """The refusal of a line of which only both ends were kept."""
    return _by_its_ends("too-long", "", head, tail)


def split_batch(line: bytes) -> list[bytes] | None:
    """The members of a batch as lines of their own, or None where the line is no batch of
    at most MAX_BATCH.

    Only revision 2025-03-26 has batches (its basic/index "Batching").
    """
    try:
        members = decode(line)
    except Unfit:
        return None
    if not isinstance(members, list) or len(members) > MAX_BATCH:
        return None
    if _deeper_than(members, MAX_DEPTH + 1):
        return None
    return [emit(member).rstrip(b"\n") for member in members]


def emit(message: Any) -> bytes:
    """The message as one line of ASCII with its newline."""
    return encode(message)


def _refused(reason: str, detail: str, line: bytes) -> Refused:
    """The refusal with the id as a careless peer reads it; it is only used to answer."""
    try:
        message = loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError, MemoryError):
        return _by_its_ends(reason, detail, line[:HEAD], line[-TAIL:])
    if not isinstance(message, dict) or not _fit_id(message.get("id")):
        return Refused(reason, detail)
    answers = "result" in message or "error" in message
    return Refused(reason, detail, message["id"], "method" in message, answers)


def _by_its_ends(reason: str, detail: str, head: bytes, tail: bytes) -> Refused:
    """The same by a plain look: some peers write the id first, some last."""
    found = _FIRST_ID.match(head) or _LAST_ID.search(tail)
    if found is None:
        return Refused(reason, detail)
    text = found[1].decode("ascii")
    id_ = text[1:-1] if text.startswith('"') else int(text)
    kind = _KIND.search(head)
    asks = kind is not None and kind[1] == b"method"
    return Refused(reason, detail, id_, asks, kind is not None and not asks)


def _check(value: Any, line: bytes) -> Message:
    if isinstance(value, list):
        raise Unfit("batch")
    if not isinstance(value, dict):
        raise Unfit("not-an-object")
    if line.count(b"{") + line.count(b"[") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise Unfit("too-deep", f"more than {MAX_DEPTH} levels")
    if b"\\u" in line and _SURROGATE.search(line):
        _check_surrogates(value)
    if value.get("jsonrpc") != "2.0":
        raise Unfit("not-json-rpc", "jsonrpc must be the text 2.0")
    check_keys(value)
    return value


def _shape(message: Message) -> Frame:
    if "method" in message:
        return _asking(message)
    keys = message.keys()
    if keys == _RESULT:
        return Result(message, _id(message["id"]), _object(message, "result"))
    if keys in (_ERROR, _ERROR | {"id"}):
        answered = None if message.get("id") is None else _id(message["id"])
        return Failure(message, answered, _object(message, "error"))
    raise Unfit("mixed-shape", "neither request, notification, result nor error")


def _asking(message: Message) -> Request | Notification:
    if not _ASKING.issuperset(message):
        raise Unfit("mixed-shape", "a request has only jsonrpc, id, method and params")
    method = message["method"]
    if not isinstance(method, str):
        raise Unfit("bad-method")
    params = _object(message, "params") if "params" in message else {}
    if "id" not in message:
        return Notification(message, method, params)
    return Request(message, _id(message["id"]), method, params)


def _fit_id(value: Any) -> TypeGuard[Id]:
    return isinstance(value, str) or (type(value) is int and abs(value) <= MAX_ID)


def _id(value: Any) -> Id:
    if _fit_id(value):
        return value
    raise Unfit("bad-id", "an id is a text or an integer of at most 2^53-1")


def _object(message: Message, key: str) -> Message:
    value = message[key]
    if not isinstance(value, dict):
        raise Unfit("bad-shape", f"{key} must be an object")
    return value


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, _CONTAINERS)
        ]
        if not level:
            return False
    return True


def _check_surrogates(value: Message) -> None:
    try:
        JSONEncoder(ensure_ascii=False).encode(value).encode("utf-8")
    except UnicodeEncodeError:
        raise Unfit("lone-surrogate") from None
