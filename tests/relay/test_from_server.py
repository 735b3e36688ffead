"""What servers ask of the client: capabilities cut, wishes refused, URLs looked at."""

from typing import Any

import pytest

from localguard.audit.records import FromServer
from localguard.relay.from_server import error_objection, unsafe_url
from localguard.relay.methods import CLIENT_CAPABILITIES
from tests.relay.playbook import (
    EVERYTHING,
    Heard,
    Play,
    call,
    error,
    modern,
    note,
    ready,
    request,
    result,
    tools,
)

ALL: dict[str, Any] = {
    "sampling": {"tools": {}},
    "elicitation": {"url": {}},
    "roots": {"listChanged": True},
}
NONE = EVERYTHING + '\n[from_server]\nsampling = "deny"\nelicitation = "deny"\nroots = "deny"'
EVERY = EVERYTHING + '\n[from_server]\nsampling = "allow"\nelicitation = "allow"\nroots = "allow"'
ASKED = EVERYTHING + '\n[from_server]\nsampling = "ask"'
NOT_OFFERED = {"code": -32601, "message": "Method not found"}
SAFE = {"message": "Sign in", "mode": "url", "url": "https://login.example.com/x", "id": 1}


def wishing(*wishes: Any) -> dict[str, Any]:
    """A modern answer that asks for something."""
    inputs = {str(number): wish for number, wish in enumerate(wishes)}
    return result(7, resultType="input_required", inputRequests=inputs, requestState="s")


def refused(heard: Heard) -> str:
    """The words of the refusal that the client got in place of the answer."""
    assert heard.to_server == []
    (answer,) = heard.to_client
    assert answer["id"] == 7
    assert answer["result"]["isError"] is True
    return str(answer["result"]["content"][0]["text"])


def test_the_clients_capabilities_are_cut_in_the_handshake() -> None:
    """MCP: remove the capability, so that a server does not even ask."""
    tasks: dict[str, Any] = {
        "list": {},
        "requests": {"sampling": {"createMessage": {}}, "elicitation": {}},
    }
    play = Play(EVERYTHING)
    play.handshake(**ALL, tasks=tasks, extensions={"x/y": {}}, Sampling={})
    sent = play.to_server[0]["params"]["capabilities"]
    kept: dict[str, Any] = {"list": {}, "requests": {"elicitation": {}}}
    assert sent == {
        "elicitation": ALL["elicitation"],
        "roots": ALL["roots"],
        "tasks": kept,
        "extensions": {"x/y": {}},
    }


@pytest.mark.parametrize("offer", [{}, {"capabilities": None}, {"capabilities": [1]}])
def test_a_handshake_without_capabilities_goes_on_as_it_is(offer: dict[str, Any]) -> None:
    """Nothing is added that the client did not say."""
    asked = request(1, "initialize", protocolVersion="2025-06-18", **offer)
    assert Play().client(asked).to_server == [asked]


def test_the_capabilities_are_cut_in_every_modern_request() -> None:
    """2026-07-28 basic/index: each request carries them, so each is cut."""
    play = Play(NONE)
    for method in ("server/discover", "tools/list", "tools/call", "prompts/get", "tasks/list"):
        asked = modern(request(method, method, name="a"), **{CLIENT_CAPABILITIES: ALL | {"x": 1}})
        (sent,) = play.client(asked).to_server
        assert sent["params"]["_meta"][CLIENT_CAPABILITIES] == {"x": 1}
        assert sent["method"] == method
        play.server(result(method, tools=tools("a")))


@pytest.mark.parametrize("tasks", [1, {"requests": 1}, {"requests": {}}])
def test_odd_capabilities_of_tasks_stay(tasks: Any) -> None:
    """Nothing to cut, nothing to trip over."""
    play = Play(NONE)
    play.handshake(tasks=tasks)
    assert play.to_server[0]["params"]["capabilities"] == {"tasks": tasks}


