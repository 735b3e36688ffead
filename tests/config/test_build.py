"""From text to the profile that policy judges by."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localguard.config.build import color_for
from localguard.policy.conditions import Argument, Fact, Hours, Seen, SignedInWithin, WithinHours
from localguard.policy.duties import Limit
from localguard.policy.globs import Glob
from localguard.policy.grants import Answer
from localguard.policy.matchers import (
    AnyOf,
    Bounds,
    Domain,
    Flag,
    Host,
    LengthMax,
    Literal,
    Number,
    Same,
    Sql,
    Text,
    Under,
)
from localguard.policy.profile import FromServer, Profile, ServerTable
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.config.makers import messages, profile_of

PROJECT = Path(__file__).resolve().parents[2]
V = "version = 1\n"
SIGNED = f'{V}identity.issuer = "https://login.example"\nidentity.client_id = "localguard"\n'
EVERY_DAY = frozenset(range(7))


def rule_of(folder: Path, body: str, head: str = V) -> Rule:
    """The only rule of a profile."""
    (rule,) = profile_of(folder, f"{head}[[rule]]\n{body}").rules
    return rule


def test_the_smallest_profile_denies(tmp_path: Path) -> None:
    """Deny by default: what is not said is refused."""
    profile = profile_of(tmp_path, V)
    assert profile == Profile("work", (), digest=profile.digest, file="work.toml")
    assert profile.default is Verb.DENY


def test_every_key_of_the_top_is_understood(tmp_path: Path) -> None:
    """Promise: the whole file, as typed."""
    profile = profile_of(
        tmp_path,
        """\
version = 1
profile = "work"
default = "ask"
unknown_methods = "relay"
color = "green"

[identity]
issuer = "https://login.example.com"
client_id = "localguard"

[from_server]
sampling = "ask"
roots = "deny"

[servers.db]
command = ["uvx", "postgres-mcp"]
env = { PGHOST = "db.example.com" }
pass_env = ["PGUSER", "AWS_*"]
cwd = "~/work"
paths = "foreign"
default = "ask"
""",
    )
    assert profile.default is Verb.ASK
    assert profile.unknown_methods
    assert profile.from_server == FromServer(Verb.ASK, Verb.ALLOW, Verb.DENY)
    assert profile.servers == {
        "db": ServerTable(
            "db",
            Origin("work.toml", 15),
            command=("uvx", "postgres-mcp"),
            env={"PGHOST": "db.example.com"},
            pass_env=("PGUSER", "AWS_*"),
            cwd="~/work",
            default=Verb.ASK,
            foreign_paths=True,
        )
    }


def test_a_profile_has_a_colour_of_its_own(tmp_path: Path) -> None:
    """That it names, or else one that follows from its name and says nothing of a danger."""
    assert profile_of(tmp_path, 'version = 1\ncolor = "orange"\n').color == "orange"
    quiet = profile_of(tmp_path, "version = 1\n").color
    assert quiet == color_for("work") == profile_of(tmp_path, 'version = 1\ndefault = "ask"').color
    assert {color_for(f"p{number}") for number in range(40)} == {"blue", "pink", "teal", "violet"}


def test_a_colour_that_is_not_known_is_a_fault(tmp_path: Path) -> None:
    """With the nearest right word, as for all words."""
    (told,) = messages(tmp_path, 'version = 1\ncolor = "violett"\n')
    assert told == 'work.toml:2: color cannot be "violett". Fix: did you mean "violet"?'


def test_a_reference_stands_for_what_the_vault_holds(tmp_path: Path) -> None:
    """The profile has the name alone; the value is had when the server is started."""
    text = 'command = ["x"]\nenv = { PGDSN = "secret:pg-dsn", MODE = "ro" }\n'
    table = profile_of(tmp_path, f"version = 1\n[servers.db]\n{text}").servers["db"]
    assert table.env == {"PGDSN": "secret:pg-dsn", "MODE": "ro"}


@pytest.mark.parametrize("name", ["", "a b", "a/b", "\u00e4", "a" * 101])
def test_what_no_secret_can_be_called_is_a_fault(tmp_path: Path, name: str) -> None:
    """Said when the profile is read, and not when the server is started."""
    text = f'version = 1\n[servers.db]\ncommand = ["x"]\nenv = {{ X = "secret:{name}" }}\n'
    (told,) = messages(tmp_path, text)
    assert told.endswith('Fix: write NAME = "value" or NAME = "secret:NAME".')


@pytest.mark.parametrize("on", [True, False])
def test_pins_and_arguments_can_be_strict(tmp_path: Path, on: bool) -> None:
    """Promise: what is new or changed, or does not fit its schema, is denied; off by default."""
    text = 'pins = "strict"\nstrict_arguments = true\n' if on else "strict_arguments = false\n"
    profile = profile_of(tmp_path, V + text)
    assert (profile.pins_strict, profile.strict_arguments) == (on, on)


def test_a_switch_that_is_off_promises_nothing(tmp_path: Path) -> None:
    """What is written out as off is off."""
    off = "unknown_methods = 'refuse'\n"
    profile = profile_of(tmp_path, f"{V}{off}[[rule]]\nask = 'a/b'\nreauth = false\ntrial = false")
    assert not profile.rules[0].trial
    assert not profile.unknown_methods


def test_a_rule_with_everything_about_asking(tmp_path: Path) -> None:
    """Promise: keys that say how a call is asked."""
    rule = rule_of(
        tmp_path,
        """\
