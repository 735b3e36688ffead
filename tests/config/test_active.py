"""The profile in force: an edit or a switch bites on the next call, a fault lets nothing in."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localguard.config.active import ActiveProfile, use
from localguard.config.paths import Places
from localguard.policy.rules import Verb
from tests.config.makers import age, places_in, put

DENY = 'version = 1\ndefault = "deny"\n'
ASK = 'version = 1\ndefault = "ask"\n'


def started(where: Places, name: str = "work", text: str = DENY) -> ActiveProfile:
    """A guard's view of a profile that is active and was read once."""
    put(where, name, text)
    use(where, name)
    active = ActiveProfile(where)
    active.standing()
    active.changes()
    return active


def kinds(active: ActiveProfile) -> list[str]:
    """What happened since the last look."""
    return [change.change for change in active.changes()]


def test_without_a_choice_every_call_is_denied_with_the_fix(tmp_path: Path) -> None:
    """Fail closed: nothing is in force until a person says so."""
    where = places_in(tmp_path)
    active = ActiveProfile(where)
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
    use(where, "work")
    active = ActiveProfile(where)
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
    use(where, "work")
    put(where, "work", "")
    active = ActiveProfile(where)
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
    use(where, "home")
    profile = active.standing().profile
    assert profile is not None
    assert (active.name, profile.name) == ("home", "home")
    assert kinds(active) == ["switched"]


def test_after_a_switch_to_a_broken_profile_the_old_one_does_not_rule(tmp_path: Path) -> None:
    """Attack: breaking the stricter profile must not bring back the laxer one."""
    where = places_in(tmp_path)
    active = started(where)
    put(where, "home", ASK)
    use(where, "home")
    put(where, "home", "")
    standing = active.standing()
    assert standing.profile is None
    assert standing.fault is not None
    assert standing.fault.startswith("home.toml:1: the file is empty")
    put(where, "home", ASK)
    assert active.standing().profile is not None
    assert kinds(active) == ["fault", "switched"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "active.toml: it does not name a profile. Fix: localguard profile use NAME."),
        (
            "profile = 5",
            "active.toml: it does not name a profile. Fix: localguard profile use NAME.",
        ),
        (
            "profile = \n",
            "active.toml:1: this is not a value, at column 11. Fix: put texts into"
            ' quotes, as in key = "text".',
        ),
        (
            'profile = "../x"',
            '"../x" cannot be the name of a profile.'
            ' Fix: use lower-case letters, digits, "-" and "_", at most 64 of them.',
        ),
    ],
)
def test_a_broken_choice_leaves_no_profile_in_force(tmp_path: Path, text: str, told: str) -> None:
    """Fail closed: which profile the person means is unknown, so none rules."""
    where = places_in(tmp_path)
    active = started(where)
    Path(where.active_file).write_text(text)
    standing = active.standing()
    assert (standing.profile, standing.fault) == (None, told)
    assert active.name is None


def test_a_fixed_profile_is_not_moved_by_a_switch(tmp_path: Path) -> None:
    """Promise: a guard started with --profile P is fixed to P."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    put(where, "home", ASK)
    active = ActiveProfile(where, "work")
    use(where, "home")
    profile = active.standing().profile
    assert profile is not None
    assert active.fixed
    assert (active.name, profile.name) == ("work", "work")


@pytest.mark.parametrize("name", ["../../etc/x", "gone", ""])
def test_a_fixed_profile_that_cannot_be_has_none_in_force(tmp_path: Path, name: str) -> None:
    """A guard answers each call with the fix; it does not die on its command line."""
    active = ActiveProfile(places_in(tmp_path), name)
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
        standing, fresh = active.standing(), ActiveProfile(where).standing()
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
            name = step.removeprefix("use ")
            Path(where.active_file).write_text(f'profile = "{name}"\n')
