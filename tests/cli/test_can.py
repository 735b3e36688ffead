"""`can`: what would become of a call, and why."""

import io
import json
from pathlib import Path

import pytest

from localguard.cli.can import can
from localguard.cli.exits import Exit
from localguard.config.paths import Places
from localguard.errors import UsageFault
from localguard.telling.known import Known
from tests.config.makers import choose, places_in, put

WORK = """\
version = 1
[servers.github]
url = "https://api.example.com/mcp"
[servers.remote]
command = ["x"]
paths = "foreign"
[servers.cwd]
command = ["x"]
cwd = "~/work"

[[rule]]
allow = "github/*"
when.args.owner = "acme"
when.args.amount.max = 5
[[rule]]
ask = "github/merge"
[[rule]]
deny = "github/delete_*"
because = "deletions are done by hand"
[[rule]]
allow = ["files/*", "remote/*"]
when.args.path.under = "ROOT"
[[rule]]
allow = "cwd/*"
when.args.path.under = "~/work"
"""


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """An active profile, and the folders it speaks of."""
    found = places_in(tmp_path / "guard")
    (tmp_path / "guard").mkdir()
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "out").symlink_to("/etc")
    put(found, "work", WORK.replace("ROOT", str(tmp_path / "allowed")))
    choose(found, "work")
    return found


def nothing(_: Places) -> list[Known]:
    """No tool was ever seen."""
    return []


def ask(where: Places, call: str, *pairs: str) -> tuple[Exit, list[str]]:
    """The exit code and the lines."""
    out = io.StringIO()
    code = can(where, call, pairs, nothing, profile=None, as_json=False, out=out)
    return code, out.getvalue().splitlines()


def test_an_allowed_call_names_its_rule(where: Places) -> None:
    """Values are JSON where they parse as such."""
    code, lines = ask(where, "github/get", "owner=acme", "amount=5")
    assert code is Exit.OK
    assert lines == [
        "github/get: allow",
        "  by work.toml:11: an allow rule applies",
    ]


def test_a_text_for_a_number_is_told_as_a_near_miss(where: Places) -> None:
    """A person sees which condition kept the rule from applying."""
    code, lines = ask(where, "github/get", "owner=acme", 'amount="5"')
    assert int(code) == 3
    assert lines[0] == "github/get: deny"
    assert "  near miss work.toml:11 (allow): when.args.amount cannot be judged" in lines


def test_a_near_miss_is_told_once(where: Places) -> None:
    """The reason of a default ends in the nearest one, and here each has its line."""
    code, lines = ask(where, "github/get", "owner=other", "amount=1")
    assert code is Exit.DENIED
    assert lines == [
        "github/get: deny",
        "  by work.toml default: no rule applies and the default is deny",
        "  near miss work.toml:11 (allow): when.args.owner does not hold",
    ]


def test_the_marks_of_a_known_tool_count(where: Places) -> None:
    """As in a guard: those of a reviewed server decide, and a claim alone asks."""
    put(where, "work", 'version = 1\n[[rule]]\nallow = "*/@read"\n')
    known = {
        Exit.OK: Known("memory", "read_graph", frozenset({"read"}), confirmed=True),
        Exit.HELD: Known("memory", "read_graph", frozenset({"read"})),
    }
    for expected in known:
        found = can(
            where,
            "memory/read_graph",
            [],
            lambda _, one=expected: [known[one]],  # type: ignore[misc]
            profile=None,
            as_json=False,
            out=io.StringIO(),
        )
        assert found is expected
    assert ask(where, "memory/read_graph")[0] is Exit.DENIED


def test_a_denied_call_says_why(where: Places) -> None:
    """With the person's own words."""
    code, lines = ask(where, "github/delete_repo", "owner=acme", "amount=1")
    assert code is Exit.DENIED
    assert lines == [
        "github/delete_repo: deny",
        "  by work.toml:17: a deny rule applies",
        "  because: deletions are done by hand",
    ]


def test_an_asked_call_is_told_by_the_exit_code(where: Places) -> None:
    """5, for scripts."""
    assert int(ask(where, "github/merge")[0]) == 5


