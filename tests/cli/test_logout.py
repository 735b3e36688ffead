"""`localguard logout`: each of its three parts is told as it went, and guards know at once."""

import io
import json
from collections.abc import Generator
from pathlib import Path

import pytest

from localguard.cli.exits import Exit
from localguard.cli.logout import logout
from localguard.cli.whoami import whoami
from tests.cli.sign_in_floor import Floor, floor
from tests.config.makers import key_of


@pytest.fixture
def at(tmp_path: Path) -> Generator[Floor]:
    """Where nobody has signed in yet."""
    with floor(tmp_path) as found:
        yield found


def signed_out(at: Floor, *, as_json: bool = False) -> tuple[Exit, str]:
    """The exit code, and what was printed."""
    out = io.StringIO()
    key = key_of(at.where)
    code = logout(at.where, key, at.sign_ins, profile=None, as_json=as_json, out=out)
    return code, out.getvalue()


def test_what_was_done_is_said_part_by_part(at: Floor) -> None:
    """RFC 7009, our files, and the page of RP-Initiated Logout 1.0."""
    at.login()
    code, out = signed_out(at)
    host = at.op.issuer.removeprefix("http://")
    assert code is Exit.OK
    lines = out.splitlines()
    assert lines[0] == f"Signed out at {host}."
    assert "the provider takes your tokens no more" in lines[1]
    assert "nothing of them is left here" in lines[2]
    assert lines[-1] == f"{at.op.issuer}/end?client_id=localguard"
    assert (
        whoami(at.where, key_of(at.where), profile=None, as_json=False, out=io.StringIO())
        is Exit.LOGIN
    )
    assert [secret for secret in at.op.minted if secret in out] == []


def test_what_could_not_be_done_is_said(at: Floor) -> None:
    """The tokens go here all the same."""
    at.login()
    at.op.fails["revoke"] = 503
    code, out = signed_out(at)
    assert code is Exit.OK
    assert "NOT at the provider: " in out
    assert "nothing of them is left here" in out


def test_nobody_signs_out_of_nothing(at: Floor) -> None:
    """It says so."""
    code, out = signed_out(at)
    assert code is Exit.OK
    assert out.startswith("nothing to do: nobody was signed in at ")


def test_as_json(at: Floor) -> None:
    """For scripts."""
    at.login()
    found = json.loads(signed_out(at, as_json=True)[1])
    assert found == {
        "schema_version": 1,
        "profile": "work",
        "issuer": at.op.issuer,
        "was_signed_in": True,
        "revoked": True,
        "why_not_revoked": None,
        "removed": True,
        "end_session": f"{at.op.issuer}/end?client_id=localguard",
    }
