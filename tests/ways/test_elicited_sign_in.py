"""A sign-in that is over, asked for by the client's own window: real guards, provider, clients."""

import html
import http.client
import json
import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio
import anyio.to_thread
import pytest
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import UrlElicitationRequiredError
from mcp_types import ElicitCompleteNotification, ElicitRequestURLParams, ElicitResult

from tests.providers.chromium import Chromium
from tests.providers.idp import Idp
from tests.providers.person import Person
from tests.ways.real import SDK_MODERN
from tests.ways.signing import Desktop, is_refused, text_of
from tests.ways.test_identity_session import until
from tests.ways.wire import PATIENCE, Message, Wire

URL: dict[str, Message] = {"elicitation": {"form": {}, "url": {}}}
META = "io.modelcontextprotocol"
REFUSED = "token:refresh_token:invalid_grant"
KEY = "localguard:signin"
TOKEN = re.compile(r'name="token" value="([^"]+)"')
ONWARD = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')


@pytest.fixture
def over(desktop: Desktop, idp: Idp) -> Desktop:
    """A desktop where alice had signed in, which the provider has ended; she could come again."""
    idp.change(ttl={"id": 100_000, "refresh": 100_000})
    desktop.profile(idp.issuer, claims_max_age="1m")
    desktop.login()
    wire = desktop.ready()
    idp.person("alice", gone=True)
    desktop.ahead(61)
    until(lambda: is_refused(echo(wire)) and idp.requests(REFUSED) == 1)
    until(lambda: "has ended" in text_of(echo(wire)))
    idp.person("alice", gone=False)
    desktop.ahead(0)
    return desktop


def echo(wire: Wire) -> Message:
    return wire.call("echo", text="x")


def shown(desktop: Desktop) -> Wire:
    """A guard of a client of 2025-11-25 that can show addresses."""
    wire = desktop.guard()
    wire.handshake("2025-11-25", **URL)
    return wire


def page_of(answer: Message) -> Message:
    """The elicitation in an error -32042."""
    assert answer["error"]["code"] == -32042, answer
    (wish,) = answer["error"]["data"]["elicitations"]
    assert isinstance(wish, dict)
    return wish


