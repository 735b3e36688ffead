"""What servers ask of the client: capabilities cut to the profile, wishes found and judged.

Legacy servers send requests; modern ones answer `input_required` with the requests inside
(2026-07-28 basic/patterns/mrtr), or an error -32042 with URLs (2025-11-25 client/elicitation).
A URL that a person would be sent to must be https, or http to literal loopback
(security_best_practices "OAuth Authorization URL Validation").
"""

from collections.abc import Callable, Container, Iterator
from typing import Any

from localguard.policy.folding import fold
from localguard.policy.hosts import host_of_url
from localguard.policy.rules import Verb
from localguard.relay.frames import Message, Request
from localguard.relay.methods import CLIENT_CAPABILITIES, SERVER_REQUESTS, Treatment
from localguard.relay.replies import OWN_PREFIX, URL_ELICITATION_REQUIRED

WISHES = {
    Treatment.SAMPLING: "sampling",
    Treatment.ELICITATION: "elicitation",
    Treatment.ROOTS: "roots",
}
LOOPBACK = frozenset({"127.0.0.1", "[::1]"})

_ASKING = frozenset({"inputRequests", "task", "result"})
"""Where a result can hold what is asked for, or something else that does."""

Permission = Callable[[str], Verb]
"""The verb of the profile for `sampling`, `elicitation` or `roots`."""


def cut_capabilities(capabilities: object, permission: Permission) -> object:
    """The client's capabilities without those that the profile denies to servers."""
    if not isinstance(capabilities, dict):
        return capabilities
    tasks = capabilities.get("tasks")
    nested = tasks.get("requests") if isinstance(tasks, dict) else None
    named = {fold(key) for key in (*capabilities, *(nested if isinstance(nested, dict) else ()))}
    # Each answer takes a look at the profile's files, so none is asked for that changes nothing.
    denied = {wish for wish in named.intersection(WISHES.values()) if permission(wish) is Verb.DENY}
    cut = _without(capabilities, denied)
    if isinstance(tasks, dict) and isinstance(nested, dict):
        cut["tasks"] = {**tasks, "requests": _without(nested, denied)}
    return cut


def _without(members: Message, names: Container[str]) -> Message:
    """The members but those that some peer would read as one of the names."""
    return {key: value for key, value in members.items() if fold(key) not in names}


def cut_envelope(params: Message, permission: Permission) -> Message:
    """The params of a modern request with the capabilities in its `_meta` cut."""
    meta = params.get("_meta")
    if not isinstance(meta, dict) or CLIENT_CAPABILITIES not in meta:
        return params
    capabilities = cut_capabilities(meta[CLIENT_CAPABILITIES], permission)
    return {**params, "_meta": {**meta, CLIENT_CAPABILITIES: capabilities}}


def cut_request(request: Request, permission: Permission) -> Message:
    """A request of the client as the server gets it: what the guard has asked for is not in it."""
    params = without_own(cut_envelope(request.params, permission))
    return request.message if params is request.params else {**request.message, "params": params}


def without_own(params: Message) -> Message:
    """The params without the answers to what the guard itself has asked of the client."""
    given = params.get("inputResponses")
    if not isinstance(given, dict) or not any(key.startswith(OWN_PREFIX) for key in given):
        return params
    kept = {key: value for key, value in given.items() if not key.startswith(OWN_PREFIX)}
    rest = {key: value for key, value in params.items() if key != "inputResponses"}
    return {**rest, "inputResponses": kept} if kept else rest


def objection(method: str, params: object, permission: Permission) -> str | None:
    """Why a wish of the server may not reach the client; None if it may."""
    wish = WISHES.get(SERVER_REQUESTS.get(method, Treatment.PASS))
    if wish is None:
        return f"{method} is no request that a server may make"
    verb = permission(wish)
    if verb is Verb.DENY:
        return f"from_server.{wish} is deny"
    if verb is not Verb.ALLOW:
        return f"from_server.{wish} is ask, and only calls can wait: write allow or deny"
    if wish == "elicitation" and isinstance(params, dict) and "url" in params:
        return unsafe_url(params["url"])
    return None


def inner_objection(result: Message, permission: Permission) -> str | None:
    """The first objection to a wish inside an `input_required` result or a task."""
    for wish in _wishes_in(result):
        if not isinstance(wish, dict) or not isinstance(wish.get("method"), str):
            return "an input request without a method"
        if found := objection(wish["method"], wish.get("params"), permission):
            return found
    return None


def error_objection(error: Message, permission: Permission) -> str | None:
    """The objection to an error -32042, which carries URLs to open."""
    if error.get("code") != URL_ELICITATION_REQUIRED:
        return None
    data = error.get("data")
    elicitations = data.get("elicitations") if isinstance(data, dict) else None
    for wish in elicitations if isinstance(elicitations, list) else [None]:
        params = {"url": wish.get("url") if isinstance(wish, dict) else None}
        if found := objection("elicitation/create", params, permission):
            return found
    return None


def unsafe_url(url: object) -> str | None:
    """Why a URL may not be shown as a place to go; None if it may."""
    host = host_of_url(url) if isinstance(url, str) else None
    if host is None or not isinstance(url, str):
        return "its URL cannot be read surely"
    scheme = url.partition(":")[0].lower()
    if scheme == "https" or (scheme == "http" and host in LOOPBACK):
        return None
    return f"its URL is {scheme}, not https"


def asks_for_input(result: Message) -> bool:
    """Whether a result, or the task or the final result inside it, asks for something."""
    if _ASKING.isdisjoint(result):
        return False
    return any("inputRequests" in holder for holder in _holders(result))


def _wishes_in(result: Message) -> Iterator[Any]:
    for holder in _holders(result):
        requests = holder.get("inputRequests", {})
        yield from requests.values() if isinstance(requests, dict) else [None]


def _holders(result: Message) -> Iterator[Message]:
    yield result
    for inner in (result.get("task"), result.get("result")):
        if isinstance(inner, dict):
            yield inner
