"""`profile accept`: a person sees all that has changed, and accepts just that."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from localguard.audit.records import Chosen, RefusedApprover
from localguard.cli.accept import accept
from localguard.cli.exits import Exit
from localguard.config.acceptance import current_version
from localguard.config.active import ActiveProfile
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.errors import AuditFault
from localguard.telling.known import Known
from tests.cli.persons import OUTSIDE, Visitor
from tests.config.makers import choose_valid, key_of, places_in, put

BEFORE = 'version = 1\n[[rule]]\nallow = "files/read_*"\n'
AFTER = 'version = 1\n[[rule]]\nallow = "files/*"\n'
EVIL = 'version = 1\n[servers.evil]\ncommand = ["evil"]\n'
TOOLS = [Known("files", "read_a"), Known("files", "write")]


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home whose profile was edited since it was accepted."""
    found = places_in(tmp_path)
    put(found, "work", BEFORE)
    choose_valid(found, "work")
    put(found, "work", AFTER)
    return found


def known(_: Places) -> Sequence[Known]:
    """Two tools."""
    return TOOLS


def accepted(
    visitor: Visitor, name: str | None = None, *, as_json: bool = False
) -> tuple[Exit, str, str]:
    """The exit code, and what was printed on both streams."""
    out, err = io.StringIO(), io.StringIO()
    where, person = visitor.where, visitor.person
    code = accept(where, name, person, known, as_json=as_json, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def digest(where: Places) -> str:
    """What is accepted of `work`, by the sealed file."""
    return read_choice(where, key_of(where)).accepted["work"]


def test_a_person_sees_what_changed_and_accepts_it(where: Places) -> None:
    """By meaning, by the calls that it concerns, and line by line; then it is asked, once."""
    visitor = Visitor(where)
    code, out, _ = accepted(visitor)
    assert code is Exit.OK
    assert out.splitlines() == [
        "work: what was accepted -> what it is now",
        "",
        "rule work.toml:2",
        '  - allow = "files/read_*"',
        "",
        "rule work.toml:2",
        '  + allow = "files/*"',
        "",
        "Of 2 known tools, 1 would be decided otherwise.",
        "  files/write  deny -> allow  work.toml:2",
        "",
        "--- work.toml accepted",
        "+++ work.toml now",
        "@@ -1,4 +1,4 @@",
        " version = 1",
        " [[rule]]",
        '-allow = "files/read_*"',
        '+allow = "files/*"',
        " ",
        "work is accepted",
    ]
    assert visitor.questions == ["Accept work as it is now?"]
    now = current_version(where, "work").digest
    assert digest(where) == now
    assert visitor.records == [Chosen(what="accepted", value=f"work {now}", who="zsh (pid 7)")]
    assert accepted(visitor, "work")[:2] == (Exit.OK, "work is accepted as it is\n")
    assert len(visitor.questions) == 1


def test_what_only_a_guard_has_used_is_shown_whole_and_takes_a_persons_yes(where: Places) -> None:
    """Attack: a model writes profiles/evil.toml and starts a guard with it, which accepts it; what
    it adds afterwards would be the only thing that is shown.
    """
    put(where, "evil", EVIL)
    ActiveProfile(where, "evil", key=key_of(where), accepting=True).standing()
    assert read_choice(where, key_of(where)).is_only_used("evil")
    for more in ("", "# harmless\n"):
        put(where, "evil", EVIL + more)
        no = Visitor(where, yes=False)
        code, out, _ = accepted(no, "evil")
        first, *lines = out.splitlines()
        assert code is Exit.FAILURE
        assert first == (
            "No person has accepted evil so far: a guard has used it first. It is now:"
        )
        assert '+command = ["evil"]' in lines
    assert int(accepted(Visitor(where, may=False), "evil")[0]) == 3
    assert not read_choice(where, key_of(where)).is_confirmed("evil")
    assert accepted(Visitor(where), "evil")[0] is Exit.OK
    assert read_choice(where, key_of(where)).is_confirmed("evil")


def test_a_no_changes_nothing(where: Places) -> None:
    """Exit code 1, for scripts."""
    before = digest(where)
    visitor = Visitor(where, yes=False)
    code, out, _ = accepted(visitor)
    assert (code, out.splitlines()[-1]) == (
        Exit.FAILURE,
        "Nothing was accepted, so nothing has changed.",
    )
    assert digest(where) == before
    assert visitor.records == []


def test_a_model_may_not_accept(where: Places) -> None:
    """Attack: an edit of the profile, and the command that accepts it, both by a shell."""
    before = digest(where)
    model = Visitor(where, may=False)
    code, out, err = accepted(model)
    assert (int(code), out) == (3, "")
    assert err == f"localguard: work is not accepted: {OUTSIDE}\n"
    assert model.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)]
    assert model.questions == []
    assert digest(where) == before


