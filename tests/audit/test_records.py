"""The kinds of records and what they hold."""

import json
from types import MappingProxyType
from typing import Any, get_args

import pytest

from localguard.audit.arguments import KeptArguments
from localguard.audit.people import MOST_RECEIPT, person
from localguard.audit.proofs import Retention, Witnessed
from localguard.audit.records import (
    Answer,
    Chosen,
    Closed,
    Decided,
    Decision,
    FromServer,
    Gap,
    Leave,
    Listing,
    Noise,
    PersonChange,
    Pin,
    ProfileChange,
    Record,
    RefusedApprover,
    RefusedFrame,
    ServerEvent,
    SignInAct,
    SignInPage,
    Stop,
    Trouble,
)
from localguard.policy.calls import SignedIn
from tests.audit.makers import DECIDED, SIGNER, STARTED, decided, outcome

ANA = SignedIn("https://login.example", "1", "Ana", "s1")
SEALED_FIELDS = {"v", "seq", "prev", "t", "m", "kind", "sum", "segment", "after"}

ONE_OF_EACH: list[Record] = [
    STARTED,
    Stop(reason="the client closed its end", exit_code=0),
    ProfileChange(name="work", digest="ab" * 32, change="loaded"),
    ServerEvent(event="exited", exit_code=1),
    DECIDED,
    outcome(),
    RefusedFrame(direction="client", reason="duplicate-key", detail='"id"', bytes=80),
    Noise(count=2, bytes=90, sample="loading"),
    FromServer(method="sampling/createMessage", decision="deny", reason="the profile denies it"),
    Listing(method="tools/list", shown=3, hidden=1, duplicates=0),
    Gap(lost=2, since="2026-11-24T21:20:00.000000Z", cause="unwritable"),
    SIGNER.checkpoint("2026-11-24/212000-7f3a", 7, "ab" * 32),
    Retention(
        first="2026-08-01/000000-a",
        last="2026-08-03/000000-b",
        segments=3,
        records=90,
        upto=29,
        head="ab" * 32,
        kept=["2026-08-02/000000-c"],
        key="",
        mac="",
    ),
    Pin(event="changed", server="db", item="drop", differs=["description"], old="a", new="b"),
    Witnessed(event="failed", detail="Connection refused"),
    Answer(request="7f3a-1", server="db", item="drop", decision="deny", scope="once", who="pid 7"),
    Closed(request="7f3a-1", server="db", item="drop", how="cancelled"),
    Leave(request="7f3a-1", server="db", item="drop", until="2026-11-26T12:19:00Z"),
    RefusedApprover(who="pid 7", why="it was started by a client"),
    Trouble(request="7f3a-1", why="it cannot be kept"),
    Chosen(what="lockdown", value="on", who="pid 7"),
    PersonChange(change="signed_in", profile="work", person=person(ANA)),
    SignInAct(
        event="signed_in",
        issuer=ANA.issuer,
        profile="work",
        who="zsh (pid 7)",
        how="device",
        person=person(ANA),
    ),
    SignInPage(event="asked", profile="work", issuer=ANA.issuer, subject="1"),
]


@pytest.mark.parametrize("record", ONE_OF_EACH, ids=lambda record: type(record).__name__)
def test_a_record_is_json_under_its_own_names(record: Record) -> None:
    """Promise: the fields of a record are its attributes, and none hides one of the chain."""
    fields = record.fields()
    assert json.loads(json.dumps(fields)) == fields
    assert json.loads(record.encoded()) == fields
    assert not SEALED_FIELDS & set(fields)
    assert all(hasattr(record, name) for name in fields)


def test_every_kind_has_an_example_here() -> None:
    """A new kind of record is not forgotten above."""
    assert {type(record) for record in ONE_OF_EACH} == set(get_args(Record))
    assert len({record.kind for record in ONE_OF_EACH}) == len(ONE_OF_EACH)


@pytest.mark.parametrize(
    ("decision", "kind"), [("allow", "intent"), ("ask", "held"), ("deny", "refused")]
)
def test_the_kind_follows_from_the_decision(decision: Decision, kind: str) -> None:
    """Design section 10: an intent is what is about to leave; nothing else is called so."""
    assert decided(decision=decision).kind == kind


