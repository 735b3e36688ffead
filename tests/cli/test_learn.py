"""`learn`: questions at a terminal; the profile keeps its bytes and gains what was chosen."""

import io
import json
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.audit.recalled import recalled
from localguard.audit.records import Chosen, RefusedApprover
from localguard.cli.exits import Exit
from localguard.cli.learn import Desk, learn
from localguard.config.acceptance import current_version
from localguard.config.active import ActiveProfile
from localguard.config.build import read_profile
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.errors import AuditFault, UsageFault
from localguard.telling.known import Known
from tests.cli.persons import OUTSIDE, Visitor
from tests.config.makers import approve, choose_valid, key_of, places_in, put
from tests.telling.lessons import HEAD, KNOWN, seen
from tests.telling.pasts import Log

NOW = datetime(2026, 11, 27, tzinfo=UTC)
WORK = f"{HEAD}# mine\n\n[[rule]]\ndeny =   '*/drop_*'   # never\n"
ACME = {"owner": "acme"}
ADDED = """\

# learned 2026-11-27 from 2 calls, the last of them 7f3a-2
[[rule]]
allow = "github/get_issue"
when.args.owner.is = "acme"

[[test]]
call = "github/get_issue"
args = { owner = "acme", n = 1 }
expect = "allow"
"""


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A profile in force, and two calls that were observed."""
    found = places_in(tmp_path)
    put(found, "work", WORK)
    choose_valid(found, "work")
    log = Log(found)
    for number in (1, 2):
        log.call({**ACME, "n": number}, **seen("github/get_issue"))
    return found


class Terminal:
    """Types some lines, and keeps what was shown."""

    def __init__(self, *typed: str) -> None:
        self.out = io.StringIO()
        self.err = io.StringIO()
        self._typed: Iterator[str] = iter(typed)

    @property
    def desk(self) -> Desk:
        return Desk(self.out, lambda _: next(self._typed, None), NOW, self.err)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()


def known(_: Places) -> Sequence[Known]:
    return KNOWN


def run(visitor: Visitor, terminal: Terminal, **options: bool | str) -> Exit:
    """The exit code."""
    return learn(
        visitor.where,
        None,
        visitor.person,
        terminal.desk,
        source=known,
        recalled=recalled,
        **options,  # type: ignore[arg-type]
    )


def text(where: Places) -> str:
    return Path(where.profile_file("work")).read_bytes().decode()


def test_what_is_chosen_is_shown_and_saved_at_a_yes(where: Places) -> None:
    """Promise: append only, the difference shown, accepted in the same act, recorded, undoable."""
    visitor, terminal = Visitor(where), Terminal("w")
    assert run(visitor, terminal) is Exit.OK
    assert text(where) == WORK + ADDED
    assert visitor.questions == ["Save 1 rule to work.toml?"]
    now = current_version(where, "work").digest
    assert visitor.records == [Chosen(what="learned", value=f"work {now}", who="zsh (pid 7)")]
    assert read_choice(where, key_of(where)).accepted["work"] == now
    assert len(read_profile(where, "work").tests) == 1
    standing = ActiveProfile(where, key=key_of(where)).standing()
    assert standing.accepted is None
    lines = terminal.lines
    assert [line for line in lines if line.startswith("+")][1:] == [
        f"+{line}" for line in ADDED.splitlines()
    ]
    assert "  github/get_issue  deny -> allow or deny  work.toml:10" in lines
    kept = lines[-1].removeprefix("work.toml is saved and accepted; as it was: ")
    assert Path(kept).read_text() == WORK


def test_a_second_time_there_is_nothing_to_ask(where: Places) -> None:
    """The questions stop."""
    run(Visitor(where), Terminal("w"))
    terminal = Terminal()
    assert run(Visitor(where), terminal) is Exit.OK
    assert terminal.lines == [
        "work: nothing to learn from 2 calls: each is settled by a rule, or teaches nothing",
        "Fix: observe it for a while: localguard profile observe 3d --profile work",
    ]


@pytest.mark.parametrize("typed", [("i",), ("q",), (), ("",), ("x", "i"), ("?", "i")])
def test_where_nothing_is_chosen_nothing_changes(where: Places, typed: tuple[str, ...]) -> None:
    """Also at the end of what can be typed."""
    visitor = Visitor(where)
    terminal = Terminal(*typed)
    assert run(visitor, terminal) is Exit.OK
    assert terminal.lines[-1] == "No rule was chosen, so nothing has changed."
    assert (text(where), visitor.records, visitor.questions) == (WORK, [], [])


def test_a_no_to_the_difference_changes_nothing(where: Places) -> None:
    """Promise: nothing is saved until you have seen the diff and said yes."""
    visitor = Visitor(where, yes=False)
    assert run(visitor, Terminal("n")) is Exit.FAILURE
    assert (text(where), visitor.records) == (WORK, [])


def test_a_model_may_not_learn(where: Places) -> None:
    """Attack: a shell of the client's answers the questions."""
    model, terminal = Visitor(where, may=False), Terminal("a")
    assert run(model, terminal) is Exit.DENIED
    assert OUTSIDE in terminal.err.getvalue()
    assert model.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)]
    assert text(where) == WORK


