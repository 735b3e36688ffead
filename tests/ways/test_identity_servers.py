"""Servers that take tokens of their own: signed in to once, renewed once, shown to nobody."""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.providers.by_hand import signed_in
from tests.providers.idp import Idp
from tests.providers.mcp_http import HttpServer
from tests.ways.home import ALL
from tests.ways.signing import Desktop, is_refused, text_of
from tests.ways.wire import Wire

Servers = Callable[..., HttpServer]
REFUSED = "token:refresh_token:invalid_grant"
RESOURCE = "https://api.example.test"
BY_REGISTRATION = {"client_id_metadata_document_supported": None}


@pytest.fixture
def server(idp: Idp, http_servers: Servers) -> HttpServer:
    """A server that takes tokens of the provider; localguard is not known there before."""
    idp.change(discovery=BY_REGISTRATION, ttl={"refresh": 100_000})
    return http_servers(issuer=idp.issuer)


def named(desktop: Desktop, server: HttpServer, auth: str = '"oauth"', more: str = "") -> None:
    """A profile that names the server, and asks nobody to sign in."""
    lines = f'[servers.web]\nurl = "{server.url}"\nauth = {auth}\n{more}'
    desktop.home.write("all", f"{ALL}{lines}")


def keep(desktop: Desktop, name: str, value: str) -> None:
    """Put a secret into the vault, as a person types it."""
    keeping = desktop.begin("secret", "set", name)
    keeping.until(re.compile("not shown"))
    keeping.answer(value)
    assert keeping.done().code == 0


def who(wire: Wire) -> str:
    return text_of(wire.call("caller"))


def test_a_person_signs_in_to_a_server(desktop: Desktop, idp: Idp, server: HttpServer) -> None:
    """The MCP specification from 401 to the call: PRM, metadata, registration, resource, PKCE."""
    named(desktop, server)
    assert "localguard login web" in desktop.trouble()
    desktop.login("web")
    for wire in (desktop.remote(), desktop.remote()):
        assert who(wire) == "alice mcp:read"
    assert len(desktop.opened()) == 1
    assert idp.requests("registration") == 1
    assert server.tokens() == 1


def test_six_guards_with_one_expired_token_renew_it_once(
    desktop: Desktop, idp: Idp, server: HttpServer
) -> None:
    """RFC 9700 4.14.2: a token that is used twice would end them all."""
    named(desktop, server)
    desktop.login("web")
    guards = [desktop.remote() for _ in range(6)]
    desktop.ahead(120)
    asked = [(guard, guard.start_call("caller")) for guard in guards]
    for guard, id_ in asked:
        assert text_of(guard.answer(id_)) == "alice mcp:read"
    assert idp.refreshes() == 1
    desktop.ahead(240)
    assert who(desktop.remote()) == "alice mcp:read"
    assert idp.refreshes() == 2


def test_a_guard_that_is_killed_between_answer_and_vault_costs_one_sign_in(
    desktop: Desktop, idp: Idp, server: HttpServer
) -> None:
    """Attack: kill -9 after the provider has given tokens. No loop; nothing newer is lost."""
    named(desktop, server)
    desktop.login("web")
    idp.fault("token", hold=True, times=1)
    desktop.ahead(120)
    desktop.killed = desktop.gone = True
    dying = desktop.start(desktop.argv("run", "web"))
    dying.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}})
    idp.held()
    os.kill(dying.pid, signal.SIGKILL)
    dying.process.wait()
    idp.release()
    for _ in range(3):
        assert "localguard login web" in desktop.trouble()
    assert idp.requests(REFUSED) == 1
    desktop.login("web")
    assert who(desktop.remote()) == "alice mcp:read"
    assert idp.requests(REFUSED) == 1


def test_a_provider_that_is_down_costs_no_sign_in(
    desktop: Desktop, idp: Idp, server: HttpServer
) -> None:
    """Promise: what is said of the moment, and not of the token, keeps the token."""
    named(desktop, server)
    desktop.login("web")
    desktop.ahead(120)
    for status in (503, 429, 500):
        idp.fault("token", status=status)
        assert "Fix: " in desktop.trouble()
    idp.mend("token")
    assert who(desktop.remote()) == "alice mcp:read"
    assert len(desktop.opened()) == 1


