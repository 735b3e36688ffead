"""A small authorization server and a small MCP server, each on an origin of its own."""

import base64
import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from tests.credentials.web import Asked, Reply, serving

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


@dataclass
class Grant:
    """What a person gave leave for; its whole family ends with the first token used twice."""

    client: str
    scope: str
    resource: str
    challenge: str = ""
    redirect_uri: str = ""
    ended: bool = False


@dataclass
class Authority:
    """An authorization server (RFC 6749, 7591, 7636, 8414, 8693, 8707, 9207).

    Whoever comes to its page has signed in and gives leave. `metadata` replaces members, None takes
    one away; `fails` are replies for the next requests to a path. `given` are all tokens.
    """

    origin: str = ""
    lasts: int | None = 3600
    rotates: bool = True
    metadata: dict[str, Any] = field(default_factory=dict)
    clients: dict[str, str | None] = field(default_factory=dict)
    fails: dict[str, list[Reply | None]] = field(default_factory=dict)
    grants_scope: str | None = None
    requests: Counter[str] = field(default_factory=Counter)
    asked: list[Asked] = field(default_factory=list)
    codes: dict[str, Grant] = field(default_factory=dict)
    refreshing: dict[str, Grant] = field(default_factory=dict)
    used: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    trades: dict[str, str] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    after_tokens: threading.Event | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: Asked) -> Reply | None:
        with self.lock:
            self.requests[asked.path] += 1
            self.asked.append(asked)
            if failing := self.fails.get(asked.path):
                return failing.pop(0)
            return self._answer(asked)

    def _answer(self, asked: Asked) -> Reply:
        match asked.path:
            case "/.well-known/oauth-authorization-server":
                return Reply(said=self._metadata())
            case "/register":
                return self._register(asked.said)
            case "/authorize":
                return self._authorize(asked.fields)
            case "/token":
                return self._token(asked)
            case _:
                return Reply(404)

    def _metadata(self) -> Mapping[str, Any]:
        said = {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "registration_endpoint": f"{self.origin}/register",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            **self.metadata,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _register(self, said: Mapping[str, Any]) -> Reply:
        client = secrets.token_urlsafe(9)
        self.clients[client] = None
        return Reply(201, {**said, "client_id": client})

    def _authorize(self, said: Mapping[str, str]) -> Reply:
        if said["client_id"] not in self.clients:
            return Reply(400, b"<h1>Who is this?</h1>", {"Content-Type": "text/html"})
        assert said["code_challenge_method"] == "S256"
        scope = said.get("scope", "") if self.grants_scope is None else self.grants_scope
        code = self._new(self.codes, Grant(said["client_id"], scope, said.get("resource", "")))
        self.codes[code].challenge = said["code_challenge"]
        self.codes[code].redirect_uri = said["redirect_uri"]
        back = {"code": code, "state": said["state"], "iss": self.origin}
        return Reply(302, headers={"Location": f"{said['redirect_uri']}?{urlencode(back)}"})

    def _token(self, asked: Asked) -> Reply:
        client = self._client(asked)
        if client is None:
            return _refused("invalid_client", 401)
        match asked.fields["grant_type"]:
            case "authorization_code":
                return self._by_code(client, asked.fields)
            case "refresh_token":
                return self._by_refresh(client, asked.fields)
            case grant if grant in (EXCHANGE, JWT_BEARER):
                return self._by_trade(asked.fields)
            case _:
                return _refused("unsupported_grant_type")

    def _client(self, asked: Asked) -> str | None:
        scheme, _, pair = asked.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            words = base64.b64decode(pair).decode().split(":")
            client, secret = (unquote_plus(word) for word in words)
            return client if self.clients.get(client) == secret else None
        client = asked.fields["client_id"]
        return client if self.clients.get(client, "") is None else None

    def _by_code(self, client: str, said: Mapping[str, str]) -> Reply:
        grant = self.codes.pop(said["code"], None)
        digest = hashlib.sha256(said["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if grant is None or grant.client != client or grant.challenge != challenge:
            return _refused("invalid_grant")
        if said.get("resource", "") != grant.resource or said["redirect_uri"] != grant.redirect_uri:
            return _refused("invalid_target")
        return self._given(grant)

    def _by_refresh(self, client: str, said: Mapping[str, str]) -> Reply:
        token = said["refresh_token"]
        if token in self.used:
            self.used[token].ended = True
        grant = self.refreshing.get(token)
        if grant is None or grant.client != client or grant.ended:
            return _refused("invalid_grant")
        if self.rotates:
            self.used[token] = self.refreshing.pop(token)
            return self._given(grant)
        return self._given(grant, refresh=token)

    def _by_trade(self, said: Mapping[str, str]) -> Reply:
        subject = said.get("subject_token") or said["assertion"]
        if subject not in self.trades:
            return _refused("invalid_grant")
        back = self.trades[subject]
        token = back or self._new(
            self.access, Grant("", said.get("scope", ""), said.get("resource", ""))
        )
        issued = said.get("requested_token_type", ACCESS)
        kind = {"issued_token_type": issued} if "subject_token" in said else {}
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts, **kind}
        return Reply(said={name: one for name, one in answer.items() if one is not None})

    def _given(self, grant: Grant, refresh: str | None = None) -> Reply:
        answer = {
            "access_token": self._new(self.access, grant),
            "refresh_token": refresh or self._new(self.refreshing, grant),
            "token_type": "Bearer",
            "expires_in": self.lasts,
            "scope": grant.scope,
        }
        return Reply(said={name: one for name, one in answer.items() if one is not None})

    def _new(self, known: dict[str, Grant], grant: Grant) -> str:
        token = secrets.token_urlsafe(24)
        known[token] = grant
        self.given.append(token)
        return token


@dataclass
class Resource:
    """An MCP server at `{origin}/mcp`, which takes the tokens of one authority for itself.

    `metadata` replaces members of what it publishes (None: it publishes nothing), `challenge` what
    it says to whoever brings no good token.
    """

    authority: Authority
    origin: str = ""
    metadata: dict[str, Any] | None = field(default_factory=dict)
    challenge: str | None = None
    seen: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.origin}/mcp"

    def answer(self, asked: Asked) -> Reply | None:
        self.paths.append(asked.path)
        if asked.path == "/.well-known/oauth-protected-resource/mcp":
            return Reply(404) if self.metadata is None else Reply(said=self._metadata())
        if asked.path != "/mcp":
            return Reply(404)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        self.seen.append(token)
        grant = self.authority.access.get(token)
        if grant is None or grant.ended or grant.resource != self.url:
            said = "Bearer" if self.challenge is None else self.challenge
            return Reply(401, headers={"WWW-Authenticate": said})
        return Reply(said={"jsonrpc": "2.0", "id": 0, "result": {}})

    def _metadata(self) -> Mapping[str, Any]:
        said = {"resource": self.url, "authorization_servers": [self.authority.origin]}
        return {**said, **(self.metadata or {})}


@contextmanager
def authorities(authority: Authority) -> Generator[Authority]:
    """The authority at work."""
    with serving(authority.answer) as origin:
        authority.origin = origin
        yield authority


@contextmanager
def resources(resource: Resource) -> Generator[Resource]:
    """The server at work."""
    with serving(resource.answer) as origin:
        resource.origin = origin
        yield resource


def _refused(error: str, status: int = 400) -> Reply:
    return Reply(status, {"error": error})
