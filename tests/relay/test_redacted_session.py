"""What is taken out of the server's words in a session."""

from typing import Any

from localguard.audit.records import Decided, Outcome
from tests.relay.playbook import EVERYTHING, Play, call, error, note, ready, request, result

RULES = f'{EVERYTHING}\n[[rule]]\ntools = "db/read"\nredact = ["email"]'
MAIL = "write to ana@example.com"
CLEAN = "write to [redacted: email]"


def test_an_answer_loses_what_its_rules_take_out_and_the_log_counts_it() -> None:
    """The algebra, line 10: redaction is a duty of every applying rule."""
    play = ready(RULES, "read", "other")
    play.client(call(7, "read"))
    heard = play.server(result(7, content=[{"type": "text", "text": MAIL}]))
    assert heard.to_client == [result(7, content=[{"type": "text", "text": CLEAN}])]
    assert play.recorded(Outcome)[-1].redacted == {"email": 1}


def test_an_answer_of_another_tool_is_left_as_it_is() -> None:
    """Promise: a call has the duties of its own rules, and no others."""
    play = ready(RULES, "read", "other")
    play.client(call(7, "other"))
    answer = result(7, content=[{"type": "text", "text": MAIL}])
    assert play.server(answer).to_client == [answer]
    assert play.recorded(Outcome)[-1].redacted is None


def test_an_error_is_redacted_too() -> None:
    """Promise: every string a server sends."""
    play = ready(RULES)
    play.client(call(7, "read"))
    (answer,) = play.server(error(7, -32000, about=MAIL)).to_client
    assert answer["error"]["data"] == {"about": CLEAN}
    assert play.recorded(Outcome)[-1].status == "error"


def test_what_belongs_to_no_call_loses_what_any_rule_of_the_server_takes_out() -> None:
    """Promise: progress, log messages, wishes and listings, whatever else the rule asks for."""
    play = ready(RULES, elicitation={})
    told: dict[str, Any] = {"level": "info", "data": MAIL}
    (log,) = play.server(note("notifications/message", **told)).to_client
    assert log["params"]["data"] == CLEAN
    wish = request("w", "elicitation/create", message=MAIL, requestedSchema={"type": "object"})
    (asked,) = play.server(wish).to_client
    assert asked["params"]["message"] == CLEAN
    play.client(request(8, "prompts/list"))
    (page,) = play.server(result(8, prompts=[{"name": "p", "description": MAIL}])).to_client
    assert page["result"]["prompts"][0]["description"] == CLEAN


def test_the_result_of_a_task_is_redacted() -> None:
    """Promise: task results are words of the server's as well."""
    play = ready(RULES)
    asked = call(7, "read")
    asked["params"]["task"] = {}
    play.client(asked)
    play.server(result(7, task={"taskId": "t", "status": "working"}))
    play.client(request(8, "tasks/result", taskId="t"))
    heard = play.server(result(8, content=[{"type": "text", "text": MAIL}]))
    assert heard.to_client == [result(8, content=[{"type": "text", "text": CLEAN}])]


def test_another_profile_takes_out_other_things() -> None:
    """Promise: a switch bites on the next message."""
    play = ready(RULES)
    play.switch(EVERYTHING)
    play.client(call(7, "read"))
    answer = result(7, content=[{"type": "text", "text": MAIL}])
    assert play.server(answer).to_client == [answer]


def test_a_denied_call_that_is_cancelled_while_it_is_written_is_only_denied() -> None:
    """Promise: what was never allowed has no outcome."""
    play = ready('[[rule]]\ndeny = "db/no"\n[[rule]]\nallow = "db/read"', "no", "read")
    play.log.before = lambda record: _cancel(play, record)
    assert play.client(call(7, "no")).to_client == []
    assert play.recorded(Decided)[-1].decision == "deny"
    assert play.recorded(Outcome) == []


def _cancel(play: Play, record: object) -> None:
    if isinstance(record, Decided):
        play.client(note("notifications/cancelled", requestId=7))
