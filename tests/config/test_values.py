"""Texts with a form of their own: what they mean."""

from datetime import UTC, date, datetime

import pytest

from localguard.config.values import read_duration, read_hours, read_until
from localguard.policy.conditions import Hours

EVERY_DAY = frozenset(range(7))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon-fri 08:00-19:00", Hours(frozenset(range(5)), 480, 1140)),
        ("mon-fri", Hours(frozenset(range(5)), 0, 1440)),
        ("22:00-06:00", Hours(EVERY_DAY, 1320, 360)),
        ("sat-mon 00:00-24:00", Hours(frozenset({5, 6, 0}), 0, 1440)),
        ("Mon, Wed,fri-sat 09:30-10:00", Hours(frozenset({0, 2, 4, 5}), 570, 600)),
    ],
)
def test_hours(text: str, expected: Hours) -> None:
    """Days may wrap round the week, times past midnight."""
    assert read_hours(text) == expected


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("8h", 28800), ("1d", 86400)]
)
def test_durations(text: str, seconds: int) -> None:
    """In seconds."""
    assert read_duration(text) == seconds


def test_a_rule_holds_through_its_last_day() -> None:
    """Policy 3, rule 41: access until 31 December, that day included, on this machine's clock."""
    until = read_until(date(2030, 12, 31))
    assert until == datetime(2031, 1, 1).astimezone()
    assert until.utcoffset() is not None


def test_a_moment_without_zone_is_one_of_this_machine() -> None:
    """TOML's local date-time, and one with an offset."""
    moment = datetime(2030, 1, 1, 12, tzinfo=UTC)
    assert read_until(moment) is moment
    local = moment.replace(tzinfo=None)
    assert read_until(local) == local.astimezone()


@pytest.mark.parametrize("value", [None, 5, "2030-01-01", True, date.max])
def test_what_is_no_moment_is_no_until(value: object) -> None:
    """Among them the last day of the calendar, after which there is none."""
    assert read_until(value) is None


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_the_ends_of_the_calendar_are_read_or_refused(moment: str) -> None:
    """Whether they have a local time depends on the zone of the machine; neither is an error."""
    until = read_until(datetime.fromisoformat(moment))
    assert until is None or until.utcoffset() is not None
