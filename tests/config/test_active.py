"""The profile in force: an edit or a switch bites on the next call, a fault lets nothing in."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localguard.config.acceptance import current_version
from localguard.config.active import LOCKDOWN, ActiveProfile
from localguard.config.choice import Choice
from localguard.config.paths import Places
from localguard.config.switches import lock, silence, use
from localguard.policy.calls import Call, Facts
from localguard.policy.decide import could_pass, decide
from localguard.policy.decisions import Allow, Ask, Deny
from localguard.policy.rules import Verb
from tests.config.makers import age, approve, choose, key_of, nobody_told, places_in, put

DENY = 'version = 1\ndefault = "deny"\n'
ASK = 'version = 1\ndefault = "ask"\n'
ALLOW = 'version = 1\n[[rule]]\nallow = "*"\n'
CALL = Call("a", "r", {}, Facts(datetime(2025, 1, 1, tzinfo=UTC)))


def guard_of(where: Places, fixed: str | None = None) -> ActiveProfile:
    """The profile in force as a guard follows it."""
    return ActiveProfile(where, fixed, key=key_of(where), accepting=True)


def started(where: Places, name: str = "work", text: str = DENY) -> ActiveProfile:
    """A guard's view of a profile that is active and was read once."""
    put(where, name, text)
    choose(where, name)
    active = guard_of(where)
    active.standing()
    active.changes()
    return active


def kinds(active: ActiveProfile) -> list[str]:
    """What happened since the last look."""
    return [change.change for change in active.changes()]


def test_without_a_choice_every_call_is_denied_with_the_fix(tmp_path: Path) -> None:
    """Fail closed: nothing is in force until a person says so."""
    where = places_in(tmp_path)
    active = guard_of(where)
    assert active.standing().profile is None
    assert active.standing().fault == (
        f"no profile is active. Fix: create {tmp_path}/profiles/NAME.toml,"
        " then run localguard profile use NAME."
    )
    put(where, "work", DENY)
    put(where, "home", DENY)
    assert active.standing().fault == (
        "no profile is active. Fix: localguard profile use NAME, where NAME is one of: home, work."
    )


def test_the_first_read_is_recorded_as_loaded(tmp_path: Path) -> None:
    """The record says from when on which bytes decided."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    choose(where, "work")
    active = guard_of(where)
    profile = active.standing().profile
    assert profile is not None
    (change,) = active.changes()
    assert (change.name, change.digest) == ("work", profile.digest)
    assert (change.change, change.fault) == ("loaded", None)
    assert not active.fixed
    assert active.name == "work"


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    """Promise: the allowed path costs a few stats; the very object stays."""
    where = places_in(tmp_path)
    active = started(where)
    for path in (where.profile_file("work"), where.active_file):
        age(Path(path))
    first = active.standing()
    generation = active.generation
    Path(where.profile_file("work")).chmod(0o600)
    assert active.standing().profile is first.profile
    assert active.generation == generation
    assert kinds(active) == []


def test_an_edit_bites_on_the_next_call(tmp_path: Path) -> None:
    """Promise: no restart."""
    where = places_in(tmp_path)
    active = started(where)
    generation = active.generation
    put(where, "work", ASK)
    profile = active.standing().profile
    assert profile is not None
    assert profile.default is Verb.ASK
    assert active.generation == generation + 1
    assert kinds(active) == ["loaded"]


def test_an_edit_that_leaves_size_and_time_alone_is_seen(tmp_path: Path) -> None:
    """Attack: two edits within one tick of the file system's clock, of equal length."""
    where = places_in(tmp_path)
    active = started(where, text=DENY + "# ask ")
    for number in range(50):
        text = (ASK if number % 2 else DENY) + f"# {number:03}"
        Path(where.profile_file("work")).write_text(text)
        profile = active.standing().profile
        assert profile is not None
        assert profile.default is (Verb.ASK if number % 2 else Verb.DENY)


