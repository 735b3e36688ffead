"""Calls that come after content from outside teach nothing by themselves."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.reader import read
from localguard.config.paths import Places
from localguard.telling.learning_taint import after_open, is_open
from tests.audit.makers import STARTED, decided
from tests.config.makers import places_in
from tests.telling.pasts import AT, Log

OPEN: dict[str, Any] = {"item": "fetch", "facts": {"at": AT, "marks": ["open", "read"]}}
CLOSED: dict[str, Any] = {"item": "list", "facts": {"at": AT, "marks": ["read"]}}


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return places_in(tmp_path)


def guard(where: Places, instance: str, client: int) -> Log:
    """The log of one guard of a client."""
    log = Log(where, instance)
    log.write(replace(STARTED, client_pid=client))
    return log


def test_a_call_after_an_open_one_of_its_session_is_told(where: Places) -> None:
    """Attack: a page has the model make a call so often that it looks like a habit."""
    log = guard(where, "aa11", 40)
    before, opening, after = log.call(**CLOSED), log.call(**OPEN), log.call(**CLOSED)
    assert after_open(read(where.audit)) == {after}
    assert {before, opening}.isdisjoint(after_open(read(where.audit)))


def test_all_guards_of_a_client_are_one_session(where: Places) -> None:
    """Attack: the page comes through one server, and the calls go to another."""
    one, other = guard(where, "aa11", 40), guard(where, "bb22", 40)
    third = guard(where, "cc33", 41)
    one.call(**OPEN)
    other.clock.now = third.clock.now = one.clock.now + 1
    late, apart = other.call(**CLOSED), third.call(**CLOSED)
    assert after_open(read(where.audit)) == {late}
    assert apart not in after_open(read(where.audit))


def test_an_open_call_that_never_left_has_brought_nothing(where: Places) -> None:
    """What was denied or is held has no answer."""
    log = guard(where, "aa11", 40)
    log.call(decision="deny", **OPEN)
    log.call(decision="ask", **OPEN)
    log.call(**CLOSED)
    assert after_open(read(where.audit)) == frozenset()


def test_a_call_that_was_held_was_made_before(where: Places) -> None:
    """It left after something open had come, and was made before."""
    log = guard(where, "aa11", 40)
    held = log.call(decision="ask", **CLOSED)
    log.call(**OPEN)
    log.write(decided(held, decision="allow", approval=held, **CLOSED))
    assert after_open(read(where.audit)) == frozenset()


def test_a_guard_without_a_beginning_is_a_session_by_itself(where: Places) -> None:
    """Its first segment may have been pruned."""
    one, other = Log(where, "aa11"), Log(where, "bb22")
    one.call(**OPEN)
    other.clock.now = one.clock.now + 1
    other.call(**CLOSED)
    late = one.call(**CLOSED)
    assert after_open(read(where.audit)) == {late}


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"item": "x", "facts": {"marks": ["open"]}}, True),
        ({"item": "x", "facts": {"marks": ["read"]}}, False),
        ({"item": "x", "facts": {}}, True),
        ({"item": "x"}, True),
        ({"item": "resource:file:///a", "facts": {"marks": []}}, False),
        ({"item": "resource:https://a.example/", "facts": {"marks": []}}, True),
    ],
)
def test_what_says_nothing_of_itself_counts_as_open(record: dict[str, Any], found: bool) -> None:
    """Doubt counts against the call."""
    assert is_open(record) is found
