"""A call that waits for a person: from the request to its end, with what the client hears of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from localguard.approvals.requests import Answered, Pending, Refused, Stale, Taken
from localguard.audit.records import Decided, Outcome
from localguard.policy.decide import Standing
from localguard.policy.profile import Profile
from localguard.relay.world import Known
from tests.relay.playbook import INFO, Heard, Message, Play, call, note, profile, request, result

ASK = '[[rule]]\nask = "*/*"'
SLOW = '[[rule]]\nask = "*/*"\ntimeout = "5m"'
DESTRUCTIVE = '[[rule]]\nask = "*/*"\nrisk = "destructive"'
BUDGET = 45.0


def waiting(rules: str = ASK, budget: float = BUDGET) -> Play:
    """A legacy session whose calls wait for a person."""
    play = Play(rules, budget=budget)
    play.handshake()
    play.list_tools("read", "write")
    return play


def pending(play: Play) -> Pending:
    (found,) = play.desk.requests()
    return found


def answer(play: Play, *, allow: bool, **more: Any) -> Heard:
    """A person answers what is shown."""
    shown = pending(play)
    given = Answered(allow=allow, who="ana", **more)

    def act() -> None:
        reply = play.desk.answer(shown.id, shown.matter.digest, shown.revision, given)
        assert isinstance(reply, Taken), reply

    return play.said(act)


def _named(found: Profile, name: str) -> Profile:
    return replace(found, name=name)


def _known() -> Known:
    return Known(frozenset({"read"}), True, "1d" * 32, "9f" * 32)


def text_of(message: Message) -> str:
    return "\n".join(part["text"] for part in message["result"]["content"])


def with_token(message: Message, token: Any) -> Message:
    return {**message, "params": {**message["params"], "_meta": {"progressToken": token}}}


def test_a_call_waits_and_goes_when_a_person_allows_it() -> None:
    """Promise: nothing reaches the server before the yes, which is on disk before the call."""
    play = waiting()
    asked = play.client(call(7, "read", path="/a"))
    assert (asked.to_server, asked.to_client) == ([], [])
    (record,) = asked.records
    assert isinstance(record, Decided)
    assert (record.kind, record.call) == ("held", pending(play).id)
    given = answer(play, allow=True)
    (sent,) = given.to_server
    assert sent["params"] == {"name": "read", "arguments": {"path": "/a"}}
    (intent,) = given.records
    assert isinstance(intent, Decided)
    assert (intent.kind, intent.call, intent.approval) == ("intent", record.call, record.call)
    assert play.log.durable == [intent]
    done = play.server(result(7, content=[]))
    assert [message["id"] for message in done.to_client] == [7]
    (outcome,) = done.records
    assert isinstance(outcome, Outcome)
    assert outcome.call == record.call


def test_a_no_is_a_denial_with_the_reason() -> None:
    """Promise: a deny may carry a reason to the model."""
    play = waiting()
    play.client(call(7, "read"))
    given = answer(play, allow=False, reason="not today")
    (denied,) = given.to_client
    assert denied["result"]["isError"] is True
    assert "a person said no: not today" in text_of(denied)
    assert play.desk.requests() == ()


def test_nobody_answers_and_the_budget_ends() -> None:
    """Promise: the client gets an answer before it stops waiting, and the request stays open."""
    play = waiting()
    play.client(call(7, "read"))
    assert play.wait(BUDGET - 1).to_client == []
    (told,) = play.wait(1).to_client
    assert text_of(told).startswith("localguard: NOT EXECUTED. db/read waits")
    assert pending(play).state == "held"
    assert play.ledger.spent == {}


def test_a_rule_may_keep_a_client_waiting_longer() -> None:
    """Promise: a profile may override the budget of the client."""
    play = waiting(SLOW)
    play.client(call(7, "read"))
    assert play.wait(299).to_client == []
    assert play.wait(1).to_client != []


def test_a_late_yes_is_leave_for_the_identical_call_once() -> None:
    """Promise: approved later, the identical call goes once, and a different one asks again."""
    play = waiting(budget=0)
    play.client(call(1, "read", path="/a"))
    first = pending(play).id
    answer(play, allow=True)
    assert play.client(call(2, "read", path="/b")).to_server == []
    (sent,) = play.client(call(3, "read", path="/a")).to_server
    assert sent["id"] == 3
    intents = [one for one in play.recorded(Decided) if one.kind == "intent"]
    assert [one.approval for one in intents] == [first]
    assert play.log.durable == intents
    assert play.client(call(4, "read", path="/a")).to_server == []


def test_what_a_person_remembered_is_asked_no_more() -> None:
    """Promise: an answer for 15 minutes settles calls that are alike, without the desk."""
    play = waiting()
    play.definitions.items["read"] = _known()
    play.client(call(1, "read", path="/a"))
    answer(play, allow=True, scope="minutes")
    assert play.client(call(2, "read", path="/a")).to_server != []
    assert play.client(call(3, "read", path="/b")).to_server == []


def test_the_client_takes_its_call_back() -> None:
    """Promise: cancelled is withdrawn; the server never hears of it, and a yes comes too late."""
    play = waiting()
    play.client(call(7, "read"))
    shown = pending(play)
    heard = play.client(note("notifications/cancelled", requestId=7))
    assert (heard.to_server, heard.to_client) == ([], [])
    reply = play.desk.answer(
        shown.id, shown.matter.digest, shown.revision, Answered(allow=True, who="ana")
    )
    assert isinstance(reply, Stale)
    assert play.wait(BUDGET * 2).to_client == []
    assert play.to_server[-1]["method"] != "tools/call"


def test_a_client_that_is_gone_hears_that_nothing_was_executed() -> None:
    """Promise: at the end every id is answered, and a call that waited was never sent."""
    play = waiting()
    play.client(call(7, "read"))

    def end() -> None:
        play.gate.end()
        play.session.server_ended("was stopped (the client closed)")

    (told,) = play.said(end).to_client
    assert "NOT EXECUTED" in text_of(told)
    assert play.desk.requests() == ()


def test_a_server_that_ends_leaves_the_held_call_to_the_desk() -> None:
    """A server that is started anew has nothing to do with what waits for a person."""
    play = waiting()
    play.client(call(7, "read"))
    heard = play.said(lambda: play.session.server_replaced("was stopped"))
    assert heard.to_client == []
    assert answer(play, allow=True).to_server != []


def test_another_profile_ends_what_waits() -> None:
    """Promise: a switch withdraws everything that is held, with the reason."""
    play = waiting()
    play.client(call(7, "read"))
    other = profile(ASK.replace("*/*", "db/*"))
    play.policy.now = Standing(_named(other, "home"))
    (told,) = play.said(play.session.refresh).to_client
    assert "the profile was switched" in text_of(told)


def test_a_rule_that_denies_now_denies_what_waits() -> None:
    """Promise: a change of rules re-judges everything held."""
    play = waiting()
    play.client(call(7, "read"))
    play.switch('[[rule]]\ndeny = "*/*"\nbecause = "no longer"')
    told, changed = play.said(play.session.refresh).to_client
    assert "no longer" in text_of(told)
    assert changed["method"] == "notifications/tools/list_changed"


def test_a_rule_that_allows_now_lets_go_what_waits() -> None:
    """The same, towards more."""
    play = waiting()
    play.client(call(7, "read"))
    play.switch('[[rule]]\nallow = "*/*"')
    (sent,) = play.said(play.session.refresh).to_server
    assert sent["id"] == 7


def test_a_call_that_cannot_be_recorded_is_not_held() -> None:
    """Promise: cannot write = Deny, also for what would only wait."""
    play = waiting()
    play.log.failing = True
    (told,) = play.client(call(7, "read")).to_client
    assert "cannot be written" in text_of(told)
    assert play.desk.requests() == ()


def test_a_yes_that_cannot_be_recorded_sends_nothing() -> None:
    """Promise: the decision is in the log before anything leaves."""
    play = waiting()
    play.client(call(7, "read"))
    play.log.failing = True
    given = answer(play, allow=True)
    assert given.to_server == []
    assert "cannot be written" in text_of(given.to_client[0])


def test_what_is_typed_ahead_waits_for_nobody() -> None:
    """Nobody is asked about a completion."""
    play = waiting()
    ref = {"type": "ref/prompt", "name": "p"}
    heard = play.client(
        request(7, "completion/complete", ref=ref, argument={"name": "a", "value": "b"})
    )
    (told,) = heard.to_client
    assert "cannot be held" in told["error"]["message"]
    (record,) = heard.records
    assert isinstance(record, Decided)
    assert record.kind == "refused"


def test_a_call_that_was_taken_back_while_tools_were_listed_is_not_held() -> None:
    """Promise: nobody is asked about a call that nobody waits for."""
    play = Play(ASK, budget=BUDGET)
    play.handshake()
    play.client(call(7, "read"))
    own = play.to_server[-1]["id"]
    play.client(note("notifications/cancelled", requestId=7))
    play.server(result(own, tools=[{"name": "read", "inputSchema": {"type": "object"}}]))
    assert play.desk.requests() == ()


@pytest.mark.parametrize("token", ["t", 0, 7])
def test_a_client_that_gave_a_token_hears_that_its_call_waits(token: Any) -> None:
    """MCP progress: only with a token, of its own type, strictly increasing, without a total."""
    play = waiting()
    play.client(with_token(call(7, "read"), token))
    told = [message for _ in range(4) for message in play.wait(10).to_client]
    values = [message["params"]["progress"] for message in told]
    assert len(values) >= 3
    assert values == sorted(set(values))
    assert {message["method"] for message in told} == {"notifications/progress"}
    assert all(message["params"]["progressToken"] == token for message in told)
    assert all("total" not in message["params"] for message in told)
    assert "Waiting for your approval" in told[0]["params"]["message"]


def test_nothing_is_told_to_a_client_without_a_token() -> None:
    """MCP progress: only where the request asked for it."""
    play = waiting()
    play.client(call(7, "read"))
    assert play.wait(30).to_client == []


def test_the_answer_comes_after_a_gap() -> None:
    """A client that reads progress and answer together drops the token before the progress."""
    play = waiting()
    play.client(with_token(call(7, "read"), "t"))
    play.wait(1)
    at_once = answer(play, allow=False)
    assert at_once.to_client == []
    (later,) = play.wait(0.02).to_client
    assert later["id"] == 7


def test_a_call_that_was_taken_back_within_the_gap_is_not_sent() -> None:
    """Promise: nothing is executed after the client gave up."""
    play = waiting()
    play.client(with_token(call(7, "read"), "t"))
    play.wait(1)
    assert answer(play, allow=True).to_server == []
    play.client(note("notifications/cancelled", requestId=7))
    heard = play.wait(0.02)
    assert (heard.to_server, heard.to_client, heard.records) == ([], [], [])
    assert play.ledger.spent == {}


def test_the_servers_own_progress_goes_on_above_the_guards() -> None:
    """MCP progress: it must increase, whoever tells of it."""
    play = waiting()
    play.client(with_token(call(7, "read"), "t"))
    play.wait(1)
    play.wait(1)
    answer(play, allow=True)
    low = play.server(note("notifications/progress", progressToken="t", progress=0))
    high = play.server(note("notifications/progress", progressToken="t", progress=1))
    assert low.to_client == []
    assert [message["params"]["progress"] for message in high.to_client] == [1]


def test_a_destructive_call_can_be_stopped_for_two_seconds() -> None:
    """Promise: an undo window inside the budget, after which it is gone."""
    play = waiting(DESTRUCTIVE)
    play.client(call(7, "read"))
    assert answer(play, allow=True).to_server == []
    assert pending(play).state == "sending"
    assert isinstance(play.desk.stop(pending(play).id, "ana"), Taken)
    assert play.wait(3).to_server == []
    answer(play, allow=True)
    assert play.wait(2).to_server != []


def test_changed_arguments_are_sent_and_the_model_is_told() -> None:
    """Promise: what was edited is judged again, recorded, and said to the model."""
    play = waiting()
    play.client(call(7, "read", path="/a", mode="r"))
    given = answer(play, allow=True, arguments={"path": "/b"})
    (sent,) = given.to_server
    assert sent["params"]["arguments"] == {"path": "/b"}
    (intent,) = given.records
    assert isinstance(intent, Decided)
    assert isinstance(intent.arguments, Mapping)
    assert dict(intent.arguments) == {"path": "/b"}
    done = play.server(result(7, content=[{"type": "text", "text": "x"}], structuredContent={}))
    (told,) = done.to_client
    first, second = told["result"]["content"]
    assert "the user changed the arguments" in first["text"]
    assert 'path is "/b"' in first["text"]
    assert "mode is left out" in first["text"]
    assert second == {"type": "text", "text": "x"}
    assert told["result"]["structuredContent"] == {}


def test_an_answer_without_content_has_no_room_for_the_note() -> None:
    """A server that answers in another shape is not mended."""
    play = waiting()
    play.client(call(7, "read", path="/a"))
    answer(play, allow=True, arguments={})
    (told,) = play.server(result(7, answer=42)).to_client
    assert told["result"] == {"answer": 42}


def test_changed_arguments_that_a_rule_denies_are_not_sent() -> None:
    """Promise: deny wins, whoever wrote the arguments; the request stays."""
    deny = '\n[[rule]]\ndeny = "*/*"\nwhen.args.path = "/etc/*"'
    play = waiting(ASK + deny)
    play.client(call(7, "read", path="/a"))
    shown = pending(play)
    reply = play.desk.answer(
        shown.id,
        shown.matter.digest,
        shown.revision,
        Answered(allow=True, who="ana", arguments={"path": "/etc/passwd"}),
    )
    assert isinstance(reply, Refused)
    assert play.to_server[-1]["method"] != "tools/call"
    assert pending(play).id == shown.id


def test_changed_arguments_must_fit_the_schema() -> None:
    """Promise: validated against the schema, also where strict_arguments is off."""
    play = waiting()
    play.definitions.misfits["read"] = "path must be a text"
    play.client(call(7, "read", path="/a"))
    shown = pending(play)
    reply = play.desk.answer(
        shown.id,
        shown.matter.digest,
        shown.revision,
        Answered(allow=True, who="ana", arguments={"path": 7}),
    )
    assert isinstance(reply, Refused)
    assert "path must be a text" in reply.why


def test_an_argument_that_was_changed_in_many_places_is_told_shortly() -> None:
    """A note to the model is not as long as the arguments."""
    play = waiting()
    play.client(call(7, "read"))
    answer(play, allow=True, arguments={f"a{n}": n for n in range(30)})
    (told,) = play.server(result(7, content=[])).to_client
    assert "and 10 more" in text_of(told)


def test_a_second_handshake_is_never_held() -> None:
    """What carries nothing to judge waits for nobody."""
    play = waiting()
    offer = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": INFO}
    assert play.client(request("again", "initialize", **offer)).to_server != []


LIMITED = f'{ASK}\n[[rule]]\ntools = "db/*"\nlimit = "9/hour"'


def in_the_gap(rules: str = LIMITED) -> Play:
    """A call that was just allowed, and whose client was told a moment ago that it waits."""
    play = waiting(rules)
    play.client(with_token(call(7, "read"), "t"))
    play.wait(1)
    assert answer(play, allow=True).to_server == []
    return play


def taken_back(play: Play) -> Heard:
    return play.client(note("notifications/cancelled", requestId=7))


@pytest.mark.parametrize("state", ["waiting", "sending", "the gap"])
def test_a_call_that_is_taken_back_in_any_state_counts_for_nothing(state: str) -> None:
    """Promise: the server never hears of it, its limits are given back, and no intent is left."""
    play = in_the_gap() if state == "the gap" else waiting(f"{DESTRUCTIVE}\n{LIMITED}")
    if state != "the gap":
        play.client(call(7, "read"))
    if state == "sending":
        answer(play, allow=True)
        assert pending(play).state == "sending"
    heard = taken_back(play)
    assert (heard.to_server, heard.to_client) == ([], [])
    later = play.wait(BUDGET)
    assert (later.to_server, later.to_client) == ([], [])
    assert list(play.ledger.spent.values()) == [0]
    assert [one for one in play.recorded(Decided) if one.kind == "intent"] == []
    assert play.desk.requests() == ()


def test_a_call_counts_once_and_stays_counted_when_it_was_sent() -> None:
    """The algebra, line 10: what a limit has counted is given back only if nothing was sent."""
    play = in_the_gap()
    assert [sent["id"] for sent in play.wait(0.02).to_server] == [7]
    taken_back(play)
    assert list(play.ledger.spent.values()) == [1]


def test_the_policy_that_changes_in_the_gap_counts() -> None:
    """Promise: an edit bites at once, also for a call that was allowed and has not left yet."""
    play = in_the_gap()
    play.switch('[[rule]]\ndeny = "*/*"')
    heard = play.wait(0.02)
    assert heard.to_server == []
    (told,) = heard.to_client
    assert "the policy was changed just when" in text_of(told)
    (record,) = heard.records
    assert isinstance(record, Decided)
    assert (record.kind, record.approval) == ("refused", record.call)
    assert list(play.ledger.spent.values()) == [0]


def test_a_client_that_is_gone_in_the_gap_hears_that_nothing_was_executed() -> None:
    """Promise: an answer at the end for every id, and none after it."""
    play = in_the_gap()

    def end() -> None:
        play.gate.end()
        play.session.server_ended("was stopped (the client closed)")

    (told,) = play.said(end).to_client
    assert "NOT EXECUTED" in text_of(told)
    later = play.wait(1)
    assert (later.to_server, later.to_client, later.records) == ([], [], [])
    assert list(play.ledger.spent.values()) == [0]


def test_a_call_with_the_token_of_one_that_waits_leaves_its_heartbeat_alone() -> None:
    """Attack: a client that gives one token to two calls; each request is still answered."""
    play = waiting(f'{ASK}\nexcept = "*/write"\n[[rule]]\nallow = "*/write"')
    play.client(with_token(call(7, "read"), "t"))
    play.wait(1)
    play.client(with_token(call(8, "write"), "t"))
    assert play.to_server[-1]["id"] == 8
    assert play.wait(10).to_client != []


def test_a_profile_that_cannot_be_used_is_no_switch() -> None:
    """Promise: a denial says what it follows from."""
    play = waiting()
    play.client(call(7, "read"))
    play.policy.now = Standing(None, "work.toml cannot be read")
    (told,) = play.said(play.session.refresh).to_client
    assert "work.toml cannot be read" in text_of(told)


def test_a_client_can_cancel_a_call_that_has_expired() -> None:
    """The answer and the cancellation may cross; the request stays open for the person."""
    play = waiting()
    play.client(call(7, "read"))
    play.wait(BUDGET)
    heard = taken_back(play)
    assert (heard.to_server, heard.to_client) == ([], [])
    assert pending(play).state == "held"


def test_nothing_is_told_on_a_token_in_the_gap_before_its_answer() -> None:
    """Attack: a second call on one token, due to be told of just before the first is answered."""
    play = waiting()
    play.client(with_token(call(7, "read", n=1), "t"))
    play.wait(1)
    play.wait(9)
    play.wait(0.005)
    play.client(with_token(call(8, "read", n=2), "t"))
    assert len(play.wait(0.996).to_client) == 1
    first, _ = play.desk.requests()
    given = Answered(allow=False, who="ana")
    play.desk.answer(first.id, first.matter.digest, first.revision, given)
    assert [told["id"] for told in play.wait(0.02).to_client] == [7]


def test_an_answer_for_the_tool_lets_go_what_waits_like_it() -> None:
    """Promise: an answer that lasts settles every call that it covers."""
    play = waiting()
    play.definitions.items["read"] = _known()
    play.client(call(1, "read", path="/a"))
    play.client(call(2, "read", path="/b"))
    first, _ = play.desk.requests()
    given = Answered(allow=True, who="ana", scope="minutes", when=())
    heard = play.said(
        lambda: play.desk.answer(first.id, first.matter.digest, first.revision, given)
    )
    assert [sent["id"] for sent in heard.to_server] == [1, 2]


def test_lockdown_is_the_reason_even_where_the_server_is_another() -> None:
    """Promise: lockdown says so with its own way out."""
    play = waiting()
    play.gate.object("the server is being started again")
    play.policy.now = Standing(play.policy.now.profile, "lockdown: a person lifts it", locked=True)
    (told,) = play.client(call(7, "read")).to_client
    assert "lockdown" in text_of(told)