@pytest.mark.parametrize(
    ("rules", "method", "why"),
    [
        (NONE, "sampling/createMessage", "from_server.sampling is deny"),
        (NONE, "elicitation/create", "from_server.elicitation is deny"),
        (NONE, "roots/list", "from_server.roots is deny"),
        (ASKED, "sampling/createMessage", "from_server.sampling is ask, and only calls can wait"),
        (NONE, "tasks/get", "from_server allows no request with tasks"),
        (EVERY, "client/explode", "the method is unknown"),
    ],
)
def test_a_refused_wish_is_answered_as_by_a_client_without_it(
    rules: str, method: str, why: str
) -> None:
    """MCP: the same words a client without the capability would use; the client hears
    nothing, the log does."""
    play = ready(rules)
    heard = play.server(request("w", method, messages=[]))
    assert heard.to_client == []
    assert heard.to_server == [{"jsonrpc": "2.0", "id": "w", "error": NOT_OFFERED}]
    (record,) = heard.records
    assert isinstance(record, FromServer)
    assert (record.method, record.decision) == (method, "deny")
    assert record.reason.startswith(why)


@pytest.mark.parametrize(
    "method", ["sampling/createMessage", "elicitation/create", "roots/list", "tasks/get"]
)
def test_an_allowed_wish_passes_and_its_answer_goes_back(method: str) -> None:
    """Promise: what the profile allows passes end to end, ids untouched."""
    play = ready(EVERY)
    asked = request(0, method, kept={"x": 1})
    assert play.server(asked).to_client == [asked]
    answer = result(0, action="accept", content={"a": 1})
    assert play.client(answer).to_server == [answer]
    assert play.client(answer).to_server == []


@pytest.mark.parametrize("rules", [EVERY, NONE])
def test_a_wish_that_cannot_be_recorded_is_refused(rules: str) -> None:
    """Promise: what the log does not know of does not happen; and the server hears no fault."""
    play = ready(rules)
    play.log.failing = True
    heard = play.server(request("w", "sampling/createMessage", messages=[]))
    assert heard.to_client == []
    assert heard.to_server == [{"jsonrpc": "2.0", "id": "w", "error": NOT_OFFERED}]
    play.log.failing = False
    passed = request("x", "sampling/createMessage", messages=[])
    assert play.server(passed).to_client == ([passed] if rules is EVERY else [])


def test_a_fault_of_the_files_lets_no_wish_through() -> None:
    """Promise: what was allowed is asked, and there is no console yet."""
    play = ready(EVERY)
    play.switch(EVERY, fault="work.toml:1: broken")
    assert play.server(request(1, "roots/list")).to_client == []
    assert play.server(request(2, "ping")).to_client == [request(2, "ping")]


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example.com/x?y=1", True),
        ("HTTPS://login.example.com", True),
        ("http://127.0.0.1:8080/cb", True),
        ("http://[::1]/cb", True),
        ("http://localhost/cb", False),
        ("http://login.example.com", False),
        ("javascript:alert(1)", False),
        ("javascript://login.example.com/%0aalert(1)", False),
        ("file:///etc/passwd", False),
        ("data:text/html,x", False),
        ("https://user@login.example.com", False),
        ("https://login.example.com\\@evil.example", False),
        ("https://exa mple.com", False),
        ("https://", False),
        ("", False),
        (None, False),
        (["https://login.example.com"], False),
    ],
)
def test_only_urls_that_are_safe_to_open_reach_the_client(url: Any, safe: bool) -> None:
    """MCP security_best_practices, "OAuth Authorization URL Validation"; every way a URL takes."""
    assert (unsafe_url(url) is None) is safe
    play = ready(EVERYTHING)
    asked = request(1, "elicitation/create", mode="url", url=url, elicitationId="e", message="m")
    assert play.server(asked).to_client == ([asked] if safe else [])
    play.client(call(7, "read"))
    answer = error(7, -32042, elicitations=[SAFE, {"mode": "url", "url": url}])
    heard = play.server(answer)
    assert heard.to_client == [answer] if safe else refused(heard)
    play.client(call(7, "read"))
    answer = wishing({"method": "elicitation/create", "params": {"mode": "url", "url": url}})
    heard = play.server(answer)
    assert heard.to_client == [answer] if safe else refused(heard)