def test_a_remembered_denial_bites_on_the_next_call(tmp_path: Path) -> None:
    """A file that appears beside the profile is a change too."""
    where = places_in(tmp_path)
    active = started(where)
    put(where, "work", '[[rule]]\ndeny = "a/b"\n', remembered=True)
    profile = active.standing().profile
    assert profile is not None
    assert [rule.verb for rule in profile.rules] == [Verb.DENY]


def test_a_broken_edit_keeps_the_last_valid_profile_with_the_fault(tmp_path: Path) -> None:
    """Promise: the guard goes on, and policy lowers every allow to ask."""
    where = places_in(tmp_path)
    active = started(where)
    before = active.standing().profile
    put(where, "work", "version = 1\ndefault = deny\n")
    standing = active.standing()
    assert standing.profile is before
    assert standing.fault == (
        "work.toml:2: this is not a value, at column 11."
        ' Fix: put texts into quotes, as in key = "text".'
    )
    (change,) = active.changes()
    assert (change.change, change.fault) == ("fault", standing.fault)
    put(where, "work", DENY)
    assert active.standing().fault is None
    assert kinds(active) == ["repaired"]


@pytest.mark.parametrize("how", ["deleted", "writable by others"])
def test_a_file_that_is_no_longer_to_be_trusted_is_a_fault(tmp_path: Path, how: str) -> None:
    """Attack: mode and existence count on every call, not only at the start."""
    where = places_in(tmp_path)
    active = started(where)
    age(Path(where.profile_file("work")))
    active.standing()
    path = Path(where.profile_file("work"))
    path.unlink() if how == "deleted" else path.chmod(0o666)
    standing = active.standing()
    assert standing.profile is not None
    assert standing.fault is not None


