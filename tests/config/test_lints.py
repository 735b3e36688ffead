"""Notes on what a profile says and its author seldom means."""

from pathlib import Path

import pytest

from localguard.config.lints import notes
from tests.config.makers import profile_of

HEAD = "version = 1\n[servers.files]\n[servers.github]\n[servers.notes]\n"
DENIAL = '[[test]]\ncall = "a/b"\nexpect = "deny"\n'


def told(folder: Path, text: str) -> list[str]:
    """The notes on a profile with some servers and a rule from line 5 on."""
    return [note.explain() for note in notes(profile_of(folder, HEAD + text))]


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ('allow = "githb/get_*"',
         '"githb" is none of the servers above. Better: "github", if that is meant.'),
        ('ask = "a/b"\nexcept = "note/x"',
         '"note" is none of the servers above. Better: "notes", if that is meant.'),
        ('allow = "files/@read"',
         '"files/@read" lets tools of files read wherever they can. Better: except = ["files/*"],'
         " and a rule with a condition for each."),
        ('allow = "*/@read"\nexcept = "files/*"',
         '"*/@read" allows reads that reach out and can carry data away.'
         ' Better: except = "*/@open".'),
        ('allow = "a/b"\nwhen.args.path = "/srv/*"',
         'args.path = "/srv/*" compares letters, and ".." and links lead out.'
         ' Better: args.path.under = "/srv".'),
        ('deny = "a/b"\nunless.args.path.any_case = ["~/work/*"]',
         'args.path = "~/work/*" compares letters, and ".." and links lead out.'
         ' Better: args.path.under = "~/work".'),
        ('allow = "a/b"\nwhen.args.path = "/*"',
         'args.path = "/*" compares letters, and ".." and links lead out.'
         ' Better: args.path.under = "/".'),
        ('deny = "github/delete_.*"',
         '"delete_.*" looks like a regular expression.'
         ' Better: only "*" and "?" are wild here.'),
        ('deny = "a/b"\nwhen.args.name = "^drop"',
         '"^drop" looks like a regular expression. Better: only "*" and "?" are wild here.'),
        ('deny = "a/b"\nwhen.args.name = ["x", "create|drop"]',
         '"create|drop" looks like a regular expression. Better: only "*" and "?" are wild here.'),
        ('ask = "a/b"\nwhen.client = "claude$"',
         '"claude$" looks like a regular expression. Better: only "*" and "?" are wild here.'),
        ('deny = "a/b"\nwhen.args.owner = "acme"',
         'args.owner = "acme" is passed by in other capitals.'
         ' Better: args.owner.any_case = "acme".'),
        ('allow = "a/b"\nwhen.user = "ana"\nwhen.args.team = "$claim.team"\n'
         'unless.signed_in_within = "1h"',
         "claim.team, user and signed_in_within cannot be known: the profile does not say where a"
         " person signs in. Better: add [identity] with issuer and client_id."),
        ('ask = "a/b"\nunless.signed_in_within = "1h"',
         "signed_in_within cannot be known: the profile does not say where a person signs in."
         " Better: add [identity] with issuer and client_id."),
    ],
)  # fmt: skip
def test_what_is_seldom_meant_is_noted(tmp_path: Path, rule: str, what: str) -> None:
    """With its place and with what to write instead."""
    assert told(tmp_path, f"[[rule]]\n{rule}\n") == [f"work.toml:5: note: {what}"]


@pytest.mark.parametrize(
    "rule",
    [
        'allow = "jira/get_*"',
        'allow = "git*/get_*"',
        'allow = "github/@read"',
        'allow = "*/@read"\nexcept = ["*/@open", "files/*"]',
        'allow = "files/@read"\nwhen.args.path.under = "/srv"',
        'ask = "files/@read"',
        'allow = "a/b"\nwhen.args.path.under = "/srv"',
        'deny = "a/b"\nwhen.args.path = ["*/.env", "/etc/passwd"]',
        'deny = "a/b"\nwhen.args.file = ["secret.*", "*.env*", "a.b.*"]',
        'allow = "a/b"\nwhen.args.owner = "acme"',
        'deny = "a/b"\nwhen.args.owner.any_case = "acme"',
        'deny = "a/b"\nwhen.args.owner = "123"',
        'deny = "a/b"\nwhen.args.amount.max = 5\nwhen.hours = "sat,sun"',
    ],
)
def test_what_is_meant_so_is_not_noted(tmp_path: Path, rule: str) -> None:
    """A note that is often wrong is soon read by nobody."""
    assert told(tmp_path, f"[[rule]]\n{rule}\n") == []


def test_who_is_signed_in_is_known_where_the_profile_says_where(tmp_path: Path) -> None:
    """There is nothing to note of a rule by user then."""
    identity = 'identity.issuer = "https://login.example"\nidentity.client_id = "x"\n'
    rule = '[[rule]]\nallow = "a/b"\nwhen.user = "ana"\nwhen.signed_in_within = "1h"\n'
    text = HEAD.replace("\n", f"\n{identity}", 1) + rule
    assert notes(profile_of(tmp_path, text)) == []


def test_a_server_is_known_by_its_rules_to_reach_somewhere(tmp_path: Path) -> None:
    """Whatever it is called: another rule has a path, host or domain of it in a condition."""
    text = """
[[rule]]
allow = "notes/read"
when.args.where.under = "/srv"
[[rule]]
allow = ["notes/@read", "github/@read"]
"""
    (note,) = told(tmp_path, text)
    assert note.startswith('work.toml:9: note: "notes/@read" lets tools of notes read')


@pytest.mark.parametrize(
    ("denial", "covered"),
    [
        ('"a/*"', True),
        ('["x/y", "a/get_*"]', True),
        ('"*"', True),
        ('"a/get_repo"', False),
        ('"a/@read"', False),
        ('"a/get_?*"', False),
        ('"a/*"\nexcept = "a/get_x"', False),
        ('"a/*"\nwhen.client = "x"', False),
        ('"a/*"\nunless.client = "x"', False),
        ('"a/*"\nuntil = 2030-12-31', False),
        ('"a/*"\ntrial = true', False),
    ],
)
def test_an_allow_that_is_denied_altogether_is_noted(
    tmp_path: Path, denial: str, covered: bool
) -> None:
    """The algebra, line 5: any deny denies, so the allow never does anything."""
    text = f'[[rule]]\nallow = "a/get_*"\n[[rule]]\ndeny = {denial}\n'
    found = told(tmp_path, text)
    expected = "work.toml:5: note: it never allows anything: work.toml:7 denies all that it names."
    assert found == ([f"{expected} Better: remove one of them."] if covered else [])


def test_tests_that_deny_nothing_are_noted(tmp_path: Path) -> None:
    """A profile is there for what must not happen; one without tests says nothing yet."""
    allowing = '[[rule]]\nallow = "a/b"\n[[test]]\ncall = "a/b"\nexpect = "allow"\n'
    (note,) = told(tmp_path, allowing)
    assert note.startswith("work.toml: note: no test says what must never be let through.")
    assert told(tmp_path, allowing + DENIAL.replace("a/b", "a/c")) == []


def test_notes_are_in_the_order_of_their_places(tmp_path: Path) -> None:
    """As faults are."""
    text = '[[rule]]\ndeny = "a/^b"\n[[rule]]\nallow = "note/c"\n[[rule]]\ndeny = "a/b|c"\n'
    assert [note.partition(": ")[0] for note in told(tmp_path, text)] == [
        "work.toml:5",
        "work.toml:7",
        "work.toml:9",
    ]
