"""The board: what consoles are shown of the desk, and what they may order."""

import json
from dataclasses import replace
from typing import Any

import pytest

from localguard.approvals.desk import Desk
from localguard.approvals.happenings import Happening
from localguard.approvals.kept import Leave
from localguard.audit.records import Answer, Chosen, Closed, RefusedApprover, Trouble
from localguard.audit.records import Leave as LeaveRecord
from localguard.control.messages import (
    Approver,
    ClosedView,
    Decide,
    Decided,
    GrantView,
    GuardView,
    News,
    Order,
    Refused,
    Reply,
    RequestView,
    Stale,
    Stop,
)
from localguard.policy.pins import Definition, Family
from localguard.relay.board import Board
from localguard.relay.desk_news import DeskNews
from localguard.relay.receipts import Receipts
from localguard.relay.views import ROOM
from localguard.relay.world import Known
from tests.relay.playbook import Message, Play, call, note, request
from tests.relay.signing_in import Nonces, Provider, at_once

ASK = '[[rule]]\nask = "*/*"'
DESTRUCTIVE = '[[rule]]\nask = "*/*"\nrisk = "destructive"'
ANA = Approver(pid=7, name="localguard", tty="pts/1")

GUARD = GuardView(
    id="7f3a",
    pid=5,
    version="1",
    started=0.0,
    server="db",
    command="db-server",
    server_state="runs",
    profile="work",
    fixed=False,
    fault=None,
    lockdown=False,
    silent=False,
    client=None,
    client_pid=4,
    identity=None,
    confirmed=True,
    tools=1,
    unreviewed=0,
    calls=0,
    asked=0,
)


class Hall:
    """A session whose desk stands behind a board that one console listens to."""

    def __init__(self, rules: str = ASK, budget: float = 45, *, terminals: bool = True) -> None:
        self.told: dict[str, tuple[Definition | None, Definition | None]] = {}
        self.guard = GUARD
        self.heard: list[News] = []
        self.asked = 0
        self.provider, self.nonces = Provider(), Nonces()
        self.play = Play(rules, budget=budget, tell=self._happened, used=self._used)
        self.news = DeskNews(self.play.recorder, self._opened)
        self.board = Board(
            self.desk,
            self.news,
            self.play.recorder,
            sight=lambda: self.guard,
            told=self._told,
            grants=lambda: self.play.leaves.given,
            who=lambda by: f"{by.name} (pid {by.pid})",
            terminals=terminals,
            policy=self.play.policy,
            receipts=Receipts(self.provider, self.nonces),
        )
        self.leave = self.board.subscribe(self.heard.append)
        self.play.handshake()
        self.play.list_tools("read")

    @property
    def desk(self) -> Desk:
        return self.play.desk

    def shown(self) -> RequestView:
        """What a console that has just come is shown of the one request."""
        (view,) = self.board.snapshot().requests
        return view

    def order(self, *, allow: bool = True, **more: Any) -> Any:
        """A console answers what it is shown."""
        view = self.shown()
        given: dict[str, Any] = {"id": view.id, "digest": view.digest, "revision": view.revision}
        return self.ordered(Decide(ask=1, **given | {"allow": allow} | more))

    def ordered(self, order: Order) -> Reply:
        """What comes of an order that has nothing to wait for."""
        return at_once(self.board.order(order, ANA))

    def _opened(self) -> None:
        self.asked += 1

    def _happened(self, happening: Happening) -> None:
        self.news.happened(happening)

    def _used(self, request: str, target: str) -> None:
        self.news.used(request, target)

    def _told(self, item: str) -> tuple[Definition | None, Definition | None]:
        return self.told.get(item, (None, None))


def text_of(message: Message) -> str:
    return "\n".join(part["text"] for part in message["result"]["content"])


def test_a_request_is_shown_with_all_that_an_answer_needs() -> None:
    """Promise: who asks, by which rule, with which arguments, until when."""
    hall = Hall()
    hall.play.client(call(7, "read", path="/a\u202e", deep={"x": [1]}))
    (told,) = hall.heard
    assert isinstance(told, RequestView)
    assert told == hall.shown()
    assert (told.server, told.item, told.method, told.state) == (
        "db",
        "read",
        "tools/call",
        "waiting",
    )
    assert (told.profile, told.by, told.client) == ("work", "work.toml:3", "someone")
    assert json.loads(told.arguments) == {"path": "/a\u202e", "deep": {"x": [1]}}
    assert told.arguments.isascii()
    assert told.whole
    assert told.left == 45
    assert hall.asked == 1


