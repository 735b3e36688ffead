"""The sealed choice: what nobody but localguard has written chooses nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localguard.config.choice import Choice, Key, by_person, change_choice, is_first, read_choice
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.seals import seal
from tests.config.makers import choose, choose_valid, key_of, places_in, put

DENY = 'version = 1\ndefault = "deny"\n'
UNSEALED = (
    "active.toml: it is not as localguard wrote it at a person's word, so it chooses nothing."
    " Fix: localguard profile use NAME."
)
GONE = (
    "active.toml: the choice of a profile is gone, and with it what was accepted."
    " Fix: localguard profile use NAME."
)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True)
CHOICES = st.builds(
    Choice,
    profile=st.none() | NAMES,
    lockdown=st.booleans(),
    silent=st.booleans(),
    chosen=st.integers(0, 2**62),
    serial=st.just(0),
    switched=st.integers(0, 2**62),
    accepted=st.dictionaries(NAMES, st.sampled_from(["", "ab" * 32]), max_size=4),
    observed=st.dictionaries(NAMES, st.integers(1, 2**37), max_size=2),
    confirmed=st.dictionaries(NAMES, st.just("ab" * 32), max_size=2),
)


def secret() -> bytes:
    """A key."""
    return b"k" * 32


def another() -> bytes:
    """Another one."""
    return b"l" * 32


def lost() -> bytes:
    """A key that cannot be had."""
    raise ProfileFault("other users can read this key", fix="chmod 600 it")


def told(where: Places, key: Key | None = secret) -> str:
    """Why the choice cannot be used."""
    with pytest.raises(ProfileFault) as caught:
        read_choice(where, key)
    return caught.value.explain()


def test_before_anybody_has_chosen_nothing_is_chosen(tmp_path: Path) -> None:
    """And the key is not asked for: a guard with --profile needs none."""
    where = places_in(tmp_path)
    assert read_choice(where, lost) == Choice()
    assert is_first(where)
    choose(where, "work")
    assert not is_first(where)


def test_the_file_says_in_words_what_is_chosen(tmp_path: Path) -> None:
    """A person who opens it understands it, and sees how to change it."""
    where = places_in(tmp_path)
    change_choice(where, secret, lambda _: Choice("work", True, accepted={"work": "ab" * 32}))
    *lines, mark = Path(where.active_file).read_text().splitlines()
    assert lines == [
        "# Written and sealed by localguard; a change by hand makes it void. To choose otherwise:",
        "# localguard profile use, localguard profile accept, localguard lockdown.",
        "version = 1",
        "chosen = 0",
        "serial = 1",
        "switched = 0",
        'profile = "work"',
        "lockdown = true",
        "silent = false",
        f'accepted.work = "{"ab" * 32}"',
    ]
    assert mark.startswith('seal = "')


def test_what_was_accepted_before_persons_were_told_of_is_no_persons_word(tmp_path: Path) -> None:
    """Attack: a profile that a guard used first, under a version that did not say so."""
    where = places_in(tmp_path)
    change_choice(where, secret, lambda _: Choice("work", accepted={"work": "ab" * 32}))
    assert "confirmed" not in Path(where.active_file).read_text()
    assert read_choice(where, secret).is_only_used("work")
    change_choice(where, secret, lambda old: old._replace(confirmed={"work": "cd" * 32}))
    assert not read_choice(where, secret).is_confirmed("work")
    change_choice(where, secret, lambda old: old._replace(confirmed={"work": "ab" * 32}))
    assert read_choice(where, secret).is_confirmed("work")


@given(choice=CHOICES)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, choice: Choice) -> None:
    """Every choice there is; without the key it reads the same."""
    where = places_in(tmp_path_factory.mktemp("choice"))
    written = change_choice(where, secret, lambda _: choice)
    assert written == (choice._replace(serial=1) if choice != Choice() else choice)
    assert read_choice(where, secret) == read_choice(where, None) == written


@settings(max_examples=300)
@given(st.data())
def test_no_byte_of_the_file_can_be_another(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Attack: a change by hand, be it one bit of a comment."""
    where = places_in(tmp_path_factory.mktemp("choice"))
    change_choice(where, secret, lambda _: Choice("work", accepted={"work": "ab" * 32}))
    path = Path(where.active_file)
    raw = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[at]))
    path.write_bytes(raw)
    assert told(where)


