"""What an "always" would have settled of the last calls, and what a person said to those."""

from pathlib import Path
from typing import Any

import pytest

from localguard.audit.recalled import recalled
from localguard.config.fixed import Fixed
from localguard.config.paths import Places
from localguard.config.remembered import Wish
from localguard.policy.calls import Call
from localguard.telling.backtest import Matched, would_match
from localguard.telling.recent_calls import Recent
from tests.config.makers import HOME
from tests.config.remembering import made, work_in
from tests.telling.pasts import FACTS, Log, recent

B = {"path": "/srv/a/b"}
UNDER = Wish(True, "some", (Fixed(("path",), "under", "/srv/a"),))
TOOL = Wish(True, "tool")
NO = Wish(False, "some", (Fixed(("path",), "is", "/srv/a/b"),))


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return work_in(tmp_path)


def matched(where: Places, wish: Wish, number: int = 500, **changes: Any) -> Matched:
    """The back-test of a wish."""
    found = made(wish, **{"arguments": {"path": "/srv/a/b"}, **changes})
    assert found.meaning is not None, found.refused
    return would_match(recent(where, number), found.meaning, HOME, recalled)


def test_it_counts_what_it_matches_and_what_was_denied(where: Places) -> None:
    """Promise: "would have matched 3 of the last 5 calls, 1 of which you denied"."""
    log = Log(where)
    log.asked(B, "allow")
    log.asked({"path": "/srv/a/z"}, "deny")
    log.asked({"path": "/etc/passwd"}, "deny")
    log.call(B)
    log.call(B, item="read")
    found = matched(where, UNDER)
    assert found == Matched(calls=5, matched=3, asked=2, denied=1)
    assert found.told() == "would have matched 3 of the last 5 calls, 1 of which you denied"
    assert matched(where, TOOL) == Matched(5, 4, 3, 2)
    assert matched(where, NO) == Matched(5, 2, 1, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"client": "other"},
        {"profile": "home"},
        {"facts": {**FACTS, "pin": "q"}},
        {"facts": {**FACTS, "identity": "j"}},
        {"server": "other"},
    ],
)
def test_a_call_that_differs_in_what_an_answer_binds_to_is_not_matched(
    where: Places, changes: dict[str, Any]
) -> None:
    """It would have been asked all the same."""
    Log(where).call(B, **changes)
    assert matched(where, TOOL) == Matched(calls=1)


def test_what_cannot_be_judged_is_said(where: Places) -> None:
    """Honest: a record that does not hold the whole call is neither matched nor not."""
    log = Log(where)
    log.call({"path": "…"}, complete=False)
    log.call({"path": "…"}, complete=False, item="read")
    log.call(B)
    found = matched(where, UNDER)
    assert found == Matched(calls=3, matched=1, unknown=1)
    assert found.told() == (
        "would have matched 1 of the last 3 calls, 0 of which you denied;"
        " 1 could not be judged: the record does not hold the whole call"
    )
    assert "2 could not be judged: the records do" in Matched(3, unknown=2).told()
    assert "; 1 line of the log could not be read" in Matched(3, damaged=1).told()


def test_an_empty_log_is_no_zero(where: Places) -> None:
    """Nothing is known, which is not the same as nothing matched."""
    assert matched(where, TOOL).told() == (
        "no call is in the audit log yet, so what it would have matched is not known"
    )


def test_paths_count_as_they_were_then(where: Places) -> None:
    """A link that led out then is not under the folder, however it reads."""
    log = Log(where)
    log.call(B, facts={**FACTS, "paths": {"/srv/a/b": "/etc/passwd"}})
    log.call({"path": "/srv/a/../x"})
    assert matched(where, UNDER) == Matched(calls=2)


def test_only_the_last_ones_count(where: Places) -> None:
    """Also where the oldest of them was held long before it was answered."""
    log = Log(where)
    for _ in range(3):
        log.asked(B, "deny")
    assert matched(where, TOOL, 2) == Matched(2, 2, 2, 2)


def test_a_call_that_was_answered_late_counts_where_it_was_judged(where: Places) -> None:
    """The first record says what policy said, however many came between."""
    log, other = Log(where), Log(where, "other")
    call = log.asked(B)
    other.clock.now = log.clock.now
    for _ in range(4):
        other.call(B)
    log.clock.now = other.clock.now
    log.answer(call, "deny")
    found = recent(where, 5)
    assert [(one.then, one.answer) for one in found.calls] == [("ask", "deny")] + [
        ("allow", None)
    ] * 4


def test_an_answered_call_whose_beginning_lies_further_back(where: Places) -> None:
    """It is looked for, and where it is not found the call was asked for all the same."""
    log, other = Log(where), Log(where, "other")
    call = log.next()
    known = {"server": "files", "item": "write"}
    other.clock.now = log.clock.now
    for _ in range(3):
        other.call(B)
    log.clock.now = other.clock.now
    log.call(B, decision="allow", approval=call, listed=None, **known)
    found = recent(where, 2)
    assert [(one.then, one.answer) for one in found.calls] == [("allow", None), ("ask", "allow")]


def test_identical_calls_share_the_answer_of_their_request(where: Places) -> None:
    """A call that joined a request was denied with it."""
    log = Log(where)
    first = log.asked(B, "deny")
    log.call(B, decision="ask")
    log.call(B, decision="deny", approval=first, listed=True)
    assert [one.answer for one in recent(where).calls] == ["deny", None, "deny"]


def test_nothing_recalled_is_nothing_matched(where: Places) -> None:
    """Where the log holds hashes alone, the back-test says so."""
    Log(where).call(B)

    def nothing(_: object) -> Call | None:
        return None

    found = made(TOOL)
    assert found.meaning is not None
    told = would_match(recent(where), found.meaning, HOME, nothing)
    assert told == Matched(calls=1, unknown=1)
    assert would_match(Recent(), found.meaning, HOME, nothing) == Matched(0)


def test_what_a_server_asked_of_the_client_is_no_call(where: Places) -> None:
    """Nor is a damaged line."""
    Log(where).call(B, direction="server")
    assert recent(where) == Recent()
