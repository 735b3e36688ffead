"""What each judged request reaches for: the one place that knows where a request keeps its name."""

from localguard.policy.calls import Arguments, Kind
from localguard.relay.frames import Request
from localguard.relay.judged import Target
from localguard.relay.methods import Treatment

_TOOL = Treatment.TOOL
_A_TOOL = Kind.TOOL


def target_of(request: Request, treatment: Treatment) -> Target | None:
    """The target of a judged request, or None where the request does not name one."""
    # By identity and the most frequent first: to hash or compare members of an enum is slow.
    if treatment is _TOOL:
        return _named(request, _A_TOOL)
    if treatment is Treatment.PROMPT:
        return _named(request, Kind.PROMPT)
    if treatment is Treatment.READ:
        return _resource(request.params.get("uri"))
    return _completion(request) if treatment is Treatment.COMPLETE else None


def listened(request: Request) -> list[str] | None:
    """The resource URIs of `subscriptions/listen` (2026-07-28 patterns/subscriptions)."""
    notifications = request.params.get("notifications", {})
    uris = notifications.get("resourceSubscriptions", []) if isinstance(notifications, dict) else 0
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        return None
    return uris


def resource(uri: str) -> Target:
    """A resource, with its URI as the one argument, so that rules can test it as a path."""
    return Target(Kind.RESOURCE, uri, {"uri": uri})


def _resource(uri: object) -> Target | None:
    return resource(uri) if isinstance(uri, str) else None


def _named(request: Request, kind: Kind) -> Target | None:
    name = request.params.get("name")
    arguments = request.params.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return None
    return Target(kind, name, arguments)


def _completion(request: Request) -> Target | None:
    """Completing sends what was typed to the server: the typed text is judged as an argument."""
    ref, typed = request.params.get("ref"), request.params.get("argument")
    if not isinstance(ref, dict) or not isinstance(typed, dict):
        return None
    arguments = _completed(request, typed)
    if arguments is None:
        return None
    if ref.get("type") == "ref/prompt" and isinstance(ref.get("name"), str):
        return Target(Kind.PROMPT, ref["name"], arguments)
    if ref.get("type") == "ref/resource" and isinstance(ref.get("uri"), str):
        return Target(Kind.RESOURCE, ref["uri"], arguments)
    return None


def _completed(request: Request, typed: dict[str, object]) -> Arguments | None:
    name, value = typed.get("name"), typed.get("value")
    context = request.params.get("context", {})
    known = context.get("arguments", {}) if isinstance(context, dict) else None
    if not isinstance(name, str) or not isinstance(value, str) or not isinstance(known, dict):
        return None
    # A name that is typed and known at once reaches the server twice: both values are judged.
    return {**known, name: [known[name], value] if name in known else value}
