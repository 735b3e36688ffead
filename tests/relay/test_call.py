"""A call from the client's line to its answer: decided, recorded, and only then sent."""

import json
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.chain import check
from localguard.audit.folders import segments
from localguard.audit.journal import Journal
from localguard.audit.records import Decided, Outcome
from localguard.policy.decide import Standing
from tests.relay.playbook import (
    EVERYTHING,
    HOME,
    NOTHING,
    OWN_FOLDER,
    Play,
    call,
    error,
    modern,
    note,
    ready,
    result,
)

ASK = '[[rule]]\nask = "db/read"'
DENY = (
    '[[rule]]\nallow = "db/*"\n[[rule]]\ndeny = "db/drop"\nbecause = "deletions are done by hand"'
)
DONE = {"content": [{"type": "text", "text": "done"}], "unknown": {"kept": [1]}}


def denial(heard: Any) -> dict[str, Any]:
    """The one answer, which must be a result that the model reads."""
    assert heard.to_server == []
    (answer,) = [message for message in heard.to_client if "id" in message]
    assert answer.keys() == {"jsonrpc", "id", "result"}
    assert answer["result"]["isError"] is True
    answered: dict[str, Any] = answer["result"]
    return answered


def words(answered: dict[str, Any]) -> str:
    (content,) = answered["content"]
    assert content.keys() == {"type", "text"}
    return str(content["text"])


@pytest.mark.parametrize("dress", [lambda m: m, modern], ids=["legacy", "modern"])
def test_an_allowed_call_goes_on_unchanged_and_its_answer_comes_back(dress: Any) -> None:
    """Promise: unknown fields survive in both directions, ids are not renumbered."""
    play = ready()
    asked = dress(call(7, "read", path="/tmp/x", odd={"\u2028": [None, 1.5]}))
    asked["params"]["extra"] = {"kept": True}
    assert play.client(asked).to_server == [asked]
    heard = play.server(result(7, **DONE))
    assert heard.to_client == [result(7, **DONE)]
    (outcome,) = heard.records
    assert isinstance(outcome, Outcome)
    assert (outcome.call, outcome.status) == ("7f3a-1", "ok")


def test_the_decision_is_recorded_before_the_call_leaves() -> None:
    """Promise: the record is in the kernel before anything leaves."""
    play = ready()
    start = len(play.transcript.entries)
    play.client(call(7, "read", path="/tmp/x"))
    play.seconds += 0.25
    play.server(result(7, **DONE))
    assert [who for who, _ in play.transcript.entries[start:]] == ["log", "server", "log", "client"]
    decided, outcome = play.recorded(Decided)[-1], play.recorded(Outcome)[-1]
    assert (decided.kind, decided.call, decided.item) == ("intent", outcome.call, "read")
    assert (decided.era, decided.client, decided.profile) == ("legacy", "someone", "work")
    assert (decided.request_id, decided.rule, decided.listed) == (7, "work.toml:3", True)
    assert decided.arguments is not None
    assert dict(decided.arguments) == {"path": "/tmp/x"}
    assert decided.complete is True
    assert decided.bytes == len(json.dumps(call(7, "read", path="/tmp/x")))
    assert outcome.milliseconds == 250


def test_a_denied_call_is_answered_and_never_leaves() -> None:
    """MCP, "deny (L)": a tool result, so that the model reads it."""
    play = ready(DENY, "read", "drop")
    heard = play.client(call(7, "drop", table="people"))
    answered = denial(heard)
    assert answered.keys() == {"content", "isError"}
    assert words(answered).startswith("localguard: db/drop was DENIED and not executed: ")
    assert "deletions are done by hand" in words(answered)
    assert "localguard why 7f3a-1" in words(answered)
    assert "people" not in words(answered)
    (record,) = heard.records
    assert isinstance(record, Decided)
    assert (record.kind, record.because) == ("refused", "deletions are done by hand")


