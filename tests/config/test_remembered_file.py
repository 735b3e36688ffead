"""Appending, removing and undoing in NAME.remembered.toml: by bytes that were seen, to the byte."""

import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.config.build import read_profile
from localguard.config.paths import Places
from localguard.config.remembered import MATCHES, Wish, candidate
from localguard.config.remembered_change import Accepting, Current, Unwritten, current
from localguard.config.remembered_file import (
    Removed,
    Undone,
    Written,
    addition,
    append,
    entries,
    remove,
    undo,
)
from localguard.config.remembered_journal import MOST, Step
from localguard.errors import AuditFault, ProfileFault
from tests.config.makers import put
from tests.config.remembering import ASKED, AUTHOR, WORK, asked, key, work_in

HAND = """\
# by hand
version = 1

[[rule]]   # never
deny = "files/rm"

# 2026-01-01 10:00 from call a-1 by x
[[answer]]
rule = "r"
target = "files/read"
identity = "i"
until = 2030-01-01T00:00:00Z
[answer.when.args]
path = { under = "/srv" }

# of nobody

# why
# it is so
[[rule]]
deny = "files/chmod"
because = \"\"\"
[[rule]]
# no comment\"\"\"
"""


def text_of(allow: bool = True, match: int = 0, call: str = "7f3a-1") -> str:
    """The entry of a candidate."""
    return candidate(asked(call=call), Wish(allow, MATCHES[match]), AUTHOR).text


def raw_of(where: Places) -> bytes | None:
    """The bytes of the file."""
    path = Path(where.remembered_file("work"))
    return path.read_bytes() if path.exists() else None


def remember(
    where: Places, entry: str, accepting: Accepting | None = None
) -> tuple[str, Written | Unwritten]:
    """Append an entry as it was previewed; the text with what became of it."""
    now = current(where, "work")
    text = addition(now, "work", entry)
    return text, append(where, "work", text, now.digest, key=key, accepting=accepting)


# ---- append --------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, HAND, HAND.rstrip("\n"), "version = 1\n"])
def test_the_bytes_that_were_shown_are_the_bytes_that_are_written(
    tmp_path: Path, before: str | None
) -> None:
    """Promise: rule preview equals bytes written, and nothing else in the file changes."""
    where = work_in(tmp_path, before)
    text, done = remember(where, text_of())
    assert isinstance(done, Written)
    assert raw_of(where) == ((before or "") + text).encode()
    assert done.digest == current(where, "work").digest
    last = entries(where, "work")[-1]
    assert (last.id, last.place) == (done.id, done.place)
    assert last.said == "2026-11-26 12:04 from call 7f3a-1 by localguard console, pid 812"
    assert read_profile(where, "work").answers[-1].target == "files/write"


def test_a_new_file_begins_with_what_it_is(tmp_path: Path) -> None:
    """A person who finds it knows what wrote it, and how to take one back."""
    where = work_in(tmp_path)
    text, _ = remember(where, text_of())
    assert text.startswith('# What was answered with "always" under the profile work.')
    assert "localguard rules remove ID" in text
    path = Path(where.remembered_file("work"))
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_stale_preview_writes_nothing(tmp_path: Path) -> None:
    """Two consoles: what the second one showed is no longer what would be there."""
    where = work_in(tmp_path)
    shown = current(where, "work")
    remember(where, text_of())
    before = raw_of(where)
    late = append(where, "work", addition(shown, "work", text_of(match=2)), shown.digest, key=key)
    assert isinstance(late, Unwritten)
    assert "has changed since" in late.explain()
    assert raw_of(where) == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('\n[[rule]]\nallow = "files/*"\n', "would not be valid"),
        ('\n[[answer]]\nrule = "x"\n', "would not be valid"),
        ("\n[[answer\n", "would not be TOML"),
        ("\nx = 1\n", "would not be valid"),
        ("\n# nothing\n", "not one answer or one denial"),
        ("", "not one answer or one denial"),
        ('\n[[rule]]\ndeny = "files/a"\n[[rule]]\ndeny = "files/b"\n', "not one answer"),
        ("\ud800", "half a character"),
        ("\ntrial = true\n", "not one answer"),
        ('\n[[rule]]\ndeny = "files/read"\n', "this test expects ask"),
        (f"\n# {'x' * (1 << 20)}\n" + text_of(), "larger than 1 MiB"),
    ],
)
def test_what_would_not_be_one_valid_entry_is_not_written(
    tmp_path: Path, text: str, why: str
) -> None:
    """By the real reader, with the profile's own tests; the file stays as it was."""
    where = work_in(tmp_path, HAND)
    put(where, "work", WORK + '[[test]]\ncall = "files/read"\nexpect = "ask"\n')
    now = current(where, "work")
    done = append(where, "work", text, now.digest, key=key)
    assert isinstance(done, Unwritten)
    assert why in done.explain()
    assert raw_of(where) == HAND.encode()
    assert isinstance(undo(where, "work", key=key), Unwritten)


