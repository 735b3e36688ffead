"""A sign-in that is over, asked for by the client's own window: real guards, provider, clients."""

import html
import http.client
import json
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.providers.idp import Idp
from tests.providers.person import Person
from tests.ways.signing import Desktop, is_refused, text_of
from tests.ways.test_identity_session import until
from tests.ways.wire import PATIENCE, Message, Wire

URL: dict[str, Message] = {"elicitation": {"form": {}, "url": {}}}
FORM: dict[str, Message] = {"elicitation": {}}
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
    assert over.opened() == over.opened()[:1]
    ended = Person().visit(Visitor(wish["url"]).onward())
    assert "alice" in ended.text.lower()
    told = wire.told("notifications/elicitation/complete")
    assert told["params"] == {"elicitationId": wish["elicitationId"]}
    assert not is_refused(echo(wire))
    assert not is_refused(echo(other))
    assert events(over) == ["asked", "signed_in"]
    assert len(over.opened()) == 1


def test_nothing_happens_by_looking(over: Desktop, idp: Idp) -> None:
    """Attack: clients and models fetch what they find; no GET begins anything, however often."""
    wire = shown(over)
    asked = idp.requests("authorization")
    visitor = Visitor(page_of(echo(wire))["url"])
    for site in ("cross-site", "none", "same-origin"):
        status, text = visitor.get(**{"Sec-Fetch-Site": site, "Sec-Purpose": "prefetch"})
        assert status == 200
        for told in ("fake", "raw", "all", urlsplit(idp.issuer).netloc):
            assert told in text
    assert visitor.get("HEAD")[0] in {405, 501}
    assert idp.requests("authorization") == asked
    assert is_refused(echo(wire))
    assert events(over) == ["asked"]


def test_other_pages_cannot_press_the_button(over: Desktop) -> None:
    """Attack: a page of the web that knows the address, and one under a name of its own."""
    visitor = Visitor(page_of(echo(shown(over)))["url"])
    token = visitor.token()
    assert visitor.get(Host="evil.test")[0] == 421
    assert visitor.post(token, {**visitor.ours, "Host": "evil.test"})[0] == 421
    assert visitor.post(token, {**visitor.ours, "Origin": "https://evil.test"})[0] == 403
    assert visitor.post(token, {**visitor.ours, "Origin": "null"})[0] == 403
    assert visitor.post(token, {"Sec-Fetch-Site": "same-origin"})[0] == 403
    assert visitor.post(token, {**visitor.ours, "Sec-Fetch-Site": "cross-site"})[0] == 403
    assert visitor.post(token, {**visitor.ours, "Sec-Fetch-Site": "same-site"})[0] == 403
    assert visitor.post("guessed")[0] == 403
    assert Visitor(f"{visitor.url}x").get()[0] == 404
    assert Visitor(f"http://{visitor.authority}/").get()[0] == 404
    visitor.onward()


def test_the_button_is_pressed_once(over: Desktop) -> None:
    """Attack: a replay, by whoever saw the form."""
    wire = shown(over)
    visitor = Visitor(page_of(echo(wire))["url"])
    token, url = visitor.token(), visitor.onward()
    assert visitor.post(token)[0] == 410
    assert visitor.get()[0] == 410
    Person().visit(url)
    wire.told("notifications/elicitation/complete")


def test_nobody_else_signs_in_at_the_page(over: Desktop) -> None:
    """Attack: a model with a browser signs in an account of its own; the person's stays over."""
    wire = shown(over)
    ended = Person("bob").visit(Visitor(page_of(echo(wire))["url"]).onward())
    assert "somebody else has signed in" in ended.text.lower()
    assert over.home.until("sign_in_page", event="refused")[0]["reason"].startswith("somebody else")
    assert is_refused(echo(wire))
    assert over.who().get("subject") != "bob"
    assert over.calls() == []


def test_the_proof_has_to_be_new(over: Desktop) -> None:
    """Attack: a browser that a model drives rides on the session that is open at the provider."""
    url = Visitor(page_of(echo(shown(over)))["url"]).onward()
    query = parse_qs(urlsplit(url).query)
    assert "login" in query["prompt"][0].split()
    assert int(query["max_age"][0]) <= 60


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
    over.login()
    over.logout()
    ended = Person().visit(url)
    assert "is gone" in ended.text
    assert is_refused(echo(wire))


def test_a_login_in_a_terminal_waits_for_no_page(over: Desktop) -> None:
    """Attack: whoever has the address keeps the person from their own command."""
    wire = shown(over)
    wish = page_of(echo(wire))
    Visitor(wish["url"]).onward()
    over.login()
    assert not is_refused(echo(wire))


def test_a_sign_in_elsewhere_ends_the_page(over: Desktop) -> None:
    """The client is told that it is done, wherever it was."""
    wire = shown(over)
    wish = page_of(echo(wire))
    over.login()
    told = wire.told("notifications/elicitation/complete")
    assert told["params"]["elicitationId"] == wish["elicitationId"]
    with pytest.raises(ConnectionRefusedError):
        Visitor(wish["url"]).get()


def test_there_is_one_page_for_all_calls(over: Desktop) -> None:
    """Promise: however many calls are made."""
    wire = shown(over)
    first = page_of(echo(wire))
    assert [page_of(echo(wire)) for _ in range(3)] == [first] * 3
    assert events(over) == ["asked"]


@pytest.mark.parametrize("capabilities", [{}, FORM, {"elicitation": {"url": True}}])
def test_who_cannot_show_it_is_told_in_words(over: Desktop, capabilities: Any) -> None:
    """As before: the reason and the command."""
    wire = over.guard()
    wire.handshake(**capabilities)
    assert "localguard login" in text_of(echo(wire))
    assert events(over) == []


def test_a_guard_with_a_page_ends_at_once(over: Desktop) -> None:
    """Promise: its client is gone, and nobody waits."""
    wire = shown(over)
    url = Visitor(page_of(echo(wire))["url"]).onward()
    started = time.monotonic()
    assert wire.finish() == 0
    assert time.monotonic() - started < 2
    assert url


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


def test_who_declines_is_told_in_words(over: Desktop) -> None:
    """No second window for the same call."""
    wire = over.guard()
    wire.ask("tools/call", envelope())
    said = {"inputResponses": {KEY: {"action": "decline"}}}
    assert "localguard login" in text_of(wire.ask("tools/call", envelope(said)))