def test_a_modern_denial_says_that_it_is_complete() -> None:
    """MCP, "deny (M)": `resultType` is written although absent means complete."""
    play = ready(DENY, "drop")
    answered = denial(play.client(modern(call(7, "drop"))))
    assert answered.keys() == {"content", "isError", "resultType"}
    assert answered["resultType"] == "complete"
    record = play.recorded(Decided)[-1]
    assert (record.era, record.client) == ("modern", "ana's client")


def test_a_denied_call_with_a_task_is_a_json_rpc_error() -> None:
    """MCP: such a client expects a task and could not read a tool result."""
    play = ready(DENY, "drop")
    asked = call("t", "drop")
    asked["params"]["task"] = {"ttl": 1000}
    heard = play.client(asked)
    assert heard.to_server == []
    (answer,) = heard.to_client
    assert answer["id"] == "t"
    assert answer["error"]["code"] == 1001
    assert answer["error"]["data"] == {"call": "7f3a-1"}


@pytest.mark.parametrize("dress", [lambda m: m, modern], ids=["legacy", "modern"])
def test_an_asked_call_that_nobody_answers_is_not_executed(dress: Any) -> None:
    """Promise: NOT EXECUTED, its id, how to approve, repeat the identical call after that."""
    play = ready(ASK)
    heard = play.client(dress(call(7, "read")))
    text = words(denial(heard))
    assert text.startswith("localguard: NOT EXECUTED. db/read waits for the user's approval")
    assert "as 7f3a-1 (" in text
    assert "identical call" in text
    (record,) = heard.records
    assert isinstance(record, Decided)
    assert (record.kind, record.decision, record.approval) == ("held", "ask", None)


def test_a_call_that_cannot_be_recorded_is_denied_and_the_next_one_recovers() -> None:
    """Promise: cannot write = Deny, with recovery without a restart."""
    play = ready()
    play.log.failing = True
    text = words(denial(play.client(call(7, "read"))))
    assert "the audit log cannot be written" in text
    assert "free disk space" in text
    play.log.failing = False
    assert play.client(call(8, "read")).to_server == [call(8, "read")]


def test_an_asked_call_that_cannot_be_recorded_is_denied_too() -> None:
    """The person could not be shown what is not in the log."""
    play = ready(ASK)
    play.log.failing = True
    assert "the audit log cannot be written" in words(denial(play.client(call(7, "read"))))


def test_an_outcome_that_cannot_be_recorded_never_keeps_the_answer_back() -> None:
    """Promise: the result is still returned, and the next call is denied."""
    play = ready()
    play.client(call(7, "read"))
    play.log.failing = True
    assert play.server(result(7, **DONE)).to_client == [result(7, **DONE)]
    assert denial(play.client(call(8, "read")))


def test_a_session_writes_a_log_that_verifies(tmp_path: Path) -> None:
    """The same with the real journal: both records of a call stand in the chain, in order."""
    now = 1_795_555_200.0
    journal = Journal(str(tmp_path), clock=lambda: now, monotonic=lambda: 5.0, instance="7f3a")
    play = Play(journal=journal)
    play.handshake()
    play.list_tools("read")
    play.client(call(7, "read", secret="hunter2"))
    play.server(result(7, **DONE))
    play.client(call(8, "read"))
    journal.close()
    (path,) = segments(str(tmp_path))
    lines = Path(path).read_bytes().splitlines(keepends=True)
    assert check(lines) == []
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds == ["listing", "intent", "outcome", "intent"]


def test_a_fault_of_the_files_makes_every_allow_an_ask() -> None:
    """Promise: the last valid set goes on, each allow lowered, nothing hidden."""
    play = ready()
    play.switch(EVERYTHING, fault="work.toml:3: unknown key alow")
    text = words(denial(play.client(call(7, "read"))))
    assert "waits for the user's approval" in text
    assert "unknown key alow" in text