def test_arguments_that_are_too_large_are_shown_in_part() -> None:
    """Attack: a megabyte of arguments, with what matters in the middle."""
    hall = Hall()
    hall.play.client(call(7, "read", text="x" * (2 * ROOM)))
    shown = hall.shown()
    assert not shown.whole
    assert shown.size > 2 * ROOM
    assert len(shown.arguments) < ROOM + 10


@pytest.mark.parametrize(
    ("method", "params", "item"),
    [
        ("resources/read", {"uri": "x://y"}, "resource:x://y"),
        ("prompts/get", {"name": "p", "arguments": {}}, "prompt:p"),
    ],
)
def test_resources_and_prompts_are_shown_as_what_they_are(
    method: str, params: dict[str, Any], item: str
) -> None:
    """Design: a request is judged by what it reaches for."""
    hall = Hall()
    hall.play.client(request(7, method, **params))
    assert (hall.shown().method, hall.shown().item) == (method, item)


def test_nothing_that_is_read_can_be_edited() -> None:
    """A resource has a URI and no arguments."""
    hall = Hall()
    hall.play.client(request(7, "resources/read", uri="x://y"))
    reply = hall.order(arguments="{}")
    assert isinstance(reply, Refused)


def test_a_yes_and_a_no_come_through_and_are_recorded_first() -> None:
    """Promise: an answer is in the log before what it allows."""
    hall = Hall()
    hall.play.client(call(7, "read"))
    assert isinstance(hall.order(), Decided)
    kinds = [record.kind for record in hall.play.records]
    assert kinds[-2:] == ["answer", "intent"]
    (given,) = hall.play.recorded(Answer)
    assert (given.who, given.decision, given.edited) == ("localguard (pid 7)", "allow", False)
    hall.play.client(call(8, "read"))
    hall.order(allow=False, reason="no")
    assert "no" in text_of(hall.play.to_client[-1])
    closed = [one for one in hall.heard if isinstance(one, ClosedView)]
    assert [one.how for one in closed] == ["allowed", "denied"]
    assert {one.id for one in hall.board.snapshot().closed} == {one.id for one in closed}


def test_an_answer_to_what_is_no_longer_there_is_stale() -> None:
    """Attack: a decision is replayed."""
    hall = Hall()
    hall.play.client(call(7, "read"))
    view = hall.shown()
    assert isinstance(hall.order(), Decided)
    again = Decide(ask=2, id=view.id, digest=view.digest, revision=view.revision, allow=True)
    assert isinstance(hall.ordered(again), Stale)
    assert len(hall.play.recorded(Answer)) == 1


def test_an_answer_to_other_arguments_is_stale() -> None:
    """Attack: a decision for changed arguments."""
    hall = Hall()
    hall.play.client(call(7, "read", path="/a"))
    view = hall.shown()
    other = Decide(ask=1, id=view.id, digest="0" * 64, revision=view.revision, allow=True)
    assert isinstance(hall.ordered(other), Stale)


def test_what_is_destructive_takes_a_whole_screen_and_a_terminal() -> None:
    """Promise: never in line mode, and not where a system cannot prove who answers."""
    hall = Hall(DESTRUCTIVE)
    hall.play.client(call(7, "read"))
    assert hall.shown().risk == "destructive"
    assert isinstance(hall.order(surface="line"), Refused)
    assert isinstance(hall.order(), Decided)
    elsewhere = Hall(DESTRUCTIVE, terminals=False)
    elsewhere.play.client(call(7, "read"))
    assert isinstance(elsewhere.order(), Refused)
    assert isinstance(elsewhere.order(allow=False, surface="line"), Decided)


