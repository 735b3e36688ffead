"""What is kept for later calls: sealed, bound, for a while, and never more than was given."""

import json
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard import seals
from localguard.approvals import leaf_folder
from localguard.approvals.answers import answer_of, leave_of, remembered
from localguard.approvals.conditions_text import conditions_as_json, read_conditions
from localguard.approvals.kept import Leave, Remembered
from localguard.approvals.leaf_folder import LeafFault
from localguard.approvals.leaf_text import Leaf, read_leaf, text_of
from localguard.approvals.leaves import Leaves, serial_of
from localguard.approvals.requests import Answered, Scope, question_of
from localguard.errors import LocalguardError
from localguard.policy.conditions import Condition, Whole
from localguard.policy.grants import Grant
from localguard.policy.people import Identity, Nobody
from tests.approvals.makers import ANN, ASK, DESTRUCTIVE, EPOCH, call_of, matter_of
from tests.policy.strategies import CONDITIONS

KEY = b"k" * 32
MATTER = matter_of(call_of(to="ann"))
ASKED = question_of(ASK)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners of POSIX")


@dataclass
class Guard:
    """One guard's view of the folder; several may share one."""

    path: Path
    now: float = EPOCH
    serial: str = "work 1"
    session: str | None = "boot/1/2"
    key: bytes | None = KEY
    notices: list[str] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaves = Leaves(
            str(self.path),
            key=self._key,
            now=lambda: self.now,
            serial=lambda: self.serial,
            session=self.session,
            notice=self.notices.append,
            spent=lambda leave: leave.request in self.spent,
        )

    def _key(self) -> bytes:
        if self.key is None:
            raise LocalguardError("the vault is locked", fix="localguard doctor")
        return self.key

    def give(self, request: str = "g-1") -> Leave:
        """Leave for one call."""
        leave = leave_of(request, MATTER, ANN, self.now)
        self.leaves.give(leave)
        return leave

    def remember(self, scope: Scope = "session", request: str = "g-2") -> Remembered:
        """A yes that lasts."""
        kept = remembered(request, MATTER, Answered(True, ANN, scope), self.now)
        self.leaves.remember(kept)
        return kept

    def claim(self) -> str | None:
        """The request whose leave this guard has used up."""
        return self.leaves.claim(MATTER.digest, ASKED)

    def files(self, start: str = "") -> list[Path]:
        """The files whose names begin so."""
        return sorted(path for path in self.path.iterdir() if path.name.startswith(start))


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard whose folder is not there yet."""
    return Guard(tmp_path / "state" / "leaves")


def test_leave_is_used_once(guard: Guard) -> None:
    """The identical call goes through, and the next is asked about."""
    guard.give()
    assert guard.claim() == "g-1"
    assert guard.claim() is None
    assert guard.notices == []


def test_leave_is_for_all_guards_of_a_person_and_still_used_once(guard: Guard) -> None:
    """Clients often start each server twice; the repeat may come to the other guard."""
    guard.give()
    other = replace(guard, session="boot/9/9")
    assert other.claim() == "g-1"
    assert guard.claim() is None


def test_leave_that_the_log_knows_as_used_is_worth_nothing(guard: Guard) -> None:
    """Attack: a copy is put back, and the mark of its use removed."""
    guard.give()
    guard.spent.append("g-1")
    assert guard.claim() is None


def test_without_a_folder_nothing_was_given(guard: Guard) -> None:
    """And nothing is made, nor the vault asked, by looking."""
    guard.key = None
    assert (guard.claim(), guard.leaves.answers(), guard.leaves.listed()) == (None, (), ())
    guard.leaves.tidy()
    assert not guard.path.exists()
    assert guard.notices == []


@pytest.mark.parametrize(
    ("digest", "question"),
    [
        (matter_of(call_of(to="eve")).digest, ASKED),
        (MATTER.digest, "work.toml:9"),
        (MATTER.digest, question_of(DESTRUCTIVE)),
    ],
)
def test_leave_for_one_call_and_one_question_is_none_for_another(
    guard: Guard, digest: str, question: str
) -> None:
    """Attack: other arguments, or the same call where another rule asks."""
    guard.give()
    assert guard.leaves.claim(digest, question) is None
    assert guard.claim() == "g-1"


def test_each_yes_is_one_call(guard: Guard) -> None:
    """Two guards held the call, and a person allowed it at both."""
    guard.give("g-1")
    guard.give("h-1")
    assert {guard.claim(), guard.claim()} == {"g-1", "h-1"}
    assert guard.claim() is None


@pytest.mark.parametrize(
    ("later", "expected"), [(-1, None), (0, "g-1"), (899, "g-1"), (900, None), (10**6, None)]
)
def test_leave_holds_for_fifteen_minutes(guard: Guard, later: float, expected: str | None) -> None:
    """Also by a clock that was put back to before it was given."""
    guard.give()
    guard.now += later
    assert guard.claim() == expected


@pytest.mark.parametrize("scope", ["minutes", "session", "switch"])
def test_answers_are_found_again(guard: Guard, scope: Scope) -> None:
    """As they were given, by every guard of the same client."""
    kept = guard.remember(scope)
    assert guard.leaves.answers() == (kept.answer,)
    assert replace(guard).leaves.answers() == (kept.answer,)
    assert guard.leaves.listed() == (kept,)


@pytest.mark.parametrize(
    ("scope", "others"), [("minutes", True), ("session", False), ("switch", True)]
)
def test_an_answer_for_a_session_is_for_one_client_process(
    guard: Guard, scope: Scope, others: bool
) -> None:
    """A client that is started again asks again."""
    guard.remember(scope)
    for session in ("boot/1/3", None):
        assert bool(replace(guard, session=session).leaves.answers()) is others


def test_an_answer_for_a_session_needs_to_know_it(guard: Guard) -> None:
    """Where the client's process cannot be seen, nothing can last as long."""
    with pytest.raises(LeafFault, match="client's process"):
        replace(guard, session=None).remember("session")


