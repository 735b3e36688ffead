"""`localguard login`, `whoami` and `logout` as a person types them, with keyring and browser."""

import re
import shlex
import sys
import urllib.request
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.approving.terminal import Terminal
from tests.identity.op import Op
from tests.providers import person
from tests.providers.secret_service import SecretService
from tests.ways.home import Home

pytestmark = pytest.mark.real
PROFILE = """
version = 1
[identity]
issuer = "{issuer}"
client_id = "localguard"
scopes = ["openid", "profile", "email", "groups", "offline_access"]
required = true
"""
COMMAND = shlex.join([sys.executable, "-m", "localguard"])


@pytest.fixture
def places(
    op: Op,
    tmp_path: Path,
    client_environment: Mapping[str, str],
    secret_service: SecretService,
) -> Home:
    """A person's files, and a desktop whose browser is one of the tests'."""
    bus = {"DBUS_SESSION_BUS_ADDRESS": secret_service.address}
    browser = person.opener(tmp_path / "bin", tmp_path / "opened", prints="Opening in a window.\n")
    home = Home(tmp_path / "lg", {**client_environment, **bus, "BROWSER": str(browser)})
    home.write("work", PROFILE.format(issuer=op.issuer))
    home.use("work")
    return home


@pytest.fixture
def terminal(places: Home, tmp_path: Path) -> Generator[Terminal]:
    """A terminal of the person's own."""
    folder = tmp_path / "t"
    folder.mkdir()
    with Terminal(folder, places.environment, size=(200, 50)) as terminal:
        yield terminal


def test_a_person_signs_in_looks_and_signs_out(op: Op, terminal: Terminal, tmp_path: Path) -> None:
    """Promise: once, in the browser; what the browser prints goes nowhere."""
    terminal.type(f"{COMMAND} login; echo code=$?")
    screen = terminal.until("Signed in as Alice (alice@example.test)", "code=0")
    assert "Groups: dev, finance" in screen
    assert "Opening in a window" not in screen
    assert len(person.opened(tmp_path / "opened")) == 1
    terminal.type(f"clear; {COMMAND} whoami; echo code=$?")
    screen = terminal.until("Alice (alice@example.test)", "code=0")
    terminal.type(f"clear; {COMMAND} logout; echo code=$?")
    screen += terminal.until("the provider takes your tokens no more", "code=0")
    terminal.type(f"clear; {COMMAND} whoami; echo code=$?")
    screen += terminal.until("you have signed out", "localguard login --profile work", "code=4")
    assert op.requests["revoked"] == 1
    assert [secret for secret in op.minted if secret in screen] == []


def test_over_ssh_the_address_is_pasted_back(op: Op, terminal: Terminal, tmp_path: Path) -> None:
    """Promise: works over SSH; the page that cannot be loaded there has all in its address."""
    terminal.type(f"{COMMAND} login --no-browser; echo code=$?")
    screen = terminal.until("paste it here")
    url = re.search(r"http://127\S+/authorize\?\S+(?:\n\S+)*", screen)
    assert url is not None
    terminal.paste(f"{_ended_at(url[0].replace(chr(10), ''))}")
    terminal.press("Enter")
    terminal.until("Signed in as Alice", "code=0")
    assert person.opened(tmp_path / "opened") == []
    assert op.requests["authorize"] == 1


def test_what_fails_is_told_with_its_fix_and_code_4(op: Op, terminal: Terminal) -> None:
    """Promise: what happened, where, and what to do."""
    op.fails["token"] = 503
    terminal.type(f"{COMMAND} login; echo code=$?")
    screen = terminal.until("code=4")
    assert "Fix: " in screen
    assert "Traceback" not in screen


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _ended_at(url: str) -> str:
    """The address in the bar of a browser elsewhere."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Unfollowed())
    with pytest.raises(HTTPError) as caught:
        opener.open(url, timeout=20)
    with caught.value:
        return str(caught.value.headers["location"])