@pytest.mark.parametrize(
    ("call", "path", "expected"),
    [
        ("files/read", "allowed/a", Exit.OK),
        ("files/read", "allowed/../guard/x", Exit.DENIED),
        ("files/read", "allowed/out/passwd", Exit.DENIED),
        ("remote/read", "allowed/out/passwd", Exit.OK),
    ],
)
def test_paths_are_resolved_as_the_guard_does(
    where: Places, tmp_path: Path, call: str, path: str, expected: Exit
) -> None:
    """The algebra, line 7: links count, except where the files lie on another machine."""
    assert ask(where, call, f"path={tmp_path}/{path}")[0] is expected


def test_a_relative_path_is_one_of_the_servers_folder(where: Places) -> None:
    """The algebra, line 7: without a known cwd it is doubt."""
    assert ask(where, "cwd/read", "path=a/b")[0] is Exit.OK
    assert ask(where, "cwd/read", "path=../b")[0] is Exit.DENIED
    assert ask(where, "files/read", "path=a/b")[0] is Exit.DENIED


def test_own_folders_are_denied_whatever_the_profile_says(where: Places) -> None:
    """The algebra, line 8."""
    put(where, "work", 'version = 1\n[[rule]]\nallow = "*"\n')
    code, lines = ask(where, "files/write", f"path={where.profiles}/work.toml")
    assert code is Exit.DENIED
    assert lines[1].startswith("  an argument reaches into localguard's own folder")


def test_a_broken_profile_is_seven(where: Places) -> None:
    """The fault is the reason."""
    put(where, "work", "x")
    code, lines = ask(where, "github/get")
    assert code is Exit.INVALID
    assert lines[1].startswith("  work.toml:1: ")


def test_a_profile_can_be_asked_that_is_not_active(where: Places) -> None:
    """Before a switch."""
    put(where, "home", 'version = 1\ndefault = "ask"\n')
    out = io.StringIO()
    assert can(where, "a/b", [], nothing, profile="home", as_json=True, out=out) is Exit.HELD
    assert json.loads(out.getvalue()) == {
        "schema_version": 1,
        "call": "a/b",
        "user": None,
        "decision": "ask",
        "by": "home.toml default",
        "reason": "no rule names it and the default is ask",
        "because": None,
        "profile": "home",
        "fault": None,
        "rules": [],
        "assumed": None,
    }


def test_json_lists_the_rules_that_name_the_call(where: Places) -> None:
    """With what kept each from applying."""
    out = io.StringIO()
    can(where, "github/delete_x", ["owner=acme"], nothing, profile=None, as_json=True, out=out)
    found = json.loads(out.getvalue())
    assert found["because"] == "deletions are done by hand"
    assert found["rules"] == [
        {
            "place": "work.toml:11",
            "id": None,
            "verb": "allow",
            "applied": False,
            "kept_by": "when.args.amount is missing in the call",
        },
        {
            "place": "work.toml:17",
            "id": None,
            "verb": "deny",
            "applied": True,
            "kept_by": None,
        },
    ]


@pytest.mark.parametrize(
    ("call", "pairs"),
    [("delete_repo", []), ("github/*", []), ("a/b", ["x"]), ("a/b", ["=x"])],
)
def test_what_is_no_call_is_a_fault_of_usage(where: Places, call: str, pairs: list[str]) -> None:
    """With how to write it."""
    with pytest.raises(UsageFault) as caught:
        can(where, call, pairs, nothing, profile=None, as_json=False, out=io.StringIO())
    assert caught.value.fix


def test_a_tool_alone_lacks_its_server(where: Places) -> None:
    """The fix is a call, not a pattern, which would be refused next."""
    with pytest.raises(UsageFault) as caught:
        can(where, "read_file", [], nothing, profile=None, as_json=False, out=io.StringIO())
    assert caught.value.fix == 'write "SERVER/read_file"'


def test_values_that_are_not_json_are_texts(where: Places) -> None:
    """NaN is no JSON, and a lone word is a text."""
    put(
        where, "work", 'version = 1\n[[rule]]\nallow = "a/b"\nwhen.args.x = ["NaN", "acme", "[1"]\n'
    )
    for value in ("NaN", "acme", "[1"):
        assert ask(where, "a/b", f"x={value}")[0] is Exit.OK
