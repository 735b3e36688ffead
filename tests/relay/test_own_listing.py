"""A tool that was never listed is listed first, by a request of the guard's own."""

from pathlib import Path
from typing import Any

import pytest

from localguard.audit.records import Decided, RefusedFrame
from localguard.relay.methods import CLIENT_CAPABILITIES, VERSION
from localguard.relay.own_listing import AGAIN, LISTED, MAX_PAGES, PATIENCE
from tests.relay.pinned_play import PinnedPlay, Shop, opened, tool
from tests.relay.playbook import Heard, Play, call, error, modern, note, request, result, tools


def started() -> Play:
    """A legacy session whose client has listed nothing."""
    play = Play()
    play.handshake()
    return play


def own(heard: Heard) -> dict[str, Any]:
    """The guard's own request, which is all that was sent."""
    (listing,) = heard.to_server
    assert listing["method"] == "tools/list"
    assert listing["id"].startswith("localguard:")
    return listing


def listed(play: Play) -> list[bool | None]:
    return [record.listed for record in play.recorded(Decided)]


def test_a_tool_that_was_not_listed_is_listed_on_all_pages_and_then_judged() -> None:
    """MCP: run an own tools/list first, swallow its answers, then decide."""
    play = started()
    first = own(play.client(call(1, "far")))
    assert first["params"] == {}
    assert play.recorded(Decided) == []
    second = own(play.server(result(first["id"], tools=tools("near"), nextCursor="2")))
    assert second["params"] == {"cursor": "2"}
    assert second["id"] != first["id"]
    heard = play.server(result(second["id"], tools=tools("far")))
    assert heard.to_server == [call(1, "far")]
    assert heard.to_client == []
    assert listed(play) == [True]
    assert play.client(call(2, "near")).to_server == [call(2, "near")]
    assert play.client(call(3, "nowhere")).to_server == [call(3, "nowhere")]
    assert listed(play) == [True, True, False]


def test_calls_that_wait_for_the_list_share_one() -> None:
    """One listing for all, and each call judged once, in order."""
    play = started()
    asked = own(play.client(call(1, "a")))
    assert play.client(call(2, "b")).to_server == []
    heard = play.server(result(asked["id"], tools=tools("a")))
    assert heard.to_server == [call(1, "a"), call(2, "b")]
    assert listed(play) == [True, False]


def test_a_first_call_of_the_modern_era_waits_for_a_list_of_that_era() -> None:
    """Promise: SDK servers lock the era of a stream at the first frame they read."""
    play = Play()
    asked = modern(call(1, "a"))
    (first,) = play.client(asked).to_server
    assert (first["method"], first["params"]["_meta"]) == ("tools/list", asked["params"]["_meta"])
    assert asked in play.server(result(first["id"], tools=tools("a"))).to_server


def test_before_the_handshake_is_done_nothing_is_listed() -> None:
    """basic/lifecycle: no request but ping before `initialized`."""
    play = Play()
    play.client(request("hello", "initialize", protocolVersion="2025-11-25", capabilities={}))
    assert play.client(call(1, "a")).to_server == [call(1, "a")]


def test_a_modern_listing_carries_the_envelope_of_the_call() -> None:
    """MCP: `_meta` of the client's request, capabilities cut, and nothing else of it."""
    play = Play()
    play.client(modern(request(0, "server/discover")))
    meta = {"progressToken": 5, "traceparent": "00-x", CLIENT_CAPABILITIES: {"sampling": {}}}
    asked = own(play.client(modern(call(1, "a"), **meta)))
    sent = asked["params"]["_meta"]
    assert "progressToken" not in sent
    assert "traceparent" not in sent
    assert (sent[VERSION], sent[CLIENT_CAPABILITIES]) == ("2026-07-28", {})


