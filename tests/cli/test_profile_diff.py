"""`profile diff A B`: by meaning, and with what it does to known tools."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from localguard.cli.exits import Exit
from localguard.cli.profile_diff import diff
from localguard.config.paths import Places
from localguard.telling.known import Known
from tests.config.makers import places_in, put

A = """\
version = 1
default = "deny"
[from_server]
sampling = "ask"
[servers.files]
command = ["files", "/srv"]
[servers.git]
command = ["git-server"]

[[rule]]
id = "reads"
allow = ["files/read", "files/list"]
[[rule]]
deny = "*/drop_*"
[[rule]]
ask = "files/write"
"""
B = """\
version = 1
default = "ask"
[servers.files]
command = ["files", "/srv", "/tmp"]
[servers.mail]

[[rule]]
deny = ["*/drop_*"]
because = "by hand"
[[rule]]
id = "reads"
allow = ["files/list", "files/read", "files/stat"]
[[rule]]
ask = "mail/*"
[[test]]
call = "files/drop_x"
expect = "deny"
"""
KNOWN = [
    Known("files", "list"),
    Known("files", "stat"),
    Known("files", "other"),
    Known("files", "drop_all"),
]


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A folder with two profiles."""
    found = places_in(tmp_path)
    put(found, "a", A)
    put(found, "b", B)
    return found


def shown(where: Places, one: str, other: str, known: Sequence[Known] = ()) -> list[str]:
    """The lines."""
    out = io.StringIO()
    assert diff(where, (one, other), lambda _: known, as_json=False, out=out) is Exit.OK
    return out.getvalue().splitlines()


def test_settings_servers_and_rules_are_compared(where: Places) -> None:
    """Key by key; rules of one id are told together, and what is equal is not told."""
    assert shown(where, "a", "b", KNOWN) == [
        "a -> b",
        "",
        "settings",
        '  - default = "deny"',
        '  - from_server.sampling = "ask"',
        '  + default = "ask"',
        "",
        "server files",
        '  - command = ["files", "/srv"]',
        '  + command = ["files", "/srv", "/tmp"]',
        "",
        "server git",
        '  - command = ["git-server"]',
        "",
        "server mail",
        "",
        'rule "reads", a.toml:10 b.toml:10',
        '  - allow = ["files/read", "files/list"]',
        '  + allow = ["files/list", "files/read", "files/stat"]',
        "",
        "rule a.toml:15",
        '  - ask = "files/write"',
        "",
        "rule b.toml:13",
        '  + ask = "mail/*"',
        "",
        "Of 4 known tools, 2 would be decided otherwise.",
        "  files/stat   deny -> allow  b.toml:10",
        "  files/other  deny -> ask    b.toml default",
    ]


def test_order_and_spelling_make_no_difference(where: Places) -> None:
    """By meaning: ids, words for people, lists of one, order."""
    put(
        where,
        "a",
        'version = 1\nprofile = "a"\n'
        '[[rule]]\nallow = ["x/y"]\nwhen.args.a = ["1", "2", "2"]\n[[rule]]\ndeny = "x/z"\n',
    )
    put(where, "b", 'version = 1\n[[rule]]\nid = "z"\ndeny = "x/z"\nbecause = "no"\n'
        '[[rule]]\nwhen = { args = { a = ["2", "1"] } }\nallow = "x/y"\n')  # fmt: skip
    assert shown(where, "a", "b", KNOWN) == ["a -> b", "They say the same."]


def test_two_rules_that_say_the_same_are_one(where: Places) -> None:
    """The algebra, line 1: a set."""
    put(where, "a", 'version = 1\n[[rule]]\ndeny = "x/z"\n[[rule]]\ndeny = "x/z"\n')
    put(where, "b", 'version = 1\n[[rule]]\ndeny = "x/z"\n')
    assert shown(where, "a", "b") == ["a -> b", "They say the same."]


def test_a_condition_that_is_left_out_is_a_difference(where: Places) -> None:
    """Also where only the worst case changes."""
    put(where, "a", 'version = 1\n[[rule]]\nallow = "x/z"\nwhen.args.n.max = 5\n')
    put(where, "b", 'version = 1\n[[rule]]\nallow = "x/z"\n')
    lines = shown(where, "a", "b", [Known("x", "z")])
    assert lines[-2:] == [
        "Of 1 known tool, 1 would be decided otherwise.",
        "  x/z  allow or deny -> allow  b.toml:2",
    ]


def test_without_known_tools_it_says_so(where: Places) -> None:
    """Nothing is claimed that was not looked at."""
    assert shown(where, "a", "b")[-1] == (
        "No tools are known yet, so that nothing can be said of calls."
    )


def test_a_profile_that_cannot_be_read_is_told(where: Places) -> None:
    """With the fix, and 7 for scripts."""
    out = io.StringIO()
    assert int(diff(where, ("a", "c"), lambda _: KNOWN, as_json=False, out=out)) == 7
    assert out.getvalue().startswith('c.toml: there is no profile "c". Fix: ')


def test_the_difference_as_json(where: Places) -> None:
    """For scripts."""
    out = io.StringIO()
    diff(where, ("a", "b"), lambda _: KNOWN, as_json=True, out=out)
    found = json.loads(out.getvalue())
    assert (found["schema_version"], found["profiles"], found["tools"]) == (1, ["a", "b"], 4)
    assert found["differences"][-1] == {
        "what": "rule b.toml:13",
        "old": [],
        "new": ['ask = "mail/*"'],
    }
    assert found["calls"][0] == {
        "server": "files",
        "item": "stat",
        "old": {"best": "deny", "worst": "deny", "by": "a.toml default"},
        "new": {"best": "allow", "worst": "allow", "by": "b.toml:10"},
    }


def test_what_a_profile_says_cannot_steer_the_terminal(where: Places) -> None:
    """Attack: a shared profile with an escape sequence in it."""
    put(where, "b", 'version = 1\n[[rule]]\ndeny = "a/b"\nwhen.args.x = "\\u001b[2J\\u202e"\n')
    text = "\n".join(shown(where, "a", "b"))
    assert "\x1b" not in text
    assert "\u202e" not in text