ask = ["github/merge_*", "*/@destructive"]
except = "github/merge_upstream"
because = "look first"
id = "merges"
remember = "15m"
timeout = "60s"
risk = "destructive"
over = "ask"
""",
    )
    assert rule == Rule(
        Verb.ASK,
        (
            Pattern(Glob("github"), Glob("merge_*")),
            Pattern(Glob("*"), None, "destructive"),
        ),
        Origin("work.toml", 2),
        excepts=(Pattern(Glob("github"), Glob("merge_upstream")),),
        because="look first",
        id="merges",
        remember="15m",
        timeout=60,
        risk="destructive",
        over=Verb.ASK,
    )


@pytest.mark.parametrize(
    ("pattern", "server", "item"),
    [
        ("*", "*", "*"),
        ("*/*", "*", "*"),
        ("files/read_?", "files", "read_?"),
        ("files/resource:file:///srv/*", "files", "resource:file:///srv/*"),
        ("web/resource:http://[::1]/*", "web", "resource:http://[::1]/*"),
        ("*/prompt:review", "*", "prompt:review"),
        ("my.server-1/a/b", "my.server-1", "a/b"),
    ],
)
def test_a_pattern_is_cut_at_its_first_slash(
    tmp_path: Path, pattern: str, server: str, item: str
) -> None:
    """Promise: tools, resources and prompts are judged as server/item."""
    rule = rule_of(tmp_path, f'deny = "{pattern}"')
    assert rule.patterns == (Pattern(Glob(server), Glob(item)),)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('limit = "10/minute"', {"limit": Limit(10, 60)}),
        ('limit = "1/second"\nover = "ask"', {"limit": Limit(1, 1), "over": Verb.ASK}),
        ('limit = "5/hour"\nover = "deny"', {"limit": Limit(5, 3600)}),
        ('limit = "1000000/day of amount"', {"limit": Limit(1000000, 86400, ("amount",))}),
        ('limit = "9/day of order.total-eur"', {"limit": Limit(9, 86400, ("order", "total-eur"))}),
        ('redact = "email"', {"redact": frozenset({"email"})}),
        ('redact = ["email", "iban"]', {"redact": frozenset({"email", "iban"})}),
        ('risk = "destructive"', {"risk": "destructive"}),
        ('redact = "secret"\ntrial = true', {"redact": frozenset({"secret"}), "trial": True}),
        ("reauth = true", {"reauth": 0}),
        ('reauth = "15m"', {"reauth": 900}),
        ('reauth = false\nredact = "email"', {"redact": frozenset({"email"})}),
    ],
)
def test_a_duty_is_read_as_it_is_written(
    tmp_path: Path, body: str, expected: dict[str, object]
) -> None:
    """Promise: limit, over, redact, risk, reauth and trial."""
    rule = rule_of(tmp_path, f'tools = "a/*"\n{body}', head=SIGNED)
    whole = Rule(Verb.TOOLS, (Pattern(Glob("a"), Glob("*")),), Origin("work.toml", 4))
    assert rule == replace(whole, **expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('args.a = "x*"', Argument(("a",), (Text(Glob("x*")),))),
        ('args.a = ""', Argument(("a",), (Text(Glob("")),))),
        ("args.a = true", Argument(("a",), (Flag(flag=True),))),
        ("args.a = 5", Argument(("a",), (Number(5),))),
        ("args.a = 5.5", Argument(("a",), (Number(5.5),))),
        (
            'args.a = ["x", 1, false]',
            Argument(("a",), (AnyOf((Text(Glob("x")), Number(1), Flag(flag=False))),)),
        ),
        ('args.a = ["x"]', Argument(("a",), (Text(Glob("x")),))),
        ('args."a.b" = 1', Argument(("a", "b"), (Number(1),))),
        ('args.a.under = "~/w"', Argument(("a",), (Under("~/w"),))),
        (
            'args.a.under = ["/s", "C:\\\\x", "\\\\\\\\nas", "~"]',
            Argument(
                ("a",),
                (AnyOf((Under("/s"), Under("C:\\x"), Under("\\\\nas"), Under("~"))),),
            ),
        ),
        ('args.a.host = "*.Example.COM."', Argument(("a",), (Host(Glob("*.example.com")),))),
        (
            'args.a.host = "BÜCHER.example"',
            Argument(("a",), (Host(Glob("xn--bcher-kva.example")),)),
        ),
        ('args.a.domain = "Example.com"', Argument(("a",), (Domain("example.com"),))),
        ("args.a.min = 1", Argument(("a",), (Bounds(1, None),))),
        ("args.a = { min = 1, max = 2.5 }", Argument(("a",), (Bounds(1, 2.5),))),
        ("args.a.len_max = 0", Argument(("a",), (LengthMax(0),))),
        ('args.a.any_case = "ACME"', Argument(("a",), (Text(Glob("acme"), folded=True),))),
        ("args.a.absent = true", Argument(("a",), (), absent=True)),
        (
            'args.a = { absent = true, domain = "example.com" }',
            Argument(("a",), (Domain("example.com"),), absent=True),
        ),
        ('args.a.sql = "read"', Argument(("a",), (Sql(frozenset({"read"})),))),
        ('user = "ana"', Fact("user", (Text(Glob("ana")),))),
        ('user.domain = "example.com"', Fact("user", (Domain("example.com"),))),
        ('group = ["a", "b"]', Fact("group", (AnyOf((Text(Glob("a")), Text(Glob("b")))),))),
        ('client.any_case = "Cursor"', Fact("client", (Text(Glob("cursor"), folded=True),))),
        ("claim.level.max = 3", Fact("claim.level", (Bounds(None, 3),))),
        (
            'claim."https://x.example/a" = "b"',
            Fact("claim.https://x.example/a", (Text(Glob("b")),)),
        ),
        ("interactive = false", Fact("interactive", (Flag(flag=False),))),
        ('hours = "08:00-19:00"', WithinHours((Hours(EVERY_DAY, 480, 1140),))),
        ('signed_in_within = "1h"', SignedInWithin(3600)),
        ('args.a = "$user"', Argument(("a",), (Same("user"),))),
        ('args.a = "$claim.org.team"', Argument(("a",), (Same("claim.org.team"),))),
        (
            'args.a = ["$group", "$$x*", "x$user"]',
            Argument(("a",), (AnyOf((Same("group"), Text(Glob("$x*")), Text(Glob("x$user")))),)),
        ),
        ('args.a.is = "$user"', Argument(("a",), (Literal("$user"),), single=True)),
        ('args.a.any_case = "$user"', Argument(("a",), (Text(Glob("$user"), folded=True),))),
        ('claim.x = "$user"', Fact("claim.x", (Text(Glob("$user")),))),
        ('user = "$user"', Fact("user", (Text(Glob("$user")),))),
        (
            'args.a.sql = ["read", "write"]',
            Argument(("a",), (AnyOf((Sql(frozenset({"read"})), Sql(frozenset({"write"})))),)),
        ),
        ('seen = "browser/*"', Seen(("browser/*",))),
        ('seen = ["a/@read", "*"]', Seen(("a/@read", "*"))),
    ],
)
def test_a_condition_is_read_as_it_is_written(
    tmp_path: Path, condition: str, expected: object
) -> None:
    """Promise: facts and matchers, in when and unless alike."""
    rule = rule_of(tmp_path, f'deny = "a/*"\nwhen.{condition}\nunless.{condition}')
    assert rule.when == (expected,)
    assert rule.unless == (expected,)


def test_remembered_denials_join_the_set(tmp_path: Path) -> None:
    """The algebra, line 1: one rule set, each rule with the file it came from."""
    remembered = '# 2030-01-01, from a call\n[[rule]]\ndeny = "a/c"\n'
    profile = profile_of(tmp_path, V + '[[rule]]\nallow = "a/*"\n', remembered)
    places = [str(rule.origin) for rule in profile.rules]
    assert places == ["work.toml:2", "work.remembered.toml:2"]


def test_remembered_answers_are_read(tmp_path: Path) -> None:
    """The algebra, line 6: with all that the person saw."""
    remembered = """\
