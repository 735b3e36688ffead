"""Canaille as a provider: it says {"issuer": ...}, serves from memory, and ends with its stdin.

Runs in an environment of its own and knows nothing of localguard. It is unlike the first provider
on purpose: redirect URIs match to the port, ID tokens are RS512 with a list as audience, and its
metadata offers unsigned ones.
"""

import datetime
import json
import logging
import sys
import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from canaille import create_app  # type: ignore[import-not-found]
from canaille.app import models  # type: ignore[import-not-found]
from canaille.backends import Backend  # type: ignore[import-not-found]
from joserfc.jwk import RSAKey

CLIENT, PASSWORD = "localguard", "of the tests"
GROUPS = {"dev": ("alice", "bob"), "finance": ("alice",)}


class Server(ThreadingMixIn, WSGIServer):
    """One thread for each request."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log_message(self, *_: Any) -> None:
        pass


def main(ports: list[int]) -> None:
    logging.disable(logging.WARNING)
    server = make_server("127.0.0.1", 0, _unready, Server, Quiet)
    address = f"127.0.0.1:{server.server_port}"
    server.set_app(_app(address, [f"http://127.0.0.1:{port}/callback" for port in ports]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"issuer": f"http://{address}"}), flush=True)
    sys.stdin.read()


def _unready(*_: Any) -> list[bytes]:
    raise AssertionError("nothing is served before the address is known")


def _app(address: str, redirects: list[str]) -> Any:
    app = create_app(
        {
            "SECRET_KEY": "of the tests",
            "SERVER_NAME": address,
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "HTMX": False, "SMTP": None},
            "CANAILLE_OIDC": {
                "ENABLE_OIDC": True,
                "DYNAMIC_CLIENT_REGISTRATION_OPEN": True,
                "ACTIVE_JWKS": [RSAKey.generate_key(2048).as_dict(private=True)],
            },
        }
    )
    with app.app_context(), Backend.instance.session():
        _people()
        _client(redirects)
    return app


def _people() -> None:
    people = {}
    for name in ("alice", "bob"):
        people[name] = models.User(
            user_name=name,
            formatted_name=name,
            family_name=name,
            emails=[f"{name}@example.test"],
            password=PASSWORD,
        )
        Backend.instance.save(people[name])
    for group, members in GROUPS.items():
        made = models.Group(display_name=group, members=[people[name] for name in members])
        Backend.instance.save(made)


def _client(redirects: list[str]) -> None:
    client = models.Client(
        client_id=CLIENT,
        client_name=CLIENT,
        client_id_issued_at=datetime.datetime.now(datetime.UTC),
        redirect_uris=redirects,
        token_endpoint_auth_method="none",
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups", "offline_access"],
        client_uri="http://127.0.0.1",  # a trusted domain: no page for consent
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


if __name__ == "__main__":
    main([int(port) for port in sys.argv[1:]])
