"""A profile is observed only at a person's word, and no longer than that says."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.config.acceptance import current_version
from localguard.config.active import ActiveProfile, Change
from localguard.config.choice import Choice, change_choice, read_choice
from localguard.config.followed_choice import FollowedChoice
from localguard.config.paths import Places
from localguard.config.switches import accept, lock, observe
from localguard.errors import ProfileFault
from tests.config.makers import choose_valid, key_of, nobody_told, places_in, put

WORK = "version = 1\n"
LONG = int(time.time()) + 3 * 86400


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A profile in force."""
    found = places_in(tmp_path)
    put(found, "work", WORK)
    choose_valid(found, "work")
    return found


def followed(where: Places, fixed: str | None = None) -> ActiveProfile:
    """As a guard follows it."""
    return ActiveProfile(where, fixed, key=key_of(where))


def begin(where: Places, until: int | None = LONG, name: str = "work") -> Choice:
    """As `profile observe` does."""
    return observe(where, key_of(where), name, nobody_told, until=until)


def test_it_bites_at_the_next_call_and_is_told(where: Places) -> None:
    """As every other choice."""
    active = followed(where)
    assert active.standing().observed_until is None
    active.changes()
    begin(where)
    assert active.standing().observed_until == datetime.fromtimestamp(LONG, UTC)
    digest = active.standing().profile.digest  # type: ignore[union-attr]
    assert active.changes() == (Change("work", digest, "observing"),)
    begin(where, None)
    assert active.standing().observed_until is None
    assert active.changes() == (Change("work", digest, "enforcing"),)


def test_a_guard_that_starts_finds_it(where: Places) -> None:
    """Also one that is fixed to the profile; not one of another."""
    put(where, "home", WORK)
    begin(where)
    active = followed(where)
    assert active.standing().observed_until is not None
    assert [change.change for change in active.changes()] == ["loaded", "observing"]
    assert followed(where, "work").standing().observed_until is not None
    assert followed(where, "home").standing().observed_until is None


def test_it_ends_by_its_date_without_any_file_that_changes(where: Places) -> None:
    """policy.md 5: by date, not by memory."""
    begin(where, int(time.time()) + 2)
    active = followed(where)
    while active.standing().observed_until is not None:
        pass
    changes = [change.change for change in active.changes()]
    assert changes == ["loaded", "observing", "enforcing"]
    before = active.standing()
    assert active.standing() is before


def test_what_was_not_sealed_observes_nothing(where: Places) -> None:
    """Attack: a model that edits files writes it into the choice."""
    begin(where)
    path = Path(where.active_file)
    path.write_text(path.read_text().replace(f"{LONG}", f"{LONG + 1}"))
    with pytest.raises(ProfileFault):
        read_choice(where, key_of(where))
    assert followed(where).standing().observed_until is None
    assert ActiveProfile(where).standing().observed_until is None


def test_an_edit_that_nobody_has_accepted_ends_it(where: Places) -> None:
    """Attack: a deny is taken out while the profile is observed."""
    put(where, "work", f'{WORK}[[rule]]\ndeny = "a/b"\n')
    accept(where, key_of(where), current_version(where, "work"), nobody_told)
    begin(where)
    put(where, "work", WORK)
    assert followed(where).standing().observed_until is None


def test_lockdown_and_faults_end_it_for_as_long_as_they_last(where: Places) -> None:
    """Nothing is let through then."""
    begin(where)
    active = followed(where)
    lock(where, key_of(where), nobody_told, on=True)
    assert active.standing().observed_until is None
    lock(where, key_of(where), nobody_told, on=False)
    assert active.standing().observed_until is not None
    put(where, "work", "version = 1\nx = 1\n")
    assert active.standing().observed_until is None


def test_anybody_may_end_it_and_nobody_but_a_person_makes_it_longer(where: Places) -> None:
    """What tightens takes back nothing of a person's; what loosens is a person's word."""
    first = begin(where)
    shorter = begin(where, LONG - 60)
    assert (shorter.chosen, shorter.serial) == (first.chosen, first.serial + 1)
    ended = begin(where, None)
    assert (ended.chosen, dict(ended.observed)) == (first.chosen, {})
    assert begin(where).chosen > first.chosen


def test_who_adds_to_a_choice_makes_nothing_longer(where: Places) -> None:
    """A sealed choice at no person's word: of two ends the earlier one counts."""
    begin(where)
    following = FollowedChoice(where, key_of(where))
    following.follow(young=True)
    change_choice(
        where,
        key_of(where),
        lambda choice: choice._replace(observed={"work": LONG + 9, "home": LONG}),
    )
    following.follow(young=True)
    assert following.now is not None
    assert dict(following.now.observed) == {"work": LONG}


def test_an_end_that_no_date_has_is_no_choice(where: Places) -> None:
    """Nothing that is read can break a guard later."""
    begin(where, 253_402_300_800)
    with pytest.raises(ProfileFault):
        read_choice(where, key_of(where))