def test_the_same_denial_is_not_written_twice(tmp_path: Path) -> None:
    """And says so."""
    where = work_in(tmp_path)
    remember(where, text_of(allow=False, match=2))
    _, again = remember(where, text_of(allow=False, match=2, call="other"))
    assert isinstance(again, Unwritten)
    assert again.explain() == "the same is remembered already."


def test_a_broken_file_is_a_fault_and_stays(tmp_path: Path) -> None:
    """Nothing is appended to what cannot be read."""
    where = work_in(tmp_path, "[[rule")
    with pytest.raises(ProfileFault):
        append(where, "work", text_of(), "", key=key)
    assert raw_of(where) == b"[[rule"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_is_followed_and_stays_one(tmp_path: Path) -> None:
    """Who keeps profiles among dotfiles keeps doing so."""
    where = work_in(tmp_path)
    real = tmp_path / "dotfiles" / "memory.toml"
    real.parent.mkdir(mode=0o700)
    real.write_text(HAND)
    real.chmod(0o600)
    link = Path(where.remembered_file("work"))
    link.symlink_to(real)
    text, done = remember(where, text_of())
    assert isinstance(done, Written)
    assert link.is_symlink()
    assert real.read_text() == HAND + text


@pytest.mark.parametrize("in_the_way", [".lock", ".new"])
def test_a_file_that_cannot_be_written_is_a_fault(tmp_path: Path, in_the_way: str) -> None:
    """With the fix, and what stood there stays."""
    where = work_in(tmp_path, HAND)
    Path(where.remembered_file("work") + in_the_way).mkdir()
    with pytest.raises(ProfileFault, match="cannot be written"):
        remember(where, text_of())
    assert raw_of(where) == HAND.encode()


def test_two_writers_do_not_lose_each_others_entries(tmp_path: Path) -> None:
    """One lock: of two that looked at the same bytes one writes, and the other looks again."""
    where = work_in(tmp_path)
    stale: list[Unwritten] = []

    def write(number: int) -> None:
        while True:
            _, done = remember(where, text_of(call=f"c-{number}", allow=True, match=number % 2 * 2))
            if isinstance(done, Written):
                return
            stale.append(done)
            if "already" in done.why:
                return

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [
        one.why for one in stale if "has changed" not in one.why and "already" not in one.why
    ] == []
    assert len(entries(where, "work")) == len({one.id for one in entries(where, "work")}) == 2


# ---- acceptance ----------------------------------------------------------------------------------


