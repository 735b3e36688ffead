"""`profile list`, `show`, `use` and `validate`: what a person or a script sees."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.cli import profile_show, profiles
from localguard.cli.exits import Exit
from localguard.config.paths import Places
from tests.config.makers import manage, places_in, put

WORK = """\
version = 1
default = "ask"

[servers.github]
url = "https://api.example.com/mcp"

[servers.files]
command = ["files-server", "/srv"]
default = "deny"

[[rule]]
id = "reads"
allow = ["files/read_*", "files/@read"]
when.args.path.under = "/srv"
until = 2030-12-31

[[test]]
call = "files/write"
expect = "deny"
"""
Command = Callable[..., Exit]


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A folder with a good profile and a broken one."""
    found = places_in(tmp_path)
    put(found, "work", WORK)
    put(found, "home", "version = 1\ndefualt = 'ask'\n[[rule]]\n")
    return found


def run(command: Command, where: Places, *names: str | None) -> tuple[Exit, str]:
    """The exit code and the text of a command."""
    out = io.StringIO()
    return command(where, *names, as_json=False, out=out), out.getvalue()


def run_json(command: Command, where: Places, *names: str | None) -> tuple[Exit, dict[str, object]]:
    """The exit code and the object of a command with --json."""
    out = io.StringIO()
    code = command(where, *names, as_json=True, out=out)
    found = json.loads(out.getvalue())
    assert found.pop("schema_version") == 1
    return code, found


def test_list_marks_the_active_and_the_broken(where: Places) -> None:
    """One line each."""
    run(profiles.use, where, "work")
    code, text = run(profiles.list_profiles, where)
    home, work = text.splitlines()
    assert code is Exit.OK
    assert home.startswith('  home  broken: home.toml:2: unknown key "defualt".')
    assert work == "* work"


def test_list_without_profiles_says_how_to_begin(tmp_path: Path) -> None:
    """The way out is on the screen."""
    code, text = run(profiles.list_profiles, places_in(tmp_path))
    assert code is Exit.OK
    assert text == f"There are no profiles. Fix: create {tmp_path}/profiles/NAME.toml.\n"


def test_list_works_while_the_choice_is_broken(where: Places) -> None:
    """Nothing is marked; the profiles are there all the same."""
    run(profiles.use, where, "work")
    Path(where.active_file).write_text("x")
    assert run(profiles.list_profiles, where)[1].splitlines()[1] == "  work"


def test_list_as_json(where: Places) -> None:
    """For scripts."""
    code, found = run_json(profiles.list_profiles, where)
    assert code is Exit.OK
    listed = found["profiles"]
    assert isinstance(listed, list)
    assert [(one["name"], one["active"], len(one["faults"])) for one in listed] == [
        ("home", False, 2),
        ("work", False, 0),
    ]


def test_validate_counts_what_was_checked(where: Places) -> None:
    """A valid profile is one line."""
    assert run(profiles.validate, where, "work") == (
        Exit.OK,
        "work.toml: ok, 1 rule, 1 test passed\n",
    )
    code, found = run_json(profiles.validate, where, "work")
    assert (code, found["valid"], found["rules"], found["tests"]) == (Exit.OK, True, 1, 1)


def test_validate_prints_every_fault(where: Places) -> None:
    """file:line: what. Fix; and 7 for scripts."""
    code, text = run(profiles.validate, where, "home")
    assert int(code) == 7
    first, second = text.splitlines()
    assert first == 'home.toml:2: unknown key "defualt". Fix: did you mean "default"?'
    assert second.startswith("home.toml:3: a rule has exactly one of")
    code, found = run_json(profiles.validate, where, "home")
    assert code is Exit.INVALID
    assert not found["valid"]
    faults = found["faults"]
    assert isinstance(faults, list)
    assert faults[0] == {
        "where": "home.toml:2",
        "what": 'unknown key "defualt"',
        "fix": 'did you mean "default"?',
    }


@pytest.mark.parametrize("command", [profiles.validate, profile_show.show])
def test_without_a_name_the_active_profile_is_meant(where: Places, command: Command) -> None:
    """And without an active one the fix is shown."""
    assert run(command, where, None) == (
        Exit.INVALID,
        "no profile is active. Fix: localguard profile use NAME.\n",
    )
    run(profiles.use, where, "work")
    assert run(command, where, None)[0] is Exit.OK


def test_use_says_what_it_did(where: Places) -> None:
    """The second time there is nothing to do."""
    assert run(profiles.use, where, "work")[1] == "work is now the active profile\n"
    assert run(profiles.use, where, "work")[1] == "work is already the active profile\n"
    assert run_json(profiles.use, where, "work") == (
        Exit.OK,
        {"profile": "work", "changed": False},
    )


def test_use_refuses_a_broken_profile(where: Places) -> None:
    """Every fault is printed, as by validate."""
    code, text = run(profiles.use, where, "home")
    assert code is Exit.INVALID
    assert len(text.splitlines()) == 2
    assert run_json(profiles.use, where, "home")[0] is Exit.INVALID
    assert run(profiles.use, where, "../x")[0] is Exit.INVALID