def test_after_a_switch_of_the_profile_nothing_holds(guard: Guard) -> None:
    """Nor after sign-out, and not when the old profile comes back."""
    guard.give()
    for scope in ("minutes", "session", "switch"):
        guard.remember(scope)
    guard.serial = "work 2"
    assert (guard.claim(), guard.leaves.answers(), guard.leaves.listed()) == (None, (), ())


@pytest.mark.parametrize(("later", "count"), [(-1, 0), (0, 3), (900, 2), (10**7, 2)])
def test_answers_end_with_their_time(guard: Guard, later: float, count: int) -> None:
    """15 minutes have an end; the others end with the client or the profile."""
    for scope in ("minutes", "session", "switch"):
        guard.remember(scope)
    guard.now += later
    assert len(guard.leaves.answers()) == count


@POSIX
def test_nobody_else_can_read_what_was_given(guard: Guard) -> None:
    """0600 in a folder that is 0700."""
    guard.give()
    assert stat.S_IMODE(guard.path.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in guard.files()] == [0o600]


def forge(text: str) -> str:
    """Another tool, under the old seal."""
    return text.replace("mail/send", "mail/burn")


def other_key(text: str) -> str:
    """A leaf under a key that the forger chose."""
    return text_of(read_leaf(text, KEY), b"x" * 32)


@pytest.mark.parametrize(
    "change",
    [
        forge,
        other_key,
        pytest.param(lambda text: text.splitlines()[0], id="unsealed"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "[" * 60_000, id="deep"),
        pytest.param(lambda _: "x" * 70_000, id="large"),
        pytest.param(lambda _: "\u00fc", id="not ascii"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="carriage returns"),
        pytest.param(lambda text: text + "\n", id="longer"),
    ],
)
@pytest.mark.parametrize("prefix", ["leave", "answer"])
def test_what_localguard_did_not_write_allows_nothing(
    guard: Guard, change: Callable[[str], str], prefix: str
) -> None:
    """Attack: a model with a shell writes leave for itself. It is moved aside, and told once."""
    guard.give()
    guard.remember()
    (path,) = guard.files(prefix)
    path.write_bytes(change(path.read_text("ascii")).encode("utf-8"))
    assert guard.claim() == (None if prefix == "leave" else "g-1")
    assert len(guard.leaves.answers()) == (prefix == "leave")
    (notice,) = guard.notices
    assert "worth nothing" in notice
    assert [one.name for one in guard.files("broken-")] == [f"broken-{path.name}"]
    assert guard.claim() is None