class Visitor:
    """Whoever has the address of a page, and makes requests of it by hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.authority = urlsplit(url).netloc
        self.ours = {"Origin": f"http://{self.authority}", "Sec-Fetch-Site": "same-origin"}

    def get(self, method: str = "GET", **headers: str) -> tuple[int, str]:
        return self._ask(method, None, headers)

    def token(self) -> str:
        found = TOKEN.search(self.get()[1])
        assert found is not None
        return found[1]

    def post(self, token: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        given = self.ours if headers is None else headers
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", urlencode({"token": token}), {**kind, **given})

    def onward(self) -> str:
        """Press the button; where the browser is taken."""
        status, text = self.post(self.token())
        found = ONWARD.search(text)
        assert status == 200, text
        assert found is not None, text
        return html.unescape(found[1])

    def _ask(self, method: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.authority, timeout=PATIENCE)
        try:
            connection.request(method, urlsplit(self.url).path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def events(desktop: Desktop) -> list[str]:
    """What the log says of pages."""
    return [record["event"] for record in desktop.home.records("sign_in_page")]


def test_a_person_signs_in_again_at_the_page(over: Desktop) -> None:
    """2025-11-25 client/elicitation: error, page, `complete`; then all guards let calls pass."""
    wire, other = shown(over), over.ready()
    wish = page_of(echo(wire))
    assert wish["mode"] == "url"
    assert len(over.opened()) == 1
    ended = Person().visit(Visitor(wish["url"]).onward())
    assert "alice" in ended.text.lower()
    told = wire.told("notifications/elicitation/complete")
    assert told["params"] == {"elicitationId": wish["elicitationId"]}
    assert not is_refused(echo(wire))
    assert not is_refused(echo(other))
    assert events(over) == ["asked", "signed_in"]
    assert len(over.opened()) == 1


def test_strangers_at_the_page_begin_nothing(over: Desktop, idp: Idp) -> None:
    """Attack: prefetching, DNS rebinding, a page of the web, guesses; the person still can."""
    wire = shown(over)
    asked, wish = idp.requests("authorization"), page_of(echo(wire))
    assert page_of(echo(wire)) == wish
    visitor = Visitor(wish["url"])
    for site in ("cross-site", "none", "same-origin"):
        status, text = visitor.get(**{"Sec-Fetch-Site": site, "Sec-Purpose": "prefetch"})
        assert status == 200
        for told in ("fake", "raw", "all", urlsplit(idp.issuer).netloc):
            assert told in text
    token, evil = visitor.token(), "https://evil.test"
    assert visitor.get("HEAD")[0] == 501
    assert visitor.get(Host="evil.test")[0] == 421
    assert visitor.post(token, {**visitor.ours, "Host": "evil.test"})[0] == 421
    for headers in (
        {**visitor.ours, "Origin": evil},
        {**visitor.ours, "Origin": "null"},
        {**visitor.ours, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin"},
    ):
        assert visitor.post(token, headers)[0] == 403
    assert visitor.post("guessed")[0] == 403
    assert Visitor(f"{visitor.url}x").get()[0] == 404
    assert idp.requests("authorization") == asked
    assert is_refused(echo(wire))
    assert events(over) == ["asked"]
    url = visitor.onward()
    assert visitor.post(token)[0] == visitor.get()[0] == 410
    query = parse_qs(urlsplit(url).query)
    assert "login" in query["prompt"][0].split()
    assert int(query["max_age"][0]) <= 60
    Person().visit(url)
    wire.told("notifications/elicitation/complete")


def test_a_login_in_a_terminal_waits_for_nobody_at_the_page(over: Desktop) -> None:
    """Attack: whoever has the address keeps the person from their own command."""
    wire = shown(over)
    Visitor(page_of(echo(wire))["url"]).onward()
    over.login()
    assert not is_refused(echo(wire))
    wire.told("notifications/elicitation/complete")
    assert events(over) == ["asked", "signed_in"]


def test_others_are_told_in_words(over: Desktop) -> None:
    """Who cannot show an address, and who would not: the reason and the command."""
    cannot: tuple[dict[str, Message], ...] = ({}, {"elicitation": {}})
    for capabilities in cannot:
        wire = over.guard()
        wire.handshake("2025-11-25", **capabilities)
        assert "localguard login" in text_of(echo(wire))
    assert events(over) == []
    wire = over.guard()
    wire.ask("tools/call", envelope())
    said = {"inputResponses": {KEY: {"action": "decline"}}}
    assert "localguard login" in text_of(wire.ask("tools/call", envelope(said)))


def test_nobody_else_signs_in_at_the_page(over: Desktop) -> None:
    """Attack: a model with a browser signs in an account of its own; the person's stays over."""
    wire = shown(over)
    ended = Person("bob").visit(Visitor(page_of(echo(wire))["url"]).onward())
    assert "somebody else has signed in" in ended.text.lower()
    assert over.home.until("sign_in_page", event="refused")[0]["reason"].startswith("somebody else")
    assert is_refused(echo(wire))
    assert over.who().get("subject") != "bob"
    assert over.calls() == []


def test_where_nobody_had_signed_in_there_is_no_page(desktop: Desktop, idp: Idp) -> None:
    """A first sign-in is a command that the person types."""
    desktop.profile(idp.issuer)
    answer = echo(shown(desktop))
    assert "localguard login" in text_of(answer)
    assert is_refused(answer)
    assert events(desktop) == []


def test_a_sign_out_is_undone_by_no_page(over: Desktop) -> None:
    """Neither by one that comes after it, nor by one that was open before."""
    wire = shown(over)
    over.login()
    over.logout()
    assert "localguard login" in text_of(echo(wire))
    assert events(over) == []


def test_a_sign_out_counts_while_somebody_is_at_the_page(over: Desktop) -> None:
    """Attack: a page is kept until the person has signed out."""
    wire = shown(over)
    url = Visitor(page_of(echo(wire))["url"]).onward()
    over.logout()
    ended = Person().visit(url)
    assert "is gone" in ended.text
    assert is_refused(echo(wire))


def test_a_sign_in_elsewhere_ends_the_page(over: Desktop) -> None:
    """The client is told that it is done, wherever it was."""
    wire = shown(over)
    wish = page_of(echo(wire))
    over.login()
    told = wire.told("notifications/elicitation/complete")
    assert told["params"]["elicitationId"] == wish["elicitationId"]
    with pytest.raises(ConnectionRefusedError):
        Visitor(wish["url"]).get()


