"""`rules list`, `remove` and `undo`: what is in force, and the way back, for a person alone."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.audit.reader import read
from localguard.audit.recalled import recalled
from localguard.audit.records import Chosen, Record, RefusedApprover
from localguard.cli import rules
from localguard.cli.choosing import Person
from localguard.cli.exits import Exit
from localguard.config.acceptance import current_version
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.config.remembered import Wish
from localguard.config.remembered_change import current
from localguard.config.remembered_file import Written, addition, append, entries
from localguard.config.switches import accept
from localguard.errors import AuditFault
from tests.cli.ran import Ran, ran
from tests.config.makers import put
from tests.config.remembering import WORK, key, made, work_in
from tests.telling.pasts import Log

OUTSIDE = "an answer is taken from a terminal only; open a terminal of your own"
NOW = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)
PROJECT = Path(__file__).resolve().parents[2]


@dataclass
class Hand:
    """Someone at a keyboard; with `why` they are no person."""

    why: str | None = None
    log_is_full: bool = False
    records: list[Record] = field(default_factory=list)

    def record(self, record: Record) -> None:
        if self.log_is_full:
            raise AuditFault("the audit log cannot be written", fix="free the disk")
        self.records.append(record)

    @property
    def person(self) -> Person:
        return Person(key, lambda: self.why, self.record, "zsh (pid 7)", lambda _: False)


def remove(where: Places, id_: str, hand: Hand, *, as_json: bool = False) -> Ran:
    return ran(
        lambda out, err: rules.remove_rule(
            where, "work", id_, hand.person, as_json=as_json, out=out, err=err
        )
    )


def undo(where: Places, hand: Hand, *, as_json: bool = False) -> Ran:
    return ran(
        lambda out, err: rules.undo_last(
            where, "work", hand.person, as_json=as_json, out=out, err=err
        )
    )


def listed(where: Places, name: str | None = "work", *, as_json: bool = False) -> Ran:
    return ran(
        lambda out, _: rules.list_rules(where, name, recalled, now=NOW, as_json=as_json, out=out)
    )


def remember(where: Places, wish: Wish) -> str:
    """Remember something as a console does; its id."""
    now = current(where, "work")
    text = addition(now, "work", made(wish).text)
    done = append(where, "work", text, now.digest, key=key)
    assert isinstance(done, Written)
    return done.id


def raw_of(where: Places) -> bytes:
    return Path(where.remembered_file("work")).read_bytes()


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A profile with a yes and a no that are remembered, as a person has accepted it."""
    found = work_in(tmp_path)
    remember(found, Wish(True, "exact"))
    remember(found, Wish(False, "tool"))
    accept(found, key, current_version(found, "work"), lambda: None)
    return found


def ids(where: Places) -> tuple[str, str]:
    """The yes and the no."""
    yes, no = entries(where, "work")
    return yes.id, no.id


def is_accepted(where: Places) -> bool:
    accepted = read_choice(where, key).accepted["work"]
    return accepted == current_version(where, "work").digest


# ---- list ----------------------------------------------------------------------------------------


def test_what_is_in_force_is_listed(where: Places) -> None:
    """Rules, answers, where they are from, and what they have done."""
    Log(where).asked({"path": "/srv/a/b", "mode": "*", "n": 5}, "allow")
    yes, no = ids(where)
    done = listed(where)
    assert done.code is Exit.OK
    assert done.out.splitlines()[0].startswith(
        "work: 2 rules, 1 answer; figures from the last 1 call"
    )
    assert f"  deny   work.remembered.toml:16  {no}  1 matched, last 2026-11-2" in done.out
    assert f"  {yes}  files/write for cursor, until 2026-12-2" in done.out
    assert "remembered 2026-11-26 12:04 from call 7f3a-1 by localguard console, pid 812" in done.out
    assert '"path":"/srv/a/b"' in done.out.replace("\\", "")