@pytest.mark.parametrize("failing", ["error", "refused frame", "silence", "no list"])
def test_a_list_that_cannot_be_had_is_not_asked_for_again(failing: str) -> None:
    """A server without an answer to tools/list costs one wait, not one for every call."""
    play = started()
    id_ = own(play.client(call(1, "a")))["id"]
    if failing == "error":
        heard = play.server(error(id_, -32601))
    elif failing == "refused frame":
        heard = play.server(f'{{"jsonrpc":"2.0","id":"{id_}","result":{{"x":NaN}}}}'.encode())
    elif failing == "silence":
        assert play.wait(PATIENCE - 1).to_server == []
        heard = play.wait(1)
    else:
        heard = play.server(result(id_, tools=None, nextCursor=3))
    assert heard.to_server == [call(1, "a")]
    assert play.client(call(2, "a")).to_server == [call(2, "a")]
    assert listed(play) == [None, None]
    assert play.wait(PATIENCE).to_server == []


def test_a_late_list_is_swallowed() -> None:
    """MCP: never let the client see an answer to a request that it did not make."""
    play = started()
    id_ = own(play.client(call(1, "a")))["id"]
    play.wait(PATIENCE)
    heard = play.server(result(id_, tools=tools("a")))
    assert (heard.to_client, heard.to_server) == ([], [])
    assert [r.reason for r in heard.records if isinstance(r, RefusedFrame)] == ["unknown-id"]


def test_a_changed_list_is_listed_again() -> None:
    """MCP: list_changed makes what is known stale, a failure too."""
    play = started()
    id_ = own(play.client(call(1, "a")))["id"]
    play.server(error(id_, -32601))
    play.server(note("notifications/tools/list_changed"))
    assert own(play.client(call(2, "a")))


def test_a_call_cancelled_while_it_waits_is_forgotten() -> None:
    """Promise: cancel by the client withdraws; the server never heard of the call."""
    play = started()
    id_ = own(play.client(call(1, "a")))["id"]
    assert play.client(note("notifications/cancelled", requestId=1)).to_server == []
    heard = play.server(result(id_, tools=tools("a")))
    assert (heard.to_client, heard.to_server, play.recorded(Decided)) == ([], [], [])


def test_a_server_that_turns_pages_for_ever_is_left() -> None:
    """Attack: an endless listing holds up every call."""
    play = started()
    heard = play.client(call(1, "a"))
    for number in range(MAX_PAGES):
        page = result(own(heard)["id"], tools=tools(f"t{number}"), nextCursor=str(number))
        heard = play.server(page)
    assert heard.to_server == [call(1, "a")]
    assert listed(play) == [None]


def test_the_clients_own_pages_are_whole_in_spite_of_ours() -> None:
    """A page that both walk through is no duplicate of itself."""
    play = started()
    play.client(request("p1", "tools/list"))
    play.server(result("p1", tools=tools("a"), nextCursor="2"))
    id_ = own(play.client(call(1, "b")))["id"]
    id_ = own(play.server(result(id_, tools=tools("a"), nextCursor="2")))["id"]
    play.server(result(id_, tools=tools("b")))
    play.client(request("p2", "tools/list", cursor="2"))
    assert play.server(result("p2", tools=tools("b"))).to_client == [result("p2", tools=tools("b"))]


def test_a_client_may_not_use_the_guards_ids() -> None:
    """MCP: prefix collision with a client id: refuse the client's id."""
    play = started()
    id_ = own(play.client(call(1, "a")))["id"]
    heard = play.client(request(id_, "ping"))
    assert heard.to_server == []
    assert [answer["error"]["data"] for answer in heard.to_client] == [{"reason": "reserved-id"}]


def methods(messages: list[dict[str, Any]]) -> list[str]:
    return [message["method"] for message in messages]


def renewed(heard: Heard) -> list[str]:
    """What the guard asks by itself, in the order it asks."""
    return [m["method"] for m in heard.to_server if str(m["id"]).startswith("localguard:")]