def test_a_guard_with_a_page_ends_at_once(over: Desktop) -> None:
    """Promise: its client is gone, and nobody waits."""
    wire = shown(over)
    Visitor(page_of(echo(wire))["url"]).onward()
    started = time.monotonic()
    assert wire.finish() == 0
    assert time.monotonic() - started < 2


def envelope(more: Message | None = None) -> Message:
    """A modern call of a client that can show addresses."""
    about = {"protocolVersion": "2026-07-28", "clientCapabilities": URL}
    meta = {f"{META}/{name}": value for name, value in about.items()}
    return {"name": "echo", "arguments": {"text": "x"}, "_meta": meta, **(more or {})}


def test_a_modern_call_waits_for_the_person(over: Desktop) -> None:
    """2026-07-28 basic/patterns/mrtr: shown, accepted, and made anew; judged as a new call."""
    wire = over.guard()
    answer = wire.ask("tools/call", envelope())["result"]
    assert answer["resultType"] == "input_required"
    wish = answer["inputRequests"][KEY]
    assert wish["method"] == "elicitation/create"
    assert set(wish["params"]) == {"mode", "url", "message"}
    again = wire.request("tools/call", envelope({"inputResponses": {KEY: {"action": "accept"}}}))
    Person().visit(Visitor(wish["params"]["url"]).onward())
    assert not is_refused(wire.answer(again))
    (entry,) = over.seen("tools/call")
    assert KEY not in json.dumps(entry)


def guarded(desktop: Desktop) -> StdioServerParameters:
    """How the official client starts a guard in front of the official server."""
    command, *rest = desktop.argv("run", "--name", "sdk", "--", *SDK_MODERN)
    env, cwd = desktop.home.environment, desktop.project
    return StdioServerParameters(command=command, args=rest, env=dict(env), cwd=cwd)


def at_the_page(url: str) -> None:
    """A person to whom a client has shown the page."""
    Person().visit(Visitor(url).onward())


async def test_the_official_client_shows_the_page_and_goes_on(over: Desktop) -> None:
    """2026-07-28, Python SDK: its own driver asks, and makes the call again."""
    asked: list[ElicitRequestURLParams] = []

    async def shown(context: object, params: object) -> ElicitResult:  # noqa: ARG001
        assert isinstance(params, ElicitRequestURLParams)
        asked.append(params)
        await anyio.to_thread.run_sync(at_the_page, params.url)
        return ElicitResult(action="accept")

    with (over.folder / "client.log").open("w") as log, anyio.fail_after(30):
        start = stdio_client(guarded(over), log)
        async with Client(start, mode="auto", elicitation_callback=shown) as client:
            assert client.protocol_version == "2026-07-28"
            found = await client.call_tool("echo", {"text": "x"})
            assert not found.is_error
            assert not (await client.call_tool("echo", {"text": "y"})).is_error
    assert len(asked) == 1


async def test_the_official_client_of_the_revision_before_gets_the_error(over: Desktop) -> None:
    """2025-11-25, Python SDK: an error that it knows, and the notification that it is done."""
    done = anyio.Event()

    async def shown(context: object, params: object) -> ElicitResult:  # noqa: ARG001
        raise AssertionError(params)

    async def heard(message: object) -> None:
        if isinstance(message, ElicitCompleteNotification):
            done.set()

    with (over.folder / "client.log").open("w") as log, anyio.fail_after(30):
        start = stdio_client(guarded(over), log)
        async with Client(
            start, mode="legacy", elicitation_callback=shown, message_handler=heard
        ) as client:
            with pytest.raises(MCPError) as refused:
                await client.call_tool("echo", {"text": "x"})
            error = UrlElicitationRequiredError.from_error(refused.value.error)
            (wish,) = error.elicitations
            await anyio.to_thread.run_sync(at_the_page, wish.url)
            await done.wait()
            assert not (await client.call_tool("echo", {"text": "y"})).is_error


def test_a_real_browser_takes_the_person_there_and_back(
    over: Desktop, real_browser: Chromium
) -> None:
    """Chromium: what it says of itself with the form, the way to the provider, and our page."""
    wire = shown(over)
    found = real_browser.visit(page_of(echo(wire))["url"])
    assert "alice" in found["text"].lower()
    wire.told("notifications/elicitation/complete")
    assert not is_refused(echo(wire))
