"""What a check, a filter and retention make of calls that were held for a person.

A held call is recorded as `held`, and once it is settled as `intent` or `refused` under the same
call id. What the person and the desk did in between names the call as its `request`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.calls import Calls
from localguard.audit.filters import parse
from localguard.audit.reader import Entry, read
from localguard.audit.records import (
    Answer,
    Chosen,
    Closed,
    Leave,
    Record,
    RefusedApprover,
    Stop,
    Trouble,
)
from localguard.audit.retention import plan
from localguard.audit.settings import Settings
from localguard.audit.sources import sources
from localguard.audit.verify import Verification
from tests.audit.makers import MOMENT, SIGNER, STARTED, Clock, chain_of, decided, journal, outcome

CALL = "7f3a-1"
NOW = datetime.fromtimestamp(MOMENT, UTC)
IDS = {"request": CALL, "server": "db", "item": "list_tables"}

HELD = decided(CALL, decision="ask", because="money")
LEFT = decided(CALL, approval=CALL)
REFUSED = decided(CALL, decision="deny", approval=CALL, because="wrong table")
YES = Answer(
    request=CALL,
    server="db",
    item="list_tables",
    decision="allow",
    scope="once",
    who="console pid 812",
)
NO = replace(YES, decision="deny", reason="wrong table")
EDITED = replace(YES, edited=True)
GRANT = Leave(**IDS, until="2026-11-24T21:35:00+00:00")
NOT_THEY = RefusedApprover(who="pid 9", why="it was started by a client", request=CALL)
TROUBLE = Trouble(request=CALL, why="it cannot be kept")
CHOICE = Chosen(what="remembered", value="deny db/list_tables", who="console pid 812")
BESIDE = (NOT_THEY, TROUBLE, CHOICE)
"""What may stand between a question and its end, and settles nothing."""


def closed(how: str) -> Closed:
    return Closed(**IDS, how=how)


def written(folder: Path, *records: Record, days_ago: float = 0, instance: str = "7f3a") -> None:
    """A guard that wrote these and ended in order."""
    log = journal(folder, Clock(MOMENT - days_ago * 86_400), instance, signed=True)
    for record in (STARTED, *records, Stop(reason="the client closed its end", exit_code=0)):
        log.write(record)
    log.close()


def found(folder: Path) -> list[str]:
    """Everything that a check says of the log, notes too."""
    check = Verification(sources(str(folder)), signer=SIGNER)
    return [
        f"{one.segment}:{one.line} {one.kind}"
        for one in check.findings()
        if one.kind != "unprotected"
    ]


@pytest.mark.parametrize(
    "story",
    [
        (HELD, NO, REFUSED),
        (HELD, YES, LEFT, outcome()),
        (HELD, EDITED, LEFT, outcome(status="tool_error")),
        (HELD, *BESIDE, YES, *BESIDE, LEFT, *BESIDE, outcome()),
        (HELD, closed("cancelled")),
        (HELD, closed("held"), closed("lapsed")),
        (HELD, closed("held"), YES, GRANT),
        (HELD, closed("held"), YES, GRANT, decided("7f3a-2", approval=CALL), outcome("7f3a-2")),
        (HELD, closed("held"), NO),
        (HELD, YES, closed("stopped by console pid 812, and waits again"), NO, REFUSED),
        (HELD, closed("switched"), REFUSED),
        (HELD, closed("ended")),
        (HELD,),
    ],
)
def test_a_question_that_ended_leaves_nothing_unknown(
    tmp_path: Path, story: Sequence[Record]
) -> None:
    """Promise: only what left may be unknown, and a call that waits has not left."""
    written(tmp_path, *story)
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("story", "line"),
    [
        ((HELD, YES, LEFT), 4),
        ((HELD, YES, LEFT, *BESIDE), 4),
        ((HELD, closed("held"), YES, GRANT, decided("7f3a-2", approval=CALL)), 6),
        ((HELD, YES, LEFT, outcome("7f3a-2")), 4),
    ],
)
def test_what_left_and_did_not_come_back_is_unknown(
    tmp_path: Path, story: Sequence[Record], line: int
) -> None:
    """Promise: named where it left, not where it was asked; no answer stands for an outcome."""
    written(tmp_path, *story)
    assert found(tmp_path) == [f"2026-11-24/212000-7f3a:{line} unknown-outcome"]


def test_leave_that_another_guard_uses_is_known_there(tmp_path: Path) -> None:
    """Two guards: the one that asked has ended, the other one sends the identical call."""
    written(tmp_path, HELD, closed("held"), YES, GRANT, days_ago=1)
    using = (decided("9c1b-1", approval=CALL), outcome("9c1b-1"))
    written(tmp_path, *using, instance="9c1b")
    assert found(tmp_path) == []


def one_call(call: str, end: str) -> list[Record]:
    """The records of a call that ended so."""
    yes, no = replace(YES, request=call), replace(NO, request=call)
    left = replace(LEFT, call=call, approval=call)
    ends: dict[str, list[Record]] = {
        "done": [yes, left, outcome(call)],
        "denied": [no, replace(REFUSED, call=call, approval=call)],
        "lost": [yes, left],
        "waiting": [],
        "taken back": [replace(closed("cancelled"), request=call)],
    }
    return [replace(HELD, call=call), *ends[end]]


@given(
    st.lists(
        st.sampled_from(["done", "denied", "lost", "waiting", "taken back"]),
        min_size=1,
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
def test_calls_that_wait_side_by_side_are_told_apart(
    tmp_path_factory: pytest.TempPathFactory, ends: list[str], random: Random
) -> None:
    """Promise: however their records lie among each other, only what was lost is unknown."""
    calls = [one_call(f"7f3a-{number}", end) for number, end in enumerate(ends)]
    turns = [number for number, records in enumerate(calls) for _ in records]
    random.shuffle(turns)
    records = [calls[turn].pop(0) for turn in turns]
    day = tmp_path_factory.mktemp("audit") / "2026-11-24"
    day.mkdir(mode=0o700)
    bodies = [{"kind": one.kind, **one.fields()} for one in records]
    (day / "212000-7f3a.jsonl").write_bytes(b"".join(chain_of(*bodies)))
    unknown = [one for one in found(day.parent) if one.endswith("unknown-outcome")]
    assert len(unknown) == ends.count("lost")


def test_an_outcome_has_the_fields_of_what_left_and_not_of_the_question(tmp_path: Path) -> None:
    """Promise: after other arguments were put in, an outcome belongs to the call that was sent."""
    sent = decided(CALL, approval=CALL, rule="work.toml:30")
    written(tmp_path, HELD, EDITED, sent, outcome())
    ended = next(one for one in joined(tmp_path) if one.record["kind"] == "outcome")
    assert (ended.asked["kind"], ended.asked["rule"]) == ("intent", "work.toml:30")


def joined(folder: Path) -> list[Entry]:
    return list(Calls().join(read(str(folder))))


def kinds(folder: Path, text: str) -> list[str]:
    """The kinds of records that a filter lets through."""
    wanted = parse(text, NOW)
    return [str(one.record["kind"]) for one in joined(folder) if wanted.matches(one)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"call:{CALL}", "held approver answer trouble request grant intent outcome"),
        (f"approval:{CALL}", "intent outcome"),
        ("kind:answer,request,grant", "answer request grant"),
        ("kind:choice", "choice choice"),
        ("kind:approver,trouble", "approver trouble"),
        ("decision:ask", "held"),
        ("decision:allow -kind:outcome", "answer intent"),
        ("item:list_tables decision:*", "held answer intent outcome"),
        ("reason:*kept", "trouble"),
        ("reason:*client", "approver"),
        ("who:console*", "answer choice choice"),
        ('who:"pid 9"', "approver"),
        ("lockdown", "choice"),
    ],
)
def test_what_persons_did_can_be_asked_for(tmp_path: Path, text: str, expected: str) -> None:
    """Promise: one id finds the whole story of a request, and who did something is a field."""
    lockdown = Chosen(what="lockdown", value="on", who="console pid 812")
    beside = (NOT_THEY, YES, TROUBLE, CHOICE, closed("held"), GRANT, lockdown)
    written(tmp_path, HELD, *beside, LEFT, outcome())
    assert kinds(tmp_path, text) == expected.split()


def test_old_questions_go_with_their_segment(tmp_path: Path) -> None:
    """Promise: retention asks no record whether it may go, and a check misses none of them."""
    told = (HELD, *BESIDE, closed("held"), YES, GRANT)
    written(tmp_path, *told, days_ago=40)
    written(tmp_path, HELD, days_ago=39, instance="8a8a")
    using = journal(tmp_path, Clock(MOMENT), "9c1b", signed=True)
    for record in (STARTED, decided("9c1b-1", approval=CALL), outcome("9c1b-1")):
        using.write(record)
    due = plan(str(tmp_path), Settings(keep_days=30), NOW)
    assert due is not None
    using.write(due.record(SIGNER), durable=True)
    assert due.carry_out() == 2
    using.close()
    assert found(tmp_path) == []
    assert kinds(tmp_path, f"call:{CALL}") == []
    assert kinds(tmp_path, f"approval:{CALL}") == ["intent", "outcome"]


def test_the_records_of_persons_bind_each_other_as_all_do(tmp_path: Path) -> None:
    """Attack: an answer turned from no to yes, or taken out of the log."""
    written(tmp_path, HELD, NO, REFUSED)
    (path,) = (Path(one.path) for one in sources(str(tmp_path)))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"decision":"deny","scope"', b'"decision":"allow","scope"'))
    assert "2026-11-24/212000-7f3a:3 edited" in found(tmp_path)
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))
    assert any(one.endswith(" missing") for one in found(tmp_path))
