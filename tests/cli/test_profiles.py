"""`profile list`, `show`, `use` and `validate`: what a person or a script sees."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.audit.records import Chosen, RefusedApprover
from localguard.cli import profile_show, profiles
from localguard.cli.exits import Exit
from localguard.config.active import LOCKDOWN, active_name, active_or_none
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.config.switches import lock
from localguard.errors import AuditFault
from tests.cli.persons import OUTSIDE, Visitor
from tests.config.makers import key_of, manage, nobody_told, places_in, put

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


def use(
    where: Places, name: str, *, as_json: bool, out: io.StringIO, visitor: Visitor | None = None
) -> Exit:
    """`profile use`, by the person unless someone else is named."""
    person = (visitor or Visitor(where)).person
    return profiles.use(where, name, person, as_json=as_json, out=out, err=out)


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
    run(use, where, "work")
    code, text = run(profiles.list_profiles, where)
    home, work = text.splitlines()
    assert code is Exit.OK
    assert home.startswith('  home  broken: home.toml:2: unknown key "defualt".')
    assert work == "* work"


def test_list_without_profiles_says_how_to_begin(tmp_path: Path) -> None:
    """The way out is on the screen."""
    code, text = run(profiles.list_profiles, places_in(tmp_path))
    assert code is Exit.OK
    assert text == "There are no profiles. Fix: localguard profile create balanced --use.\n"


def test_list_works_while_the_choice_is_broken(where: Places) -> None:
    """Nothing is marked; the profiles are there all the same."""
    run(use, where, "work")
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
    run(use, where, "work")
    assert run(command, where, None)[0] is Exit.OK


FIRST = """\
none -> work
  default   ask
  rules     1 rule (1 allow)
  identity  none
  servers   that are new: files, github
work is now the active profile
Guards that run follow at their next call; their clients need no restart.
"""
HOME = """\
version = 1
[identity]
issuer = "https://login.example.com"
client_id = "localguard"
[servers.github]
url = "https://api.example.com/mcp"
[servers.files]
command = ["files-server", "/home"]
[servers.mail]
command = ["mail"]
[[rule]]
deny = "*/drop_*"
[[rule]]
ask = "mail/*"
"""
SWITCHED = """\
work -> home
  default   ask -> deny
  rules     1 rule (1 allow) -> 2 rules (1 ask, 1 deny)
  identity  none -> https://login.example.com
  servers   that go on: github
  servers   that are new: mail
  servers   that are defined otherwise: files
2 calls are held
home is now the active profile
Guards that run follow at their next call; their clients need no restart.
To be reconnected in their clients, and denied until then: files
"""


def test_use_shows_what_it_changes_before_it_does(where: Places) -> None:
    """Servers, rules, sign-in, what others know of it, and who has to reconnect."""
    assert run(use, where, "work") == (Exit.OK, FIRST)
    put(where, "home", HOME)
    out, visitor = io.StringIO(), Visitor(where)
    seen: list[str | None] = []

    def held() -> list[str]:
        seen.append(active_name(where))
        return ["2 calls are held"]

    code = profiles.use(where, "home", visitor.person, held, as_json=False, out=out)
    assert (code, out.getvalue()) == (Exit.OK, SWITCHED)
    assert seen == ["work"]
    assert visitor.records == [Chosen(what="profile", value="home", who="zsh (pid 7)")]
    put(where, "bare", "version = 1\n")
    assert run(use, where, "bare")[1].splitlines()[-1] == (
        "Denied, unless the client's own entry has the command: files, github, mail"
    )


def test_a_switch_is_asked_about_once_it_was_shown(where: Places) -> None:
    """Promise: what changes is shown before it happens, and only a yes makes it happen."""
    use(where, "work", as_json=False, out=io.StringIO())
    put(where, "other", 'version = 1\n[[rule]]\nask = "*"\n')
    visitor, out = Visitor(where, yes=False), io.StringIO()
    assert use(where, "other", as_json=False, out=out, visitor=visitor) == Exit.DENIED
    assert visitor.questions == ["Switch to other?"]
    assert "work -> other" in out.getvalue()
    assert out.getvalue().endswith("Nothing was changed.\n")
    assert active_name(where) == "work"
    assert visitor.records == []


def test_use_as_json(where: Places) -> None:
    """For scripts."""
    assert run_json(use, where, "work") == (
        Exit.OK,
        {
            "profile": "work",
            "changed": True,
            "accepted": True,
            "lockdown": False,
            "servers": {"follow": [], "reconnect": [], "gone": [], "new": ["files", "github"]},
        },
    )
    code, found = run_json(use, where, "work")
    assert (code, found["changed"], found["servers"]) == (Exit.OK, False, None)


def test_use_of_what_is_in_force_says_so(where: Places) -> None:
    """A person's word for it counts anew, for guards that found an older choice."""
    run(use, where, "work")
    before = read_choice(where, key_of(where))
    assert run(use, where, "work")[1] == "work is already the active profile\n"
    after = read_choice(where, key_of(where))
    assert after.chosen > before.chosen
    out, model = io.StringIO(), Visitor(where, may=False)
    assert use(where, "work", as_json=False, out=out, visitor=model) is Exit.OK
    assert out.getvalue() == "work is already the active profile\n"
    assert read_choice(where, key_of(where)) == after
    assert model.records == []


