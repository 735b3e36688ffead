"""A line per record: what a person was asked and said, in the words of the project."""

from datetime import datetime
from pathlib import Path

import pytest

from localguard.audit.reader import Entry, read
from localguard.audit.records import (
    Answer,
    Chosen,
    Closed,
    Leave,
    Record,
    RefusedApprover,
    Trouble,
)
from localguard.telling.entries import Line, as_line, parts
from tests.audit.makers import decided, journal, outcome

WHO = "console pid 812"
LOCAL = f"{datetime.fromisoformat('2026-11-24T21:35:00Z').astimezone():%Y-%m-%d %H:%M:%S}"


def entry(folder: Path, record: Record) -> Entry:
    """The record, as the log has it."""
    journal(folder).write(record)
    return next(iter(read(str(folder))))


def answer(**others: object) -> Answer:
    usual: dict[str, object] = {
        "request": "7f3a-1",
        "server": "db",
        "item": "execute",
        "decision": "allow",
        "scope": "once",
        "who": WHO,
    }
    return Answer(**(usual | others))  # type: ignore[arg-type]


def closed(how: str) -> Closed:
    return Closed(request="7f3a-1", server="db", item="execute", how=how)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (answer(), f"allow, once, by {WHO}"),
        (answer(scope="minutes"), f"allow, for 15 minutes, by {WHO}"),
        (answer(scope="always"), f"allow, for good, by {WHO}"),
        (answer(scope="later"), f"allow, later, by {WHO}"),
        (answer(edited=True), f"allow, once, by {WHO}, with other arguments"),
        (
            answer(decision="deny", reason="wrong table"),
            f"deny, once, by {WHO}, telling the model: wrong table",
        ),
        (closed("lapsed"), "lapsed: nobody answered in time"),
        (closed("cancelled"), "cancelled: the client took it back"),
        (
            closed("held"),
            "held: the client no longer waits, a yes lets the next identical call pass",
        ),
        (closed("lost"), "lost"),
        (
            Leave(request="7f3a-1", server="db", item="execute", until="2026-11-24T21:35:00Z"),
            f"one identical call may pass until {LOCAL}",
        ),
    ],
)
def test_what_became_of_a_request_is_told(tmp_path: Path, record: Record, why: str) -> None:
    """Promise: the id that `why` takes, what was asked, and what came of it, on one line."""
    found = entry(tmp_path, record)
    assert parts(found) == Line(record.kind, "7f3a-1", "db/execute", why)
    assert as_line(found, color=False).endswith(f"  7f3a-1  db/execute  {why}")


def test_who_may_not_answer_is_told_with_the_reason(tmp_path: Path) -> None:
    """Promise: also where no request was named."""
    refused = RefusedApprover(who="pid 9", why="it is a child of the client", request="7f3a-1")
    assert parts(entry(tmp_path, refused)) == Line(
        "approver", "7f3a-1", "", "refused pid 9: it is a child of the client"
    )
    other = tmp_path / "other"
    line = parts(entry(other, RefusedApprover(who="pid 9", why="no terminal")))
    assert line == Line("approver", "", "", "refused pid 9: no terminal")


def test_what_could_not_be_done_is_told_with_the_request(tmp_path: Path) -> None:
    """Promise: an answer that could not be kept does not pass for one that was."""
    found = entry(tmp_path, Trouble(request="7f3a-1", why="the disk is full; free some of it"))
    assert parts(found) == Line("trouble", "7f3a-1", "", "the disk is full; free some of it")


@pytest.mark.parametrize(
    ("what", "value", "line"),
    [
        ("profile", "work", f"profile work, by {WHO}"),
        ("silent", "on", f"silent mode on, by {WHO}"),
        ("storm", "db/drop", f"denied for the session db/drop, by {WHO}"),
        ("undone", "rule 3", f"taken back rule 3, by {WHO}"),
        ("mood", "good", f"mood good, by {WHO}"),
    ],
)
def test_what_a_person_chose_is_told(tmp_path: Path, what: str, value: str, line: str) -> None:
    """Promise: what it is now, and who made it so."""
    found = entry(tmp_path, Chosen(what=what, value=value, who=WHO))
    assert parts(found) == Line("choice", "", line, "")


def test_an_entry_has_the_parts_of_its_line(tmp_path: Path) -> None:
    """Promise: a table shows in columns what the command shows in a line."""
    log = journal(tmp_path)
    log.write(decided(decision="deny", because="by hand"))
    log.write(outcome())
    held, ended = read(str(tmp_path))
    assert parts(held) == Line("deny", "7f3a-1", "db/list_tables", "work.toml:12, by hand")
    assert parts(ended) == Line("ok", "7f3a-1", "", "12.5 ms")
    damaged = Entry("2026-11-24/212000-7f3a", 3, {}, "edited")
    assert parts(damaged) == Line("edited", "", "", "2026-11-24/212000-7f3a line 3")


def test_hostile_texts_of_requests_are_made_visible(tmp_path: Path) -> None:
    """Attack: an item, a reason or a process named with escape sequences."""
    evil = "a\x1b[2J\n\u202e"
    records: list[Record] = [
        answer(request=evil, item=evil, scope=evil, who=evil, reason=evil),
        Closed(request=evil, server=evil, item=evil, how=evil),
        Leave(request=evil, server=evil, item=evil, until=evil),
        RefusedApprover(who=evil, why=evil, request=evil),
        Trouble(request=evil, why=evil),
        Chosen(what=evil, value=evil, who=evil),
    ]
    log = journal(tmp_path)
    for record in records:
        log.write(record)
    lines = [as_line(found, color=False) for found in read(str(tmp_path))]
    assert len(lines) == 6
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_a_record_of_thousands_of_members_is_a_short_line() -> None:
    """Attack: a record of another program, made to be slow to look at."""
    many: dict[str, object] = {f"m{number}": number for number in range(100_000)}
    for record in (
        {"kind": "later", **many},
        {"kind": "outcome", "status": "ok", "redacted": many},
        {"kind": "pin", "event": "changed", "server": "db", "differs": list(many)},
    ):
        assert len(as_line(Entry("s", 1, record), color=False)) < 1000