def test_after_the_handshake_all_that_is_announced_is_listed(tmp_path: Path) -> None:
    """Promise: tools, prompts and templates, one request at a time, and nothing before."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.greet()
    assert methods(play.to_server) == ["initialize"]
    heard = play.client(note("notifications/initialized"))
    assert methods(heard.to_server) == ["notifications/initialized", "tools/list"]
    heard = play.server(play.shop.answer(heard.to_server[1]))
    assert methods(heard.to_server) == ["prompts/list"]
    play.serve(heard)
    assert methods(play.to_server)[-1] == "resources/templates/list"
    assert play.to_client[1:] == []


@pytest.mark.parametrize(
    ("capabilities", "asked"),
    [({"tools": {}}, ["tools/list"]), ({}, []), ({"prompts": {}}, ["prompts/list"])],
)
def test_what_is_not_announced_is_not_asked_for(
    tmp_path: Path, capabilities: dict[str, Any], asked: list[str]
) -> None:
    """basic/lifecycle: use what was negotiated."""
    shop = Shop(tool())
    shop.capabilities = capabilities
    play = opened(tmp_path, shop)
    assert methods(play.to_server)[2:] == asked


def test_a_server_that_did_not_say_what_it_has_is_asked_for_all(tmp_path: Path) -> None:
    """Capabilities that are none."""
    shop = Shop(tool())
    shop.capabilities = [1]  # type: ignore[assignment]
    play = opened(tmp_path, shop)
    assert methods(play.to_server)[2:] == list(LISTED)


def test_a_modern_server_is_listed_after_the_first_list_or_call(tmp_path: Path) -> None:
    """A probe alone lists nothing: the process may be one that is thrown away."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.client(modern(request(0, "server/discover")))
    play.server(result(0, supportedVersions=["2026-07-28"], capabilities={"tools": {}}))
    assert methods(play.to_server) == ["server/discover"]
    heard = play.client(modern(request(1, "tools/list")))
    theirs, ours = heard.to_server
    assert (theirs["id"], ours["method"]) == (1, "tools/list")
    assert ours["params"]["_meta"][VERSION] == "2026-07-28"
    play.serve(play.server(play.shop.answer(ours)))
    assert play.pin.account.definitions.keys() == {"read"}
    assert renewed(play.client(modern(request(2, "tools/list")))) == []


def test_a_legacy_list_begins_nothing_by_itself(tmp_path: Path) -> None:
    """Before `initialized` nothing of the guard's own is sent."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.greet()
    assert methods(play.client(request(1, "tools/list")).to_server) == ["tools/list"]


def test_a_call_does_not_wait_for_prompts_and_templates(tmp_path: Path) -> None:
    """Promise: calls to tools wait for the tools, and nothing else waits."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.greet()
    listing = play.client(note("notifications/initialized")).to_server[1]
    assert play.client(call(1, "read")).to_server == []
    asked = play.client(request(2, "prompts/get", name="x")).to_server
    assert methods(asked) == ["prompts/get"]
    heard = play.server(play.shop.answer(listing))
    assert methods(heard.to_server) == ["tools/call", "prompts/list"]


def test_a_changed_list_is_listed_before_the_next_call_and_others_with_it(tmp_path: Path) -> None:
    """Promise: list_changed, and then the call that waits for the new list."""
    play = opened(tmp_path, Shop(tool()))
    play.shop.lists["tools/list"] = [tool(description="2")]
    assert renewed(play.changed()) == []
    heard = play.client(call(1, "read"))
    assert methods(heard.to_server) == ["tools/list"]
    play.serve(heard)
    assert play.recorded(Decided)[-1].decision == "ask"


def test_changed_prompts_are_listed_in_the_background(tmp_path: Path) -> None:
    """The call does not wait, and the list is asked for once."""
    play = opened(tmp_path, Shop(tool()))
    play.changed("prompts")
    heard = play.client(call(1, "read"))
    assert methods(heard.to_server) == ["prompts/list", "tools/call"]
    play.serve(heard)
    assert renewed(play.client(call(2, "read"))) == []


