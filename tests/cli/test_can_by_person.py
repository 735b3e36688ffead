"""`can --user U --group G --claim X=Y --signed-in AGE`: what would become of a person's call."""

import io
from pathlib import Path

import pytest

from localguard.cli.can import can
from localguard.cli.exits import Exit
from localguard.cli.stated_person import Stated, stated_person
from localguard.config.paths import Places
from localguard.errors import UsageFault
from tests.cli.sign_in_floor import floor
from tests.config.makers import choose, choose_valid, places_in, put

WORK = """\
version = 1
[identity]
issuer = "https://login.example"
client_id = "localguard"
required = true
[[rule]]
allow = "crm/*"
when.user = "ana@*"
when.group = "support"
when.claim.level.min = 3
reauth = "15m"
[[rule]]
allow = "home/*"
when.args.owner = "$user"
"""


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """An active profile that requires a sign-in."""
    found = places_in(tmp_path / "guard")
    (tmp_path / "guard").mkdir()
    put(found, "work", WORK)
    choose(found, "work")
    return found


def ask(where: Places, call: str, *pairs: str, stated: Stated) -> tuple[Exit, str]:
    """The exit code and what was told."""
    out = io.StringIO()
    code = can(
        where, call, pairs, lambda _: [], profile=None, as_json=False, out=out, stated=stated
    )
    return code, out.getvalue()


ANA = "ana@acme.example"


FITTING = stated_person(ANA, ["sales", "support"], ["level=3"], "10m")


@pytest.mark.parametrize(
    ("otherwise", "expected"),
    [
        ({}, Exit.OK),
        ({"signed_in": 16 * 60}, Exit.HELD),
        ({"signed_in": None}, Exit.HELD),
        ({"group": None}, Exit.DENIED),
        ({"claim": {"level": "high"}}, Exit.DENIED),
        ({"user": "bob@acme.example"}, Exit.DENIED),
        ({"user": None}, Exit.DENIED),
    ],
)
def test_a_call_is_judged_by_the_person_that_was_stated(
    where: Places, otherwise: Stated, expected: Exit
) -> None:
    """What is not said of them is unknown, which is doubt."""
    code, told = ask(where, "crm/read", stated={**FITTING, **otherwise})
    assert code is expected
    if otherwise == {"user": None}:
        assert "the profile requires a sign-in" in told


def test_a_rule_may_refer_to_the_person(where: Places) -> None:
    """`$user` in an argument."""
    stated = stated_person(ANA, (), (), None)
    assert ask(where, "home/read", f"owner={ANA}", stated=stated)[0] is Exit.OK
    assert ask(where, "home/read", "owner=bob@acme.example", stated=stated)[0] is Exit.DENIED


def test_without_a_statement_it_is_who_is_signed_in(tmp_path: Path) -> None:
    """What `can` says is what a guard would do at this moment."""
    with floor(tmp_path) as at:
        rules = '[[rule]]\nallow = "crm/*"\nwhen.group = "dev"\n'
        at.profile("team", "required = true\n" + rules)
        choose_valid(at.where, "team")
        code, told = ask(at.where, "crm/read", stated={})
        assert code is Exit.DENIED
        assert "localguard login --profile team" in told
        at.login()
        code, told = ask(at.where, "crm/read", stated={})
        assert (code, told.splitlines()[0]) == (
            Exit.OK,
            "crm/read: allow, for alice@example.test",
        )
        stated = stated_person("bob", (), (), None)
        assert "may want a scope for them" in ask(at.where, "crm/read", stated=stated)[1]


@pytest.mark.parametrize(
    ("claims", "signed_in", "what"),
    [
        (["level"], None, '"level" is not a claim'),
        (["=3"], None, '"=3" is not a claim'),
        ([], "soon", '"soon" is not a duration'),
    ],
)
def test_what_cannot_be_understood_is_told(
    claims: list[str], signed_in: str | None, what: str
) -> None:
    """With how to write it."""
    with pytest.raises(UsageFault) as fault:
        stated_person("ana", (), claims, signed_in)
    assert fault.value.what == what
    assert fault.value.fix


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        (stated_person(None, ["sales", "support"], [], None), "in sales, support, and who"),
        (stated_person(None, [], ["level=3"], None), "in no group told with level = 3, and who"),
        (stated_person(None, [], [], "10m"), "in no group told, and who"),
    ],
)
def test_what_is_assumed_of_nobody_by_name_is_said(
    where: Places, stated: Stated, told: str
) -> None:
    """Without --user it is somebody of whom only that much is known, and not who is signed in."""
    lines = ask(where, "crm/read", stated=stated)[1].splitlines()
    (line,) = (one for one in lines if one.startswith("  assumed: "))
    assert told in line
    assert line.endswith("counts as unknown; name them with --user")


def test_where_somebody_is_named_nothing_is_assumed(where: Places) -> None:
    """The line above says for whom it is."""
    assert "assumed" not in ask(where, "crm/read", stated=FITTING)[1]
    assert "assumed" not in ask(where, "crm/read", stated=stated_person(None, [], [], None))[1]