def test_the_list_as_json(where: Places) -> None:
    """For scripts, with the ids that `remove` takes."""
    found = json.loads(listed(where, as_json=True).out)
    assert (found["schema_version"], found["profile"]) == (1, "work")
    assert [one["id"] for one in found["answers"]] == [ids(where)[0]]
    assert [one["source"] for one in found["rules"]] == ["remembered", "profile"]


@pytest.mark.parametrize("name", ["gone", "../x", None])
def test_a_profile_that_cannot_be_read_is_told(where: Places, name: str | None) -> None:
    """With the fix; 7, for scripts."""
    done = listed(where, name)
    assert done.code is Exit.INVALID
    assert "Fix: " in done.out
    assert listed(where, name, as_json=True).code is Exit.INVALID


def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    """Attack: a tool, a client and arguments that steer the terminal that lists them."""
    where = work_in(tmp_path)
    evil = "x\x1b[2J\u202e\nallow"
    for allow in (True, False):
        now = current(where, "work")
        entry = made(Wish(allow, "tool"), item=evil, client=evil, arguments={evil: evil})
        append(where, "work", addition(now, "work", entry.text), now.digest, key=key)
    done = listed(where)
    assert done.out.replace("\n", "").isprintable()
    assert not any(line.startswith("allow") for line in done.out.splitlines())


# ---- remove --------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 1])
def test_a_person_removes_an_entry_and_the_rest_is_accepted(where: Places, at: int) -> None:
    """It is recorded before it is done."""
    hand = Hand()
    id_ = ids(where)[at]
    done = remove(where, id_, hand)
    assert (done.code, done.err) == (Exit.OK, "")
    assert done.out.startswith(f"{id_} is removed: what it named is ")
    assert "localguard rules undo --profile work" in done.out
    assert hand.records == [Chosen(what="undone", value=f"work {id_} removed", who="zsh (pid 7)")]
    assert len(entries(where, "work")) == 1
    assert is_accepted(where)


def test_a_denial_is_not_removed_by_anyone_else(where: Places) -> None:
    """Attack: a model with a shell takes a person's no away. It is refused, and recorded."""
    before, hand = raw_of(where), Hand(OUTSIDE)
    no = entries(where, "work")[1]
    for name in (no.id, no.place):
        done = remove(where, name, hand)
        assert (int(done.code), done.out) == (3, "")
        assert OUTSIDE in done.err
    assert raw_of(where) == before
    assert hand.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)] * 2
    refused = remove(where, no.id, hand, as_json=True)
    assert json.loads(refused.out)["refused"] == OUTSIDE


def test_a_yes_can_be_removed_by_anyone(where: Places) -> None:
    """It only tightens: even with a log that is full. What nobody accepted is not accepted."""
    yes, no = ids(where)
    hand = Hand(OUTSIDE, log_is_full=True)
    assert remove(where, yes, hand).code is Exit.OK
    assert [one.id for one in entries(where, "work")] == [no]
    assert not is_accepted(where)


def test_what_cannot_be_recorded_is_not_removed(where: Places) -> None:
    """By a person, too: there is a fix."""
    before = raw_of(where)
    with pytest.raises(AuditFault):
        remove(where, ids(where)[1], Hand(log_is_full=True))
    assert raw_of(where) == before
    assert is_accepted(where)


def test_an_id_that_is_none_is_told(where: Places) -> None:
    """1, and the command that lists them."""
    done = remove(where, "yes-\x1b00", Hand())
    assert done.code is Exit.FAILURE
    assert "localguard rules list --profile work" in done.err
    assert done.err.replace("\n", "").isprintable()
    again = remove(where, "x", Hand(), as_json=True)
    assert 'is called "x"' in json.loads(again.out)["unchanged"]


def test_a_removal_as_json(where: Places) -> None:
    """With the digest of the file as it is now."""
    yes, _ = ids(where)
    found = json.loads(remove(where, yes, Hand(), as_json=True).out)
    assert (found["profile"], found["removed"]) == ("work", yes)
    assert found["digest"] == current(where, "work").digest


