"""Who was signed in, as the log tells it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.reader import read
from localguard.audit.records import Answer, PersonChange, Record, SignInAct
from localguard.telling.entries import as_line, parts
from localguard.telling.why import is_of, rows
from tests.audit.makers import STARTED, decided, journal, outcome

ANA = {"issuer": "https://login.example", "subject": "4711", "name": "Ana"}
WHOLE = "Ana (4711 at https://login.example)"


def told(folder: Path, record: Record, person: dict[str, str] | None = None) -> str:
    """The line of a record in the log of a guard with that person."""
    log = journal(folder)
    log.belong_to(person)
    log.write(record)
    (found,) = read(str(folder))
    return as_line(found, color=False)


@pytest.mark.parametrize(
    ("change", "reason", "line"),
    [
        ("present", None, f"{WHOLE} is signed in, profile work"),
        ("signed_in", None, f"{WHOLE} has signed in, profile work"),
        (
            "signed_out",
            "nobody is signed in",
            f"{WHOLE} is signed out, profile work: nobody is signed in",
        ),
        ("expired", "it is too old", f"{WHOLE} has to sign in again, profile work: it is too old"),
        ("claims", None, f"{WHOLE} is told of otherwise by the provider, profile work"),
    ],
)
def test_a_change_of_person_is_told(
    tmp_path: Path, change: Any, reason: str | None, line: str
) -> None:
    """Issue 5.3: who it is, what became of it, and why."""
    record = PersonChange(change=change, profile="work", person=ANA, reason=reason)
    assert told(tmp_path, record).endswith(f"person      {line}")


def test_a_start_a_decision_and_an_answer_tell_who_was_signed_in(tmp_path: Path) -> None:
    """By name on a line; what alone names the person where there is room."""
    assert told(tmp_path / "start", STARTED, ANA).endswith(f", {WHOLE} is signed in")
    assert "signed in" not in told(tmp_path / "nobody", STARTED)
    denied = replace(decided(decision="deny", because="by hand"), person=ANA)
    assert told(tmp_path / "denied", denied).endswith("work.toml:12, by hand, as Ana")
    nameless = replace(denied, person={**ANA, "name": ""})
    assert told(tmp_path / "nameless", nameless).endswith("by hand, as 4711")


def test_an_answer_with_a_sign_in_says_so_and_shows_no_receipt(tmp_path: Path) -> None:
    """The receipt is evidence for whoever exports the log, and nothing to look at."""
    answer = Answer(
        request="7f3a-1",
        server="db",
        item="drop",
        decision="allow",
        scope="once",
        who="console pid 812",
        person=ANA,
        receipt="eyJ.e30.sig",
    )
    line = told(tmp_path, answer)
    assert line.endswith("allow, once, by console pid 812, as Ana, with a sign-in for this call")
    (entry,) = read(str(tmp_path))
    assert "eyJ" not in " ".join([line, *parts(entry)])


def test_why_tells_the_person_once_for_each_decision(tmp_path: Path) -> None:
    """Issue 5.3: issuer, subject and name."""
    log = journal(tmp_path)
    log.write(replace(decided(), person=ANA))
    log.write(outcome())
    records = [one.record for one in read(str(tmp_path)) if is_of(one.record, "7f3a-1")]
    found = [row.text for row in rows(records, "") if row.name == "person"]
    assert found == [WHOLE]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"event": "begun", "how": "device"},
            "a sign-in at login.example was begun by a code on another device",
        ),
        (
            {"event": "signed_in", "how": "browser", "person": ANA},
            f"{WHOLE} has signed in in a browser here",
        ),
        (
            {"event": "signed_in", "how": "pasted", "server": "notes"},
            "somebody has signed in to the server notes by an address that is pasted",
        ),
        ({"event": "refused"}, "login.example refused a sign-in"),
        (
            {"event": "failed", "request": "7f3a-1"},
            "a sign-in at login.example came to nothing for the request 7f3a-1",
        ),
        ({"event": "signed_out", "person": ANA}, f"{WHOLE} has signed out"),
        ({"event": "signed_out"}, "whoever was signed in at login.example has signed out"),
    ],
)
def test_what_a_person_did_to_sign_in_is_told(
    tmp_path: Path, fields: dict[str, Any], line: str
) -> None:
    """Issue 5.1: from which terminal, in which way, and what came of it."""
    record = SignInAct(
        issuer="https://login.example", profile="work", who="zsh (pid 7)", reason="so", **fields
    )
    found = told(tmp_path, record)
    assert found.endswith(f"sign_in     {line}, profile work, by zsh (pid 7): so")


def test_why_tells_the_sign_in_that_a_call_was_held_for(tmp_path: Path) -> None:
    """Issue 5.1: a step-up that came to nothing is part of the call's story."""
    log = journal(tmp_path)
    log.write(decided())
    act = SignInAct(
        event="failed",
        issuer="https://login.example",
        profile="work",
        who="zsh (pid 7)",
        request="7f3a-1",
    )
    log.write(act)
    records = [one.record for one in read(str(tmp_path)) if is_of(one.record, "7f3a-1")]
    (found,) = (row.text for row in rows(records, "") if row.name == "sign-in")
    assert "came to nothing for the request 7f3a-1, profile work" in found


def test_hostile_names_are_made_visible(tmp_path: Path) -> None:
    """Attack: a provider that names its people with escape sequences."""
    evil = "a\x1b[2J\n\u202e"
    record = PersonChange(
        change="signed_in",
        profile=evil,
        person={"issuer": evil, "subject": evil, "name": evil},
        reason=evil,
    )
    line = told(tmp_path, record)
    assert line.isascii()
    assert line.isprintable()
