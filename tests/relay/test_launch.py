"""What is started, and why nothing is: from the command line and the profile."""

import pytest

from localguard.errors import UsageFault
from localguard.policy.decide import Standing
from localguard.relay.launch import Launch, plan
from localguard.relay.spawn import ServerCommand
from localguard.relay.wanted import Wanted
from tests.relay.playbook import HOME, Play, call, profile

INHERITED = {"HOME": HOME, "PATH": "/usr/bin", "API_KEY": "of the client", "DB_HOST": "db"}
DB = (
    '[servers.db]\ncommand = ["~/bin/db", "~/x"]\nenv = { MODE = "ro" }\npass_env = ["DB_*"]\n'
    'cwd = "~/data"'
)
NAMED = Wanted(name="db")
GIVEN = Wanted(name="db", argv=("/usr/bin/db", "--ro"))


def planned(wanted: Wanted, rules: str | None = "", fault: str | None = None) -> Launch:
    standing = Standing(None if rules is None else profile(rules), fault)
    return plan(wanted, standing, INHERITED, HOME)


def test_a_server_that_the_profile_defines_is_started_as_it_says() -> None:
    """Promise: command, environment and folder stand in the profile; `~` is the home folder."""
    launch = planned(NAMED, DB)
    assert launch.command is not None
    assert launch.command.argv == (f"{HOME}/bin/db", "~/x")
    assert launch.command.cwd == f"{HOME}/data"
    assert launch.command.env == {
        "HOME": HOME,
        "PATH": "/usr/bin",
        "DB_HOST": "db",
        "MODE": "ro",
    }
    assert (launch.server, launch.why_not) == ("db", None)


def test_a_command_line_is_started_as_it_stands() -> None:
    """`run -- CMD ARG...` needs no table in the profile."""
    launch = planned(GIVEN, "")
    env = {"HOME": HOME, "PATH": "/usr/bin"}
    assert launch.command == ServerCommand(("/usr/bin/db", "--ro"), env, None)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (Wanted(argv=("/opt/tools/github-mcp", "stdio")), "github-mcp"),
        (Wanted(argv=("C:\\Tools\\server.exe",)), "server"),
        (Wanted(argv=(".hidden",)), ".hidden"),
        (Wanted(name="x", argv=("db",)), "x"),
        (Wanted(url="https://mcp.example.com:8443/mcp"), "mcp.example.com"),
        (Wanted(url="nonsense"), "server"),
    ],
    ids=str,
)
def test_a_server_without_a_name_is_named_after_its_command_or_host(
    wanted: Wanted, name: str
) -> None:
    """Promise: N defaults to the command's or host's name."""
    assert planned(wanted).server == name


def test_nothing_named_is_a_fault_of_the_command_line() -> None:
    """The one case in which there is nothing to stand in front of."""
    with pytest.raises(UsageFault) as caught:
        planned(Wanted())
    assert "localguard run NAME" in caught.value.explain()


@pytest.mark.parametrize(
    ("wanted", "rules", "fault", "why"),
    [
        (NAMED, "", None, "does not name a server db (it names: none); add [servers.db] to"),
        (NAMED, '[servers.x]\ncommand = ["x"]', None, "(it names: x)"),
        (NAMED, "[servers.db]", None, "gives the server db no command"),
        (NAMED, None, "no profile is active", "no profile is active"),
        (NAMED, None, None, "no profile is in force"),
        (GIVEN, DB, None, "defines db with another command than the client's entry"),
        (Wanted(url="https://x.example"), "", None, "not in this version"),
        (NAMED, '[servers.db]\nurl = "https://x.example/mcp"', None, "not in this version"),
    ],
    ids=str,
)
def test_what_may_not_be_started_has_a_reason(
    wanted: Wanted, rules: str | None, fault: str | None, why: str
) -> None:
    """Promise: it is served with an empty list and every call denied with the reason."""
    launch = planned(wanted, rules, fault)
    assert launch.command is None
    assert why in (launch.why_not or "")


def test_without_a_profile_a_command_line_is_still_started() -> None:
    """Every call is denied until there is a profile; the client's entry works at once then."""
    launch = planned(GIVEN, None, "no profile is active")
    assert launch.command is not None
    assert launch.objection(Standing(None, "no profile is active")) is None


RESTART = "and it is being started again; repeat the call in a moment"


@pytest.mark.parametrize(
    ("wanted", "before", "after", "why"),
    [
        (NAMED, DB, DB, None),
        (NAMED, DB, f'{DB}\n[[rule]]\nallow = "db/*"', None),
        (NAMED, DB, f'{DB}\ndefault = "ask"', None),
        (NAMED, DB, DB.replace("~/x", "~/y"), f"defines the server db anew, {RESTART}"),
        (NAMED, DB, DB.replace('"ro"', '"rw"'), f"defines the server db anew, {RESTART}"),
        (NAMED, DB, DB.replace("DB_*", "API_*"), f"defines the server db anew, {RESTART}"),
        (NAMED, DB, DB.replace("~/data", "/"), f"defines the server db anew, {RESTART}"),
        (NAMED, DB, "", "does not name a server db (it names: none); add [servers.db]"),
        (NAMED, "", DB, f"defines the server db anew, {RESTART}"),
        (GIVEN, "", "", None),
        (NAMED, DB, f'{DB}\npaths = "foreign"', f"defines the server db anew, {RESTART}"),
        (GIVEN, "", '[servers.db]\ndefault = "ask"', None),
        (GIVEN, "", '[servers.db]\nenv = { X = "y" }', f"defines the server db anew, {RESTART}"),
        (GIVEN, "", DB, "defines db with another command than the client's entry"),
    ],
)
def test_a_policy_that_defines_the_server_otherwise_objects(
    wanted: Wanted, before: str, after: str, why: str | None
) -> None:
    """Promise: a changed definition denies with "reconnect"; rules alone change nothing."""
    objection = planned(wanted, before).objection(Standing(profile(after)))
    assert objection is None if why is None else why in (objection or "")


def test_a_server_that_the_profile_does_not_name_is_shown_empty_and_denied() -> None:
    """Promise: served with an empty list and every call denied with the reason."""
    launch = planned(NAMED, DB)
    play = Play(f'{DB}\n[[rule]]\nallow = "db/*"', objection=launch.objection)
    play.handshake()
    assert names(play) == ["read"]
    play.switch('[[rule]]\nallow = "db/*"')
    assert "does not name a server db" in denied(play)
    assert names(play) == []
    play.switch(f'{DB.replace("~/x", "~/y")}\n[[rule]]\nallow = "db/*"')
    assert f"defines the server db anew, {RESTART}" in denied(play)
    assert names(play) == []


def names(play: Play) -> list[str]:
    return [tool["name"] for tool in play.list_tools("read").to_client[-1]["result"]["tools"]]


def denied(play: Play) -> str:
    heard = play.client(call(7, "read"))
    assert heard.to_server == []
    return str(heard.to_client[-1]["result"]["content"][0]["text"])