def test_the_first_choice_is_anybodys_and_every_later_one_a_persons(where: Places) -> None:
    """Attack: a model with a shell switches to a laxer profile, or chooses "first" again."""
    put(where, "lax", 'version = 1\n[[rule]]\nallow = "*"\n')
    out, model = io.StringIO(), Visitor(where, may=False)
    assert use(where, "work", as_json=False, out=out, visitor=model) is Exit.OK
    assert [type(record) for record in model.records] == [Chosen]
    for removed in (False, True):
        if removed:
            Path(where.active_file).unlink()
        out, model = io.StringIO(), Visitor(where, may=False)
        assert int(use(where, "lax", as_json=False, out=out, visitor=model)) == 3
        assert out.getvalue() == (f"localguard: lax is not made the active profile: {OUTSIDE}\n")
        assert model.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)]
    assert active_or_none(where, key_of(where)) is None
    out = io.StringIO()
    use(where, "lax", as_json=True, out=out, visitor=model)
    assert json.loads(out.getvalue())["refused"] == OUTSIDE


def test_the_first_choice_at_a_terminal_is_a_persons_word(where: Places) -> None:
    """Promise: `profile use work` is all that README asks for; by a model it is no word."""
    assert use(where, "work", as_json=False, out=io.StringIO(), visitor=Visitor(where)) is Exit.OK
    assert read_choice(where, key_of(where)).is_confirmed("work")


def test_the_first_choice_of_a_model_is_no_persons_word(where: Places) -> None:
    """Attack: secrets that nobody has bound yet, and tokens, by the free first choice."""
    model = Visitor(where, may=False)
    assert use(where, "work", as_json=False, out=io.StringIO(), visitor=model) is Exit.OK
    assert read_choice(where, key_of(where)).is_only_used("work")
    assert use(where, "work", as_json=False, out=io.StringIO(), visitor=model) is Exit.OK
    assert read_choice(where, key_of(where)).is_only_used("work")
    assert use(where, "work", as_json=False, out=io.StringIO(), visitor=Visitor(where)) is Exit.OK
    assert read_choice(where, key_of(where)).is_confirmed("work")


def test_use_cannot_be_done_unrecorded(where: Places) -> None:
    """Promise: cannot write is refused."""
    with pytest.raises(AuditFault):
        use(where, "work", as_json=False, out=io.StringIO(), visitor=Visitor(where, deaf=True))
    assert active_or_none(where) is None


def test_use_says_what_is_lost_with_a_broken_choice(where: Places) -> None:
    """And what remains to be done, so that nobody thinks lockdown still holds."""
    run(use, where, "work")
    Path(where.active_file).write_text("x")
    first, lost, *lines = run(use, where, "work")[1].splitlines()
    assert first.startswith('a "=" is missing after the key')
    assert lost == "It is made anew: lockdown is off then, and nothing counts as accepted."
    assert lines[-1] == (
        "work allows only what was accepted of it; look at it with: localguard profile accept work"
    )


def test_use_says_that_lockdown_is_on(where: Places) -> None:
    """A switch does not end it."""
    lock(where, key_of(where), nobody_told, on=True)
    assert run(use, where, "work")[1].splitlines()[-1] == LOCKDOWN
    assert run_json(use, where, "work")[1]["lockdown"] is True


def test_use_refuses_a_broken_profile(where: Places) -> None:
    """Every fault is printed, as by validate."""
    code, text = run(use, where, "home")
    assert code is Exit.INVALID
    assert len(text.splitlines()) == 2
    assert run_json(use, where, "home")[0] is Exit.INVALID
    assert run(use, where, "../x")[0] is Exit.INVALID


def test_show_is_one_screen_with_places(where: Places) -> None:
    """Servers, defaults and rules, each with its line."""
    put(where, "work", '[[rule]]\ndeny = "files/read_x"\n', remembered=True)
    run(use, where, "work")
    code, text = run(profile_show.show, where, "work")
    assert code is Exit.OK
    assert text.splitlines() == [
        f"work (active)  {where.profile_file('work')}",
        "default ask; servers may ask for: sampling deny, elicitation allow, roots allow",
        "       work.toml:4  server github: https://api.example.com/mcp",
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


def test_show_says_where_a_person_signs_in(where: Places) -> None:
    """And whether that is required."""
    identity = '[identity]\nissuer = "https://login.example"\nclient_id = "localguard"\n'
    put(where, "work", f"version = 1\n{identity}required = true\n")
    text = run(profile_show.show, where, "work")[1]
    assert "       work.toml:2  sign-in at https://login.example, required\n" in text
    assert run_json(profile_show.show, where, "work")[1]["sign_in"] == {
        "place": "work.toml:2",
        "issuer": "https://login.example",
        "client_id": "localguard",
        "required": True,
    }
    put(where, "work", f"version = 1\n{identity}")
    text = run(profile_show.show, where, "work")[1]
    assert "       work.toml:2  sign-in at https://login.example\n" in text


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