@pytest.mark.parametrize("request_id", [7, "7", None], ids=repr)
def test_the_type_of_a_request_id_is_kept(request_id: str | int | None) -> None:
    """JSON-RPC 2.0 section 4: `7` and `"7"` are two ids."""
    kept = decided(request_id=request_id).fields()["request_id"]
    assert kept == request_id
    assert type(kept) is type(request_id)


def test_a_long_name_cannot_make_a_long_record() -> None:
    """Attack: a resource URI of ten megabytes."""
    record: Decided = decided(item="resource:" + "x" * 10_000_000)
    assert len(json.dumps(record.fields())) < 3000


@pytest.mark.parametrize(
    "facts",
    [
        {f"args.{n}": "é" * 5000 for n in range(60)},
        {f"args.{n}": {str(m): "x" * 200 for m in range(16)} for n in range(60)},
        {"args.a": "\ud800" * 5000},
        {"args.a": 1 << 70, "args.b": {1, 2}, "args.c": object()},
        {"args.a": [[[[["deep"]]]]]},
        {1: "not a name"},
        MappingProxyType({"args.a": 1}),
    ],
    ids=["long", "many", "half characters", "no JSON", "deep", "odd names", "no dict"],
)
def test_whatever_the_facts_are_a_record_is_small_json(facts: Any) -> None:
    """Attack: one message that fills the disk, or that no encoder takes."""
    text = decided(facts=facts).encoded()
    assert text.isascii()
    assert len(text) < 60_000
    assert json.loads(text)["call"] == "7f3a-1"


def test_what_is_small_is_kept_as_it_is() -> None:
    """Promise: within its bounds a record holds exactly what it was given."""
    facts = {"args.path": ["é" * 400, 1 << 63, None], "deep": [[[["x"]]]]}
    assert json.loads(decided(facts=facts).encoded())["facts"] == facts


def test_arguments_that_had_to_be_cut_again_are_not_complete() -> None:
    """Promise: `complete` is never said of less than all."""
    many = KeptArguments({"a": [["x" * 300]]})
    record = decided(arguments=many, complete=True, facts={"at": "x" * 20_000})
    kept = json.loads(record.encoded())
    assert kept["complete"] is False
    assert kept["facts"]["at"].endswith("x")
    assert json.loads(decided(arguments=many, complete=True).encoded())["complete"] is True
    flat = KeptArguments({f"name{number}": "x" * 250 for number in range(60)})
    dropped = json.loads(decided(arguments=flat, complete=True, facts={"at": "x" * 999}).encoded())
    assert dropped["complete"] is False
    assert "too many to keep" in dropped["arguments"]


def test_a_list_that_is_too_long_for_any_record_is_left_out_and_said() -> None:
    """Attack: a server whose definitions differ in more names than a record has room for."""
    names = [f"{number}{'é' * 300}" for number in range(70)]
    record = Pin(event="changed", server="db", item="drop", differs=names, old="a", new="b")
    kept = json.loads(record.encoded())
    assert "too many to keep" in kept["differs"]
    assert (kept["item"], kept["new"]) == ("drop", "b")


def test_what_a_server_printed_is_kept_visible_and_short() -> None:
    """Attack: a server draws over the terminal of whoever reads the log with `cat`."""
    noise = Noise(count=1, bytes=9, sample="\x1b[2J" + "x" * 1000).fields()
    frame = RefusedFrame(direction="server", reason="control", detail="\x9b", bytes=1).fields()
    assert str(noise["sample"]).startswith(r"\u{1b}[2J")
    assert len(str(noise["sample"])) <= 200
    assert frame["detail"] == r"\u{9b}"


def test_a_person_is_recorded_by_issuer_and_subject_and_a_name_to_read() -> None:
    """Issue 5.3; in which sign-in it was is nobody's business but the guard's."""
    assert person(ANA) == {"issuer": "https://login.example", "subject": "1", "name": "Ana"}
    assert person(None) is None


@pytest.mark.parametrize("size", [900, 2000, MOST_RECEIPT])
def test_a_receipt_is_kept_whole(size: int) -> None:
    """Evidence that is cut proves nothing; what else is too long is cut instead of it."""
    receipt = "e" * size
    for item in ("drop", "x" * 20_000):
        record = Answer(
            request="7f3a-1",
            server="db",
            item=item,
            decision="allow",
            scope="once",
            who="pid 7",
            person=person(ANA),
            receipt=receipt,
        )
        assert json.loads(record.encoded())["receipt"] == receipt
        assert len(record.encoded()) < 20_000