def test_a_fresh_start_with_a_broken_profile_has_none(tmp_path: Path) -> None:
    """Fail closed: there is nothing valid to go on with."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    choose(where, "work")
    put(where, "work", "")
    active = guard_of(where)
    assert active.standing().profile is None
    assert kinds(active) == ["fault"]
    put(where, "work", DENY)
    assert active.standing().profile is not None
    assert kinds(active) == ["repaired"]


def test_a_switch_bites_on_the_next_call(tmp_path: Path) -> None:
    """Promise: `profile use` reaches running guards."""
    where = places_in(tmp_path)
    active = started(where)
    put(where, "home", ASK)
    choose(where, "home")
    profile = active.standing().profile
    assert profile is not None
    assert (active.name, profile.name) == ("home", "home")
    assert kinds(active) == ["switched"]


def test_after_a_switch_to_a_broken_profile_the_old_one_does_not_rule(tmp_path: Path) -> None:
    """Attack: breaking the stricter profile must not bring back the laxer one."""
    where = places_in(tmp_path)
    active = started(where)
    put(where, "home", ASK)
    choose(where, "home")
    put(where, "home", "")
    standing = active.standing()
    assert standing.profile is None
    assert standing.fault is not None
    assert standing.fault.startswith("home.toml:1: the file is empty")
    put(where, "home", ASK)
    assert active.standing().profile is not None
    assert kinds(active) == ["fault", "switched"]


SPOILED = {
    "by-hand": 'profile = "evil"\n',
    "torn": "profile = \n",
    "empty": "",
}


@pytest.mark.parametrize("text", SPOILED.values(), ids=SPOILED)
def test_a_choice_that_nobody_made_denies_a_fresh_guard(tmp_path: Path, text: str) -> None:
    """Attack: a model writes state/active.toml. Which profile the person means is not known."""
    where = places_in(tmp_path)
    started(where)
    put(where, "evil", ALLOW)
    Path(where.active_file).write_text(text)
    for fixed in (None, "evil"):
        active = guard_of(where, fixed)
        standing = active.standing()
        assert standing.profile is None
        assert standing.fault is not None
        assert standing.fault.startswith("active.toml")
        assert standing.fault.endswith("Fix: localguard profile use NAME.")
        assert active.choice == Choice()


@pytest.mark.parametrize("text", [*SPOILED.values(), None], ids=[*SPOILED, "removed"])
@pytest.mark.parametrize("fixed", [None, "work"])
def test_a_choice_that_nobody_made_leaves_a_running_guard_as_it_was_but_lowered(
    tmp_path: Path, text: str | None, fixed: str | None
) -> None:
    """Attack: a model writes state/active.toml, or removes it, while a guard runs."""
    where = places_in(tmp_path)
    before = started(where, text=ALLOW).standing()
    active = guard_of(where, fixed)
    assert active.standing() == before
    put(where, "evil", ALLOW)
    if text is None:
        Path(where.active_file).unlink()
    else:
        Path(where.active_file).write_text(text)
    standing = active.standing()
    assert (standing.profile, active.name) == (before.profile, "work")
    assert standing.fault is not None
    assert standing.fault.endswith("Fix: localguard profile use NAME.")
    assert isinstance(decide(standing, CALL), Ask)
    assert kinds(active) == ["loaded", "fault"]
    choose(where, "work")
    approve(where, "work")
    assert active.standing() == replace(before, confirmed=True)
    assert kinds(active) == ["repaired"]


def test_an_older_choice_that_is_put_back_does_not_count(tmp_path: Path) -> None:
    """Attack: the file with its seal, kept from a time when a laxer profile was in force."""
    where = places_in(tmp_path)
    active = started(where, "lax", ALLOW)
    older = Path(where.active_file).read_bytes()
    put(where, "strict", DENY)
    choose(where, "strict")
    assert active.standing().fault is None
    Path(where.active_file).write_bytes(older)
    standing = active.standing()
    assert active.name == "strict"
    assert isinstance(decide(standing, CALL), Deny)
    assert standing.fault == (
        "active.toml: this is an older choice, which was put back."
        " Fix: localguard profile use NAME."
    )
    choose(where, "strict")
    assert active.standing().fault is None
    assert active.name == "strict"


@pytest.mark.parametrize("lockdown", [False, True])
def test_an_older_choice_does_not_become_a_newer_one_by_what_anybody_may_do(
    tmp_path: Path, lockdown: bool
) -> None:
    """Attack: an old copy put back, and its serial driven up by first uses and lockdown."""
    where = places_in(tmp_path)
    active = started(where, "lax", ALLOW)
    older = Path(where.active_file).read_bytes()
    if lockdown:
        lock(where, key_of(where), nobody_told, on=True)
    else:
        put(where, "strict", DENY)
        choose(where, "strict")
    before = active.standing()
    Path(where.active_file).write_bytes(older)
    for number in range(5):
        put(where, f"new{number}", ALLOW)
        guard_of(where, f"new{number}").standing()
    after = active.standing()
    assert (after.profile, active.name) == (before.profile, "lax" if lockdown else "strict")
    assert isinstance(decide(after, CALL), Deny)
    lock(where, key_of(where), nobody_told, on=True)
    assert active.standing().locked


def test_what_a_model_may_choose_takes_nothing_back_from_a_person(tmp_path: Path) -> None:
    """Attack: the file broken and then mended by the lockdown that anybody may begin."""
    where = places_in(tmp_path)
    active = started(where)
    Path(where.active_file).write_text("x")
    lock(where, key_of(where), nobody_told, on=True)
    standing = active.standing()
    assert (active.name, standing.locked) == ("work", True)
    lock(where, key_of(where), nobody_told, on=False)
    assert active.standing().fault is not None
    choose(where, "work")
    assert active.standing().fault is None


def test_everything_removed_and_chosen_anew_does_not_reach_a_running_guard(tmp_path: Path) -> None:
    """Attack: the state folder and the vault removed, and then the first choice, anybody's."""
    where = places_in(tmp_path)
    active = started(where)
    lock(where, key_of(where), nobody_told, on=True)
    assert active.standing().locked
    shutil.rmtree(where.state)
    assert active.standing().locked
    put(where, "evil", ALLOW)
    shutil.rmtree(where.vault)
    use(where, key_of(where), current_version(where, "evil"), nobody_told, first=True)
    standing = active.standing()
    assert (active.name, standing.locked) == ("work", True)
    assert isinstance(decide(standing, CALL), Deny)


