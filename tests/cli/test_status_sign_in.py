"""`localguard status` says who is signed in for the profile in force."""

import io
import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.cli.exits import Exit
from localguard.cli.status import status
from tests.cli.sign_in_floor import Floor, floor
from tests.config.makers import put
from tests.console.stage import GUARD, Desk


@pytest.fixture
def at(tmp_path: Path) -> Generator[Floor]:
    with floor(tmp_path) as found:
        yield found


async def told(at: Floor, *, as_json: bool = False) -> str:
    out = io.StringIO()
    assert await status(Desk(guards=()).hub(), at.where, as_json=as_json, out=out) is Exit.OK
    return out.getvalue()


async def test_it_says_why_nobody_is_and_what_to_do(at: Floor) -> None:
    host = at.op.issuer.removeprefix("http://")
    assert (
        f"signed in nobody at {host}, which this profile requires. "
        "Fix: localguard login --profile work\n"
    ) in await told(at)


async def test_it_says_who_is_and_until_when(at: Floor) -> None:
    at.login()
    assert "signed in Alice (alice@example.test) at 127.0.0.1:" in await told(at)
    sign_in = json.loads(await told(at, as_json=True))["sign_in"]
    assert sign_in["user"] == "alice@example.test"
    assert sign_in["groups"] == ["dev", "finance"]
    assert sign_in["reason"] == ""


async def test_a_profile_that_asks_for_nobody_says_nothing(at: Floor) -> None:
    put(at.where, "work", "version = 1\n")
    assert "signed in" not in await told(at)
    assert json.loads(await told(at, as_json=True))["sign_in"] is None


async def test_a_broken_profile_is_told_as_such_and_nothing_of_a_sign_in(at: Floor) -> None:
    put(at.where, "work", "version = \n")
    found = await told(at)
    assert "signed in" not in found
    assert "\nfault     work.toml:1: " in found


async def test_a_guard_says_its_profile_only_where_that_is_another(at: Floor) -> None:
    """A newcomer's wish: what is in force is said once, above."""
    guards = (
        replace(GUARD, server="follows", profile="work", fixed=False),
        replace(GUARD, server="fixed", profile="work", fixed=True),
        replace(GUARD, server="other", profile="home", fixed=False),
    )
    desk, out = Desk(guards=guards), io.StringIO()
    desk.picture = desk.picture._replace(troubles=("a guard is of an older version",))
    await status(desk.hub(), at.where, as_json=False, out=out)
    lines = out.getvalue().splitlines()
    follows, fixed, other = (line for line in lines if line.startswith("  "))
    assert "work" not in follows
    assert "  work, fixed  " in fixed
    assert "  home  " in other
    assert lines[-1] == "note      a guard is of an older version"
