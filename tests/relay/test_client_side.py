"""What the client says: ids, unknown methods, batches, cancellations, items that are judged."""

import json
from typing import Any

import pytest

from localguard.audit.records import Outcome, RefusedFrame
from localguard.relay.frames import emit
from localguard.relay.lines import Oversized
from localguard.relay.methods import REMOVED
from tests.relay.playbook import (
    EVERYTHING,
    Heard,
    Message,
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

RELAYING = f'unknown_methods = "relay"\n{EVERYTHING}'
CANCELLED = note("notifications/cancelled", requestId=7, reason="enough")


def reasons(heard: Heard) -> list[str]:
    return [record.reason for record in heard.records if isinstance(record, RefusedFrame)]


def batch(*messages: Any) -> bytes:
    return json.dumps(messages).encode()


def test_an_id_that_is_in_use_is_not_sent_again() -> None:
    """MCP: else a held and an allowed call can swap answers."""
    play = ready()
    play.client(call(7, "read", first=True))
    heard = play.client(call(7, "read", second=True))
    assert (heard.to_client, heard.to_server, reasons(heard)) == ([], [], ["id-in-use"])
    assert play.server(result(7, first=True)).to_client == [result(7, first=True)]
    assert play.server(result(7, second=True)).to_client == []


@pytest.mark.parametrize(("first", "second"), [(7, "7"), ("7", 7), (0, "-0"), ("07", 7)], ids=ascii)
def test_the_twin_of_an_id_in_use_is_refused(first: Any, second: Any) -> None:
    """MCP: TypeScript matches by Number(id), Python takes "7" for 7."""
    play = ready()
    play.client(call(first, "read"))
    heard = play.client(call(second, "read"))
    assert heard.to_server == []
    assert [(a["id"], a["error"]["data"]["reason"]) for a in heard.to_client] == [
        (second, "id-in-use")
    ]
    play.server(result(first))
    assert play.client(call(second, "read")).to_server == [call(second, "read")]


def test_a_frame_that_is_no_message_is_answered_where_it_has_an_id() -> None:
    """MCP, "bad frame, id readable"; the answer names no value of the frame."""
    play = ready()
    line = b'{"method":"tools/call","params":{"name":"a","name":"b"},"jsonrpc":"2.0","id":"x"}'
    (answer,) = play.client(line).to_client
    assert answer == {
        "jsonrpc": "2.0",
        "id": "x",
        "error": {
            "code": -32600,
            "message": "localguard: frame refused (duplicate-key)",
            "data": {"reason": "duplicate-key"},
        },
    }
    assert play.client(b'{"jsonrpc":"2.0","method":"a","params":[NaN]}').to_client == []


def test_a_frame_that_is_no_message_never_answers_a_call_in_flight() -> None:
    """Its id is in use, and the call in flight is the one to be answered."""
    play = ready()
    play.client(call(7, "read"))
    assert play.client(b'{"jsonrpc":"2.0","id":7,"method":"a","params":[]}').to_client == []
    assert play.server(result(7)).to_client == [result(7)]


def test_a_line_over_the_limit_is_answered_and_recorded_with_its_size() -> None:
    """Promise: nobody waits in vain for what was too long to be kept."""
    heard = ready().client(Oversized(b'{"method":"tools/call","params":', b'},"id":5}', 70_000_000))
    assert [answer["id"] for answer in heard.to_client] == [5]
    (record,) = heard.records
    assert isinstance(record, RefusedFrame)
    assert (record.reason, record.bytes) == ("too-long", 70_000_000)


def test_a_refused_answer_of_the_client_is_an_error_for_the_server() -> None:
    """The server waits for it; a mangled emoji in a form must not hang it."""
    play = ready()
    play.server(request("w", "elicitation/create", message="Name?"))
    heard = play.client(b'{"jsonrpc":"2.0","id":"w","result":{"content":{"a":"\\ud83d"}}}')
    assert heard.to_client == []
    assert [(m["id"], m["error"]["code"]) for m in heard.to_server] == [("w", -32603)]
    assert play.client(b'{"jsonrpc":"2.0","id":"w","result":{"a":NaN}}').to_server == []


@pytest.mark.parametrize("answer", [result("w"), error("w", -1), error(None, -1)])
def test_an_answer_to_nothing_is_dropped(answer: Message) -> None:
    """Only requests that the server has open can be answered."""
    heard = ready().client(answer)
    assert (heard.to_client, heard.to_server, reasons(heard)) == ([], [], ["unknown-id"])


def test_an_unknown_method_is_refused_unless_the_profile_relays() -> None:
    """Promise: an unknown request is refused with -32601."""
    asked = request(7, "vendor/explode\u202e", name="x")
    heard = ready().client(asked)
    assert heard.to_server == []
    (answer,) = heard.to_client
    assert answer["error"]["code"] == -32601
    assert "vendor/explode\\u{202e}" in answer["error"]["message"]
    assert reasons(heard) == ["unknown-method"]
    play = ready(RELAYING)
    assert play.client(asked).to_server == [asked]
    assert play.server(result(7, x=1)).to_client == [result(7, x=1)]
    play.switch(RELAYING, fault="work.toml:1: broken")
    assert play.client(request(8, "vendor/explode")).to_server == []


@pytest.mark.parametrize("rules", [EVERYTHING, RELAYING])
def test_an_unknown_notification_follows_the_same_switch(rules: str) -> None:
    """Promise: unknown notifications follow `unknown_methods`."""
    told = note("notifications/vendor", x=1)
    heard = ready(rules).client(told)
    assert heard.to_server == ([told] if rules is RELAYING else [])
    assert reasons(heard) == ([] if rules is RELAYING else ["dropped-notification"])


def test_a_cancellation_goes_on_and_the_late_answer_is_dropped() -> None:
    """After cancel nothing more is told of that id."""
    play = ready()
    play.client(call(7, "read"))
    assert play.client(CANCELLED).to_server == [CANCELLED]
    assert play.recorded(Outcome)[-1].status == "cancelled"
    heard = play.server(result(7))
    assert (heard.to_client, reasons(heard)) == ([], ["unknown-id"])
    assert play.client(CANCELLED).to_server == []


@pytest.mark.parametrize("id_", [8, "7", 7.0, True, None, [7], {"a": 1}], ids=ascii)
def test_a_cancellation_of_nothing_is_dropped(id_: Any) -> None:
    """Types count: Python takes true for 1 and 7.0 for 7, the server does not."""
    play = ready()
    play.client(call(7, "read"))
    play.client(call(1, "read"))
    assert play.client(note("notifications/cancelled", requestId=id_)).to_server == []
    assert play.server(result(7)).to_client == [result(7)]
    assert play.server(result(1)).to_client == [result(1)]


def test_the_handshake_cannot_be_cancelled() -> None:
    """basic/utilities/cancellation: `initialize` MUST NOT be cancelled by clients."""
    play = Play()
    play.client(request(7, "initialize"))
    assert play.client(CANCELLED).to_server == []
    assert len(play.server(result(7)).to_client) == 1


def test_progress_of_the_client_needs_a_token_of_the_server() -> None:
    """MCP: verify that the token belongs to an open call."""
    play = ready(EVERYTHING + '\n[from_server]\nsampling = "allow"')
    play.server(request(1, "sampling/createMessage", _meta={"progressToken": 5}))
    told = note("notifications/progress", progressToken=5, progress=1)
    assert play.client(told).to_server == [told]
    assert play.client(note("notifications/progress", progressToken="5")).to_server == []
    play.client(result(1))
    assert play.client(told).to_server == []


@pytest.mark.parametrize("version", ["2024-11-05", "2025-06-18", "2025-11-25", None])
def test_a_batch_is_refused_in_every_revision_but_one(version: str | None) -> None:
    """MCP 2025-03-26 basic/index: batches, and in no other revision."""
    play = Play()
    if version is not None:
        play.handshake(version)
    heard = play.client(batch(request(1, "ping"), request(2, "ping")))
    assert (heard.to_client, heard.to_server, reasons(heard)) == ([], [], ["batch"])


def test_a_batch_of_its_revision_is_taken_apart_and_judged_one_by_one() -> None:
    """2025-03-26 basic/index "Batching": never forwarded as an array."""
    play = Play('[[rule]]\nallow = "db/read"')
    play.handshake("2025-03-26")
    play.list_tools("read", "drop")
    heard = play.client(
        batch(
            call(1, "read"),
            call(2, "drop"),
            note("notifications/x"),
            {"id": 3},
            [],
            [call(4, "read")],
        )
    )
    assert heard.to_server == [call(1, "read")]
    assert [answer["id"] for answer in heard.to_client] == [2]
    assert reasons(heard) == ["dropped-notification", "not-json-rpc", "batch", "batch"]


@pytest.mark.parametrize("line", [b"[]", b"[" * 300 + b"]" * 300])
def test_a_batch_without_messages_is_recorded(line: bytes) -> None:
    """JSON-RPC 2.0 section 6: an empty array is invalid; never silently."""
    play = Play()
    play.handshake("2025-03-26")
    heard = play.client(line)
    assert (heard.to_client, heard.to_server, reasons(heard)) == ([], [], ["batch"])


def test_a_client_that_does_not_say_who_it_is_stays_unknown() -> None:
    """`clientInfo` is optional in modern requests, and never trusted anyway."""
    play = Play()
    for info in ({"name": 7}, "ana", None):
        play.client(request(str(info), "initialize", clientInfo=info))
    assert play.session.gate.client is None


def test_the_lines_of_a_client_are_written_anew() -> None:
    """Law of frames, seen from outside: white space and escapes of the sender are gone."""
    play = ready(EVERYTHING, "read")
    line = b' { "jsonrpc":"2.0",\r"id":7 ,"method":"tools\\/call","params":{"name":"r\\u0065ad"}}'
    assert play.client(line).to_server == [request(7, "tools/call", name="read")]
    assert emit(play.to_server[-1]).count(b" ") == 0


def test_listings_go_on_while_a_call_waits() -> None:
    """MCP: the Python client lists in the middle of a call; never queue it."""
    play = Play()
    play.handshake()
    (own,) = play.client(call(1, "a")).to_server
    assert play.client(request(2, "tools/list")).to_server == [request(2, "tools/list")]
    assert len(play.server(result(2, tools=tools("a"))).to_client) == 1
    assert play.server(result(own["id"], tools=tools("a"))).to_server == [call(1, "a")]


@pytest.mark.parametrize("method", sorted(REMOVED))
@pytest.mark.parametrize("more", ["", 'unknown_methods = "relay"\n'])
def test_a_method_that_the_era_has_no_more_is_unknown(method: str, more: str) -> None:
    """2026-07-28 basic/index: a removed method is answered like one that never was."""
    play = ready(f"{more}{EVERYTHING}")
    heard = play.client(modern(request(7, method, uri="file:///a", taskId="t")))
    assert heard.to_server == []
    assert heard.to_client[0]["error"]["code"] == -32601
    assert play.client(request(8, "resources/subscribe", uri="file:///a")).to_server
