"""Listings: hidden is hidden on every page, order stays, and hiding is no permission."""

from typing import Any

import pytest

from localguard.audit.records import Listing
from localguard.policy.calls import Kind
from localguard.relay.listing import SHELVES, Catalog, filter_page
from localguard.relay.methods import SUBSCRIPTION
from tests.relay.playbook import (
    EVERYTHING,
    NOTHING,
    Heard,
    Play,
    call,
    modern,
    note,
    ready,
    request,
    result,
    tools,
)

NO_DROP = '[[rule]]\nallow = "db/*"\n[[rule]]\ndeny = "db/drop*"'
BOTH = [pytest.param(lambda message: message, id="legacy"), pytest.param(modern, id="modern")]


def names(heard: Heard, member: str = "tools", key: str = "name") -> list[str]:
    (answer,) = heard.to_client
    return [entry[key] for entry in answer["result"][member]]


def page(play: Play, cursor: str | None, *entries: str, following: str | None = None) -> Heard:
    """The client asks for a page, and the server has these."""
    params = {} if cursor is None else {"cursor": cursor}
    play.client(request("page", "tools/list", **params))
    more = {} if following is None else {"nextCursor": following}
    return play.server(result("page", tools=tools(*entries), **more))


@pytest.mark.parametrize("dress", BOTH)
def test_what_can_never_be_called_is_not_shown_and_order_stays(dress: Any) -> None:
    """Promise: hidden only when a valid profile could never allow or ask for it."""
    play = ready(NO_DROP)
    play.client(dress(request(1, "tools/list")))
    listed = tools("z", "drop", "a", "drop_all", "m")
    heard = play.server(result(1, tools=listed, other={"kept": 1}, ttlMs=5, cacheScope="public"))
    expected = [listed[0], listed[2], listed[4]]
    assert heard.to_client == [
        result(1, tools=expected, other={"kept": 1}, ttlMs=5, cacheScope="private")
    ]
    (record,) = heard.records
    assert record == Listing(method="tools/list", shown=3, hidden=2, duplicates=0)


def test_a_hidden_tool_is_still_denied_when_it_is_called() -> None:
    """MCP: a list cannot withdraw a tool; the call is what is judged."""
    play = ready(NO_DROP, "read", "drop")
    heard = play.client(call(2, "drop"))
    assert heard.to_server == []
    assert heard.to_client[0]["result"]["isError"] is True


def test_each_page_is_filtered_and_a_name_may_stand_on_one_only() -> None:
    """MCP: filter per page, reject duplicate names over pages."""
    play = ready(NO_DROP)
    assert names(page(play, None, "a", "drop", "b", following="2")) == ["a", "b"]
    assert names(page(play, "2", "b", "drop_all", "c", "c", "a", following="3")) == ["c"]
    assert names(page(play, "3", "d")) == ["d"]
    assert play.recorded(Listing)[-2] == Listing(
        method="tools/list", shown=1, hidden=1, duplicates=3
    )


def test_the_first_of_two_entries_of_one_name_is_the_one_that_counts() -> None:
    """Attack: a second definition of a tool under the name of a known one."""
    play = ready()
    play.client(request(1, "tools/list"))
    heard = play.server(
        result(1, tools=[{"name": "a", "description": "1"}, {"name": "a", "description": "2"}])
    )
    assert heard.to_client[0]["result"]["tools"] == [{"name": "a", "description": "1"}]


def test_a_page_may_be_asked_for_again() -> None:
    """A client that fetches a page twice must not be told that it is empty."""
    play = ready()
    for _ in range(2):
        assert names(page(play, None, "a", following="2")) == ["a"]
        assert names(page(play, "2", "b")) == ["b"]
        assert names(page(play, "2", "b")) == ["b"]


@pytest.mark.parametrize(
    ("method", "member", "key", "kept", "hidden"),
    [
        ("resources/list", "resources", "uri", "file:///a", "db:secret"),
        ("resources/templates/list", "resourceTemplates", "uriTemplate", "file:///{x}", "db:{x}"),
        ("prompts/list", "prompts", "name", "open", "closed"),
    ],
)
def test_resources_templates_and_prompts_are_filtered_by_their_items(
    method: str, member: str, key: str, kept: str, hidden: str
) -> None:
    """Promise: `server/resource:<uri>`, `server/prompt:<name>`; a template by what it may name."""
    play = ready('[[rule]]\nallow = ["db/resource:file:*", "db/prompt:open", "db/read"]')
    play.client(request(1, method))
    heard = play.server(result(1, **{member: [{key: hidden}, {key: kept}]}))
    assert names(heard, member, key) == [kept]


