"""`[[test]]` states its facts and depends on nothing else."""

from pathlib import Path

import pytest

from localguard.config.tests import lexical_path
from tests.config.makers import HOME, messages

RULES = """\
version = 1
[[rule]]
allow = "files/*"
when.args.path.under = "~/work"
[[rule]]
allow = "crm/*"
when.user = "ana"
when.group = "support"
[[rule]]
allow = "git/@read"
when.client = "cursor"
[[rule]]
allow = "mail/*"
when.interactive = true
[[rule]]
allow = "night/*"
when.hours = "mon 22:00-23:00"
[[rule]]
allow = "soon/*"
until = 2030-01-01
[[rule]]
allow = "pay/send"
when.seen = ["risk/check", "fraud/*"]
[[rule]]
allow = "pay/note"
when.seen = "risk/@read"
[[rule]]
allow = "vault/*"
when.claim.level.min = 3
when.signed_in_within = "15m"
[[rule]]
allow = "home/*"
when.args.owner = "$user"
"""
LINE = RULES.count("\n") + 1
FIRST = f"work.toml:{LINE}"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ('call = "files/read"', "deny"),
        ('call = "files/read"\nargs.path = "~/work/a"', "allow"),
        ('call = "files/read"\nargs.path = "/home/ana/work"', "allow"),
        ('call = "files/read"\nargs.path = "~/work/../.ssh"', "deny"),
        ('call = "files/read"\nargs.path = "work/a"', "deny"),
        ('call = "files/read"\nargs.path = ["~/work/a", "~/b"]', "deny"),
        ('call = "files/read"\nargs = { path = ["~/work/a"], deep = { x = [1, "y"] } }', "allow"),
        ('call = "crm/read"\nuser = "ana"', "deny"),
        ('call = "crm/read"\nuser = "ana"\ngroup = ["sales", "support"]', "allow"),
        ('call = "git/log"\nclient = "cursor"\nmarks = ["@read", "open"]', "allow"),
        ('call = "git/log"\nclient = "cursor"\nmarks = []', "deny"),
        ('call = "git/log"\nclient = "cursor"', "deny"),
        ('call = "git/log"\nclient = "cursor"\nmarks = ["read"]\nconfirmed = true', "allow"),
        ('call = "git/log"\nclient = "cursor"\nmarks = ["read"]\nconfirmed = false', "ask"),
        ('call = "git/log"\nclient = "cursor"\nmarks = ["read", "new"]', "ask"),
        ('call = "pay/send"', "deny"),
        ('call = "pay/send"\nseen = []', "deny"),
        ('call = "pay/send"\nseen = ["risk/other", "fraud/look"]', "allow"),
        ('call = "pay/send"\nseen = "risk/check"', "allow"),
        ('call = "pay/note"\nseen = "risk/check"', "deny"),
        ('call = "mail/send"\ninteractive = true', "allow"),
        ('call = "mail/send"\ninteractive = false', "deny"),
        ('call = "night/x"', "deny"),
        ('call = "night/x"\nat = 2030-06-03T22:30:00', "allow"),
        ('call = "night/x"\nat = 2030-06-03T22:30:00+05:00', "allow"),
        ('call = "vault/read"\nclaim = { level = 3 }\nsigned_in = "15m"', "allow"),
        ('call = "vault/read"\nclaim.level = 3\nsigned_in = "16m"', "deny"),
        ('call = "vault/read"\nclaim.level = 3', "deny"),
        ('call = "vault/read"\nclaim.level = 2\nsigned_in = "1s"', "deny"),
        ('call = "vault/read"\nclaim.other = 3\nsigned_in = "1s"', "deny"),
        ('call = "vault/read"\nsigned_in = "1s"', "deny"),
        ('call = "home/read"\nuser = "ana"\nargs.owner = "ana"', "allow"),
        ('call = "home/read"\nuser = "ana"\nargs.owner = "bob"', "deny"),
        ('call = "home/read"\nargs.owner = "ana"', "deny"),
        ('call = "soon/x"', "allow"),
        ('call = "soon/x"\nat = 2030-01-01T23:59:59', "allow"),
        ('call = "soon/x"\nat = 2030-01-02T00:00:00', "deny"),
    ],
)
def test_a_test_is_judged_by_what_it_states(tmp_path: Path, test: str, expected: str) -> None:
    """Promise: facts a test does not state are unknown, which is doubt."""
    assert messages(tmp_path, f'{RULES}[[test]]\n{test}\nexpect = "{expected}"\n') == []
    wrong = "deny" if expected == "ask" else "ask"
    (told,) = messages(tmp_path, f'{RULES}[[test]]\n{test}\nexpect = "{wrong}"\n')
    assert told.startswith(f"{FIRST}: this test expects {wrong}, but ")
    assert f" gets {expected} by work.toml" in told


def test_every_failing_test_is_told(tmp_path: Path) -> None:
    """A person mends them in one go."""
    bad = '[[test]]\ncall = "a/b"\nexpect = "allow"\n'
    told = messages(tmp_path, RULES + bad + bad)
    assert [line.split(": ")[0] for line in told] == [FIRST, f"work.toml:{LINE + 3}"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~", "/home/ana"),
        ("~/a/./b//c/", "/home/ana/a/b/c"),
        ("/a/../../b", "/b"),
        ("//etc/passwd", "/etc/passwd"),
        ("///etc", "/etc"),
        ("a/b", None),
        ("", None),
        ("~bob/x", None),
        ("/a\0b", None),
    ],
)
def test_paths_are_read_without_a_file_system(text: str, path: str | None) -> None:
    """`..` is collapsed, two slashes are one, and what is relative is doubt."""
    assert lexical_path(text, HOME) == path


def test_a_test_depends_on_no_sign_in(tmp_path: Path) -> None:
    """Promise: a profile that requires one is tested by what the test states."""
    head = RULES.replace(
        "version = 1\n",
        'version = 1\n[identity]\nissuer = "https://login.example"\nclient_id = "x"\n'
        "required = true\n",
    )
    test = '[[test]]\ncall = "pay/send"\nseen = "risk/check"\nexpect = "allow"\n'
    assert messages(tmp_path, f"{head}{test}") == []