def test_a_broken_profile_is_told_and_nothing_removed(where: Places) -> None:
    """7, as everywhere."""
    put(where, "work", "[[rule", remembered=True)
    assert remove(where, "x", Hand()).code is Exit.INVALID
    assert undo(where, Hand()).code is Exit.INVALID
    assert raw_of(where) == b"[[rule"


# ---- undo ----------------------------------------------------------------------------------------


def test_the_last_change_is_undone_to_the_byte(where: Places) -> None:
    """What was removed is back, and accepted; and what was remembered before that goes next."""
    before, (yes, no) = raw_of(where), ids(where)
    remove(where, yes, Hand())
    hand = Hand()
    done = undo(where, hand)
    assert done.out.splitlines() == [f"{yes} is remembered again", "work: 2 remembered now"]
    assert raw_of(where) == before
    assert is_accepted(where)
    assert hand.records == [Chosen(what="undone", value="work the last change", who="zsh (pid 7)")]
    assert undo(where, Hand()).out.splitlines()[0] == f"{no} is no longer remembered"
    found = json.loads(undo(where, Hand(), as_json=True).out)
    assert (found["taken"], found["restored"], found["digest"]) == ([yes], [], "")
    done = undo(where, Hand())
    assert done.code is Exit.FAILURE
    assert "nothing that was remembered for work can be undone" in done.err


def test_nobody_else_undoes_anything(where: Places) -> None:
    """It may bring back a yes, or take a no away."""
    before, hand = raw_of(where), Hand(OUTSIDE)
    done = undo(where, hand)
    assert (int(done.code), done.out) == (3, "")
    assert raw_of(where) == before
    assert hand.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)]


def test_what_was_edited_since_is_left(where: Places) -> None:
    """1, and the file stays as it is."""
    with open(where.remembered_file("work"), "ab") as file:
        file.write(b"# mine\n")
    before = raw_of(where)
    done = undo(where, Hand())
    assert done.code is Exit.FAILURE
    assert "has changed since" in done.err
    assert raw_of(where) == before


def test_undo_does_not_accept_what_another_had_written(where: Places) -> None:
    """Attack: an answer of the model's own in the file, and a person who undoes something else."""
    own = Path(where.remembered_file("work"))
    forged = (
        raw_of(where) + b'\n[[answer]]\nrule="r"\ntarget="a/b"\nidentity="i"\nuntil="forever"\n'
    )
    put(where, "work", forged, remembered=True)
    remove(where, ids_of(where)[0], Hand())
    assert not is_accepted(where)
    assert undo(where, Hand()).code is Exit.OK
    assert own.read_bytes() == forged
    assert not is_accepted(where)


def ids_of(where: Places) -> list[str]:
    return [one.id for one in entries(where, "work")]


# ---- the commands themselves ---------------------------------------------------------------------


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`localguard rules ...` in a pipe, as a model's shell would run it."""
    program = "import sys; from localguard.cli.rules_commands import rules; sys.exit(rules.main("
    program += "sys.argv[1:], prog_name='localguard rules', standalone_mode=False))"
    kept = {name: os.environ[name] for name in os.environ if not name.startswith("LOCALGUARD")}
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        env={**kept, "LOCALGUARD_HOME": str(home)},
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_commands_by_hand(tmp_path: Path) -> None:
    """Listing needs no person, removing a denial and undoing do, and the log says who tried."""
    where = work_in(tmp_path)
    id_ = remember(where, Wish(False, "tool"))
    done = command(tmp_path, "list", "--profile", "work")
    assert (done.returncode, done.stderr) == (0, "")
    assert id_ in done.stdout
    assert json.loads(command(tmp_path, "list", "--profile", "work", "--json").stdout)["rules"]
    for words in (["remove", id_], ["undo"]):
        done = command(tmp_path, *words, "--profile", "work")
        assert (done.returncode, done.stdout) == (3, "")
        assert "terminal" in done.stderr
    kinds = [entry.record.get("kind") for entry in read(where.audit)]
    assert kinds.count("approver") == 2
    assert put(where, "work", WORK).exists()