class Witness:
    """Accepts what is written, or fails before or after it is."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.accepted: list[str] = []

    def __call__(self, name: str, write: Callable[[], None]) -> None:
        if self.fails == "before":
            raise AuditFault("the log cannot be written")
        write()
        if self.fails:
            raise AuditFault("the choice cannot be written")
        self.accepted.append(name)


def test_what_is_written_is_accepted_in_the_same_act(tmp_path: Path) -> None:
    """An answer that no guard believes would be asked for again."""
    where, witness = work_in(tmp_path), Witness()
    _, done = remember(where, text_of(), witness)
    assert isinstance(done, Written)
    remove(where, "work", done.id, key=key, accepting=witness)
    undo(where, "work", key=key, accepting=witness)
    assert witness.accepted == ["work", "work", "work"]


@pytest.mark.parametrize("before", [None, HAND])
@pytest.mark.parametrize("fails", ["before", "after"])
def test_what_cannot_be_accepted_is_taken_back(
    tmp_path: Path, fails: str, before: str | None
) -> None:
    """To the byte, and the change before it can still be undone."""
    where = work_in(tmp_path, before)
    remember(where, text_of())
    raw = raw_of(where)
    with pytest.raises(AuditFault):
        remember(where, text_of(match=2), Witness(fails))
    assert raw_of(where) == raw
    assert isinstance(undo(where, "work", key=key), Undone)
    assert raw_of(where) == (None if before is None else before.encode())


# ---- entries and removal -------------------------------------------------------------------------


def test_entries_are_told_with_their_places_and_comments(tmp_path: Path) -> None:
    """In the order of their lines, whoever wrote them."""
    where = work_in(tmp_path, HAND)
    told = [(one.kind, one.place, one.said) for one in entries(where, "work")]
    assert told == [
        ("rule", "work.remembered.toml:4", ""),
        ("answer", "work.remembered.toml:8", "2026-01-01 10:00 from call a-1 by x"),
        ("rule", "work.remembered.toml:20", "why it is so"),
    ]
    assert len({one.id for one in entries(where, "work")}) == 3
    assert entries(work_in(tmp_path / "other"), "work") == ()


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        (4, '\n[[rule]]   # never\ndeny = "files/rm"\n'),
        (8, HAND[HAND.index("\n# 2026") : HAND.index("\n# of nobody")]),
        (20, HAND[HAND.index("\n# why") :]),
    ],
)
def test_one_entry_goes_with_its_comment_and_all_else_stays(
    tmp_path: Path, line: int, gone: str
) -> None:
    """By its place."""
    where = work_in(tmp_path, HAND)
    done = remove(where, "work", f"work.remembered.toml:{line}", key=key)
    assert isinstance(done, Removed)
    assert raw_of(where) == HAND.replace(gone, "").encode()
    assert len(entries(where, "work")) == 2


def test_append_and_remove_leave_the_file_as_it_was(tmp_path: Path) -> None:
    """By the id that was told, also among others."""
    where = work_in(tmp_path, HAND)
    _, done = remember(where, text_of())
    assert isinstance(done, Written)
    assert isinstance(remove(where, "work", done.id, key=key), Removed)
    assert raw_of(where) == HAND.encode()


def test_the_last_entry_of_a_file_without_a_version_takes_the_file_along(tmp_path: Path) -> None:
    """An empty file would be a fault."""
    where = work_in(tmp_path, '[[rule]]\ndeny = "files/rm"\nid = "one"\n')
    assert isinstance(remove(where, "work", "one", key=key), Removed)
    assert raw_of(where) is None
    assert isinstance(undo(where, "work", key=key), Undone)
    assert raw_of(where) == b'[[rule]]\ndeny = "files/rm"\nid = "one"\n'


def test_what_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    """With the command that lists what is."""
    done = remove(work_in(tmp_path, HAND), "work", "yes-00000000", key=key)
    assert isinstance(done, Unwritten)
    assert "localguard rules list --profile work" in done.explain()


def test_an_entry_that_cannot_be_cut_out_is_left(tmp_path: Path) -> None:
    """Written by hand, in a form that shares its lines with others."""
    text = 'rule = [{ deny = "files/a" }, { deny = "files/b" }]\n'
    where = work_in(tmp_path, text)
    (one, _) = entries(where, "work")
    done = remove(where, "work", one.id, key=key)
    assert isinstance(done, Unwritten)
    assert raw_of(where) == text.encode()


LINES = st.lists(
    st.sampled_from(
        [
            "\n",
            "# c\n",
            '[[rule]]\ndeny = "a/b"\n',
            '[[rule]]\ndeny = "a/c"\nbecause = """\n# x\n\n[[rule]]\n"""\n',
            "[[rule]]\r\ndeny = 'a/d'\r\n",
            '[[answer]]\nrule="r"\ntarget="a/b"\nidentity="i"\nuntil="forever"\n',
            '[[answer]]\nrule="r"\ntarget="a/c"\nidentity="i"\nuntil="forever"\n'
            "[answer.when.args.x]\nis = '# [[rule]]'\n",
        ]
    ),
    max_size=8,
)