def test_lockdown_denies_every_call_and_stays_after_a_restart(tmp_path: Path) -> None:
    """Promise: whatever the profile says, with the way out; the lists stay as they are."""
    where = places_in(tmp_path)
    active = started(where, text=f'{ALLOW}[[rule]]\ndeny = "a/hidden"\n')
    generation = active.generation
    lock(where, key_of(where), nobody_told, on=True)
    for guard in (active, guard_of(where), guard_of(where, "work"), guard_of(where, "none")):
        standing = guard.standing()
        assert standing.fault == LOCKDOWN
        assert decide(standing, CALL) == Deny("built in", LOCKDOWN)
        assert could_pass(standing, "a", "r")
        assert guard.choice.lockdown
    assert not could_pass(active.standing(), "a", "hidden")
    assert active.generation == generation + 1
    assert kinds(active) == ["lockdown"]
    lock(where, key_of(where), nobody_told, on=False)
    assert isinstance(decide(active.standing(), CALL), Allow)
    assert kinds(active) == ["lifted"]


def test_lockdown_of_a_guard_that_starts_is_recorded_beside_its_profile(tmp_path: Path) -> None:
    """And what changes below it is recorded as ever."""
    where = places_in(tmp_path)
    started(where)
    lock(where, key_of(where), nobody_told, on=True)
    active = guard_of(where)
    active.standing()
    assert kinds(active) == ["loaded", "lockdown"]
    put(where, "work", "broken")
    active.standing()
    lock(where, key_of(where), nobody_told, on=False)
    assert active.standing().fault not in (None, LOCKDOWN)
    assert kinds(active) == ["fault", "lifted"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text('profile = "work"\nlockdown = false\n'),
        lambda path: path.write_text(path.read_text().replace("down = true", "down = false")),
        lambda path: path.unlink(),
    ],
    ids=["by-hand", "one-word", "removed"],
)
@pytest.mark.parametrize("fixed", [None, "work"])
def test_no_file_lifts_lockdown(
    tmp_path: Path, spoil: Callable[[Path], object], fixed: str | None
) -> None:
    """Attack: lockdown toggled by hand. A guard that runs stays locked, a fresh one denies."""
    where = places_in(tmp_path)
    started(where, text=ALLOW)
    lock(where, key_of(where), nobody_told, on=True)
    active = guard_of(where, fixed)
    assert active.standing().locked
    spoil(Path(where.active_file))
    assert active.standing().locked
    assert isinstance(decide(active.standing(), CALL), Deny)
    assert isinstance(decide(guard_of(where, fixed).standing(), CALL), Deny)


def test_an_older_choice_for_lockdown_still_locks(tmp_path: Path) -> None:
    """What only tightens is believed of a person's at any age."""
    where = places_in(tmp_path)
    active = started(where)
    lock(where, key_of(where), nobody_told, on=True)
    older = Path(where.active_file).read_bytes()
    lock(where, key_of(where), nobody_told, on=False)
    assert not active.standing().locked
    Path(where.active_file).write_bytes(older)
    assert active.standing().locked
    assert active.choice.lockdown


def test_the_choice_is_there_to_be_shown(tmp_path: Path) -> None:
    """Promise: lockdown, silence and the serial, as of the last look."""
    where = places_in(tmp_path)
    active = started(where)
    serial = active.choice.serial
    silence(where, key_of(where), nobody_told, on=True)
    before = active.standing()
    assert (active.choice.silent, active.choice.serial) == (True, serial + 1)
    assert active.standing() is before
    assert kinds(active) == []


def test_a_guard_with_a_fixed_profile_needs_no_choice(tmp_path: Path) -> None:
    """Promise: `--profile P` works before anybody has chosen, and its first use accepts it."""
    where = places_in(tmp_path)
    put(where, "work", ALLOW)
    active = guard_of(where, "work")
    assert isinstance(decide(active.standing(), CALL), Allow)
    assert active.choice.accepted == {"work": current_version(where, "work").digest}
    assert active.choice.profile is None
    (change,) = active.changes()
    assert change.accepted
    assert guard_of(where).standing().fault == (
        "no profile is active. Fix: localguard profile use NAME, where NAME is one of: work."
    )