def test_anybody_may_look_at_what_could_be_asked(where: Places) -> None:
    """`--dry-run` and `--json` ask and change nothing."""
    model, terminal = Visitor(where, may=False), Terminal("a")
    assert run(model, terminal, dry_run=True) is Exit.OK
    assert '      + when.args.owner.is = "acme"' in terminal.lines
    assert terminal.lines[-1] == "Nothing was asked and nothing is changed."
    terminal = Terminal("a")
    assert run(model, terminal, as_json=True) is Exit.OK
    (question,) = json.loads(terminal.out.getvalue())["questions"]
    assert question["calls"] == ["7f3a-1", "7f3a-2"]
    assert [one["key"] for one in question["proposals"]] == ["w", "n", "a", "k", "d"]
    assert (text(where), model.records) == (WORK, [])


def test_what_cannot_be_recorded_is_not_saved(where: Places) -> None:
    """Promise: the record comes first."""
    with pytest.raises(AuditFault):
        run(Visitor(where, deaf=True), Terminal("n"))
    assert text(where) == WORK


def test_an_edit_that_nobody_has_accepted_is_not_accepted_by_the_way(where: Places) -> None:
    """Attack: a model adds a rule of its own, and waits for the person to learn."""
    put(where, "work", f'{WORK}[[rule]]\nallow = "*"\n')
    log = Log(where, "bb22")
    log.clock.now += 60
    visitor, terminal = Visitor(where), Terminal("w")
    put(where, "work", f'{WORK}[[rule]]\nallow = "files/*"\n')
    assert run(visitor, terminal) is Exit.INVALID
    assert "localguard profile accept work" in terminal.out.getvalue()
    assert visitor.records == []


def test_an_edit_between_the_look_and_the_save_is_not_overwritten(where: Places) -> None:
    """Attack: the file changes while the person reads the difference."""
    visitor = Visitor(where)
    person = visitor.person

    def ask(_: str) -> bool:
        put(where, "work", f"{WORK}# more\n")
        return True

    terminal = Terminal("w")
    code = learn(
        where,
        None,
        replace(person, ask=ask),
        terminal.desk,
        source=known,
        recalled=recalled,
    )
    assert code is Exit.INVALID
    assert text(where) == f"{WORK}# more\n"
    assert "it has changed since you looked at it" in terminal.out.getvalue()
    assert visitor.records == []


@pytest.mark.parametrize(
    ("raw", "gap", "end"),
    [
        (WORK.encode().replace(b"\n", b"\r\n"), b"\r\n", b"\r\n"),
        (WORK.rstrip("\n").encode(), b"\n\n", b"\n"),
        (WORK.encode() + b"\n\n", b"\n", b"\n"),
    ],
)
def test_the_bytes_of_the_file_stay_as_they_are(
    where: Places, raw: bytes, gap: bytes, end: bytes
) -> None:
    """Windows line ends, no line end at the end, blank lines."""
    put(where, "work", raw)
    approve(where, "work")
    assert run(Visitor(where), Terminal("n")) is Exit.OK
    after = Path(where.profile_file("work")).read_bytes()
    assert after.startswith(raw + gap + b"# learned")
    assert after.count(b"\n") == after.count(end)


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links are POSIX")
def test_mode_and_link_are_kept(where: Places, tmp_path: Path) -> None:
    """Whoever keeps profiles in a folder of dotfiles keeps doing so."""
    path, real = Path(where.profile_file("work")), tmp_path / "dotfiles.toml"
    path.rename(real)
    real.chmod(0o644)
    path.symlink_to(real)
    assert run(Visitor(where), Terminal("n")) is Exit.OK
    assert path.is_symlink()
    assert stat.S_IMODE(os.stat(real).st_mode) == 0o644
    assert b"# learned" in real.read_bytes()


def test_calls_that_do_not_count_are_shown_and_can_be_picked(where: Places) -> None:
    """Promise: never from denied calls unless the person picks them."""
    log = Log(where, "bb22")
    log.clock.now += 60
    call = log.call(ACME, **seen("github/create_issue", "write", decision="deny"))
    terminal = Terminal("i", "n", "?", f"nope {call}", "n")
    assert run(Visitor(where), terminal) is Exit.OK
    shown = terminal.out.getvalue()
    assert f"{call}  " in shown
    assert "(it was denied)" in shown
    assert "not among these: nope" in shown
    assert 'allow = "github/create_issue"' in text(where)
    assert "# learned 2026-11-27 from 1 call, the last of them bb22-1" in text(where)


def test_ask_and_deny_are_written_with_their_tests(where: Places) -> None:
    """[k] and [d]."""
    assert run(Visitor(where), Terminal("d")) is Exit.OK
    assert 'deny = "github/get_issue"' in text(where)
    assert text(where).endswith('expect = "deny"\n')


def test_a_profile_that_takes_no_more_rules_at_its_end_is_left_alone(where: Places) -> None:
    """Rules in a list between brackets cannot be added to from below."""
    put(where, "work", 'version = 1\nrule = [{ deny = "a/b" }]\n')
    approve(where, "work")
    terminal = Terminal("n")
    assert run(Visitor(where), terminal) is Exit.INVALID
    assert "write its rules as [[rule]]" in terminal.out.getvalue()


def test_an_age_that_is_none_is_told(where: Places) -> None:
    """`--since`."""
    with pytest.raises(UsageFault):
        run(Visitor(where), Terminal(), since="soon")
    terminal = Terminal()
    assert run(Visitor(where), terminal, since="1h") is Exit.OK
    assert terminal.lines[0].startswith("work: nothing to learn from 0 calls")
