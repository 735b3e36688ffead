"""What a filter of the log lets through: what the command line does, the newest first."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.calls import Calls
from localguard.audit.filters import parse
from localguard.audit.reader import read
from localguard.console.log.index import Index
from localguard.console.log.matches import All, Matches, Shown, Some
from localguard.console.log.reading import Reading
from tests.audit.makers import Clock, decided, journal, outcome
from tests.console.log_stage import Body, call, ended, many, sealed, segment

NOW = datetime.fromisoformat("2026-11-24T21:25:00Z")


def mixed(folder: Path) -> None:
    """Calls of several kinds, one damaged line, and an outcome whose call is gone."""
    bodies: list[Body] = [ended(0, "gone-1", "error")]
    for number in range(60):
        decision = ("allow", "ask", "deny")[number % 3]
        server = ("db", "pg")[number % 2]
        bodies.append(call(number * 5, f"a-{number}", decision, server=server))
        if decision == "allow":
            bodies.append(ended(number * 5 + 1, f"a-{number}", ("ok", "error")[number % 2]))
    lines = sealed(bodies).splitlines(keepends=True)
    lines[7] = lines[7].replace(b"list_tables", b"drop_tables")
    segment(folder, "212000", "aaaa", b"".join(lines))


def read_all(reading: Reading) -> Reading:
    while reading.turn():
        pass
    return reading


def positions(shown: Shown) -> list[int]:
    return [shown[row] for row in range(len(shown))]


@pytest.mark.parametrize(
    "text",
    [
        "server:pg",
        "decision:deny,ask",
        "-server:pg decision:allow",
        "status:error",
        "kind:outcome server:db",
        "a-1*",
        '"list_tables" -decision:ask',
        "since:3m",
        "until:3m",
        "call:a-6",
        "nothing",
    ],
)
def test_a_filter_lets_through_what_the_command_line_does(tmp_path: Path, text: str) -> None:
    """Promise: one grammar and one meaning; damaged lines pass in both."""
    mixed(tmp_path)
    only = parse(text, NOW)
    reading = Reading(Index(str(tmp_path)), Clock(0.0))
    reading.choose(only)
    state = read_all(reading).state()
    found = [reading.index.entry(position) for position in positions(state.shown)]
    joined = [entry for entry in Calls().join(read(str(tmp_path))) if only.matches(entry)]
    assert [(one.record, one.asked, one.flaw) for one in found] == [
        (one.record, one.asked, one.flaw) for one in joined
    ]
    assert state.progress == 1.0


def test_the_newest_matches_come_first(tmp_path: Path) -> None:
    """Promise: a person sees matches before all is searched, and how far the search is."""
    many(tmp_path, 8000)
    reading = read_all(Reading(Index(str(tmp_path)), Clock(0.0)))
    reading.choose(parse("kind:outcome", NOW))
    assert reading.turn()
    state = reading.state()
    assert 0 < state.progress < 0.5
    shown = positions(state.shown)
    assert 0 < len(shown) < 4000
    assert shown == sorted(shown)
    read_all(reading)
    assert positions(reading.state().shown)[-len(shown) :] == shown
    assert len(reading.state().shown) == 4000
    assert len(state.shown) == len(shown)


def test_another_filter_ends_the_one_before(tmp_path: Path) -> None:
    """Promise: a search that nobody wants any more costs nothing from the next turn on."""
    many(tmp_path, 8000)
    reading = read_all(Reading(Index(str(tmp_path)), Clock(0.0)))
    reading.choose(parse("kind:outcome", NOW))
    reading.turn()
    reading.choose(None)
    assert not reading.turn()
    assert len(reading.state().shown) == 8000


def test_what_is_appended_goes_through_the_filter(tmp_path: Path) -> None:
    """Promise: new matches come in below, with what was asked of an outcome."""
    log = journal(tmp_path)
    log.write(decided("a-1"))
    clock = Clock(0.0)
    reading = Reading(Index(str(tmp_path)), clock)
    reading.choose(parse("server:db kind:outcome", NOW))
    read_all(reading)
    assert len(reading.state().shown) == 0
    log.write(outcome("a-1"))
    log.write(decided("a-2"))
    clock.now += 1
    read_all(reading)
    state = reading.state()
    assert (positions(state.shown), state.known) == ([0], 3)


def test_a_record_that_is_gone_matches_nothing(tmp_path: Path) -> None:
    """Promise: a pruned segment is no damage that a search turns up."""
    mixed(tmp_path)
    reading = read_all(Reading(Index(str(tmp_path)), Clock(0.0)))
    next((tmp_path / "2026-11-24").iterdir()).unlink()
    reading.choose(parse("db", NOW))
    assert len(read_all(reading).state().shown) == 0


def test_a_folder_that_cannot_be_read_is_said_until_it_can(tmp_path: Path) -> None:
    """Promise: the fault with its remedy, and no restart."""
    day = tmp_path / "2026-11-24"
    day.symlink_to(day)
    clock = Clock(0.0)
    reading = Reading(Index(str(tmp_path)), clock)
    assert not reading.turn()
    assert "cannot be read" in reading.state().fault
    day.unlink()
    many(tmp_path, 8)
    read_all(reading)
    read_all(reading)
    assert (reading.state().fault, reading.state().known) == ("", 8)
    segment(tmp_path, "212001", "bbbb", sealed([call(9, "b-1")]))
    read_all(reading)
    assert reading.state().known == 8
    clock.now += 1
    read_all(reading)
    assert reading.state().known == 9


def test_rows_are_made_anew_only_where_they_may_have_changed(tmp_path: Path) -> None:
    """What is appended changes no row; another filter, and a line that became whole, may."""
    one, two = sealed([call(0, "a-1"), call(1, "a-2")]).splitlines(keepends=True)
    path = segment(tmp_path, "212000", "aaaa", one)
    clock = Clock(0.0)
    reading = read_all(Reading(Index(str(tmp_path)), clock))
    editions = [reading.state().edition]

    def later(data: bytes) -> None:
        with path.open("ab") as file:
            file.write(data)
        for _ in range(2):
            clock.now += 1
            read_all(reading)
        editions.append(reading.state().edition)

    later(two)
    later(one[:9])
    assert len(set(editions)) == 1
    later(one[9:])
    assert len(set(editions)) == 2
    reading.choose(None)
    assert reading.state().edition not in editions


def of_all(numbers: set[int]) -> Shown:
    return All(min(numbers, default=0), max(numbers, default=-1) + 1)


def of_some(numbers: set[int]) -> Shown:
    older = sorted((one for one in numbers if one < 0), reverse=True)
    newer = sorted(one for one in numbers if one >= 0)
    matches = Matches(Index(""), parse("", NOW))
    matches._older.extend(older)
    matches._newer.extend(newer)
    return matches.shown()


@pytest.mark.parametrize("make", [of_all, of_some])
@given(st.sets(st.integers(-6, 6), max_size=9), st.integers(-8, 8))
def test_a_position_has_its_row_or_the_next_one(
    make: Callable[[set[int]], Shown], numbers: set[int], position: int
) -> None:
    """Promise: the marked record stays marked whatever else is shown."""
    shown = make(numbers)
    every = positions(shown)
    assert every == sorted(every)
    later = [row for row, one in enumerate(every) if one >= position]
    assert shown.row_of(position) == (later[0] if later else len(every))
    assert isinstance(shown, All | Some)