@pytest.mark.slow
@given(LINES, st.integers(0, 7), st.sampled_from(["", "version = 1\n"]))
def test_whatever_stands_around_an_entry_stays_and_undo_brings_it_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], at: int, head: str
) -> None:
    """The others are the same tables in the same order, and every undo is to the byte."""
    raw = (head + "".join(lines)).encode()
    where = work_in(tmp_path_factory.mktemp("home"), raw if raw.strip() else None)
    before = raw_of(where)
    found = entries(where, "work")
    if at >= len(found):
        return
    done = remove(where, "work", found[at].place, key=key)
    if isinstance(done, Unwritten):
        assert raw_of(where) == before
        return
    left = [one.table for one in entries(where, "work")]
    assert left == [one.table for one in found if one is not found[at]]
    assert isinstance(undo(where, "work", key=key), Undone)
    assert raw_of(where) == before


# ---- undo ----------------------------------------------------------------------------------------


def test_each_change_is_undone_to_the_byte_the_last_one_first(tmp_path: Path) -> None:
    """Promise: undo restores the file byte for byte, also that there was none."""
    where = work_in(tmp_path)
    states = [raw_of(where)]
    for match in (0, 2):
        _, done = remember(where, text_of(match=match))
        states.append(raw_of(where))
    assert isinstance(done, Written)
    remove(where, "work", done.id, key=key)
    first = undo(where, "work", key=key)
    assert isinstance(first, Undone)
    assert (first.taken, first.restored) == ((), (done.id,))
    assert raw_of(where) == states[2]
    for state in states[1::-1]:
        assert isinstance(undo(where, "work", key=key), Undone)
        assert raw_of(where) == state
    nothing = undo(where, "work", key=key)
    assert isinstance(nothing, Unwritten)
    assert "nothing that was remembered for work can be undone" in nothing.explain()


def test_what_was_edited_since_is_not_undone(tmp_path: Path) -> None:
    """The person's own words are not lost."""
    where = work_in(tmp_path)
    remember(where, text_of())
    raw = (raw_of(where) or b"") + b"# mine\n"
    put(where, "work", raw, remembered=True)
    done = undo(where, "work", key=key)
    assert isinstance(done, Unwritten)
    assert "has changed since" in done.explain()
    assert raw_of(where) == raw


def test_an_undo_that_would_break_the_profile_is_not_made(tmp_path: Path) -> None:
    """The profile's own file has come to use the name of a denial that was removed."""
    where = work_in(tmp_path)
    _, done = remember(where, text_of(allow=False, match=2))
    assert isinstance(done, Written)
    remove(where, "work", done.id, key=key)
    raw = raw_of(where)
    put(where, "work", f'{WORK}id = "{done.id}"\n')
    assert isinstance(undo(where, "work", key=key), Unwritten)
    assert raw_of(where) == raw


def journal_of(where: Places) -> Path:
    """The file in which changes are written down."""
    return Path(where.state, "remembered", "work.toml")


