"""`lockdown`: anybody may begin it, a person alone ends it, and each is recorded."""

import io
import json
from pathlib import Path

import pytest

from localguard.audit.records import Chosen, RefusedApprover
from localguard.cli.exits import Exit
from localguard.cli.lockdown import show, turn
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.errors import AuditFault
from tests.cli.persons import OUTSIDE, Visitor
from tests.config.makers import choose_valid, key_of, places_in, put

ON = "lockdown is on: every call is denied, until a person runs localguard lockdown off\n"
OFF = "lockdown is off: calls are judged by work\n"


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home with a profile in force."""
    found = places_in(tmp_path)
    put(found, "work", "version = 1\n")
    choose_valid(found, "work")
    return found


def turned(visitor: Visitor, *, on: bool, as_json: bool = False) -> tuple[Exit, str, str]:
    """The exit code, and what was printed on both streams."""
    out, err = io.StringIO(), io.StringIO()
    code = turn(visitor.where, visitor.person, on=on, as_json=as_json, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def shown(where: Places, *, as_json: bool = False) -> tuple[Exit, str]:
    """What `lockdown` alone prints."""
    out = io.StringIO()
    return show(where, key_of(where), as_json=as_json, out=out), out.getvalue()


def is_locked(where: Places) -> bool:
    """Whether lockdown is on, by the sealed file."""
    return read_choice(where, key_of(where)).lockdown


def test_a_person_begins_and_ends_it(where: Places) -> None:
    """Each time it is recorded, with who has said so."""
    visitor = Visitor(where)
    assert shown(where) == (Exit.OK, OFF)
    assert turned(visitor, on=True) == (Exit.OK, ON, "")
    assert shown(where) == (Exit.OK, ON)
    assert turned(visitor, on=False) == (Exit.OK, OFF, "")
    assert shown(where) == (Exit.OK, OFF)
    assert visitor.records == [
        Chosen(what="lockdown", value=value, who="zsh (pid 7)") for value in ("on", "off")
    ]


def test_what_is_so_already_is_not_done_again(where: Places) -> None:
    """Nor recorded."""
    visitor = Visitor(where)
    assert turned(visitor, on=False) == (Exit.OK, f"nothing to do: {OFF}", "")
    turned(visitor, on=True)
    assert turned(visitor, on=True) == (Exit.OK, f"nothing to do: {ON}", "")
    assert len(visitor.records) == 1


def test_whoever_is_no_person_may_begin_it_and_not_end_it(where: Places) -> None:
    """Attack: a model with a shell runs `localguard lockdown off`."""
    model = Visitor(where, may=False)
    assert turned(model, on=True)[0] is Exit.OK
    code, out, err = turned(model, on=False)
    assert (int(code), out) == (3, "")
    assert err == f"localguard: lockdown is not lifted: {OUTSIDE}\n"
    assert is_locked(where)
    refused = RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)
    assert model.records[1:] == [refused]
    code, out, _ = turned(model, on=False, as_json=True)
    assert code is Exit.DENIED
    assert json.loads(out)["refused"] == OUTSIDE


def test_a_log_that_cannot_be_written_stops_no_lockdown_and_no_refusal(where: Places) -> None:
    """What tightens waits for nothing; what loosens is not done unrecorded."""
    assert turned(Visitor(where, may=False, deaf=True), on=True) == (
        Exit.OK,
        f"{ON}The audit log does not say so: the audit log cannot be written.\n",
        "",
    )
    assert turned(Visitor(where, may=False, deaf=True), on=False)[0] is Exit.DENIED
    with pytest.raises(AuditFault):
        turned(Visitor(where, deaf=True), on=False)
    assert is_locked(where)


def test_it_can_be_begun_whatever_stands_in_the_file(where: Places) -> None:
    """Promise: always. Then no profile is chosen any more, and that is said when it ends."""
    Path(where.active_file).write_text('profile = "evil"\n')
    code, out = shown(where)
    assert code is Exit.INVALID
    assert out.startswith("active.toml: it is not as localguard wrote it")
    visitor = Visitor(where)
    assert turned(visitor, on=False)[0] is Exit.INVALID
    assert turned(visitor, on=True) == (Exit.OK, ON, "")
    assert is_locked(where)
    assert turned(visitor, on=False)[1] == (
        "lockdown is off: calls are judged by no profile, so all are denied\n"
    )


def test_as_json(where: Places) -> None:
    """For scripts."""
    visitor = Visitor(where)
    _, out, _ = turned(visitor, on=True, as_json=True)
    found = json.loads(out)
    assert found == {
        "schema_version": 1,
        "lockdown": True,
        "changed": True,
        "profile": "work",
        "unrecorded": None,
    }
    assert json.loads(shown(where, as_json=True)[1]) == {
        "schema_version": 1,
        "lockdown": True,
        "profile": "work",
    }
