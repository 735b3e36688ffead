"""`profile observe`: begun by a person alone, ended by anybody, and shown."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localguard.audit.records import Chosen, RefusedApprover
from localguard.cli.exits import Exit
from localguard.cli.observe import observe
from localguard.cli.run import parse
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.errors import AuditFault, UsageFault
from tests.cli.persons import OUTSIDE, Visitor
from tests.config.makers import choose_valid, key_of, places_in, put

NOW = datetime.now(UTC).replace(microsecond=0)
WORK = "version = 1\n"


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A profile in force."""
    found = places_in(tmp_path)
    put(found, "work", WORK)
    choose_valid(found, "work")
    return found


def run(visitor: Visitor, span: str | None, *, as_json: bool = False) -> tuple[Exit, str, str]:
    """The exit code, and what was printed on both streams."""
    out, err = io.StringIO(), io.StringIO()
    code = observe(
        visitor.where, None, span, visitor.person, now=NOW, as_json=as_json, out=out, err=err
    )
    return code, out.getvalue(), err.getvalue()


def until(where: Places) -> int | None:
    """By the sealed file."""
    return read_choice(where, key_of(where)).observed_until("work", NOW.timestamp())


def test_a_person_is_told_what_it_means_and_says_yes(where: Places) -> None:
    """Recorded first, and sealed."""
    visitor = Visitor(where)
    code, out, _ = run(visitor, "3d")
    assert code is Exit.OK
    end = NOW + timedelta(days=3)
    assert until(where) == end.timestamp()
    lines = out.splitlines()
    assert lines[0].endswith("calls that no rule of work names are let through and noted.")
    assert lines[-1] == (
        f"work is observed until {end.astimezone():%Y-%m-%d %H:%M}:"
        " what no rule names is let through and noted"
    )
    assert visitor.questions == ["Observe work?"]
    assert visitor.records == [Chosen(what="observing", value="work 3d", who="zsh (pid 7)")]
    assert run(visitor, None)[1] == lines[-1] + "\n"


def test_a_no_changes_nothing(where: Places) -> None:
    """Exit code 1."""
    visitor = Visitor(where, yes=False)
    assert run(visitor, "3d")[0] is Exit.FAILURE
    assert (until(where), visitor.records) == (None, [])


def test_a_model_may_not_begin_it_and_may_end_it(where: Places) -> None:
    """Attack: the client's shell opens the profile for three days."""
    model = Visitor(where, may=False)
    code, _, err = run(model, "3d")
    assert (code, until(where)) == (Exit.DENIED, None)
    assert err == f"localguard: work is not observed: {OUTSIDE}\n"
    assert model.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)]
    run(Visitor(where), "3d")
    code, out, _ = run(model, "off")
    assert (code, until(where)) == (Exit.OK, None)
    assert out == "work is not observed: what no rule names is denied or asked\n"


def test_what_cannot_be_recorded_does_not_begin(where: Places) -> None:
    """And yet it ends."""
    deaf = Visitor(where, deaf=True)
    with pytest.raises(AuditFault):
        run(deaf, "3d")
    assert until(where) is None
    run(Visitor(where), "3d")
    assert run(deaf, "off")[0] is Exit.OK
    assert until(where) is None


@pytest.mark.parametrize("span", ["soon", "15d", "0d", "-1d", ""])
def test_a_span_that_is_none_or_too_long_is_told(where: Places, span: str) -> None:
    """Two weeks are the most: what is longer is forgotten."""
    with pytest.raises(UsageFault):
        run(Visitor(where), span)


def test_an_edit_that_nobody_accepted_is_not_observed(where: Places) -> None:
    """The way out is in the message."""
    put(where, "work", f"{WORK}# x\n")
    code, out, _ = run(Visitor(where), "3d")
    assert code is Exit.INVALID
    assert "localguard profile accept work" in out


def test_as_json(where: Places) -> None:
    """For scripts."""
    _, out, _ = run(Visitor(where), "1d", as_json=True)
    found = json.loads(out)
    end = int((NOW + timedelta(days=1)).timestamp())
    assert found == {
        "schema_version": 1,
        "profile": "work",
        "observed_until": end,
        "changed": True,
    }


def test_run_observe_is_a_wish_and_no_more() -> None:
    """Attack: a model writes it into the client's configuration. Nothing reads it but `status`."""
    assert parse(["db", "--observe", "3d"]).observe == 3 * 86400
    assert parse(["db"]).observe is None
    with pytest.raises(UsageFault):
        parse(["db", "--observe", "x"])