def test_without_any_valid_profile_every_call_is_denied_with_the_fix() -> None:
    """Promise: a fresh start denies every call with the fix."""
    play = Play()
    play.policy.now = Standing(None, "no profile is active. Fix: localguard profile use NAME")
    play.handshake()
    assert [tool["name"] for tool in play.list_tools("read").to_client[0]["result"]["tools"]]
    assert "localguard profile use NAME" in words(denial(play.client(call(7, "read"))))
    record = play.recorded(Decided)[-1]
    assert (record.profile, record.rule) == (None, "built in")


def test_an_argument_inside_localguards_own_folder_is_denied() -> None:
    """The algebra, line 8: built in, above every profile."""
    play = ready()
    answered = denial(play.client(call(7, "read", files=[{"path": f"{HOME}/x/../.localguard/p"}])))
    assert OWN_FOLDER in words(answered)
    assert play.recorded(Decided)[-1].facts["own_folder"] == OWN_FOLDER


def test_the_facts_that_rules_look_at_are_recorded() -> None:
    """The algebra, line 7: facts are made before the decision and recorded with it."""
    rules = (
        '[[rule]]\nallow = "db/read"\nwhen.args.path.under = "~/work"\n'
        'when.args.n.max = 3\nwhen.client = "some*"\nunless.args.x = "y"'
    )
    play = ready(rules)
    asked = call(7, "read", path=f"{HOME}/work/\x1b[2Jx", n=2, x="z")
    assert play.client(asked).to_server == [asked]
    decided = play.recorded(Decided)[-1]
    assert decided.arguments == asked["params"]["arguments"]
    assert decided.facts["at"] == "2026-11-24T12:00:00+00:00"
    assert decided.facts["paths"]["~/work"] == f"{HOME}/work"  # type: ignore[index]
    assert denial(play.client(call(8, "read", path="relative", n=2)))
    paths = play.recorded(Decided)[-1].facts["paths"]
    assert paths == {"~/work": f"{HOME}/work", "relative": None}


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (result(7, content=[], isError=True), "tool_error", None),
        (error(7, -32602), "error", -32602),
        ({"jsonrpc": "2.0", "id": 7, "error": {"code": "x"}}, "error", None),
        (result(7, resultType="input_required", requestState="s"), "input_required", None),
    ],
)
def test_the_outcome_says_how_the_call_ended(answer: Any, status: str, code: Any) -> None:
    """Promise: two records per call; an intent without outcome is unknown."""
    play = ready()
    play.client(call(7, "read"))
    assert play.server(answer).to_client == [answer]
    outcome = play.recorded(Outcome)[-1]
    assert (outcome.status, outcome.code) == (status, code)


def test_a_server_that_may_not_be_reached_is_never_called() -> None:
    """Promise: "reconnect"; the objection stands above the rules, and the list is empty."""
    why = "work.toml defines the server db anew; reconnect this server in the client"
    play = Play(objection=lambda _: why)
    heard = play.handshake(sampling={})
    assert why in heard.to_client[0]["result"]["instructions"]
    assert play.to_server[0]["params"]["capabilities"] == {}
    assert play.list_tools("read").to_client[0]["result"]["tools"] == []
    assert "reconnect this server" in words(denial(play.client(call(7, "read"))))


def test_a_cancellation_while_the_decision_is_written_stops_the_call() -> None:
    """Promise: nothing is executed after the client gave up."""
    play = ready()

    def cancel(record: object) -> None:
        if isinstance(record, Decided):
            play.client(note("notifications/cancelled", requestId=7))

    play.log.before = cancel
    heard = play.client(call(7, "read"))
    assert (heard.to_client, heard.to_server) == ([], [])
    assert play.recorded(Outcome)[-1].status == "cancelled"


def test_a_retry_with_input_is_a_call_of_its_own() -> None:
    """MCP: the retry of an `input_required` call is judged anew."""
    play = ready()
    play.client(modern(call(1, "read")))
    play.server(result(1, resultType="input_required", requestState="s"))
    play.switch(NOTHING)
    retry = modern(call(2, "read"))
    retry["params"] |= {"requestState": "s", "inputResponses": {}}
    assert denial(play.client(retry))