def test_a_form_needs_no_url() -> None:
    """client/elicitation: form mode."""
    asked = request(1, "elicitation/create", message="Your name?", requestedSchema={})
    assert ready().server(asked).to_client == [asked]


@pytest.mark.parametrize(
    ("data", "refuses"),
    [
        ({"elicitations": [SAFE]}, False),
        ({"elicitations": []}, False),
        ({"elicitations": [{}]}, True),
        ({"elicitations": ["https://login.example.com"]}, True),
        ({"elicitations": {"url": "https://login.example.com"}}, True),
        ({}, True),
        (None, True),
    ],
)
def test_an_error_that_asks_for_urls_must_be_readable(data: Any, refuses: bool) -> None:
    """2025-11-25 client/elicitation, error -32042: the same URL check on an error response."""
    play = ready()
    found = error_objection({"code": -32042, "data": data}, play.session.gate.from_server)
    assert (found is not None) is refuses


def test_an_error_that_asks_for_urls_follows_the_profile() -> None:
    """from_server.elicitation = "deny" holds for errors, too."""
    play = ready(NONE)
    play.client(call(7, "read"))
    heard = play.server(error(7, -32042, elicitations=[SAFE]))
    assert "from_server.elicitation is deny" in refused(heard)


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"method": "sampling/createMessage", "params": {}}, "from_server.sampling is deny"),
        ({"method": "tools/call", "params": {}}, "no request that a server may make"),
        ({"method": "ping"}, "no request that a server may make"),
        ({"params": {}}, "without a method"),
        ({"method": 3}, "without a method"),
        ("sampling/createMessage", "without a method"),
    ],
)
def test_an_answer_that_asks_for_what_it_may_not_have_is_replaced(wish: Any, why: str) -> None:
    """MCP: the client gets an isError result, the server nothing."""
    play = ready()
    play.client(modern(call(7, "read")))
    heard = play.server(wishing({"method": "roots/list"}, wish))
    assert why in refused(heard)
    assert heard.to_client[0]["result"]["resultType"] == "complete"
    assert [r.decision for r in heard.records if isinstance(r, FromServer)] == ["deny"]


def test_wishes_that_cannot_be_read_are_refused() -> None:
    """`inputRequests` is an object by the schema; anything else is no guess of ours."""
    play = ready()
    play.client(call(7, "read"))
    assert "without a method" in refused(play.server(result(7, inputRequests=["roots/list"])))


@pytest.mark.parametrize("method", ["prompts/get", "resources/read", "completion/complete"])
def test_other_judged_answers_may_ask_for_no_more(method: str) -> None:
    """2026-07-28 basic/patterns/mrtr: prompts and resources can be `input_required`, too."""
    play = ready()
    params = {
        "name": "p",
        "uri": "x:y",
        "ref": {"type": "ref/prompt", "name": "p"},
        "argument": {"name": "a", "value": "b"},
    }
    play.client(modern(request(7, method, **params)))
    heard = play.server(wishing({"method": "sampling/createMessage"}))
    assert [answer["error"]["code"] for answer in heard.to_client] == [1001]


def test_an_allowed_wish_inside_an_answer_passes_unchanged() -> None:
    """Unknown fields and the state survive."""
    play = ready()
    play.client(modern(call(7, "read")))
    answer = wishing({"method": "roots/list", "x": 1}, {"method": "elicitation/create"})
    assert play.server(answer).to_client == [answer]


def test_the_roots_that_changed_are_told_only_where_roots_are_allowed() -> None:
    """from_server.roots: the notification says as much as the answer would let guess."""
    changed = note("notifications/roots/list_changed")
    assert ready().client(changed).to_server == [changed]
    assert ready(NONE).client(changed).to_server == []
