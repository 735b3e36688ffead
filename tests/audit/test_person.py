"""Every record that a guard writes names who is signed in, wherever it comes from."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from localguard.audit.chain import check
from localguard.audit.filters import parse
from localguard.audit.folders import name_of, segments
from localguard.audit.people import Person, PersonChange, member, person
from localguard.audit.reader import Entry
from localguard.audit.records import LateOutcome, Record
from localguard.audit.shape import NESTED_TEXT_LIMIT
from localguard.audit.stamps import Stamps
from localguard.audit.verify import Verification
from localguard.policy.calls import SignedIn
from tests.audit.makers import (
    SIGNER,
    STARTED,
    Clock,
    decided,
    journal,
    lines_of,
    outcome,
    records_of,
)
from tests.audit.test_records import ONE_OF_EACH
from tests.audit.test_verify import Held

ANA = person(SignedIn("https://login.example", "1", "Ana", "s1"))
BOB = person(SignedIn("https://login.example", "2", "Bob", "s2"))


def stamped(record: Record, named: Person | None) -> bytes:
    stamps = Stamps(Clock(), Clock())
    stamps.belong_to(named)
    return stamps.body(record, 0.0)


@pytest.mark.parametrize("record", ONE_OF_EACH, ids=lambda record: type(record).__name__)
def test_a_record_of_any_kind_names_the_person_once(record: Record) -> None:
    """Issue 5.3: identity on every record; a second member of that name would be read as either."""
    text = stamped(record, BOB)
    assert text.count(b'"person":') == 1
    told = json.loads(text)
    assert told == json.loads(stamped(record, None)) | {"person": told["person"]}
    assert told["person"] == (getattr(record, "person", None) if record.names_person else BOB)


@pytest.mark.parametrize("record", ONE_OF_EACH, ids=lambda record: type(record).__name__)
def test_where_nobody_is_signed_in_nothing_is_added(record: Record) -> None:
    """Promise: who has no provider has the records of before, byte for byte."""
    text = stamped(record, None)
    assert text.endswith(record.encoded()[1:])


def test_who_was_there_then_stands_in_what_is_written_later() -> None:
    """Promise: a call is its caller's, whoever has signed in before it ended."""
    late = LateOutcome.of(outcome(status="tool_error", redacted={"email": 2}), ANA)
    assert json.loads(stamped(late, BOB)) == json.loads(
        stamped(outcome(status="tool_error", redacted={"email": 2}), ANA)
    )
    unsigned = json.loads(stamped(LateOutcome.of(outcome(), None), BOB))
    assert unsigned["person"] is None


def test_a_journal_names_the_person_also_in_what_is_its_own(tmp_path: Path) -> None:
    """The start of a next segment, a gap and a checkpoint; and the chain holds as ever."""
    log = journal(tmp_path, signed=True)
    log.write(STARTED)
    log.belong_to(ANA)
    log.write(decided(person=ANA))
    (first,) = segments(str(tmp_path))
    Path(first).unlink()
    log.write(decided(person=ANA), durable=True)
    log.belong_to(None)
    log.write(outcome())
    log.close()
    (path,) = segments(str(tmp_path))
    told = [(record["kind"], record.get("person")) for record in records_of(path)]
    assert told == [
        ("start", ANA),
        ("gap", ANA),
        ("intent", ANA),
        ("outcome", None),
        ("checkpoint", None),
    ]
    assert check(lines_of(path)) == []


def test_a_signature_holds_with_a_person_beside_it(tmp_path: Path) -> None:
    """What vouches for a log is what it was before it named anybody."""
    log = journal(tmp_path, signed=True)
    log.belong_to(ANA)
    log.write(STARTED)
    log.write(outcome())
    log.close()
    (path,) = segments(str(tmp_path))
    check_of = Verification([Held(name_of(path), Path(path).read_bytes())], signer=SIGNER)
    assert [one.kind for one in check_of.findings() if not one.is_note] == []
    assert check_of.gathered.checkpoints == 1


@given(st.text(max_size=3000), st.text(max_size=3000))
@example("\ud800", '"}\n')
@example("é" * 3000, "\u202e")
def test_whatever_a_person_is_called_the_record_is_one_short_line(subject: str, name: str) -> None:
    """Attack: a provider's name that ends the line, is not text, or fills the disk."""
    text = member(person(SignedIn("https://login.example", subject, name)))
    assert text.isascii()
    assert b"\n" not in text
    assert len(text) < 8000
    told = json.loads(b"{" + text[1:] + b"}")["person"]
    assert told["issuer"] == "https://login.example"
    if max(len(subject), len(name)) <= NESTED_TEXT_LIMIT and "\ud800" not in subject:
        assert (told["subject"], told["name"]) == (subject, name)


def test_a_filter_finds_whatever_a_person_did() -> None:
    """`user:ana` is about every record, not about decisions alone."""
    for record in ONE_OF_EACH:
        if not record.names_person:
            entry = Entry("s", 1, json.loads(stamped(record, ANA)))
            assert parse("user:ana", Stamps(Clock(), Clock()).now()).matches(entry)
            assert not parse("user:bob", Stamps(Clock(), Clock()).now()).matches(entry)


def test_a_change_of_person_says_itself_whose_it_is() -> None:
    """Who has signed out is named by the record that says so, and by none after it."""
    change = PersonChange(change="signed_out", profile="work", person=ANA, reason="signed out")
    assert json.loads(stamped(change, None))["person"] == ANA