def test_a_call_that_is_being_sent_can_be_stopped() -> None:
    """Promise: two seconds to take a yes to something destructive back."""
    hall = Hall(DESTRUCTIVE)
    hall.play.client(call(7, "read"))
    hall.order()
    assert hall.shown().state == "sending"
    stop = Stop(ask=2, id=hall.shown().id)
    assert isinstance(hall.ordered(stop), Decided)
    assert hall.shown().state == "waiting"
    assert isinstance(hall.ordered(replace(stop, id="none")), Stale)
    assert [one.how for one in hall.play.recorded(Closed)] == [
        "stopped by localguard (pid 7), and waits again"
    ]


def test_a_late_yes_is_shown_as_a_grant() -> None:
    """Promise: what lies ready for the next identical call is shown, with its end."""
    hall = Hall(budget=0)
    hall.play.client(call(7, "read"))
    hall.order()
    (grant,) = [one for one in hall.heard if isinstance(one, GrantView)]
    assert grant.target == "db/read"
    assert hall.board.snapshot().grants == (grant,)
    hall.play.client(call(8, "read"))
    assert hall.heard[-1] == replace(grant, client=None, until=0)
    (record,) = hall.play.recorded(LeaveRecord)
    assert (record.server, record.item, record.request) == ("db", "read", grant.id)


def test_an_answer_that_lasts_is_recorded() -> None:
    """Promise: every decision is traceable."""
    hall = Hall()
    hall.play.definitions.items["read"] = _known()
    hall.play.client(call(7, "read", path="/a", mode="r", deep=[1]))
    assert isinstance(hall.order(scope="minutes", match="some", kept=("path",)), Decided)
    assert hall.play.client(call(8, "read", path="/a", mode="w")).to_server != []
    (chosen,) = hall.play.recorded(Chosen)
    assert (chosen.what, chosen.value) == ("remembered", "allow db/read (minutes)")


@pytest.mark.parametrize(
    "given",
    [
        {"match": "some", "kept": ("nothing",)},
        {"match": "some", "kept": ()},
        {"match": "some", "kept": ("deep",)},
        {"arguments": "{"},
        {"arguments": "[]"},
        {"arguments": '{"a":1,"a":2}'},
        {"arguments": '{},"id":9,"params":{}'},
    ],
)
def test_an_answer_that_cannot_be_meant_is_refused(given: dict[str, Any]) -> None:
    """Promise: a bad input gets a clear error and loses nothing."""
    hall = Hall()
    hall.play.client(call(7, "read", path="/a", deep=[1]))
    reply = hall.order(scope="once", **given)
    assert isinstance(reply, Refused)
    assert reply.why
    assert hall.shown().state == "waiting"


@pytest.mark.parametrize("value", ["text", True, 3, 2.5])
def test_an_argument_of_each_plain_type_can_be_held_on_to(value: Any) -> None:
    """Promise: an answer for some arguments covers any call in which they are the same."""
    hall = Hall()
    hall.play.definitions.items["read"] = _known()
    hall.play.client(call(7, "read", kept=value, free="a"))
    assert isinstance(hall.order(scope="minutes", match="some", kept=("kept",)), Decided)
    assert hall.play.client(call(8, "read", kept=value, free="b")).to_server != []


def test_an_answer_for_the_tool_covers_all_its_calls() -> None:
    """The widest answer that a request offers."""
    hall = Hall()
    hall.play.definitions.items["read"] = _known()
    hall.play.client(call(7, "read", a=1))
    hall.order(scope="minutes", match="tool")
    assert hall.play.client(call(8, "read", b=2)).to_server != []


def test_always_is_once_to_a_guard() -> None:
    """What lasts for good is written by whoever answers, never by a guard."""
    hall = Hall()
    hall.play.client(call(7, "read"))
    assert isinstance(hall.order(scope="always"), Decided)
    assert hall.play.leaves.remembered == []


def test_edited_arguments_are_recorded_as_such() -> None:
    """Promise: the original is in the log, and what was made of it."""
    hall = Hall()
    hall.play.client(call(7, "read", path="/a"))
    assert isinstance(hall.order(arguments='{"path":"/b"}'), Decided)
    (given,) = hall.play.recorded(Answer)
    assert given.edited


def test_edited_arguments_that_a_rule_denies_are_refused_with_the_rule() -> None:
    """Promise: deny wins, whoever wrote the arguments, and the person is told by which rule."""
    hall = Hall(f'{ASK}\n[[rule]]\ndeny = "*/*"\nwhen.args.path = "/etc/*"')
    hall.play.client(call(7, "read", path="/a"))
    reply = hall.order(arguments='{"path":"/etc/passwd"}')
    assert isinstance(reply, Refused)
    assert "with these arguments the call is denied" in reply.why


