"""What each judged request reaches for: tools, resources, prompts, completions, subscriptions."""

from typing import Any

import pytest

from localguard.audit.records import Decided, Outcome, RefusedFrame
from tests.relay.playbook import NOTHING, Message, Play, modern, note, ready, request, result

ITEMS = [
    ("resources/read", {"uri": "file:///a"}, "resource:file:///a", {"uri": "file:///a"}),
    ("resources/subscribe", {"uri": "file:///a"}, "resource:file:///a", {"uri": "file:///a"}),
    ("prompts/get", {"name": "p", "arguments": {"x": "y"}}, "prompt:p", {"x": "y"}),
    ("prompts/get", {"name": "p"}, "prompt:p", {}),
    (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "x", "value": "y"}},
        "prompt:p",
        {"x": "y"},
    ),
    (
        "completion/complete",
        {
            "ref": {"type": "ref/resource", "uri": "db:{t}"},
            "argument": {"name": "t", "value": "y"},
            "context": {"arguments": {"z": "1", "t": "old"}},
        },
        "resource:db:{t}",
        {"z": "1", "t": "*"},
    ),
]


@pytest.mark.parametrize(
    ("method", "params", "item", "arguments"),
    [pytest.param(*row, id=f"{number} {row[0]}") for number, row in enumerate(ITEMS)],
)
def test_what_reaches_for_resources_and_prompts_is_judged_as_such(
    method: str, params: dict[str, Any], item: str, arguments: dict[str, Any]
) -> None:
    """Promise: `server/resource:<uri>`, `server/prompt:<name>`; completing carries data out."""
    asked = request(7, method, **params)
    matching = "".join(f'\nwhen.args.{name} = "{value}"' for name, value in arguments.items())
    play = ready(f'[[rule]]\nallow = "db/{item.replace("{t}", "*")}"{matching}')
    assert play.client(asked).to_server == [asked]
    assert play.recorded(Decided)[-1].item == item
    play.server(result(7))
    play.switch(NOTHING)
    heard = play.client(asked)
    assert heard.to_server == []
    answer = heard.to_client[-1]
    assert (answer["id"], answer["error"]["code"]) == (7, 1001)
    assert f"db/{item} was DENIED" in answer["error"]["message"]


def test_unsubscribing_needs_no_permission() -> None:
    """Getting less can do no harm."""
    asked = request(7, "resources/unsubscribe", uri="db:secret")
    assert ready(NOTHING).client(asked).to_server == [asked]


def listen(**notifications: Any) -> Message:
    return modern(request("sub", "subscriptions/listen", notifications=notifications))


def test_a_subscription_is_narrowed_to_what_is_allowed() -> None:
    """MCP: URI policy on each; the server acknowledges the rest."""
    rules = '[[rule]]\nallow = "db/resource:file:*"\n[[rule]]\nask = "db/resource:db:*"'
    play = Play(rules)
    play.client(
        listen(
            toolsListChanged=True, resourceSubscriptions=["file:///a", "db:x", "x:", "file:///b"]
        )
    )
    wanted = {"toolsListChanged": True, "resourceSubscriptions": ["file:///a", "file:///b"]}
    assert play.to_server == [listen(**wanted)]
    kinds = [(record.item, record.kind) for record in play.recorded(Decided)]
    assert kinds == [
        ("resource:file:///a", "intent"),
        ("resource:db:x", "refused"),
        ("resource:x:", "refused"),
        ("resource:file:///b", "intent"),
    ]
    play.server(result("sub", resultType="complete"))
    ended = [record.call for record in play.recorded(Outcome)]
    assert ended == [r.call for r in play.recorded(Decided) if r.kind == "intent"]


@pytest.mark.parametrize("wanted", [{}, {"toolsListChanged": True}, {"resourceSubscriptions": []}])
def test_a_subscription_to_nothing_judged_goes_on_as_it_is(wanted: dict[str, Any]) -> None:
    """Nothing to narrow, nothing added."""
    asked = listen(**wanted)
    assert Play(NOTHING).client(asked).to_server == [asked]
    bare = modern(request("sub", "subscriptions/listen"))
    assert Play(NOTHING).client(bare).to_server == [bare]


def test_a_subscription_to_tasks_is_narrowed_to_those_of_this_session() -> None:
    """The tasks extension: a foreign task tells of a foreign call."""
    play = Play()
    play.session.tasks["t1"] = (None, None)
    play.client(listen(taskIds=["t1", "t2", ["t1"]]))
    assert play.to_server == [listen(taskIds=["t1"])]


def test_a_subscription_ends_with_its_cancellation() -> None:
    """2026-07-28 basic/utilities/cancellation: it has no other end on the client's side."""
    play = Play()
    play.client(listen(resourceSubscriptions=["file:///a"]))
    cancelled = note("notifications/cancelled", requestId="sub")
    assert play.client(cancelled).to_server == [cancelled]
    assert play.recorded(Outcome)[-1].status == "cancelled"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {}),
        ("tools/call", {"name": 7}),
        ("tools/call", {"name": "read", "arguments": [1]}),
        ("tools/call", {"name": "read", "arguments": None}),
        ("resources/read", {"uri": ["x:"]}),
        ("prompts/get", {"name": "p", "arguments": "x"}),
        ("completion/complete", {}),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {}}),
        (
            "completion/complete",
            {"ref": {"type": "ref/x"}, "argument": {"name": "a", "value": "b"}},
        ),
        (
            "completion/complete",
            {"ref": {"type": "ref/resource", "uri": 1}, "argument": {"name": "a", "value": "b"}},
        ),
        (
            "completion/complete",
            {
                "ref": {"type": "ref/prompt", "name": "p"},
                "argument": {"name": "x", "value": "y"},
                "context": {"arguments": "odd"},
            },
        ),
        ("subscriptions/listen", {"notifications": [1]}),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": [1]}}),
    ],
)
def test_a_call_that_does_not_name_what_it_reaches_for_is_refused(
    method: str, params: dict[str, Any]
) -> None:
    """What cannot be judged is not sent (fail closed)."""
    heard = ready().client(request(7, method, **params))
    assert heard.to_server == []
    assert [answer["error"]["code"] for answer in heard.to_client] == [-32602]
    assert [r.reason for r in heard.records if isinstance(r, RefusedFrame)] == ["bad-params"]
