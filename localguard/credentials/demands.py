"""What a server demands of a token: its challenge, and its metadata (RFC 9728).

The server chose all of it. Each address that it names is checked before it is asked, and metadata
that does not speak for the server's own URL speaks for nobody (RFC 9728 section 3.3).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from localguard.errors import SignInFault
from localguard.oauth.addresses import origin_of, require_safe_url, resource_of
from localguard.oauth.challenges import Challenge, bearer_challenge, scopes_of
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json
from localguard.text import safe

_WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_MAX_ISSUERS: Final = 16
_QUESTION: Final = b'{"jsonrpc":"2.0","id":0,"method":"ping"}'
_HEADERS: Final = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
}


@dataclass(frozen=True, slots=True)
class Demands:
    """What a token for a server must be.

    `resource` is what it is asked for. `issuers` are who may give it, none where the server does
    not say; `scopes` are those that it wants, none where it does not say.
    """

    resource: str
    issuers: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


def ask_server(wire: Wire, url: str) -> Demands:
    """What a server demands of whoever brings no token.

    Raises Unreachable; SignInFault where an address or its metadata must not be trusted.
    """
    require_safe_url(url, what="the server", where=url)
    challenge = _challenge(wire, url)
    metadata = _metadata(wire, url, challenge)
    if metadata is None:
        return Demands(resource_of(url), scopes=challenge.scopes)
    words = " ".join(_texts(metadata, "scopes_supported"))
    resource, issuers = _resource(metadata, url), _issuers(metadata, url)
    return Demands(resource, issuers, challenge.scopes or scopes_of(words))


def speaks_for(resource: str, url: str) -> bool:
    """Whether a resource is a server's URL, or a folder on the same origin that it lies in."""
    try:
        same = origin_of(resource) == origin_of(url)
        folder, path = urlsplit(resource_of(resource)), urlsplit(resource_of(url))
    except ValueError:
        return False
    if not same or (folder.query and folder.query != path.query):
        return False
    return path.path == folder.path or path.path.startswith(f"{folder.path}/")


def _challenge(wire: Wire, url: str) -> Challenge:
    """What the server answers to a question without a token; it may let everybody ask."""
    # One that is silent or says too much may have metadata still.
    with suppress(SignInFault):
        answer = wire.send("POST", url, headers=_HEADERS, content=_QUESTION)
        if answer.status in (401, 403):
            return bearer_challenge(answer.headers.get("www-authenticate")) or Challenge()
    return Challenge()


def _metadata(wire: Wire, url: str, challenge: Challenge) -> Mapping[str, Json] | None:
    for place in _places(url, challenge):
        require_safe_url(place, what="the server's metadata", where=url, named_by=url)
        found = wire.find_json(place)
        if found is not None:
            return found
    return None


def _places(url: str, challenge: Challenge) -> Iterator[str]:
    """Where the metadata may lie, in the order of the MCP spec."""
    if challenge.resource_metadata is not None:
        yield challenge.resource_metadata
    origin, parts = origin_of(url), urlsplit(url)
    path = parts.path.rstrip("/")
    if path or parts.query:
        query = f"?{parts.query}" if parts.query else ""
        yield f"{origin}{_WELL_KNOWN}{path}{query}"
    yield f"{origin}{_WELL_KNOWN}"


def _resource(metadata: Mapping[str, Json], url: str) -> str:
    """What the token is asked for, as the server writes it: its issuer may compare letters."""
    resource = metadata.get("resource")
    if not isinstance(resource, str) or not speaks_for(resource, url):
        shown = safe(resource, 120) if isinstance(resource, str) else "no address"
        raise _untrusted(url, f"its metadata is that of another resource ({shown})")
    require_safe_url(resource, what="the server's resource", where=url, named_by=url)
    return resource_of(url) if resource_of(resource) == resource_of(url) else resource


def _issuers(metadata: Mapping[str, Json], url: str) -> tuple[str, ...]:
    named = _texts(metadata, "authorization_servers")[:_MAX_ISSUERS]
    for issuer in named:
        require_safe_url(issuer, what="the authorization server", where=url, named_by=url)
    if not named:
        raise _untrusted(url, "its metadata names no authorization server")
    return tuple(named)


def _texts(metadata: Mapping[str, Json], name: str) -> list[str]:
    listed = metadata.get(name)
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _untrusted(url: str, why: str) -> SignInFault:
    fix = "check the server's url; if it is right, its operator has to correct this"
    return SignInFault(f"the server cannot be signed in to: {why}", where=safe(url, 200), fix=fix)
