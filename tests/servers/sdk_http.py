"""A server with a URL on the official Python SDK. It takes tokens of one provider, made out to it.

Run as `python tests/servers/sdk_http.py OPTIONS`, a JSON object: `issuer` (absent: no tokens are
asked for), `port` (0 = any), `json` (answers as JSON instead of SSE) and `stateless`. It says
{"url": ...}, speaks 2026-07-28 and the older handshake, and ends with its stdin. It knows nothing
of localguard.

GET /-/control gives how often each method came (`requests`) and how many different tokens
(`tokens`); POST merges: `refuse` and `cut` say how many requests to refuse as if the token had been
revoked, and how many answers to break off.
"""

import hashlib
import json
import socket
import sys
import threading
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypedDict

import anyio
import httpx2
import uvicorn
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context
from pydantic import AnyHttpUrl

READ, ADMIN = "mcp:read", "mcp:admin"
TOOLS_OF_ADMIN = {"wipe"}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Weather(TypedDict):
    """A structured answer."""

    city: str
    celsius: float


def echo(text: str) -> str:
    """Says the same again."""
    return text


def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


def weather(city: str) -> Weather:
    """The weather, the same everywhere."""
    return Weather(city=city, celsius=21.5)


async def count(steps: int, ctx: Context) -> str:
    """Counts, and reports each step as progress."""
    for step in range(1, steps + 1):
        await ctx.report_progress(step, steps, f"step {step}")
    return f"counted to {steps}"


async def slow(seconds: float = 1.0) -> str:
    """Takes its time."""
    await anyio.sleep(seconds)
    return f"took {seconds} s"


def caller() -> str:
    """Who the token says is calling, and for what."""
    token = get_access_token()
    return "nobody" if token is None else f"{token.subject} {' '.join(sorted(token.scopes))}"


def wipe() -> str:
    """Needs a scope that the others do not."""
    return "wiped"


def confess() -> str:
    """Tells the token it was called with, as a careless server does in an error."""
    token = get_access_token()
    return "no token" if token is None else f"called with {token.token}"


def motto() -> str:
    """A resource that is always there."""
    return "deny by default"


def greet(name: str) -> str:
    """A prompt with an argument."""
    return f"Say hello to {name}."


class Verifier:
    """Tokens are JWTs of the provider, for this server (RFC 9068, RFC 8707)."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._keys: KeySet | None = None

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            claims = jwt.decode(token, await self._known(), algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return None
        if claims.get("iss") != self._issuer:
            return None
        return AccessToken(
            token=token,
            client_id=claims["client_id"],
            scopes=claims.get("scope", "").split(),
            expires_at=claims["exp"],
            resource=claims["aud"],
            subject=claims["sub"],
            claims=claims,
        )

    async def _known(self) -> KeySet:
        if self._keys is None:
            async with httpx2.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"{self._issuer}/jwks")
            self._keys = KeySet.import_key_set(answer.json())
        return self._keys


class Door:
    """Before the SDK's application: counts, asks for scopes by tool, and fails when told to."""

    def __init__(self, app: App, metadata: str) -> None:
        self._app, self._metadata = app, metadata
        self._state: dict[str, Any] = {"requests": {}, "refuse": 0, "cut": 0}
        self._tokens: set[str] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        body = await _read(receive) if scope["method"] == "POST" else b""
        if scope["path"] == "/-/control":
            return await self._control(body, send)
        token = self._seen(scope, body)
        if token and self._take("refuse"):
            return await _answer(send, 401, b"{}", self._challenge("invalid_token"))
        if token and _tool(body) in TOOLS_OF_ADMIN and ADMIN not in _scopes(token):
            challenge = f'{self._challenge("insufficient_scope")}, scope="{READ} {ADMIN}"'
            return await _answer(send, 403, b"{}", challenge)
        if _method(body) == "tools/call" and self._take("cut"):
            send = _Cut(send)
        return await self._app(scope, _given(body, receive), send)

    async def _control(self, body: bytes, send: Send) -> None:
        self._state |= json.loads(body or b"{}")
        await _answer(send, 200, json.dumps({**self._state, "tokens": len(self._tokens)}).encode())

    def _seen(self, scope: Message, body: bytes) -> str:
        named = f"{scope['method']} {_method(body) or scope['path']}"
        self._state["requests"][named] = self._state["requests"].get(named, 0) + 1
        headers: dict[bytes, bytes] = dict(scope["headers"])
        token = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
        if token:
            self._tokens.add(hashlib.sha256(token.encode()).hexdigest())
        return token

    def _take(self, name: str) -> bool:
        left = self._state[name]
        self._state[name] = max(0, left - 1)
        return bool(left)

    def _challenge(self, error: str) -> str:
        return f'Bearer error="{error}", resource_metadata="{self._metadata}"'


class _Cut:
    """Breaks the answer off after its head."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message["headers"] if pair[0] != b"content-length"]
            await self._send({**message, "headers": headers})
        else:
            raise ConnectionAbortedError("the answer is broken off")


async def _read(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _given(body: bytes, receive: Receive) -> Receive:
    """What was read is given to the application, once; then comes what else there is."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _answer(send: Send, status: int, body: bytes, challenge: str | None = None) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if challenge is not None:
        headers.append((b"www-authenticate", challenge.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _message(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _method(body: bytes) -> str:
    return str(_message(body).get("method", ""))


def _tool(body: bytes) -> str:
    if _method(body) != "tools/call":
        return ""
    return str(_message(body).get("params", {}).get("name", ""))


def _scopes(token: str) -> list[str]:
    """Unverified: the SDK refuses a forged token after this."""
    try:
        claims = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
        return str(claims.get("scope", "")).split()
    except (IndexError, ValueError):
        return []


def _server(issuer: str | None, url: str) -> MCPServer:
    asked: dict[str, Any] = {}
    if issuer is not None:
        auth = AuthSettings(
            issuer_url=AnyHttpUrl(issuer),
            resource_server_url=AnyHttpUrl(url),
            required_scopes=[READ],
            validate_token_resource=True,
        )
        asked = {"token_verifier": Verifier(issuer), "auth": auth}
    server = MCPServer("sdk-http", version="1.0", log_level="ERROR", **asked)
    for tool in (echo, add, weather, count, slow, caller, wipe, confess):
        server.tool()(tool)
    server.resource("memo://motto")(motto)
    server.prompt()(greet)
    return server


def main(options: dict[str, Any]) -> None:
    listening = socket.create_server(("127.0.0.1", options.get("port", 0)))
    port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}/mcp"
    app = _server(options.get("issuer"), url).streamable_http_app(
        json_response=options.get("json", False), stateless_http=options.get("stateless", False)
    )
    metadata = f"http://127.0.0.1:{port}/.well-known/oauth-protected-resource/mcp"
    config = uvicorn.Config(Door(app, metadata), log_level="critical", lifespan="on")
    running = uvicorn.Server(config)
    threading.Thread(target=_end_with_stdin, args=(running,), daemon=True).start()
    print(json.dumps({"url": url}), flush=True)
    running.run(sockets=[listening])


def _end_with_stdin(running: uvicorn.Server) -> None:
    sys.stdin.read()
    running.force_exit = running.should_exit = True


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
