"""What the server says: answers to what is open, wishes, notifications, and noise."""

import json
from typing import Any

import pytest

from localguard.audit.records import Noise, Outcome, RefusedFrame
from localguard.relay.lines import Oversized
from localguard.relay.methods import SUBSCRIPTION
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
)

RELAYING = f'unknown_methods = "relay"\n{EVERYTHING}'


def reasons(heard: Heard) -> list[str]:
    return [record.reason for record in heard.records if isinstance(record, RefusedFrame)]


def waiting() -> Play:
    """A session in which the call 7 is with the server."""
    play = ready()
    play.client(call(7, "read"))
    return play


@pytest.mark.parametrize(
    "answer", [result(8), result("7"), error(8, -1), error(None, -1)], ids=ascii
)
def test_an_answer_to_nothing_is_dropped_and_recorded(answer: Message) -> None:
    """MCP: accept a server response only for an id in flight."""
    play = waiting()
    heard = play.server(answer)
    assert (heard.to_client, heard.to_server, reasons(heard)) == ([], [], ["unknown-id"])
    assert play.server(result(7)).to_client == [result(7)]
    assert play.server(result(7)).to_client == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"result":{"a":1,"a":2},"jsonrpc":"2.0","id":7}', "duplicate-key"),
        (b'{"result":{"a":"\xff"},"jsonrpc":"2.0","id":7}', "not-utf-8"),
        (b'{"jsonrpc":"2.0","id":7,"result":{"a":"\\ud800"}}', "lone-surrogate"),
        (b'{"jsonrpc":"2.0","id":7,"error":{"code":NaN}}', "not-finite"),
        (b'{"jsonrpc":"2.0","id":7,"result":{"tools":[{"Name":"a"}]}}', "folded-key"),
        (b'{"jsonrpc":"2.0","id":7,"result":{},"method":"a"}', "mixed-shape"),
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":7,"result":{}}', "not-json"),
        (b'{"result":{"a":' + b"[" * 200 + b"]" * 200 + b'},"jsonrpc":"2.0","id":7}', "too-deep"),
    ],
)
def test_a_refused_answer_becomes_an_error_for_its_call(line: bytes, reason: str) -> None:
    """MCP: synthesise an error, so that the client does not hang."""
    play = waiting()
    heard = play.server(line)
    assert reasons(heard) == [reason]
    (answer,) = heard.to_client
    assert (answer["id"], answer["error"]["code"]) == (7, -32603)
    assert reason in answer["error"]["message"]
    assert (play.recorded(Outcome)[-1].status, play.recorded(Outcome)[-1].code) == ("error", -32603)
    assert play.server(result(7)).to_client == []


def test_an_answer_over_the_limit_becomes_an_error_for_its_call() -> None:
    """The same for a line that could not be kept."""
    play = waiting()
    end = Oversized(b'{"result":{"content":[{"text":"', b'"}]},"jsonrpc":"2.0","id":7}', 99_000_000)
    heard = play.server(end)
    assert [answer["id"] for answer in heard.to_client] == [7]
    assert reasons(heard) == ["too-long"]
    assert play.recorded(RefusedFrame)[-1].bytes == 99_000_000


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}',
        b'{"jsonrpc":"2.0","id":7}',
        b'{"jsonrpc":"2.0","id":8,"result":[]}',
        b'{"jsonrpc":"2.0","result":{}}',
    ],
)
def test_what_is_no_answer_to_a_call_leaves_it_open(line: bytes) -> None:
    """Both sides number for themselves: the server's request 7 is not the client's."""
    play = waiting()
    heard = play.server(line)
    assert (heard.to_client, heard.to_server, len(reasons(heard))) == ([], [], 1)
    assert play.server(result(7)).to_client == [result(7)]


@pytest.mark.parametrize(
    "line",
    [b"Server listening on stdio", b"\x1b[31mnpm WARN\x1b[0m", "Grüße".encode(), b"\xff\xfe", b"7"],
)
def test_noise_is_recorded_and_dropped(line: bytes) -> None:
    """MCP: banners and warnings on stdout are common; drop the line, log it, keep going."""
    play = waiting()
    heard = play.server(line)
    assert (heard.to_client, heard.to_server) == ([], [])
    (record,) = heard.records
    assert isinstance(record, Noise)
    assert (record.count, record.bytes) == (1, len(line))
    assert "\x1b" not in record.sample
    assert play.server(result(7)).to_client == [result(7)]


def test_endless_noise_is_recorded_by_its_head() -> None:
    """A line that is too long and no message."""
    heard = ready().server(Oversized(b"x" * 4096, b"x", 99_000_000))
    (record,) = heard.records
    assert isinstance(record, Noise)
    assert (record.bytes, len(record.sample) <= 200) == (99_000_000, True)


def test_a_wish_whose_id_is_in_use_is_dropped() -> None:
    """An answer could not be told from the other's."""
    play = ready()
    play.server(request(1, "roots/list"))
    heard = play.server(request(1, "ping"))
    assert (heard.to_client, heard.to_server, reasons(heard)) == ([], [], ["id-in-use"])