def test_nobody_else_can_have_an_undo_write_a_text_of_theirs(tmp_path: Path) -> None:
    """Attack: a model with a shell puts an answer of its own where the last bytes are kept."""
    where = work_in(tmp_path, HAND)
    _, done = remember(where, text_of())
    assert isinstance(done, Written)
    remove(where, "work", done.id, key=key)
    before = raw_of(where)
    text = journal_of(where).read_text()
    other = Step.between(b"[[answer]]\n", before)
    for forged in (
        text.replace("at = ", "at = 1"),
        text.replace(f'before = "{done.digest}"', f'before = "{other.before}"'),
        text.replace('took = "', 'took = "AAAA'),
    ):
        assert forged != text
        journal_of(where).write_text(forged)
        with pytest.raises(ProfileFault, match="not written by localguard"):
            undo(where, "work", key=key)
        assert raw_of(where) == before
    journal_of(where).write_text(text)
    with pytest.raises(ProfileFault, match="not written by localguard"):
        undo(where, "work", key=lambda: b"x" * 32)
    assert isinstance(undo(where, "work", key=key), Undone)


@pytest.mark.parametrize(
    "text", ["x", "change = 1", "[[change]]\nafter = 1", '[[change]]\nput="x"']
)
def test_a_broken_journal_stops_undo_and_nothing_else(tmp_path: Path, text: str) -> None:
    """What is remembered from then on can be undone again."""
    where = work_in(tmp_path)
    journal_of(where).parent.mkdir(parents=True, mode=0o700)
    journal_of(where).write_text(text)
    journal_of(where).chmod(0o600)
    _, done = remember(where, text_of())
    assert isinstance(done, Written)
    assert isinstance(undo(where, "work", key=key), Undone)
    assert raw_of(where) is None
    journal_of(where).write_text(text)
    if text != "change = 1":
        with pytest.raises(ProfileFault):
            undo(where, "work", key=key)


def test_the_oldest_changes_are_forgotten(tmp_path: Path) -> None:
    """The journal does not grow for ever."""
    where = work_in(tmp_path)
    _, done = remember(where, text_of())
    assert isinstance(done, Written)
    for _ in range(MOST):
        assert isinstance(remove(where, "work", done.id, key=key), Removed)
        remember(where, text_of())
    assert journal_of(where).read_text().count("[[change]]") == MOST
    for _ in range(MOST):
        assert isinstance(undo(where, "work", key=key), Undone)
    assert isinstance(undo(where, "work", key=key), Unwritten)


BYTES = st.none() | st.binary(max_size=20) | st.sampled_from([b"aaaa", b"aa", b"aab", b"baa"])


@given(BYTES, BYTES)
def test_a_step_takes_bytes_back_exactly(before: bytes | None, after: bytes | None) -> None:
    """Whatever the two have in common."""
    step = Step.between(before, after)
    assert step.undone(after) == before
    if before is not None and after != before:
        with pytest.raises(ProfileFault):
            step.undone((after or b"") + b"z")


def test_the_line_that_is_shown_is_the_last_one(tmp_path: Path) -> None:
    """`after line 23 of work.remembered.toml`."""
    assert current(work_in(tmp_path, HAND), "work").lines == HAND.count("\n")
    assert current(work_in(tmp_path / "other"), "work") == Current(None, "")
    assert ASKED.target == "files/write"


def test_a_table_that_belongs_elsewhere_keeps_an_entry_from_being_cut_out(tmp_path: Path) -> None:
    """TOML lets a rule go on after another entry; to take that along would make it deny more."""
    text = (
        '[[rule]]\ndeny = "files/a"\n\n'
        '[[answer]]\nrule = "r"\ntarget = "files/b"\nidentity = "i"\nuntil = "forever"\n'
        '[rule.when.args.x]\nis = "y"\n'
    )
    where = work_in(tmp_path, text)
    done = remove(where, "work", "work.remembered.toml:4", key=key)
    assert isinstance(done, Unwritten)
    assert "cannot be taken out without what stands around it" in done.explain()
    assert raw_of(where) == text.encode()