def test_edited_arguments_that_a_rule_denies_by_now_are_not_sent() -> None:
    """Promise: what is in the two seconds before it is sent is judged by the policy of its end."""
    hall = Hall(DESTRUCTIVE)
    hall.play.client(call(7, "read", path="/a"))
    hall.order(arguments='{"path":"/b"}')
    assert hall.shown().state == "sending"
    hall.play.switch(f'{DESTRUCTIVE}\n[[rule]]\ndeny = "*/*"\nwhen.args.path = "/b"')
    assert hall.play.wait(3).to_server == []
    assert hall.shown().state == "waiting"
    (trouble,) = hall.play.recorded(Trouble)
    assert "with these arguments the call is denied" in trouble.why


def test_what_the_server_says_now_is_shown_beside_what_was_pinned() -> None:
    """Promise: a changed tool is shown with both of its definitions."""
    hall = Hall()
    pinned = Definition(Family.TOOL, "read", {"name": "read", "description": "old"})
    live = Definition(Family.TOOL, "read", {"name": "read", "description": "new"})
    hall.told["read"] = (live, pinned)
    hall.play.client(call(7, "read"))
    assert json.loads(hall.shown().definition or "")["description"] == "new"
    assert json.loads(hall.shown().pinned or "")["description"] == "old"
    hall.told["read"] = (pinned, pinned)
    assert hall.shown().definition == hall.shown().pinned


def test_who_may_not_answer_is_recorded_and_shown() -> None:
    """Promise: a refused approver is in the log, and on every console."""
    hall = Hall()
    hall.board.refused(ANA, "it was started by a client", "7f3a-1")
    hall.board.refused(None, "it has ended", None)
    first, second = hall.play.recorded(RefusedApprover)
    assert (first.who, first.request) == ("localguard (pid 7)", "7f3a-1")
    assert second.who == "an unknown process"
    told = [one for one in hall.heard if isinstance(one, GuardView)]
    assert told[-1].refused == "an unknown process: it has ended"


def test_a_guard_is_told_of_only_when_it_looks_different() -> None:
    """Nobody is told what is known."""
    hall = Hall()
    hall.board.look()
    hall.board.look()
    hall.guard = replace(GUARD, calls=1)
    hall.board.look()
    assert [one.calls for one in hall.heard if isinstance(one, GuardView)] == [0, 1]
    hall.leave()
    hall.guard = replace(GUARD, calls=2)
    hall.board.look()
    assert len(hall.heard) == 2


def test_a_request_that_the_client_takes_back_is_recorded_as_ended() -> None:
    """Promise: cancelled is withdrawn, and shown among what was missed."""
    hall = Hall()
    hall.play.client(call(7, "read"))
    hall.play.client(note("notifications/cancelled", requestId=7))
    (closed,) = [one for one in hall.heard if isinstance(one, ClosedView)]
    assert (closed.how, closed.missed) == ("cancelled", True)
    (record,) = hall.play.recorded(Closed)
    assert record.how == "cancelled"


def test_a_storm_of_denials_is_recorded() -> None:
    """Promise: three times no to one tool in two minutes denies it for the session, and says so."""
    hall = Hall()
    hall.play.definitions.items["read"] = _known()
    for n in range(3):
        hall.play.client(call(n, "read", n=n))
        hall.order(allow=False)
    assert [one.value for one in hall.play.recorded(Chosen) if one.what == "storm"] == ["db/read"]
    before = hall.asked
    hall.play.client(call(9, "read", n=9))
    assert hall.asked == before
    assert hall.play.to_client[-1]["id"] == 9


def _known() -> Known:
    return Known(frozenset({"read"}), True, "1d" * 32, "9f" * 32)


def test_a_leave_that_is_given_is_one_that_can_be_listed() -> None:
    """The keeper's value is what the views are made of."""
    hall = Hall(budget=0)
    hall.play.client(call(7, "read"))
    hall.order()
    (leave,) = hall.play.leaves.given
    assert isinstance(leave, Leave)
    assert leave.client == "someone"
