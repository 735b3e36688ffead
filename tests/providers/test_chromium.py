"""The real browser gets through the pages of both providers, to a redirect on the loopback."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.providers.by_hand import CHALLENGE, CLIENT, SCOPES, provider
from tests.providers.canaille import EXACT_PORTS
from tests.providers.chromium import Chromium
from tests.providers.idp import Idp

pytestmark = [pytest.mark.slow, pytest.mark.real]


class Landing(BaseHTTPRequestHandler):
    """The page that a browser ends at."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"landed")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def landing(port: int) -> Generator[str]:
    with HTTPServer(("127.0.0.1", port), Landing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/callback"
        server.shutdown()


def signs_in(issuer: str, port: int, browser: Chromium) -> None:
    with landing(port) as redirect:
        query = {
            "client_id": CLIENT,
            "response_type": "code",
            "redirect_uri": redirect,
            "scope": SCOPES,
            "prompt": "consent",
            "code_challenge": CHALLENGE.decode(),
            "code_challenge_method": "S256",
            "state": "s",
            "nonce": "n",
        }
        shown = browser.visit(f"{provider(issuer)['authorization_endpoint']}?{urlencode(query)}")
        assert shown["text"] == "landed"
        assert "code" in parse_qs(urlsplit(shown["url"]).query)


def test_chromium_signs_in_at_the_first_provider(idp: Idp, real_browser: Chromium) -> None:
    """The redirect is a real one: cookies, same-site rules and private network checks apply."""
    signs_in(idp.issuer, 0, real_browser)


def test_chromium_signs_in_at_the_second(canaille_issuer: str, real_browser: Chromium) -> None:
    """The same with a page for the name and one for the password."""
    signs_in(canaille_issuer, EXACT_PORTS[0], real_browser)