def test_a_seal_of_localguard_s_on_what_this_version_does_not_know_allows_nothing(
    guard: Guard,
) -> None:
    """Another version wrote it."""
    guard.remember()
    (path,) = guard.files()
    body = json.loads(path.read_text("ascii").splitlines()[0])
    for change in (
        {"answer": {**body["answer"], "when": [{"kind": "Moon"}]}},
        {"answer": {**body["answer"], "when": [{"kind": "Whole"}]}},
        {"answer": {**body["answer"], "more": 1}},
        {"answer": {**body["answer"], "until": 5}},
        {"answer": 5},
    ):
        text = json.dumps({**body, **change})
        path.write_text(f"{text}\n{seals.seal(KEY, 'leaf', text)}\n", "ascii")
        assert guard.leaves.answers() == ()
        assert "another version" in guard.notices[-1]


def test_an_answer_of_a_version_that_knew_no_people_is_one_of_nobody(guard: Guard) -> None:
    """Promise: what was kept before stays readable, and holds while nobody is signed in."""
    kept = guard.remember()
    (path,) = guard.files()
    body = json.loads(path.read_text("ascii").splitlines()[0])
    assert body["answer"].pop("person") is None
    text = json.dumps(body)
    path.write_text(f"{text}\n{seals.seal(KEY, 'leaf', text)}\n", "ascii")
    assert guard.leaves.answers() == (kept.answer,)
    assert guard.notices == []


def test_an_answer_of_a_person_is_read_back_as_theirs(guard: Guard) -> None:
    """Who was signed in when it was given."""
    kept = guard.remember()
    theirs = replace(kept, answer=replace(kept.answer, person="https://login.example#1"))
    guard.leaves.remember(theirs)
    assert sorted(one.person or "" for one in guard.leaves.answers()) == ["", theirs.answer.person]


def test_a_seal_for_another_kind_of_file_is_none_here(guard: Guard) -> None:
    """Attack: a sealed file of another kind passed off as leave."""
    guard.give()
    (path,) = guard.files()
    body = path.read_text("ascii").splitlines()[0]
    path.write_text(f"{body}\n{seals.seal(KEY, 'active', body)}\n", "ascii")
    assert guard.claim() is None


def test_a_copy_is_not_used_after_the_original(guard: Guard) -> None:
    """Attack: leave is copied before it is used, and put back after."""
    guard.give()
    (path,) = guard.files()
    copy = path.read_bytes()
    other = replace(guard)
    assert guard.claim() == "g-1"
    path.write_bytes(copy)
    assert other.claim() is None
    path.write_bytes(copy)
    assert guard.claim() is None
    for mark in guard.files("used-"):
        mark.unlink()
    path.write_bytes(copy)
    assert guard.claim() is None


def test_a_copy_under_another_name_is_none(guard: Guard) -> None:
    """Attack: one leave becomes many."""
    guard.give()
    (path,) = guard.files()
    copy = path.with_name(path.name[:-21] + "0" * 16 + ".json")
    copy.write_bytes(path.read_bytes())
    assert guard.claim() == "g-1"
    assert guard.claim() is None
    assert "copy under another name" in guard.notices[0]


@POSIX
@pytest.mark.parametrize("what", ["link", "folder", "pipe"])
def test_what_is_no_plain_file_is_moved_aside(guard: Guard, what: str) -> None:
    """Attack: a link, or a pipe that would block the guard for ever."""
    guard.give()
    (path,) = guard.files()
    kept = path.rename(path.with_name("kept"))
    if what == "link":
        path.symlink_to(kept)
    elif what == "folder":
        path.mkdir()
    elif sys.platform != "win32":
        os.mkfifo(path)
    assert guard.claim() is None
    assert len(guard.notices) == 1


def test_a_vault_that_is_locked_gives_and_allows_nothing(guard: Guard) -> None:
    """Fail closed, and say so once, however many calls ask."""
    guard.give()
    guard.remember()
    guard.key = None
    assert (guard.claim(), guard.leaves.answers(), guard.leaves.listed()) == (None, (), ())
    assert guard.notices == ["the vault is locked. Fix: localguard doctor."]
    with pytest.raises(LocalguardError, match="locked"):
        guard.give()
    with pytest.raises(LocalguardError, match="locked"):
        guard.remember()
    guard.key = KEY
    assert guard.claim() == "g-1"


