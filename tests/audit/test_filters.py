"""A filter is understood, or the place and the word that was meant are named."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.calls import MOST_OPEN, Calls
from localguard.audit.filters import FIELDS, KINDS, Filter, parse
from localguard.audit.moments import as_recorded, moment
from localguard.audit.reader import Entry
from localguard.audit.records import Record
from localguard.audit.terms import Term, quoted, terms
from localguard.errors import UsageFault
from tests.audit.makers import DECIDED, STARTED, decided, outcome

NOW = datetime(2026, 11, 24, 22, 20, tzinfo=timezone(timedelta(hours=1)))
WORD = st.text(
    st.characters(exclude_characters='",', exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")),
    min_size=1,
)


def entry(record: Record, t: str = "2026-11-24T21:20:00.000000Z") -> Entry:
    return Entry("2026-11-24/212000-7f3a", 1, {"t": t, "kind": record.kind, **record.fields()})


def wanted(text: str, record: Record = DECIDED) -> bool:
    return parse(text, NOW).matches(entry(record))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "server:db",
        "server:DB tool:list_tables decision:allow",
        "decision:deny,allow",
        "-decision:deny",
        "-client:cursor client:claude-*",
        "item:*table*",
        "kind:intent",
        "kind:*",
        "rule:work.toml:12",
        'reason:"a rule allows it"',
        "list_tables",
        '"rule allows"',
        "schema",
        "-zebra",
        "since:10m",
        "since:2026-11-24T22:20 until:2026-11-24T22:21",
        "since:2026-11-24T21:20Z",
    ],
)
def test_a_record_that_was_asked_for_matches(text: str) -> None:
    """UX: `field:value`, `-field:`, quotes, `since:`; all terms have to hold."""
    assert wanted(text)


@pytest.mark.parametrize(
    "text",
    [
        "server:pg",
        "server:d",
        "-server:db",
        "decision:deny,ask",
        "server:db decision:deny",
        "risk:destructive",
        "-schema",
        "item:*x*",
        "7f3a-1 zebra",
        "until:2026-11-24T22:20",
        "since:2026-11-24T22:21",
        "since:2026-11-25",
        "c160a9",
    ],
)
def test_any_other_does_not(text: str) -> None:
    """Promise: what is shown is what was asked for."""
    assert not wanted(text)


@pytest.mark.parametrize(
    ("text", "where", "what", "fix"),
    [
        ("sever:db", 1, 'no field "sever"', "write server"),
        ("kind:intent desicion:deny", 13, 'no field "desicion"', "write decision"),
        ("zzz:1", 1, 'no field "zzz"', "write one of approval"),
        ("decision:denied", 1, 'no decision is "denied"', "write deny"),
        ("kind:intents", 1, 'no kind is "intents"', "write intent"),
        ("status:9", 1, 'no status is "9"', "write one of cancelled"),
        ("server: db", 1, '"server:" has no value', "without a space"),
        ("-", 1, '"-" has no value', "without a space"),
        ("a server:x,", 3, '"server:x," has no value', "without a space"),
        ('x "abc', 3, "the quote has no end", 'put a "'),
        ('"a""b"', 4, "two values touch", "put a space"),
        ("since:soon", 1, '"soon" is not a moment', "10m, 2h or 3d"),
        ("since:1h,2h", 1, "takes one moment", "since:2h"),
        ("-until:1h", 1, "takes one moment", "until:2h"),
        ("since:999999w", 1, '"999999w" is not a moment', "2h"),
        ("https://x", 1, 'no field "https"', "in quotes"),
    ],
)
def test_what_cannot_be_understood_is_pointed_at(
    text: str, where: int, what: str, fix: str
) -> None:
    """Promise: the place, the nearest word and the next step, never an empty result."""
    with pytest.raises(UsageFault) as caught:
        parse(text, NOW)
    assert caught.value.where == f"filter, character {where}"
    assert what in caught.value.what
    assert fix in caught.value.fix


@given(st.text())
def test_any_text_is_a_filter_or_a_fault(text: str) -> None:
    """Promise: a filter is typed by hand, and may be anything."""
    try:
        said = str(parse(text, NOW).matches(entry(DECIDED)))
    except UsageFault as fault:
        said = fault.explain()
    assert said in ("True", "False") or (said.startswith("filter, character ") and "Fix: " in said)


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.none() | st.sampled_from(sorted(FIELDS)),
            st.lists(st.text(min_size=0), min_size=1, max_size=3),
        ),
        max_size=4,
    )
)
def test_what_is_quoted_comes_back(written: list[tuple[bool, str | None, list[str]]]) -> None:
    """Promise: a program can write a filter for any value, whatever is in it."""
    text = " ".join(
        ("-" if negated else "") + (f"{field}:" if field else "") + ",".join(map(quoted, values))
        for negated, field, values in written
    )
    found = [(term.negated, term.field, list(term.values)) for term in terms(text)]
    assert found == written


@given(WORD.filter(lambda word: ":" not in word and not word.startswith("-")))
def test_a_plain_word_needs_no_quotes(word: str) -> None:
    """Promise: quotes are for spaces, commas and quotes."""
    assert list(terms(f" {word} ")) == [Term(None, (word,), False, 2)]


@given(st.text(), st.text())
def test_a_value_is_never_a_pattern_but_for_its_star(value: str, other: str) -> None:
    """Attack: a regular expression that never ends, or matches everything."""
    found = parse(f"server:{quoted(value.replace('*', ''))}", NOW)
    record = decided(server=other)
    same = value.replace("*", "").lower() == other.lower()
    if same != found.matches(entry(record)):
        # Some letters have more than one other case.
        assert value.casefold() != value.lower() or other.casefold() != other.lower()


def test_damage_passes_every_filter() -> None:
    """Promise: an edited line is not hidden by a filter that it would not have passed."""
    damaged = Entry("2026-11-24/212000-7f3a", 3, {}, "edited")
    assert parse("server:pg since:1m", NOW).matches(damaged)


def test_an_outcome_has_the_fields_of_its_call() -> None:
    """Promise: `server:db` shows how its calls ended, `kind:intent` does not."""
    asked, ended = Calls().join([entry(decided()), entry(outcome())])
    assert ended.asked == asked.record
    for text in ("server:db", "decision:allow", "status:ok", "list_tables", "-kind:intent"):
        assert parse(text, NOW).matches(ended)
    assert not parse("kind:intent", NOW).matches(ended)
    assert not parse("status:error", NOW).matches(ended)


def test_calls_are_forgotten_when_they_end_or_when_there_are_too_many() -> None:
    """Attack: calls that never end, to exhaust who reads the log."""
    calls = Calls()
    many = (entry(decided(f"c-{number}")) for number in range(MOST_OPEN + 1))
    assert sum(1 for _ in calls.join(many)) == MOST_OPEN + 1
    first, last = calls.join([entry(outcome("c-0")), entry(outcome(f"c-{MOST_OPEN}"))])
    assert first.asked == {}
    assert last.asked["call"] == f"c-{MOST_OPEN}"
    assert next(iter(calls.join([entry(STARTED)]))).asked == {}
    assert len(calls._open) == MOST_OPEN - 1


@pytest.mark.parametrize("value", [None, 1, ["a", {"b": "needle"}], {"needle": []}, {"x": 1}])
def test_a_word_is_looked_for_however_deep_it_lies(value: Any) -> None:
    """Promise: a path in a fact is found by a part of it."""
    found = Entry("2026-11-24/212000-7f3a", 1, {"kind": "intent", "facts": {"args.path": value}})
    assert parse("needle", NOW).matches(found) == ("needle" in json.dumps(value))


def test_every_kind_can_be_asked_for() -> None:
    """Promise: no kind of record is beyond a filter."""
    assert {"intent", "held", "refused", "outcome", "checkpoint", "pin"} <= KINDS
    assert all(isinstance(parse(f"kind:{kind}", NOW), Filter) for kind in KINDS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10s", "2026-11-24T21:19:50.000000Z"),
        ("1h", "2026-11-24T20:20:00.000000Z"),
        ("1w", "2026-11-17T21:20:00.000000Z"),
        ("2026-11-24", "2026-11-23T23:00:00.000000Z"),
        ("2026-11-24T12:00:00+00:00", "2026-11-24T12:00:00.000000Z"),
        ("0001-01-01", ""),
    ],
)
def test_a_moment_is_so_long_ago_or_a_time_of_the_reader(text: str, found: str) -> None:
    """Promise: a time without a zone is one on the reader's clock."""
    assert as_recorded(moment(text, NOW, "--since")) == found
    assert as_recorded(NOW.astimezone(UTC)) == "2026-11-24T21:20:00.000000Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user:ana@acme.example", True),
        ("user:ana@*", True),
        ("user:Ana", True),
        ("user:4711", True),
        ("user:bob", False),
        ("-user:ana@*", False),
    ],
)
def test_a_record_is_found_by_who_was_signed_in(text: str, expected: bool) -> None:
    """By what rules call the person, by name and by subject; an outcome by those of its call."""
    named = {"issuer": "https://login.example", "subject": "4711", "name": "Ana"}
    record = replace(DECIDED, person=named, facts={"user": "ana@acme.example"})
    assert wanted(text, record) is expected
    *_, ended = Calls().join([entry(record), entry(outcome())])
    assert parse(text, NOW).matches(ended) is expected


def test_what_names_nobody_is_nobody_s() -> None:
    """Records of before, and such as an edited log may hold."""
    for record in (DECIDED, outcome(), replace(DECIDED, facts={"user": None})):
        assert not wanted("user:*", record)
    edited = Entry("2026-11-24/212000-7f3a", 1, {"kind": "intent", "person": "x", "facts": [1]})
    assert not parse("user:*", NOW).matches(edited)