def test_an_expired_token_at_a_start_opens_no_browser(
    desktop: Desktop, idp: Idp, server: HttpServer
) -> None:
    """Promise: a good refresh token is used, which the SDK's own client does not do."""
    named(desktop, server)
    desktop.login("web")
    desktop.ahead(3000)
    assert who(desktop.remote()) == "alice mcp:read"
    assert idp.refreshes() == 1
    assert len(desktop.opened()) == 1


def test_calls_with_a_dead_token_stay_parallel(
    desktop: Desktop, idp: Idp, server: HttpServer
) -> None:
    """Promise: four calls of a second each, one renewal, less than a second and a half."""
    named(desktop, server)
    desktop.login("web")
    wire = desktop.remote()
    # A token is used for a second without another look at it.
    wire.call("slow", seconds=1)
    desktop.ahead(120)
    started = time.monotonic()
    for id_ in [wire.start_call("slow", seconds=1) for _ in range(4)]:
        assert text_of(wire.answer(id_)) == "took 1.0 s"
    assert time.monotonic() - started < 1.5
    assert idp.refreshes() == 1


def test_a_token_that_a_server_refuses_is_renewed_once(
    desktop: Desktop, idp: Idp, server: HttpServer
) -> None:
    """401: the call was not carried out, and is made again with another token."""
    named(desktop, server)
    desktop.login("web")
    wire = desktop.remote()
    desktop.ahead(30)
    server.change(refuse=1)
    assert who(wire) == "alice mcp:read"
    assert idp.refreshes() == 1
    assert server.tokens() == 2


def test_a_tool_that_needs_more_says_how_to_give_it(desktop: Desktop, server: HttpServer) -> None:
    """403 insufficient_scope: the union is asked for at a person's act, and never by itself."""
    named(desktop, server)
    desktop.login("web")
    wire = desktop.remote()
    assert "localguard login web" in text_of(wire.call("wipe"))
    assert server.requests("POST tools/call") == 1
    desktop.login("web")
    assert text_of(wire.call("wipe")) == "wiped"
    assert who(wire) == "alice mcp:admin mcp:read"


def test_a_server_that_has_moved_to_another_issuer_is_signed_in_to_anew(
    desktop: Desktop, idps: Callable[[], Idp], http_servers: Servers
) -> None:
    """Promise: no token and no registration goes to an issuer that did not give it."""
    first, second = idps(), idps()
    for idp in (first, second):
        idp.change(discovery=BY_REGISTRATION)
    server = http_servers(issuer=first.issuer)
    named(desktop, server)
    desktop.login("web")
    server.stop()
    http_servers(issuer=second.issuer, port=server.port)
    assert "localguard login web" in desktop.trouble()
    assert second.requests("token") == 0
    desktop.login("web")
    assert who(desktop.remote()) == "alice mcp:read"
    assert second.requests("registration") == 1


@pytest.mark.parametrize(
    "published",
    [
        {"code_challenge_methods_supported": None},
        {"issuer": "https://evil.test"},
        {"token_endpoint": "http://evil.test/token"},
    ],
    ids=["no-pkce", "another-issuer", "in-the-clear"],
)
def test_metadata_that_cannot_be_trusted_opens_no_browser(
    desktop: Desktop, idp: Idp, server: HttpServer, published: dict[str, str | None]
) -> None:
    """RFC 8414 3.3, RFC 7636: refused before anything is opened or sent."""
    idp.change(discovery=published)
    named(desktop, server)
    done = desktop.type("login", "web")
    assert done.code != 0
    assert "Fix: " in done.err
    assert desktop.opened() == []


def test_a_token_of_the_vault_goes_to_its_server_alone(
    desktop: Desktop, idp: Idp, http_servers: Servers
) -> None:
    """`auth = "secret:NAME"`; a secret belongs to the server it was first used with."""
    server, other = http_servers(issuer=idp.issuer), http_servers()
    named(desktop, server, '"secret:web"', f'[servers.other]\nurl = "{other.url}"\n')
    token = signed_in(idp.issuer, scope="openid mcp:read", resource=server.url)["access_token"]
    assert "localguard secret set web" in desktop.trouble()
    keep(desktop, "web", token)
    assert who(desktop.remote()) == "alice mcp:read"
    named(desktop, other, '"secret:web"')
    assert "localguard secret allow web" in desktop.trouble()
    assert other.tokens() == 0