def test_what_cannot_be_recorded_is_not_accepted(where: Places) -> None:
    """Promise: the record comes first."""
    before = digest(where)
    with pytest.raises(AuditFault):
        accepted(Visitor(where, deaf=True))
    assert digest(where) == before


@pytest.mark.parametrize("spoilt", ["store", "choice"])
def test_where_nobody_knows_what_was_accepted_all_is_shown(where: Places, spoilt: str) -> None:
    """Attack: the accepted text removed, so that there is nothing to compare with."""
    if spoilt == "store":
        Path(where.state, "accepted", digest(where), "work.toml").unlink()
    else:
        Path(where.active_file).write_text("x")
        choose_valid(where, "work")
    _, out, _ = accepted(Visitor(where))
    lines = out.splitlines()
    assert lines[0] == "What was accepted of work before is not known. It is now:"
    assert [line for line in lines if line.startswith("+")][1:] == [
        f"+{line}" for line in AFTER.splitlines()
    ]
    assert lines[-1] == "work is accepted"


def test_nothing_is_left_out_and_nothing_steers_the_terminal(where: Places) -> None:
    """Attack: a rule hidden behind a long line, escape sequences or a bidi override."""
    long = ", ".join(f'"files/{letter * 2000}"' for letter in "xyz").replace("z" * 2000, "evil")
    put(where, "work", f"version = 1\n[[rule]]\nallow = [{long}] # \u202e\n")
    out = accepted(Visitor(where))[1]
    assert "\u202e" not in out
    assert max(map(len, out.splitlines())) <= 500
    shown = "".join(line.lstrip("+") for line in out.split("+allow")[1].splitlines())
    assert shown.startswith(f" = [{long}] # \\u{{202e}}")


def test_the_remembered_file_is_shown_too(where: Places) -> None:
    """One that was edited, or is new."""
    put(where, "work", '[[rule]]\ndeny = "files/x"\n', remembered=True)
    out = accepted(Visitor(where))[1]
    assert '+deny = "files/x"' in out.splitlines()
    assert "+++ work.remembered.toml now" in out.splitlines()


def test_a_profile_with_faults_is_not_accepted(where: Places) -> None:
    """Every fault is told, and nobody is asked."""
    put(where, "work", "version = 1\nx = 1\ny = 2\n")
    visitor = Visitor(where)
    code, out, _ = accepted(visitor)
    assert code is Exit.INVALID
    assert len(out.splitlines()) == 2
    assert visitor.questions == []


def test_as_json_the_difference_goes_beside_the_object(where: Places) -> None:
    """One object on stdout; what a person has to see is on stderr."""
    code, out, err = accepted(Visitor(where, yes=False), as_json=True)
    assert code is Exit.FAILURE
    assert json.loads(out) == {
        "schema_version": 1,
        "profile": "work",
        "accepted": False,
        "changed": False,
    }
    assert '+allow = "files/*"' in err.splitlines()
    _, out, _ = accepted(Visitor(where), as_json=True)
    found = json.loads(out)
    assert (found["accepted"], found["changed"]) == (True, True)
    assert found["digest"] == current_version(where, "work").digest
    assert json.loads(accepted(Visitor(where, may=False), as_json=True)[1])["changed"] is False
