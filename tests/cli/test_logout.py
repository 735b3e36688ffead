"""`localguard logout`: each of its three parts is told as it went, and guards know at once."""

import io
import json
from collections.abc import Generator
from pathlib import Path

import pytest

from localguard.audit.records import SignInAct
from localguard.cli.exits import Exit
from localguard.cli.logout import logout
from localguard.cli.whoami import whoami
from localguard.credentials.entries import Entry, entry_name, write_entry
from tests.cli.persons import Visitor
from tests.cli.sign_in_floor import Floor, floor
from tests.config.makers import key_of


@pytest.fixture
def at(tmp_path: Path) -> Generator[Floor]:
    """Where nobody has signed in yet."""
    with floor(tmp_path) as found:
        yield found


def signed_out(
    at: Floor, visitor: Visitor | None = None, *, as_json: bool = False
) -> tuple[Exit, str]:
    """The exit code, and what was printed."""
    out = io.StringIO()
    person = (visitor or Visitor(at.where)).person
    code = logout(at.where, person, at.sign_ins, profile=None, as_json=as_json, out=out)
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


def kept(at: Floor, url: str, *, subject: str = "alice", revocable: bool = False) -> None:
    """A token for a server, of somebody who has signed in at this provider."""
    issuer = at.op.issuer
    entry = Entry(
        issuer,
        f"{issuer}/token",
        "localguard",
        "none",
        url,
        (issuer, subject),
        access="at-of-server",
        revocation_endpoint=f"{issuer}/revoke" if revocable else None,
    )
    write_entry(at.vault, entry_name(entry.holder, url, None), entry)


def test_the_tokens_for_servers_go_with_the_sign_in(at: Floor) -> None:
    """Issue 5.4: one token per person; who has signed out has none left, whoever revokes them."""
    at.login()
    kept(at, "https://a.example/mcp", revocable=True)
    kept(at, "https://b.example/mcp")
    kept(at, "https://c.example/mcp", subject="bob")
    code, out = signed_out(at)
    assert code is Exit.OK
    lines = {line for line in out.splitlines() if line.startswith("server ")}
    assert lines == {
        "server     https://a.example/mcp: revoked, and removed",
        "server     https://b.example/mcp: removed only, NOT revoked: "
        "the provider has no way to revoke a token",
    }
    assert len(at.vault.names("server")) == 1
    assert "at-of-server" not in out


def test_what_was_left_behind_goes_with_the_next_sign_out(at: Floor) -> None:
    """A sign-out that was killed between its parts is repeated."""
    at.login()
    signed_out(at)
    kept(at, "https://a.example/mcp", revocable=True)
    _, out = signed_out(at)
    assert out.splitlines() == [
        f"nothing to do: nobody was signed in at {at.op.issuer.removeprefix('http://')}",
        "server     https://a.example/mcp: revoked, and removed",
    ]


def test_a_sign_out_is_recorded_with_what_it_left(at: Floor) -> None:
    """Who it was, from where, and what the provider has not done."""
    at.login()
    kept(at, "https://b.example/mcp")
    at.op.fails["revoke"] = 503
    visitor = Visitor(at.where)
    signed_out(at, visitor)
    (act,) = visitor.records
    assert isinstance(act, SignInAct)
    assert (act.event, act.who, act.issuer) == ("signed_out", "zsh (pid 7)", at.op.issuer)
    assert act.person == {"issuer": at.op.issuer, "subject": "alice", "name": "Alice"}
    assert act.reason is not None
    assert act.reason.startswith("the provider has not revoked the tokens: ")
    assert "the token for https://b.example/mcp is not revoked: " in act.reason


def test_an_audit_log_that_cannot_be_written_keeps_nobody_signed_in(at: Floor) -> None:
    """What tightens waits for nothing; it is said."""
    at.login()
    code, out = signed_out(at, Visitor(at.where, deaf=True))
    assert code is Exit.OK
    assert "audit log  does not say so: the audit log cannot be written." in out.splitlines()


def test_nothing_to_end_leaves_no_record(at: Floor) -> None:
    """Nobody was signed in."""
    visitor = Visitor(at.where)
    signed_out(at, visitor)
    assert not visitor.records


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
        "servers": [],
        "servers_unknown": None,
        "unrecorded": None,
    }
