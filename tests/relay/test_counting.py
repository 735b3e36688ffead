"""Limits and `seen`, as a session counts and asks for them."""

import pytest

from localguard.audit.records import Decided, Record
from localguard.relay.counting import MAX_UNTOLD
from localguard.relay.world import Known
from tests.relay.playbook import EVERYTHING, Play, call, note, ready, request, result

LIMITED = f'{EVERYTHING}\nid = "all"\nlimit = "2/minute"\n'
DONE: dict[str, list[str]] = {"content": []}


def spent(play: Play) -> list[float]:
    return list(play.ledger.spent.values())


def decisions(play: Play) -> list[str]:
    return [record.decision for record in play.recorded(Decided)]


def test_a_limit_counts_calls_in_flight_and_then_denies() -> None:
    """The algebra, line 10: counted before it is decided, also what is not answered yet."""
    play = ready(LIMITED)
    for number in range(4):
        play.client(call(number, "read"))
    assert decisions(play) == ["allow", "allow", "deny", "deny"]
    denied = play.recorded(Decided)[-1]
    assert "limit 2/minute" in denied.reason
    assert denied.facts["spent"] == {"all": 3}


def test_a_call_that_is_never_sent_gives_back_what_it_took() -> None:
    """The algebra, line 10: denied, held, unwritable and cancelled calls count for nothing."""
    play = ready(
        f'{LIMITED}[[rule]]\nask = "db/ask"\n[[rule]]\ndeny = "db/no"', "ask", "no", "read"
    )
    for number, tool in enumerate(("ask", "no")):
        play.client(call(number, tool))
    play.log.failing = True
    play.client(call(7, "read"))
    play.log.failing = False
    play.log.before = lambda record: cancel(play, record)
    assert play.client(call(8, "read")).to_server == []
    assert spent(play) == [0]


def cancel(play: Play, record: Record) -> None:
    """The client takes its request back while the decision on it is written."""
    if isinstance(record, Decided):
        play.client(note("notifications/cancelled", requestId=8))


def test_a_limit_that_cannot_be_counted_counts_as_reached() -> None:
    """Promise: an unreadable count is a reached limit."""
    play = ready(LIMITED)
    play.ledger.broken = True
    play.client(call(1, "read"))
    assert decisions(play) == ["deny"]


def test_a_limit_of_an_argument_adds_it_up_and_does_without_none() -> None:
    """`limit = "10/day of amount"`: the sum of the argument, and doubt where it is no number."""
    play = ready(f'{EVERYTHING}\nlimit = "10/day of amount"')
    for number, amount in enumerate((6, 4, 1, "1")):
        play.client(call(number, "read", amount=amount))
    assert decisions(play) == ["allow", "allow", "deny", "deny"]


@pytest.mark.parametrize("first", [True, False])
def test_what_was_called_before_is_seen(first: bool) -> None:
    """`when.seen`: after a page was read, writing is asked."""
    rules = f'{EVERYTHING}\n[[rule]]\nask = "db/write"\nwhen.seen = "db/read"'
    play = ready(rules, "read", "write")
    if first:
        play.client(call(1, "read"))
        play.server(result(1, **DONE))
    play.client(call(2, "write"))
    assert decisions(play)[-1] == ("ask" if first else "allow")
    assert play.recorded(Decided)[-1].facts["seen"] == {"db/read": first}


def test_what_was_called_under_another_profile_is_seen_too() -> None:
    """Promise: the ledger is told late, where no rule asked before, and told all of it."""
    play = ready(EVERYTHING, "read", "write")
    play.definitions.items["read"] = Known(frozenset({"open"}))
    for number in range(3):
        play.client(call(number, "read"))
    assert play.ledger.called == []
    play.switch(f'{EVERYTHING}\n[[rule]]\ndeny = "db/x"\nwhen.seen = "db/read"')
    play.client(call(7, "write"))
    assert play.ledger.called == [("db", "read", frozenset({"open"})), ("db", "write", None)]


def test_a_sighting_that_cannot_be_read_is_doubt() -> None:
    """Promise: doubt counts against the call."""
    play = ready(f'{EVERYTHING}\n[[rule]]\nask = "db/read"\nwhen.seen = "web/*"')
    play.ledger.broken = True
    play.client(call(1, "read"))
    assert decisions(play) == ["ask"]


def test_many_different_calls_are_told_before_they_are_forgotten() -> None:
    """Promise: what is kept in mind is bounded, and nothing of it is lost."""
    names = [f"tool-{number}" for number in range(MAX_UNTOLD + 1)]
    play = ready(EVERYTHING, *names)
    for number, name in enumerate(names):
        play.client(call(number, name))
    assert [item for _, item, _ in play.ledger.called] == names[:MAX_UNTOLD]


def test_a_subscription_is_counted_for_each_resource_in_it() -> None:
    """Promise: what is judged part by part is counted part by part."""
    play = ready(LIMITED)
    uris = [f"file:///{name}" for name in "abc"]
    wanted = {"resourceSubscriptions": uris}
    heard = play.client(request(7, "subscriptions/listen", notifications=wanted))
    (sent,) = heard.to_server
    assert sent["params"]["notifications"]["resourceSubscriptions"] == uris[:2]
    assert spent(play) == [2]