def test_the_persons_sign_in_is_traded_for_the_servers_token(
    desktop: Desktop, idp: Idp, http_servers: Servers
) -> None:
    """RFC 8693: one sign-in, and each server gets a token that is good there alone."""
    server = http_servers(issuer=idp.issuer)
    exchange = f'exchange = {{ resource = "{server.url}", scopes = ["mcp:read"] }}\n'
    more = f'[servers.web]\nurl = "{server.url}"\nauth = "token-exchange"\n{exchange}'
    desktop.profile(idp.issuer, more=more)
    desktop.login()
    wire = desktop.remote()
    assert who(wire) == "alice mcp:read"
    assert server.tokens() == 1
    desktop.logout()
    assert is_refused(wire.call("caller"))


def test_a_sign_out_ends_the_tokens_of_servers_and_is_recorded(
    desktop: Desktop, idp: Idp, server: HttpServer
) -> None:
    """Issue 5.1 and 5.3: revoked where it came from, gone here, and who did what is in the log."""
    more = f'[servers.web]\nurl = "{server.url}"\nauth = "oauth"\n'
    desktop.profile(idp.issuer, more=more)
    desktop.login()
    desktop.login("web")
    wire = desktop.remote()
    assert who(wire) == "alice mcp:read"
    out = desktop.logout().out
    assert f"server     {server.url}: revoked, and removed" in " ".join(out.split("\n")), out
    assert is_refused(wire.call("caller"))
    acts = [
        (one["event"], one["server"], one["person"] and one["person"]["subject"])
        for one in sorted(desktop.home.records("sign_in"), key=lambda one: (one["t"], one["m"]))
    ]
    assert acts == [
        ("begun", None, None),
        ("signed_in", None, "alice"),
        ("begun", "web", None),
        ("signed_in", "web", "alice"),
        ("signed_out", None, "alice"),
    ]
    desktop.login()
    assert "localguard login web" in desktop.trouble()


def test_an_assertion_of_the_company_is_a_token_at_the_servers_issuer(
    desktop: Desktop, idps: Callable[[], Idp], http_servers: Servers
) -> None:
    """ID-JAG: the person signs in at the company, and never at the server's issuer."""
    company, theirs = idps(), idps()
    theirs.change(trusts=[company.issuer])
    server = http_servers(issuer=theirs.issuer)
    exchange = (
        f'exchange = {{ kind = "id-jag", issuer = "{theirs.issuer}", client_id = "localguard", '
        f'audience = "{theirs.issuer}", resource = "{server.url}", scopes = ["mcp:read"] }}\n'
    )
    more = f'[servers.web]\nurl = "{server.url}"\nauth = "token-exchange"\n{exchange}'
    desktop.profile(company.issuer, more=more)
    desktop.login()
    assert who(desktop.remote()) == "alice mcp:read"
    assert theirs.requests("authorization") == 0


def test_a_server_that_is_started_gets_a_token_and_a_secret_in_its_variables(
    desktop: Desktop, idp: Idp
) -> None:
    """Promise: the token is minted at the start for it alone; neither is told to the client."""
    teller = Path(__file__).resolve().parents[1] / "servers/env_teller.py"
    command = json.dumps([sys.executable, str(teller)])
    more = (
        f"[servers.teller]\ncommand = {command}\n"
        'env = { KEY = "secret:key", PLAIN = "plain" }\n'
        f'minted = {{ TOKEN = {{ resource = "{RESOURCE}", scopes = ["mcp:read"] }} }}\n'
    )
    desktop.profile(idp.issuer, more=more)
    desktop.login()
    keep(desktop, "key", "correct-horse-battery")
    wire = desktop.remote("teller")
    assert text_of(wire.call("claims", name="TOKEN")) == f"alice {RESOURCE} mcp:read"
    assert text_of(wire.call("value", name="PLAIN")) == "plain"
    told = text_of(wire.call("value", name="KEY")) + text_of(wire.call("value", name="TOKEN"))
    assert "correct-horse-battery" not in told
    assert idp.minted("access_token")[-1] not in told
    names = text_of(wire.call("names")).split()
    assert "DBUS_SESSION_BUS_ADDRESS" not in names