def test_a_change_of_what_is_not_listed_asks_for_nothing(tmp_path: Path) -> None:
    """Resources are data, and prompts were not announced."""
    shop = Shop(tool())
    shop.capabilities = {"tools": {}}
    play = opened(tmp_path, shop)
    play.changed("prompts")
    play.changed("resources")
    for number in range(2):
        assert renewed(play.client(call(number, "read"))) == []


def test_a_silent_change_is_noticed_after_a_while(tmp_path: Path) -> None:
    """Attack: a rug pull without list_changed. The call itself does not wait for the list."""
    play = opened(tmp_path, Shop(tool()))
    play.shop.lists["tools/list"] = [tool(description="2")]
    play.wait(AGAIN - 1)
    assert renewed(play.client(call(1, "read"))) == []
    play.wait(1)
    heard = play.client(call(2, "read"))
    assert methods(heard.to_server) == ["tools/list", "tools/call"]
    assert renewed(play.client(call(3, "read"))) == []
    play.serve(heard)
    assert play.client(call(4, "read")).to_server == []
    assert [r.decision for r in play.recorded(Decided)] == ["allow", "allow", "allow", "ask"]


def test_who_leaves_one_list_unanswered_is_asked_for_no_other(tmp_path: Path) -> None:
    """Promise: one request at a time, also for a server that hangs."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.greet()
    listing = play.client(note("notifications/initialized")).to_server[1]
    play.client(call(1, "read"))
    heard = play.wait(PATIENCE)
    assert heard.to_server == []
    assert play.recorded(Decided)[-1].decision == "ask"
    play.server(play.shop.answer(listing))
    assert play.store.read("db") is None
    assert renewed(play.client(call(2, "read"))) == []


def test_a_call_that_comes_while_another_list_hangs_is_not_left(tmp_path: Path) -> None:
    """The tools were to be listed next."""
    play = opened(tmp_path, Shop(tool()))
    play.changed("prompts")
    play.client(call(1, "read"))
    play.changed()
    assert play.client(call(2, "read")).to_server == []
    play.wait(PATIENCE)
    assert [r.decision for r in play.recorded(Decided)] == ["allow", "ask"]


def test_a_list_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    """Attack: the change is announced between the request and its answer."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.greet()
    heard = play.client(note("notifications/initialized"))
    play.changed()
    play.serve(play.server(play.shop.answer(heard.to_server[1])))
    play.shop.lists["tools/list"] = [tool(description="2")]
    play.serve(play.client(call(1, "read")))
    play.client(call(2, "read"))
    assert [r.decision for r in play.recorded(Decided)] == ["allow", "ask"]


def test_before_the_client_is_ready_nothing_is_listed_again(tmp_path: Path) -> None:
    """A client that lists and calls before `initialized`, and a server that announces a change."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.greet()
    play.listed()
    play.changed("prompts")
    assert renewed(play.client(call(1, "read"))) == []


def test_a_call_waits_for_its_list_behind_one_that_is_being_read(tmp_path: Path) -> None:
    """Promise: one request at a time; the end of another list releases no call to a tool."""
    play = PinnedPlay(tmp_path, Shop(tool()))
    play.greet()
    listing = play.client(note("notifications/initialized")).to_server[1]
    (prompts,) = play.server(play.shop.answer(listing)).to_server
    play.changed()
    assert play.client(call(1, "read")).to_server == []
    (again,) = play.server(play.shop.answer(prompts)).to_server
    assert (again["method"], play.recorded(Decided)) == ("tools/list", [])
    assert call(1, "read") in play.server(play.shop.answer(again)).to_server


def test_a_new_tool_that_goes_again_leaves_nothing(tmp_path: Path) -> None:
    """Promise: what was never pinned and is listed no more is any unlisted tool."""
    play = opened(tmp_path, Shop(tool()))
    for listed_now in ([tool(), tool("guest")], [tool()]):
        play.shop.lists["tools/list"] = listed_now
        play.changed()
        play.serve(play.client(call(len(listed_now), "guest")))
    assert [record.decision for record in play.recorded(Decided)] == ["ask", "allow"]
    assert play.events.count(("removed", "guest")) == 0