@POSIX
def test_a_folder_that_others_can_write_to_is_not_believed(guard: Guard) -> None:
    """Others could remove a no, or bring back what was used."""
    guard.give()
    guard.path.chmod(0o777)
    assert guard.claim() is None
    assert "chmod 700" in guard.notices[0]
    with pytest.raises(LeafFault, match="other users"):
        guard.give()
    guard.path.chmod(0o700)
    assert guard.claim() == "g-1"


@POSIX
def test_a_folder_of_another_user_is_not_believed(tmp_path: Path) -> None:
    """Root can give a folder away, and to everybody else / is another's."""
    if sys.platform == "win32":
        return
    folder = tmp_path if os.geteuid() == 0 else Path("/")
    if folder is tmp_path:
        os.chown(folder, 12345, -1)
    guard = Guard(folder)
    assert guard.claim() is None
    assert "belongs to another user" in guard.notices[0]


def test_a_file_where_the_folder_should_be_is_a_fault(guard: Guard) -> None:
    """With the way out."""
    guard.path.parent.mkdir()
    guard.path.write_text("")
    assert guard.leaves.answers() == ()
    assert "a folder is needed here" in guard.notices[0]
    with pytest.raises(LeafFault, match="folder is needed"):
        guard.give()
    nested = Guard(guard.path / "below")
    assert nested.leaves.answers() == ()
    assert "Not a directory" in nested.notices[0]
    with pytest.raises(LeafFault, match="cannot be kept"):
        nested.give()


def test_where_no_mark_can_be_made_nothing_is_used(guard: Guard, tmp_path: Path) -> None:
    """The folder is gone between the look and the mark."""
    folder = leaf_folder.LeafFolder(str(tmp_path / "gone"))
    with pytest.raises(LeafFault, match="cannot be kept"):
        folder.first("used-1")
    assert folder.read("leave-1") is None
    assert folder.written("leave-1") is None
    folder.remove("leave-1")
    folder.move("leave-1", "leave-2")

    class Going(leaf_folder.LeafFolder):
        def first(self, name: str) -> bool:
            raise LeafFault("cannot be kept", where=name)

    guard.give()
    guard.leaves._folder = Going(str(guard.path))
    assert guard.claim() is None
    assert "cannot be kept" in guard.notices[0]


def test_a_file_that_is_gone_between_the_look_and_the_read_is_none(guard: Guard) -> None:
    """Another guard has just used it."""

    class Racing(leaf_folder.LeafFolder):
        def names(self) -> list[str]:
            found = super().names()
            for name in found:
                self.remove(name)
            return found

    guard.give()
    guard.leaves._folder = Racing(str(guard.path))
    assert guard.claim() is None
    assert guard.notices == []


def test_a_folder_full_of_files_is_not_read(guard: Guard) -> None:
    """Attack: a million files make each question take a minute."""
    guard.give()
    for number in range(leaf_folder.MOST):
        (guard.path / f"x{number}").touch()
    assert guard.claim() is None
    assert "more than 4096 files" in guard.notices[0]


def test_a_pattern_that_is_too_large_is_not_kept(guard: Guard) -> None:
    """What could not be read back is not written."""
    when: tuple[Condition, ...] = tuple(Whole(f"{n:064}") for n in range(2000))
    kept = remembered("g-2", MATTER, Answered(True, ANN, "session", when=when), EPOCH)
    with pytest.raises(LeafFault, match="larger than"):
        guard.leaves.remember(kept)


def test_everything_that_holds_is_listed_and_can_be_taken_back(guard: Guard) -> None:
    """By the request that it was given to; what is taken back is as good as used."""
    leave = guard.give("g-1")
    copy = guard.files()[0].read_bytes()
    guard.now += 1
    kept = guard.remember("session", "g-2")
    assert guard.leaves.listed() == (leave, kept)
    assert guard.leaves.remove("g-2") is True
    assert guard.leaves.listed() == (leave,)
    name = guard.files()[0]
    assert guard.leaves.remove("g-1") is True
    assert guard.leaves.remove("g-1") is False
    name.write_bytes(copy)
    assert guard.claim() is None


