"""What a server with a URL tells beside its lines, as plays: losses, and sessions begun anew."""

from dataclasses import dataclass
from typing import Any

import pytest

from localguard.audit.records import Outcome, ServerEvent
from localguard.relay.frames import Id, emit
from localguard.relay.remote_link import Ears
from tests.relay.playbook import EVERYTHING, Play, call, error, request, result, tools


@dataclass(frozen=True)
class Lost:
    """A request that stays without an answer."""

    id: Id
    words: str = "the server broke its answer off"
    unknown: bool = False
    code: int | None = None


HELLO = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {}}


def greeted() -> tuple[Play, Ears]:
    """A session after its handshake, and who hears the server."""
    play = Play(EVERYTHING)
    play.client(request(0, "initialize", protocolVersion="2025-11-25", capabilities={}))
    play.server(result(0, **HELLO))
    return play, Ears(play.session)


@pytest.mark.parametrize(("unknown", "status"), [(True, "unknown"), (False, "error")])
def test_a_call_that_is_lost_is_answered_and_recorded_as_what_is_known_of_it(
    unknown: bool, status: str
) -> None:
    """Promise: the audit outcome is unknown where the server may have carried it out."""
    play, ears = greeted()
    play.client(request(1, "resources/read", uri="memo://a"))
    ears.lost(Lost(1, unknown=unknown))
    ears.lost(Lost(1, unknown=unknown))
    answers = [m for m in play.transcript.of("client") if m.get("id") == 1]
    assert [answer["error"]["code"] for answer in answers] == [1002]
    assert "broke its answer off" in answers[0]["error"]["message"]
    outcomes = [r for r in play.transcript.of("log") if isinstance(r, Outcome)]
    assert [outcome.status for outcome in outcomes] == [status]


def test_a_probe_that_is_lost_sends_the_client_to_the_handshake() -> None:
    """2026-07-28 basic/versioning: -32601 is no modern error."""
    play, ears = greeted()
    play.client(request(1, "server/discover"))
    ears.lost(Lost(1, code=-32601))
    assert play.transcript.of("client")[-1]["error"]["code"] == -32601


def test_a_listing_of_the_guards_own_that_is_lost_holds_nobody_up() -> None:
    """Calls that wait for it are judged without it."""
    play, ears = greeted()
    play.client({"jsonrpc": "2.0", "method": "notifications/initialized"})
    play.client(call(1, "echo"))
    (own,) = list(play.session.own)
    ears.lost(Lost(own))
    assert own not in play.session.own
    assert play.transcript.of("server")[-1]["params"]["name"] == "echo"


def test_what_nobody_waits_for_is_not_answered() -> None:
    """A request that was cancelled meanwhile."""
    play, ears = greeted()
    before = len(play.transcript.entries)
    ears.lost(Lost(77))
    assert len(play.transcript.entries) == before


def test_a_new_session_of_the_same_server_goes_on_with_its_lists_unknown() -> None:
    """Duty: pins count as stale until what it lists was listed anew."""
    play, ears = greeted()
    play.client(request(1, "tools/list"))
    play.server(result(1, tools=tools("echo")))
    assert play.session.catalog.knows("tools/list", "echo")
    assert ears.met_again(emit(result("x", **HELLO))) is None
    assert not play.session.catalog.knows("tools/list", "echo")
    assert play.session.gate.trouble() is None


@pytest.mark.parametrize(
    "answer",
    [
        result("x", **HELLO | {"capabilities": {}}),
        result("x", **HELLO | {"protocolVersion": "2025-06-18"}),
        error("x", -32600),
    ],
)
def test_a_new_session_that_is_another_server_to_the_client_gets_no_call(answer: Any) -> None:
    """Promise: another version or fewer capabilities, and calls are denied with "reconnect"."""
    play, ears = greeted()
    assert ears.met_again(emit(answer)) is not None
    assert "reconnect" in (play.session.gate.trouble() or "")


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":1,"Result":{}}',
        b'{"jsonrpc":"2.0","id":1,"result":{},"ID":2}',
        b'{"jsonrpc":"2.0","id":2,"id":1,"result":{}}',
        b'{"jsonrpc":"1.0","id":1,"result":{}}',
        b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 200 + b"]" * 200 + b"}",
        b'[{"jsonrpc":"2.0","id":1,"result":{}}]',
    ],
)
def test_a_request_whose_answer_is_refused_is_answered_all_the_same(line: bytes) -> None:
    """Attack: an answer by its id, and no message to the relay; its client would wait for good."""
    play, ears = greeted()
    play.client(request(1, "resources/read", uri="memo://a"))
    ears.line(line, 1)
    answers = [m for m in play.transcript.of("client") if m.get("id") == 1]
    assert len(answers) == 1
    assert "refused" in answers[0]["error"]["message"]
    assert len([r for r in play.transcript.of("log") if isinstance(r, Outcome)]) == 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","id":"x","result":{"instructions":' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"jsonrpc":"2.0","id":"x","result":{},"Result":{}}',
    ],
)
def test_a_new_session_that_begins_with_no_message_gets_no_call(line: bytes) -> None:
    """Attack: words that the pins would be lost in, or that others read differently."""
    play, ears = greeted()
    assert "no message" in (ears.met_again(line) or "")
    assert "reconnect" in (play.session.gate.trouble() or "")


def test_trouble_is_recorded_and_told_on_stderr() -> None:
    """Promise: the person is told when a server is out of reach."""
    play, ears = greeted()
    ears.trouble("https://x.example: the server cannot be reached", unreachable=True)
    (event,) = [r for r in play.transcript.of("log") if isinstance(r, ServerEvent)]
    assert "cannot be reached" in (event.detail or "")
