"""`localguard whoami`: who it is, as a guard sees it now."""

import io
import json
from collections.abc import Generator
from pathlib import Path

import pytest

from localguard.cli.exits import Exit
from localguard.cli.whoami import whoami
from tests.cli.sign_in_floor import Floor, floor
from tests.config.makers import key_of, put


@pytest.fixture
def at(tmp_path: Path) -> Generator[Floor]:
    """Where nobody has signed in yet."""
    with floor(tmp_path) as found:
        yield found


def asked(at: Floor, *, profile: str | None = None, as_json: bool = False) -> tuple[Exit, str]:
    """The exit code, and what was printed."""
    out = io.StringIO()
    code = whoami(at.where, key_of(at.where), profile=profile, as_json=as_json, out=out)
    return code, out.getvalue()


def test_nobody_is_told_with_the_way_to_sign_in(at: Floor) -> None:
    """Exit code 4: a script can tell."""
    code, out = asked(at)
    assert code is Exit.LOGIN
    assert "nobody has signed in" in out
    assert "localguard login --profile work" in out


def test_who_it_is(at: Floor) -> None:
    """With groups, and nothing secret."""
    at.login()
    code, out = asked(at)
    assert code is Exit.OK
    assert "Alice (alice@example.test)" in out
    assert "dev, finance" in out
    assert [secret for secret in at.op.minted if secret in out] == []


def test_as_json(at: Floor) -> None:
    """For scripts."""
    code, out = asked(at, as_json=True)
    found = json.loads(out)
    assert (code, found["signed_in"], found["profile"]) == (Exit.LOGIN, False, "work")
    at.login()
    code, out = asked(at, as_json=True)
    found = json.loads(out)
    assert (code, found["signed_in"]) == (Exit.OK, True)
    assert (found["subject"], found["groups"]) == ("alice", ["dev", "finance"])


def test_a_hostile_name_is_shown_as_what_it_is(at: Floor) -> None:
    """Attack: a provider whose names steer a terminal."""
    at.op.people["alice"]["name"] = "Al\x1b[2Jice\u202e"
    _, printed, _ = at.login()
    out = asked(at)[1]
    for text in (out, printed):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_a_profile_that_asks_for_nobody(at: Floor) -> None:
    """This machine's user is enough."""
    put(at.where, "plain", "version = 1\n")
    assert asked(at, profile="plain") == (Exit.OK, "the profile plain asks for no sign-in\n")
    assert json.loads(asked(at, profile="plain", as_json=True)[1])["signed_in"] is False