[[answer]]
rule = "merges"
target = "github/merge {x}"
identity = "i1"
pin = "p1"
client = "cursor"
when.args.owner = "acme"
until = 2030-01-01T12:00:00Z

[[answer]]
rule = "the default"
target = "a/resource:x"
identity = "i2"
until = 2030-01-01T12:00:00+02:00
"""
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    acme = Argument(("owner",), (Text(Glob("acme")),))
    early = noon - timedelta(hours=2)
    assert profile_of(tmp_path, V, remembered).answers == (
        Answer("merges", "work", "github/merge {x}", "i1", "p1", "cursor", (acme,), noon),
        Answer("the default", "work", "a/resource:x", "i2", None, None, (), early),
    )


def test_an_edit_elsewhere_leaves_the_lasting_name_of_a_rule(tmp_path: Path) -> None:
    """Attack: an answer for one rule must not come to settle another that moves to its line."""
    one = '[[rule]]\nask = "a/*"\nuntil = 2030-01-01\nwhen.args = { p = ["x", 1, true] }\n'
    other = '[[rule]]\nask = "a/*"\n'
    (before,) = profile_of(tmp_path, V + one).rules
    at_its_place, moved = profile_of(tmp_path, V + other + one).rules
    assert at_its_place.name == before.name
    assert at_its_place.lasting_name != before.lasting_name
    assert moved.lasting_name == before.lasting_name
    assert before.lasting_name.startswith("work.toml#")
    assert rule_of(tmp_path, 'ask = "a/*"\nid = "one"').lasting_name == "one"


def test_a_profile_that_needs_a_parser_which_is_not_there_is_at_fault(tmp_path: Path) -> None:
    """Fail closed, with the way out: `sql` is an extra. Seen in an interpreter without it."""
    text = f'{V}[[rule]]\nallow = "a/*"\nwhen.args.q.sql = "read"\n'
    program = (
        "import sys; sys.modules['sqlglot'] = None\n"
        "from pathlib import Path\n"
        "from tests.config.makers import messages\n"
        f"print(*messages(Path(sys.argv[1]), {text!r}))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, check=True, cwd=PROJECT, text=True)
    assert ran.stdout.strip() == (
        "work.toml:4: sql needs a parser that is not installed. Fix: pip install 'localguard[sql]'."
    )


def test_the_digest_covers_both_files(tmp_path: Path) -> None:
    """A record names the very bytes that decided."""
    remembered = '[[rule]]\ndeny = "a/c"\n'
    variants = [(V, None), (V + "\n", None), (V, remembered), (V, remembered + "\n")]
    found = {profile_of(tmp_path, text, other).digest for text, other in variants}
    assert len(found) == len(variants)
    assert all(len(digest) == 64 for digest in found)