def test_a_wish_may_have_the_id_of_a_call() -> None:
    """Ids are per direction."""
    play = waiting()
    assert play.server(request(7, "ping")).to_client == [request(7, "ping")]
    assert play.client(result(7)).to_server == [result(7)]
    assert play.server(result(7)).to_client == [result(7)]


def test_an_unknown_wish_passes_where_the_profile_relays() -> None:
    """`unknown_methods = "relay"` holds in both directions."""
    play = ready(RELAYING)
    asked = request(1, "vendor/ask")
    assert play.server(asked).to_client == [asked]
    assert play.client(result(1, x=1)).to_server == [result(1, x=1)]


@pytest.mark.parametrize(
    "told",
    [
        note("notifications/message", level="info", data={"x": [1]}),
        note("notifications/resources/updated", uri="file:///a"),
        note("notifications/elicitation/complete", elicitationId="e"),
        note("notifications/subscriptions/acknowledged", _meta={SUBSCRIPTION: 1}),
    ],
    ids=lambda told: str(told["method"]),
)
def test_what_carries_nothing_judged_passes_unchanged(told: Message) -> None:
    """Promise: MCP as it is passes."""
    assert ready().server(told).to_client == [told]


@pytest.mark.parametrize("rules", [EVERYTHING, RELAYING])
def test_an_unknown_notification_follows_the_switch(rules: str) -> None:
    """Promise: what a server sends is looked at like what is sent to it."""
    told = note("notifications/vendor", x=1)
    heard = ready(rules).server(told)
    assert heard.to_client == ([told] if rules is RELAYING else [])
    assert reasons(heard) == ([] if rules is RELAYING else ["dropped-notification"])


@pytest.mark.parametrize("token", [5, "5", "p"], ids=ascii)
def test_progress_needs_the_token_of_an_open_call(token: Any) -> None:
    """Claude Code tears the connection down on progress for an unknown or finished token."""
    play = ready()
    told = note("notifications/progress", progressToken=token, progress=0.5, message="half")
    assert play.server(told).to_client == []
    asked = call(7, "read")
    asked["params"]["_meta"] = {"progressToken": token}
    play.client(asked)
    assert play.server(told).to_client == [told]
    for other in (str(token) + "x", None, [token], True):
        assert play.server(note("notifications/progress", progressToken=other)).to_client == []
    play.server(result(7))
    assert play.server(told).to_client == []


def test_a_server_may_take_back_its_own_wish() -> None:
    """basic/utilities/cancellation: the sender of a request may cancel it."""
    play = ready()
    play.server(request(1, "roots/list"))
    told = note("notifications/cancelled", requestId=1)
    assert play.server(told).to_client == [told]
    assert play.server(told).to_client == []
    assert play.client(result(1, roots=[])).to_server == []


@pytest.mark.parametrize("id_", [7, "7", True, None, [7], 7.0], ids=ascii)
def test_a_server_may_not_cancel_a_call(id_: Any) -> None:
    """2026-07-28 basic/utilities/cancellation: it may only end a subscription."""
    play = waiting()
    assert play.server(note("notifications/cancelled", requestId=id_)).to_client == []
    assert play.server(result(7)).to_client == [result(7)]


def test_a_server_may_end_a_subscription() -> None:
    """2026-07-28 patterns/subscriptions."""
    play = Play()
    wanted = {"resourceSubscriptions": ["file:///a"]}
    play.client(modern(request("sub", "subscriptions/listen", notifications=wanted)))
    told = note("notifications/cancelled", requestId="sub")
    assert play.server(told).to_client == [told]
    assert play.recorded(Outcome)[-1].status == "cancelled"
    assert play.server(result("sub")).to_client == []


def test_a_batch_of_answers_is_taken_apart_in_its_revision() -> None:
    """2025-03-26: and refused, with an error for nobody, in every other."""
    for version in ("2025-03-26", "2025-11-25"):
        play = Play()
        play.handshake(version)
        play.client(request(1, "ping"))
        play.client(request(2, "ping"))
        answers = [result(2), note("notifications/message", data=1), result(1), 5]
        heard = play.server(json.dumps(answers).encode())
        assert heard.to_client == (answers[:3] if version == "2025-03-26" else [])
        empty = Play()
        empty.handshake(version)
        heard = empty.server(b"[]")
        assert (heard.to_client, reasons(heard)) == ([], ["batch"])


def test_a_server_that_asks_without_end_is_refused_and_cannot_fill_the_memory() -> None:
    """Attack: requests that no client answers, each kept until it would be."""
    play = ready()
    for number in range(1000):
        assert play.server(request(number, "ping")).to_client == [request(number, "ping")]
    heard = play.server(request("one too many", "ping"))
    assert heard.to_client == []
    assert heard.to_server[0]["error"]["code"] == -32603
    assert reasons(heard) == ["too-many-open"]
    play.client(result(0))
    assert play.server(request("now", "ping")).to_client == [request("now", "ping")]
