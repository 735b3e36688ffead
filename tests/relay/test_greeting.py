"""A server that takes the place of another: greeted as the client has greeted the one before."""

from pathlib import Path
from typing import Any

import pytest

from localguard.approvals.requests import Answered
from localguard.audit.records import Outcome
from localguard.relay.greeting import REPLAYED
from localguard.relay.own_listing import PATIENCE
from tests.relay.pinned_play import PinnedPlay, Shop, opened, tool
from tests.relay.playbook import (
    INFO,
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

VERSION = "2025-11-25"
LISTS = ["prompts", "resources", "tools"]


def methods(messages: list[Message]) -> list[str]:
    return [message["method"] for message in messages]


def text_of(message: Message) -> str:
    return "\n".join(part["text"] for part in message["result"]["content"])


def hello(**members: Any) -> Message:
    """A server's answer to the replayed handshake."""
    said = {"protocolVersion": VERSION, "capabilities": {"tools": {}}, "serverInfo": INFO}
    return result(REPLAYED, **said | members)


def test_the_clients_own_handshake_is_said_again_and_its_answer_kept() -> None:
    """Promise: the client keeps its session, and hears only that the lists have changed."""
    play = ready()
    heard = play.restart()
    (said,) = heard.to_server
    assert said == {**play.to_server[0], "id": REPLAYED}
    assert heard.to_client == []
    done = play.server(hello())
    assert methods(done.to_server) == ["notifications/initialized"]
    assert methods(done.to_client) == [f"notifications/{kind}/list_changed" for kind in LISTS]
    assert play.greeted == 1
    assert play.client(call(7, "read")).to_server[-1]["method"] == "tools/list"


def test_calls_are_denied_until_it_has_answered_however_late() -> None:
    """A server that is still being installed is no reason to have the client reconnect."""
    play = ready()
    play.restart()
    early = play.client(call(7, "read"))
    own = play.to_server[-1]
    assert early.to_server == [own]
    (told,) = play.server(result(own["id"], tools=tools("read"))).to_client
    assert "has not answered the handshake yet" in text_of(told)
    play.wait(10 * PATIENCE)
    play.server(hello())
    assert play.client(call(8, "read")).to_server[-1]["id"] == 8


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (hello(protocolVersion="2024-11-05"), "speaks another version of MCP"),
        (hello(capabilities={}), "offers less than the client was told"),
        (hello(capabilities=None), "offers less than the client was told"),
        (error(REPLAYED, -32602), "refuses the handshake"),
    ],
)
def test_a_server_that_the_client_would_have_to_be_told_of_gets_no_calls(
    answer: Message, why: str
) -> None:
    """Promise: the client is never left with a handshake that is no longer true."""
    play = ready()
    play.restart()
    heard = play.server(answer)
    assert heard.to_server == []
    assert play.greeted == 1
    play.client(call(7, "read"))
    (told,) = play.server(result(play.to_server[-1]["id"], tools=tools("read"))).to_client
    assert why in text_of(told)
    assert "reconnect this server in the client" in text_of(told)
    play.restart()
    play.server(hello())
    play.client(call(8, "read"))
    play.server(result(play.to_server[-1]["id"], tools=tools("read")))
    assert play.to_server[-1]["id"] == 8


def test_capabilities_that_are_none_are_nothing_to_keep_to() -> None:
    """A server that has told the client nothing cannot offer less."""
    play = Play()
    play.client(request("hello", "initialize", protocolVersion=VERSION))
    play.server(result("hello", protocolVersion=VERSION))
    play.restart()
    play.server(hello(capabilities=None))
    play.client(call(7, "read"))
    assert play.to_server[-1]["id"] == 7


def test_a_client_that_waits_for_its_own_handshake_gets_it_from_the_next_server() -> None:
    """A server that hangs at its start is mended by an edit of the profile, without a reconnect."""
    play = Play()
    play.client(request("hello", "initialize", protocolVersion=VERSION, capabilities={}))
    asked = play.to_server[0]
    heard = play.restart()
    assert heard.to_server == [asked]
    assert heard.to_client == []
    assert play.greeted == 1
    (told,) = play.server(result("hello", protocolVersion=VERSION)).to_client
    assert told["id"] == "hello"


def test_a_client_that_has_said_nothing_yet_is_the_first_to_speak() -> None:
    """MCP: the era of a stream is settled by its first frame, which is the client's."""
    play = Play()
    heard = play.restart()
    assert (heard.to_server, heard.to_client) == ([], [])
    assert play.greeted == 1


def test_a_modern_client_has_nothing_to_be_said_again() -> None:
    """2026-07-28: each request carries what a handshake would have said."""
    play = Play()
    play.client(modern(request(1, "tools/list")))
    assert play.restart().to_server == []
    assert play.to_client[-1]["error"]["code"] == 1002
    assert play.client(modern(request(2, "ping"))).to_server[-1]["id"] == 2