def test_a_first_use_that_cannot_be_recorded_allows_nothing(tmp_path: Path) -> None:
    """Fail closed: what nobody can be held to later is not let through, until it can be."""
    where = places_in(tmp_path)
    put(where, "work", ALLOW)
    choose(where, "work")
    in_the_way = Path(where.state, "accepted")
    in_the_way.write_text("")
    active = guard_of(where)
    assert isinstance(decide(active.standing(), CALL), Ask)
    assert active.standing().fault
    in_the_way.unlink()
    assert isinstance(decide(active.standing(), CALL), Allow)


def test_a_key_that_cannot_be_had_denies_with_the_fix(tmp_path: Path) -> None:
    """The vault's own words; and once it is repaired, the next call passes."""
    where = places_in(tmp_path)
    started(where, text=ALLOW)
    key = next(Path(where.vault).glob("state-seal*"))
    key.chmod(0o644)
    active = guard_of(where)
    standing = active.standing()
    assert standing.profile is None
    assert standing.fault is not None
    assert "other users can read this key" in standing.fault
    key.chmod(0o600)
    Path(where.active_file).touch()
    assert isinstance(decide(active.standing(), CALL), Allow)


def test_without_a_key_a_choice_is_told_as_it_stands(tmp_path: Path) -> None:
    """What only tells does not decide, and accepts nothing by looking."""
    where = places_in(tmp_path)
    put(where, "work", ALLOW)
    choose(where, "work")
    telling = ActiveProfile(where)
    assert isinstance(decide(telling.standing(), CALL), Allow)
    assert telling.choice.accepted == {}
    assert not Path(where.state, "accepted").exists()


def test_a_fixed_profile_is_not_moved_by_a_switch(tmp_path: Path) -> None:
    """Promise: a guard started with --profile P is fixed to P."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    put(where, "home", ASK)
    active = guard_of(where, "work")
    choose(where, "home")
    profile = active.standing().profile
    assert profile is not None
    assert active.fixed
    assert (active.name, profile.name) == ("work", "work")


@pytest.mark.parametrize("name", ["../../etc/x", "gone", ""])
def test_a_fixed_profile_that_cannot_be_has_none_in_force(tmp_path: Path, name: str) -> None:
    """A guard answers each call with the fix; it does not die on its command line."""
    active = guard_of(places_in(tmp_path), name)
    assert active.standing().profile is None
    assert active.standing().fault


def test_a_folder_that_turns_into_a_file_is_a_fault(tmp_path: Path) -> None:
    """Whatever the system says about a path, the guard goes on and says so."""
    where = places_in(tmp_path)
    active = started(where)
    Path(where.profiles).rename(tmp_path / "away")
    Path(where.profiles).write_text("")
    standing = active.standing()
    assert standing.profile is not None
    assert standing.fault is not None


STEPS = st.lists(
    st.sampled_from(["deny", "ask", "broken", "gone", "use work", "use home", "home broken"]),
    max_size=8,
)


@settings(max_examples=40)
@given(STEPS)
def test_what_is_in_force_follows_the_files(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """A guard that looked at every step knows what one that starts now would load."""
    where = places_in(tmp_path_factory.mktemp("guard"))
    put(where, "home", ASK)
    active = started(where)
    for step in steps:
        _take(where, step)
        standing, fresh = active.standing(), guard_of(where).standing()
        assert standing.fault == fresh.fault
        if fresh.fault is None:
            assert standing == fresh
        elif standing.profile is not None:
            assert standing.profile.name == active.name


def _take(where: Places, step: str) -> None:
    path = Path(where.profile_file("work"))
    match step:
        case "deny" | "ask":
            put(where, "work", DENY if step == "deny" else ASK)
        case "broken":
            put(where, "work", "broken")
        case "gone":
            path.unlink(missing_ok=True)
        case "home broken":
            put(where, "home", "broken")
        case _:
            choose(where, step.removeprefix("use "))
