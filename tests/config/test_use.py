"""Choosing a profile, lockdown and silence: what is written, what is refused, what stays."""

import os
from pathlib import Path

import pytest

from localguard.config.acceptance import current_version
from localguard.config.active import active_name
from localguard.config.choice import Choice, read_choice
from localguard.config.paths import Places
from localguard.config.switches import lock, silence, use
from localguard.errors import AuditFault, ProfileFault
from tests.config.makers import choose_valid, key_of, nobody_told, places_in, put

DENY = 'version = 1\ndefault = "deny"\n'


def refuse() -> None:
    """A log that cannot be written."""
    raise AuditFault("the log cannot be written")


def chosen(where: Places) -> Choice:
    """What is chosen, by the sealed file."""
    return read_choice(where, key_of(where))


def test_use_writes_the_choice_for_its_owner_alone(tmp_path: Path) -> None:
    """0600 in a 0700 folder. A person's second word for the same is a newer one."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    first = choose_valid(where, "work")
    written = os.stat(where.active_file)
    again = choose_valid(where, "work")
    assert again == first._replace(chosen=again.chosen, serial=first.serial + 1)
    assert again.chosen > first.chosen
    assert written.st_mode & 0o777 == 0o600
    assert os.stat(where.state).st_mode & 0o777 == 0o700
    assert active_name(where, key_of(where)) == "work"
    assert active_name(where) == "work"


def test_the_first_use_of_a_profile_accepts_it_and_a_later_one_does_not(tmp_path: Path) -> None:
    """Promise: whoever switches back and forth does not accept what was edited meanwhile."""
    where = places_in(tmp_path)
    for name in ("work", "home"):
        put(where, name, DENY)
        choose_valid(where, name)
    accepted = chosen(where).accepted
    assert accepted == {name: current_version(where, name).digest for name in ("work", "home")}
    put(where, "work", f"{DENY}# edited\n")
    choose_valid(where, "work")
    assert chosen(where).profile == "work"
    assert chosen(where).accepted == accepted


def test_use_takes_only_a_valid_profile(tmp_path: Path) -> None:
    """A switch never leaves guards without a profile."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    choose_valid(where, "work")
    put(where, "home", "")
    with pytest.raises(ProfileFault, match="the file is empty"):
        choose_valid(where, "home")
    assert chosen(where).profile == "work"


def test_use_mends_a_broken_choice_and_believes_nothing_of_it(tmp_path: Path) -> None:
    """The fix that the fault names works. What was accepted is lost, so nothing is by default."""
    where = places_in(tmp_path)
    for name in ("work", "home"):
        put(where, name, DENY)
        choose_valid(where, name)
    before = chosen(where)
    Path(where.active_file).write_text("x")
    after = choose_valid(where, "work")
    assert (after.profile, after.lockdown, after.silent) == ("work", False, False)
    assert after.accepted == {"work": "", "home": ""}
    assert after.chosen > before.chosen
    assert chosen(where) == after


def test_a_first_choice_that_came_too_late_is_none(tmp_path: Path) -> None:
    """Attack: the free first choice, made beside the person's own."""
    where = places_in(tmp_path)
    for name in ("work", "evil"):
        put(where, name, DENY)
    choose_valid(where, "work")
    with pytest.raises(ProfileFault, match="somebody else has chosen meanwhile"):
        use(where, key_of(where), current_version(where, "evil"), nobody_told, first=True)
    assert chosen(where).profile == "work"


def test_a_choice_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    """What the system refuses ends as a fault with the place."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    Path(where.state).mkdir(mode=0o700)
    Path(where.active_file).mkdir()
    with pytest.raises(ProfileFault, match="it cannot be written") as caught:
        choose_valid(where, "work")
    assert caught.value.where == where.active_file


def test_what_cannot_be_recorded_is_not_chosen(tmp_path: Path) -> None:
    """Promise: the record comes first."""
    where = places_in(tmp_path)
    for name in ("work", "home"):
        put(where, name, DENY)
    choose_valid(where, "work")
    lock(where, key_of(where), nobody_told, on=True)
    before = Path(where.active_file).read_bytes()
    version = current_version(where, "home")
    with pytest.raises(AuditFault):
        use(where, key_of(where), version, refuse)
    with pytest.raises(AuditFault):
        lock(where, key_of(where), refuse, on=False)
    with pytest.raises(AuditFault):
        silence(where, key_of(where), refuse, on=True)
    assert Path(where.active_file).read_bytes() == before


def test_switches_leave_everything_else_as_it_is(tmp_path: Path) -> None:
    """Lockdown and silence are beside the profile; what is so already is not told again."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    first = choose_valid(where, "work")
    told: list[str] = []
    for _ in range(2):
        lock(where, key_of(where), lambda: told.append("lock"), on=True)
        silence(where, key_of(where), lambda: told.append("silence"), on=True)
    assert told == ["lock", "silence"]
    now = chosen(where)
    assert now == first._replace(lockdown=True, silent=True, serial=first.serial + 2)
    lock(where, key_of(where), nobody_told, on=False)
    silence(where, key_of(where), nobody_told, on=False)
    after = chosen(where)
    assert after == first._replace(chosen=after.chosen, serial=first.serial + 4)
    assert after.chosen > first.chosen


def test_lockdown_can_be_begun_whatever_has_become_of_the_file(tmp_path: Path) -> None:
    """Promise: it is always allowed. Ending it, or silence, needs a choice that can be read."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    choose_valid(where, "work")
    Path(where.active_file).write_text("x")
    with pytest.raises(ProfileFault):
        lock(where, key_of(where), nobody_told, on=False)
    with pytest.raises(ProfileFault):
        silence(where, key_of(where), nobody_told, on=True)
    assert lock(where, key_of(where), nobody_told, on=True).lockdown
    assert chosen(where).profile is None