def test_the_answers_of_a_session_end_with_it(guard: Guard) -> None:
    """Those of another client, and those that are for longer, stay."""
    guard.remember("session")
    guard.remember("switch")
    other = replace(guard, session="boot/5/5")
    other.remember("session")
    guard.leaves.ends("boot/1/2")
    assert len(guard.leaves.answers()) == 1
    assert len(other.leaves.answers()) == 2


def test_a_person_sees_and_takes_back_what_holds_for_any_client(guard: Guard) -> None:
    """Whoever looks after all guards is none of their clients."""
    kept = guard.remember("session", "g-2")
    leave = guard.give("g-1")
    person = replace(guard, session=None)
    assert person.leaves.listed() == (leave,)
    assert set(person.leaves.listed(anyones=True)) == {kept, leave}
    assert person.leaves.remove("g-2") is False
    assert person.leaves.remove("g-2", anyones=True) is True
    assert guard.leaves.answers() == ()
    assert replace(person, serial="work 2").leaves.listed(anyones=True) == ()


def test_tidying_removes_what_holds_for_nobody(guard: Guard) -> None:
    """Expired leave at once; marks and leftovers after an hour; the rest after a month."""
    guard.give("g-1")
    guard.give("g-2")
    guard.remember("minutes")
    guard.remember("switch")
    guard.claim()
    (guard.path / "x.new").touch()
    for path in guard.files():
        os.utime(path, (EPOCH, EPOCH))
    guard.leaves.tidy()
    assert len(guard.files()) == 5
    guard.now += 900
    guard.leaves.tidy()
    assert sorted(path.name.split("-")[0] for path in guard.files()) == ["answer", "used", "x.new"]
    guard.now += 3600
    guard.leaves.tidy()
    assert [path.name.split("-")[0] for path in guard.files()] == ["answer"]
    guard.now += 31 * 86_400
    guard.leaves.tidy()
    assert guard.files() == []


def test_each_answer_tidies_up_after_those_before(guard: Guard) -> None:
    """Nothing has to be started for it, and no call pays for it."""
    guard.give("g-1")
    guard.now += 900
    guard.give("g-2")
    assert len(guard.files()) == 1
    assert guard.claim() == "g-2"


@given(st.lists(CONDITIONS, max_size=3).map(tuple), st.booleans())
def test_an_answer_is_read_back_as_it_was_written(
    when: tuple[Condition, ...], allows: bool
) -> None:
    """Every condition that a profile can have."""
    assert read_conditions(json.loads(json.dumps(conditions_as_json(when)))) == when
    answered = Answered(allows, ANN, "minutes", when=when)
    kept = Remembered("g-1", "minutes", answer_of(MATTER, answered, EPOCH), ANN, EPOCH)
    leaf = Leaf(kept, "0" * 16, "work 1", "boot/1/2")
    assert read_leaf(text_of(leaf, KEY), KEY) == leaf


@given(st.text(), st.text(), st.none() | st.text(), st.floats(allow_nan=False))
def test_leave_is_read_back_as_it_was_written(
    target: str, who: str, client: str | None, made: float
) -> None:
    """Whatever a server calls its tools, and a client itself."""
    grant = Grant("d", datetime.fromtimestamp(EPOCH, UTC))
    leaf = Leaf(Leave("g-1", target, client, ASKED, grant, who, made), "0" * 16, "s")
    assert read_leaf(text_of(leaf, KEY), KEY) == leaf


def test_what_was_given_in_a_sign_in_ends_with_it() -> None:
    """Issue 5.3: grants die with the sign-in; the profile's own switch is another end."""
    ana = Identity("https://login.example", "1", "ana", "Ana", "s1")
    gone = Nobody("nobody is signed in", "localguard login")
    people = (ana, replace(ana, session="s2"), replace(ana, subject="2", session="s3"))
    serials = {serial_of("work", 1, person) for person in people}
    assert len(serials | {serial_of("work", 2, ana), serial_of("home", 1, ana)}) == 5
    assert serial_of("work", 1, gone) == serial_of("work", 1, None) == "work/1"
    assert "work/1" not in serials