@settings(max_examples=100)
@given(st.data())
def test_no_part_of_the_file_can_be_missing_or_added(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Attack: a line taken out, such as the one with lockdown, or one more at the end."""
    where = places_in(tmp_path_factory.mktemp("choice"))
    change_choice(where, secret, lambda _: Choice("work", lockdown=True))
    path = Path(where.active_file)
    lines = path.read_text().splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    more = data.draw(st.lists(st.sampled_from([*lines, "\n", "# x\n"]), max_size=1))
    changed = [*lines[:at], *more, *lines[at + data.draw(st.integers(0, 1)) :]]
    if changed != lines:
        path.write_text("".join(changed))
        assert told(where)


@pytest.mark.parametrize(
    "text",
    [
        'profile = "evil"\n',
        'version = 1\nserial = 9\nprofile = "evil"\nlockdown = false\nsilent = false\n',
        f'profile = "evil"\nseal = "{"0" * 64}"\n',
        "",
    ],
    ids=["plain", "whole", "invented", "empty"],
)
def test_what_is_written_by_hand_chooses_nothing(tmp_path: Path, text: str) -> None:
    """Attack: a model with a shell writes the choice itself."""
    where = places_in(tmp_path)
    choose(where, "work")
    Path(where.active_file).write_text(text)
    assert told(where, key_of(where)) == UNSEALED


def test_the_seal_of_another_key_or_another_file_is_none(tmp_path: Path) -> None:
    """Attack: a choice of another home, and a seal that was made for something else."""
    where = places_in(tmp_path)
    change_choice(where, another, lambda _: Choice("evil"))
    assert told(where) == UNSEALED
    change_choice(where, another, lambda choice: choice._replace(lockdown=True), mend=True)
    text, _ = Path(where.active_file).read_text().split("seal = ")
    mark = seal(secret(), "remembered", text)
    Path(where.active_file).write_text(f'{text}seal = "{mark}"\n')
    assert told(where) == UNSEALED


@pytest.mark.parametrize(
    "line",
    [
        "version = 2",
        "serial = true",
        'profile = "../evil"',
        "lockdown = 0",
        "accepted = 5",
        'accepted.work = "short"',
        'accepted."../x" = ""',
        "later = 1",
    ],
)
def test_a_sealed_choice_of_a_later_version_is_not_half_understood(
    tmp_path: Path, line: str
) -> None:
    """Fail closed: what this version does not know may be what matters."""
    where = places_in(tmp_path)
    choose(where, "work")
    keys = {"version = 1", "chosen = 0", "serial = 1", "lockdown = false", "silent = false"}
    kept = sorted(one for one in keys if line.split(maxsplit=1)[0] not in one)
    text = "".join(f"{one}\n" for one in (*kept, line))
    mark = seal(secret(), "choice", text)
    Path(where.active_file).write_text(f'{text}seal = "{mark}"\n')
    assert told(where).startswith("active.toml: this localguard cannot read it.")


def test_a_file_that_cannot_be_read_is_told_with_the_way_out(tmp_path: Path) -> None:
    """No repair by hand would help: the fix is always to choose anew."""
    where = places_in(tmp_path)
    choose(where, "work")
    Path(where.active_file).write_text("profile = \n")
    assert told(where) == (
        "active.toml:1: this is not a value, at column 11. Fix: localguard profile use NAME."
    )
    Path(where.active_file).unlink()
    Path(where.active_file).mkdir()
    assert told(where) == (
        "active.toml: it is a folder, not a file. Fix: localguard profile use NAME."
    )


def test_a_choice_that_was_removed_is_no_first_choice(tmp_path: Path) -> None:
    """Attack: the file deleted, so that a profile can be chosen for the first time."""
    where = places_in(tmp_path)
    put(where, "work", DENY)
    choose_valid(where, "work")
    Path(where.active_file).unlink()
    assert not is_first(where)
    assert told(where, key_of(where)) == GONE
    with pytest.raises(ProfileFault, match="is gone"):
        change_choice(where, key_of(where), lambda choice: choice._replace(profile="evil"))
    assert not Path(where.active_file).exists()


def test_a_key_that_cannot_be_had_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    """Promise: the fault of the vault goes through with its own fix, also where one mends."""
    where = places_in(tmp_path)
    choose(where, "work")
    before = Path(where.active_file).read_bytes()
    assert told(where, lost) == "other users can read this key. Fix: chmod 600 it."
    for mend in (False, True):
        with pytest.raises(ProfileFault, match="other users can read this key"):
            change_choice(where, lost, lambda choice: choice._replace(profile="x"), mend=mend)
    assert Path(where.active_file).read_bytes() == before


def test_a_change_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    """The serial counts changes."""
    where = places_in(tmp_path)
    first = change_choice(where, secret, lambda choice: choice._replace(profile="work"))
    before = Path(where.active_file).read_bytes()
    assert change_choice(where, secret, lambda choice: choice) == first
    assert Path(where.active_file).read_bytes() == before


def test_a_persons_word_counts_above_every_one_before(tmp_path: Path) -> None:
    """Also where the clock was set back."""
    where = places_in(tmp_path)
    ahead = 2**60
    change_choice(where, secret, lambda _: Choice("work", chosen=ahead))
    assert change_choice(where, secret, by_person).chosen == ahead + 1
    first = by_person(Choice())
    assert by_person(first).chosen > first.chosen > 1_700_000_000_000


CHANGING = """
import sys
from localguard.config.choice import change_choice
from tests.config.makers import places_in
where, name = places_in(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
change = lambda c: c._replace(accepted={**c.accepted, name: ""})
change_choice(where, lambda: b"k" * 32, change)
"""


def test_processes_that_choose_at_once_lose_nothing(tmp_path: Path) -> None:
    """Promise: one at a time, and the serial has risen by as many."""
    where = places_in(tmp_path)
    first = change_choice(where, secret, lambda choice: choice._replace(profile="work"))
    names = [f"p{number}" for number in range(8)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", CHANGING, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        for name in names
    ]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    for process in running:
        process.communicate(b"\n")
    assert [process.returncode for process in running] == [0] * 8
    after = read_choice(where, secret)
    assert after.serial == first.serial + 8
    assert sorted(after.accepted) == names
    assert after.profile == "work"