def test_a_handshake_that_is_not_over_is_not_completed_by_the_guard() -> None:
    """`notifications/initialized` is the client's to send, and the new server gets that one."""
    play = Play()
    play.client(request("hello", "initialize", protocolVersion=VERSION, capabilities={}))
    play.server(result("hello", protocolVersion=VERSION, capabilities={"tools": {}}))
    play.restart()
    assert play.server(hello()).to_server == []
    heard = play.client(note("notifications/initialized"))
    assert methods(heard.to_server) == ["notifications/initialized"]


def test_nothing_runs_in_its_place() -> None:
    """A server that cannot be started is a reason for each call, and for the instructions."""
    play = ready()
    heard = play.restart(trouble="it has no command")
    assert heard.to_server == []
    assert methods(heard.to_client) == [f"notifications/{kind}/list_changed" for kind in LISTS]
    assert play.greeted == 1
    heard = play.client(call(7, "read"))
    (told,) = play.server(result(heard.to_server[-1]["id"], tools=[])).to_client
    assert "it has no command; reconnect this server in the client" in text_of(told)


def test_what_the_server_was_working_on_is_lost_and_recorded_as_such() -> None:
    """Promise: no id stays open, and each intent has one outcome."""
    play = ready()
    play.client(call(7, "read"))
    play.client(request(8, "ping"))
    heard = play.restart()
    assert [(told["id"], told["error"]["code"]) for told in heard.to_client[:2]] == [
        (7, 1002),
        (8, 1002),
    ]
    (outcome,) = heard.records
    assert isinstance(outcome, Outcome)
    assert outcome.status == "lost"
    assert play.server(result(7, content=[])).to_client == []


def test_a_call_that_waits_for_the_list_of_the_old_server_is_answered() -> None:
    """It was not judged yet; the new server's list is another one."""
    play = Play()
    play.handshake()
    play.client(call(7, "read"))
    listing = play.to_server[-1]["id"]
    heard = play.restart()
    assert [told["id"] for told in heard.to_client] == [7]
    later = play.server(result(listing, tools=tools("read")))
    assert (later.to_server, later.to_client) == ([], [])
    assert play.wait(PATIENCE).to_server == []


ROOTS = '[[rule]]\nallow = "*/*"\n[from_server]\nroots = "allow"'


def asking(play: Play, id_: Any) -> Heard:
    return play.server(request(id_, "roots/list"))


def test_what_the_old_server_has_asked_is_taken_back() -> None:
    """Attack: a person's answer to one server's question reaches another server."""
    play = ready(ROOTS)
    asking(play, 1)
    heard = play.restart()
    (cancelled,) = [told for told in heard.to_client if told["method"].endswith("cancelled")]
    assert cancelled["params"]["requestId"] == 1
    play.server(hello())
    again = asking(play, 1)
    assert again.to_client == []
    assert again.to_server[0]["error"]["code"] == -32603
    late = play.client(result(1, roots=[]))
    assert late.to_server == []
    assert [told["id"] for told in asking(play, 1).to_client] == [1]
    assert play.client(result(1, roots=[])).to_server == [result(1, roots=[])]


def test_an_answer_that_is_refused_frees_its_id_too() -> None:
    """The client has answered, in whatever way."""
    play = ready(ROOTS)
    asking(play, 1)
    play.restart()
    play.server(hello())
    assert play.client(b'{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}').to_server == []
    assert [told["id"] for told in asking(play, 1).to_client] == [1]


def test_the_pins_hear_what_the_new_server_says_of_itself(tmp_path: Path) -> None:
    """Promise: instructions are pinned, also those that no client was shown."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.greet()
    play.restart()
    play.server(hello(instructions="other", capabilities=play.shop.capabilities))
    assert ("instructions", None) in play.events


def test_the_guard_lists_the_new_server_by_itself(tmp_path: Path) -> None:
    """Promise: what is allowed by name or mark was listed by the server that is called."""
    play = opened(tmp_path, Shop(tool()))
    assert play.gate.visible("read", False)
    play.restart()
    heard = play.server(hello(capabilities={"tools": {}, "prompts": {}, "resources": {}}))
    assert methods(heard.to_server) == ["notifications/initialized", "tools/list"]
    play.serve(heard)
    assert play.client(call(7, "read")).to_server[-1]["id"] == 7


def test_a_call_that_waits_for_a_person_is_sent_to_the_server_of_the_moment() -> None:
    """What is held has reached no server yet: it is the next one's, once it has been greeted."""
    play = Play('[[rule]]\nask = "*/*"', budget=45)
    play.handshake()
    play.list_tools("read")
    play.client(call(7, "read"))
    heard = play.restart()
    assert methods(heard.to_server) == ["initialize"]
    play.server(hello())
    (shown,) = play.desk.requests()
    given = Answered(allow=True, who="ana")
    heard = play.said(
        lambda: play.desk.answer(shown.id, shown.matter.digest, shown.revision, given)
    )
    assert [sent["id"] for sent in heard.to_server] == [7]
