"""A small OpenID provider of the tests: real HTTP and signatures, every answer in hand.

It signs everybody in who comes, as `user`. Refresh tokens rotate, and reuse revokes the family.
"""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "localguard"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})


@dataclass
class Op:
    """The provider. `lacks` names what it does not give; `fails` maps an endpoint to a status."""

    issuer: str = ""
    user: str = "alice"
    people: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "alice": {
                "name": "Alice",
                "email": "alice@example.test",
                "email_verified": True,
                "groups": ["dev", "finance"],
            },
            "bob": {"name": "Bob", "groups": ["dev"]},
        }
    )
    says: dict[str, Any] = field(default_factory=dict)
    lacks: set[str] = field(default_factory=set)
    fails: dict[str, int] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    asked: list[dict[str, str]] = field(default_factory=list)
    minted: list[str] = field(default_factory=list)
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    auth_time: float | None = None
    now: Callable[[], float] = time.time
    answered: Event = field(default_factory=Event)
    """Set once a refresh was granted."""
    document_of: Callable[[dict[str, Any]], dict[str, Any]] = dict
    """What it makes of its metadata."""
    hold: Event | None = None
    """Until it is set no answer to a refresh leaves."""
    _codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _families: dict[str, dict[str, Any]] = field(default_factory=dict)
    _access: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def document(self) -> dict[str, Any]:
        """Its metadata."""
        at = self.issuer
        said = {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/jwks",
            "userinfo_endpoint": f"{at}/userinfo",
            "revocation_endpoint": f"{at}/revoke",
            "end_session_endpoint": f"{at}/end",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
            "scopes_supported": ["openid", "profile", "email", "groups", "offline_access"],
        }
        return self.document_of({one: said[one] for one in said if one not in self.lacks})

    def id_token(self, access: str, grant: Mapping[str, Any], key: RSAKey | None = None) -> str:
        """An ID token; what `says` overrides, None removes."""
        now, chosen = int(self.now()), key or self.keys[0]
        half = sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "sub": grant["sub"],
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.get("nonce"),
            "auth_time": grant["auth_time"],
            "acr": grant.get("acr"),
            "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
            **({} if "claims" in self.lacks else self.people[grant["sub"]]),
            **self.says,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": chosen.kid}, claims, chosen)
        self.minted.append(token)
        return token

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes next."""
        self.asked.append(query)
        code = self._secret()
        proof = self.now() if query.get("prompt", "").startswith("login") else self.auth_time
        grant = {"sub": self.user, "auth_time": int(proof or self.now()), **query}
        grant["acr"] = query.get("acr_values", "").split(" ")[0] or None
        self._codes[code] = grant
        back = urlencode({"code": code, "state": query["state"], "iss": self.issuer})
        return f"{query['redirect_uri']}?{back}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        with self._lock:
            if form["grant_type"] == "authorization_code":
                grant = self._codes.pop(form["code"], None)
                return (400, {"error": "invalid_grant"}) if grant is None else self._given(grant)
            return self._refreshed(form["refresh_token"])

    def _refreshed(self, token: str) -> tuple[int, dict[str, Any]]:
        family = self._families.get(token)
        if family is None or family["current"] != token or family["sub"] not in self.people:
            # Reuse ends the whole family.
            if family is not None:
                family["current"] = ""
            self.requests["refused"] += 1
            return 400, {"error": "invalid_grant"}
        self.requests["refreshed"] += 1
        grant = {**family, "nonce": None}
        answer = self._given(grant, family)
        if "id_token on refresh" in self.lacks:
            del answer[1]["id_token"]
        return answer

    def _given(
        self, grant: dict[str, Any], family: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        access = self._secret()
        self._access[access] = grant["sub"]
        said: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": 60}
        if "offline_access" in grant.get("scope", "").split():
            refresh = self._secret()
            family = dict(grant) if family is None else family
            family["current"] = refresh
            self._families[refresh] = family
            said["refresh_token"] = refresh
        if "id_token" not in self.lacks:
            said["id_token"] = self.id_token(access, grant)
        return 200, said

    def revoked(self, token: str) -> None:
        """End a family."""
        if token in self._families:
            self._families[token]["current"] = ""
        self.requests["revoked"] += 1

    def who(self, access: str) -> dict[str, Any] | None:
        """What userinfo says."""
        sub = self._access.get(access)
        return None if sub is None else {"sub": sub, **self.people[sub]}

    def _secret(self) -> str:
        made = secrets.token_urlsafe(24)
        self.minted.append(made)
        return made


class _Handler(BaseHTTPRequestHandler):
    op: Op

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        name = url.path.rpartition("/")[2]
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if self._failed(name):
            return
        if name == "authorize":
            self._send(302, {}, location=self.op.authorize(query))
        elif name == "openid-configuration":
            self._send(200, self.op.document())
        elif name == "jwks":
            self._send(200, {"keys": [key.as_dict(private=False) for key in self.op.keys]})
        elif name == "userinfo":
            access = self.headers.get("authorization", "").removeprefix("Bearer ")
            said = self.op.who(access)
            self._send(401 if said is None else 200, said or {})
        else:
            self._send(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {key: values[0] for key, values in parse_qs(body).items()}
        name = urlsplit(self.path).path.rpartition("/")[2]
        if self._failed(name):
            return
        if name == "revoke":
            self.op.revoked(form["token"])
            self._send(200, {})
            return
        status, said = self.op.token(form)
        if form["grant_type"] == "refresh_token":
            self.op.answered.set()
            if self.op.hold is not None:
                self.op.hold.wait(30)
        self._send(status, said)

    def _failed(self, name: str) -> bool:
        self.op.requests[name] += 1
        status = self.op.fails.get(name)
        if status is not None:
            self._send(status, {"error": "temporarily_unavailable"})
        return status is not None

    def _send(self, status: int, said: Mapping[str, Any], location: str | None = None) -> None:
        body = json.dumps(said).encode()
        # Whoever asked may be gone by now.
        with suppress(OSError):
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            if location is not None:
                self.send_header("location", location)
            self.end_headers()
            self.wfile.write(body)


@contextmanager
def running() -> Generator[Op]:
    """A provider that runs as long as the block."""
    op = Op()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"op": op}))
    op.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield op
    finally:
        if op.hold is not None:
            op.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