@pytest.mark.parametrize("entries", [None, {"a": {"name": "a"}}, "tools"])
def test_a_list_that_is_none_goes_on_for_the_client_to_refuse(entries: Any) -> None:
    """What cannot be read as a list is not remembered as one."""
    play = ready()
    play.client(request(1, "tools/list"))
    heard = play.server(result(1, tools=entries, cacheScope="public"))
    assert heard.to_client == [result(1, tools=entries, cacheScope="private")]


def test_entries_without_a_name_are_dropped() -> None:
    """What has no name cannot be judged."""
    play = ready()
    play.client(request(1, "tools/list"))
    heard = play.server(result(1, tools=[1, {}, {"name": 3}, {"name": "a"}]))
    assert names(heard) == ["a"]
    assert play.recorded(Listing)[-1].duplicates == 3


def test_a_fault_keeps_every_tool_visible() -> None:
    """Promise: never silence; each call is answered with the way out."""
    play = ready(NO_DROP)
    play.switch(NO_DROP, fault="work.toml:1: broken")
    assert names(page(play, None, "read", "drop")) == ["read", "drop"]


def test_the_client_hears_when_it_may_see_other_tools() -> None:
    """Promise: a profile switch bites on the next call, and the list is told to have changed."""
    play = ready(NO_DROP, "read", "drop")
    play.switch(EVERYTHING)
    changed = note("notifications/tools/list_changed")
    del changed["params"]
    assert play.client(request(5, "ping")).to_client == [changed]
    assert play.client(request(6, "ping")).to_client == []


def test_the_client_hears_nothing_when_it_sees_the_same() -> None:
    """A reload that changes nothing visible causes no traffic."""
    play = ready(NO_DROP, "read")
    play.switch('[[rule]]\nask = "db/*"')
    assert play.client(request(5, "ping")).to_client == []


def test_a_change_is_told_once_it_is_noticed_without_traffic() -> None:
    """The watch on the files calls `refresh` itself."""
    play = ready(EVERYTHING, "read")
    play.switch(NOTHING)
    play.session.refresh()
    assert play.to_client[-1]["method"] == "notifications/tools/list_changed"


def test_nothing_is_announced_before_the_client_is_ready() -> None:
    """basic/lifecycle: a server sends no notification before `initialized`."""
    play = Play()
    play.client(request("hello", "initialize", protocolVersion="2025-11-25", capabilities={}))
    play.list_tools("read")
    play.switch(NOTHING)
    assert play.client(request(5, "ping")).to_client == []


def test_a_modern_client_hears_through_its_subscription() -> None:
    """2026-07-28 patterns/subscriptions: each notification names the id of the listen request."""
    play = Play()
    play.client(modern(request(1, "tools/list")))
    play.server(result(1, tools=tools("read")))
    wanted = {"toolsListChanged": True, "promptsListChanged": False}
    play.client(modern(request("sub", "subscriptions/listen", notifications=wanted)))
    play.client(modern(request("other", "subscriptions/listen", notifications={})))
    play.client(modern(request("none", "subscriptions/listen")))
    play.switch(NOTHING)
    heard = play.client(modern(request(2, "server/discover")))
    assert heard.to_client == [
        note("notifications/tools/list_changed", _meta={SUBSCRIPTION: "sub"})
    ]


@pytest.mark.parametrize("kind", ["tools", "resources", "prompts"])
def test_a_list_that_the_server_changed_is_known_no_more(kind: str) -> None:
    """MCP: mark what is known as stale, and let the notification through."""
    play = ready()
    for method in SHELVES:
        play.session.catalog.names[method] = {"x": True}
        play.session.catalog.complete.add(method)
    changed = note(f"notifications/{kind}/list_changed")
    assert play.server(changed).to_client == [changed]
    kept = {method for method in SHELVES if not method.startswith(f"{kind}/")}
    assert play.session.catalog.names.keys() == play.session.catalog.complete == kept


def test_a_new_first_page_begins_a_new_list() -> None:
    """Names of an older listing are not taken for listed."""
    catalog = Catalog()
    walk: dict[str, object] = {}

    def learn(cursor: str | None, *entries: str, **more: str) -> None:
        listed = {"tools": tools(*entries), **more}
        filter_page("tools/list", listed, catalog, lambda *_: True, cursor=cursor, walk=walk)

    learn(None, "old")
    assert catalog.knows("tools/list", "old")
    assert catalog.complete == {"tools/list"}
    learn(None, "new", nextCursor="2")
    assert not catalog.knows("tools/list", "old")
    assert catalog.complete == set()


def test_every_shelf_keeps_its_kind() -> None:
    """The table of listings and the kinds that policy knows."""
    assert {shelf.kind for shelf in SHELVES.values()} == set(Kind)