def test_show_is_one_screen_with_places(where: Places) -> None:
    """Servers, defaults and rules, each with its line."""
    put(where, "work", '[[rule]]\ndeny = "files/read_x"\n', remembered=True)
    run(profiles.use, where, "work")
    code, text = run(profile_show.show, where, "work")
    assert code is Exit.OK
    assert text.splitlines() == [
        f"work (active)  {where.profile_file('work')}",
        "default ask; servers may ask for: sampling deny, elicitation allow, roots allow",
        "       work.toml:4  server github: https://api.example.com/mcp, not in this version: url",
        "       work.toml:7  server files: files-server /srv, default deny",
        'work.remembered.toml:1  deny = "files/read_x"',
        '      work.toml:11  id = "reads" allow = ["files/read_*", "files/@read"]'
        ' when.args.path.under = "/srv" until = "2030-12-31"',
        "2 rules, 1 test passed",
    ]


def test_show_as_json(where: Places) -> None:
    """For scripts."""
    code, found = run_json(profile_show.show, where, "work")
    assert code is Exit.OK
    assert (found["profile"], found["active"], found["default"]) == ("work", False, "ask")
    rules = found["rules"]
    assert isinstance(rules, list)
    assert [(rule["place"], rule["id"], rule["verb"]) for rule in rules] == [
        ("work.toml:11", "reads", "allow")
    ]


def test_show_says_what_the_whole_profile_lacks(where: Places) -> None:
    """A person sees why everything is denied."""
    put(where, "work", "version = 1\nidentity.required = true\n")
    text = run(profile_show.show, where, "work")[1]
    assert "not in this version, so every call is denied: identity.required\n" in text


def test_what_a_profile_says_cannot_steer_the_terminal(where: Places) -> None:
    """Attack: a shared profile with escape sequences in a text."""
    put(where, "work", 'version = 1\n[[rule]]\ndeny = "a/b"\nbecause = "\\u001b[2J\\u202e"\n')
    text = run(profile_show.show, where, "work")[1]
    assert "\x1b" not in text
    assert "\u202e" not in text


MANAGED = 'version = 1\ndefault = "deny"\nuser_allow = false\n[[rule]]\nid = "x"\ndeny = "a/b"\n'


def test_show_says_what_the_organisation_adds(where: Places) -> None:
    """Its presence is never a secret: which rules, which default, and whose allows count."""
    manage(where, MANAGED)
    lines = run(profile_show.show, where, "work")[1].splitlines()
    assert lines[1:4] == [
        f"managed by your organisation, {where.managed}: 1 rule",
        "  its default is deny; yours holds where it is stricter",
        "  user_allow = false: what this profile allows does not count",
    ]
    assert lines[7] == 'managed/base.toml:4  id = "x" deny = "a/b"'
    found = run_json(profile_show.show, where, "work")[1]
    assert found["managed"] == {
        "files": ["managed/base.toml"],
        "default": "deny",
        "user_allow": False,
    }
    rules = found["rules"]
    assert isinstance(rules, list)
    assert [(rule["id"], rule["managed"]) for rule in rules] == [
        ("managed/x", True),
        ("reads", False),
    ]


def test_a_broken_policy_of_the_organisation_is_told(where: Places) -> None:
    """By every command that judges: it denies every call."""
    manage(where, "version = 1\nuser_alow = false\n")
    for command in (profiles.validate, profile_show.show):
        code, text = run(command, where, "work")
        assert code is Exit.INVALID
        assert text.startswith('managed/base.toml:2: unknown key "user_alow".')


def test_validate_counts_what_the_organisation_adds(where: Places) -> None:
    """Its files were checked, too."""
    manage(where, MANAGED)
    code, text = run(profiles.validate, where, "work")
    assert code is Exit.OK
    assert text.splitlines()[1] == f"{where.managed}: ok, 1 rule of your organisation"
    assert run_json(profiles.validate, where, "work")[1]["managed"] == ["managed/base.toml"]


def test_validate_tells_on_stderr_what_is_seldom_meant(where: Places) -> None:
    """A note is no fault: the exit code is 0, and stdout stays as it is."""
    put(where, "work", f'{WORK}[[rule]]\ndeny = "files/x|y"\n')
    out, err = io.StringIO(), io.StringIO()
    code = profiles.validate(where, "work", as_json=False, out=out, err=err)
    assert (code, out.getvalue()) == (Exit.OK, "work.toml: ok, 2 rules, 1 test passed\n")
    assert err.getvalue() == (
        'work.toml:20: note: "x|y" looks like a regular expression.'
        ' Better: only "*" and "?" are wild here.\n'
    )
    notes = run_json(profiles.validate, where, "work")[1]["notes"]
    assert isinstance(notes, list)
    assert notes[0]["where"] == "work.toml:20"
