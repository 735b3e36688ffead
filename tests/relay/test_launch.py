"""What is started, and why nothing is: from the command line and the profile."""

import pytest

from localguard.errors import UsageFault
from localguard.policy.decide import Standing
from localguard.policy.pins import Identity
from localguard.policy.server_auth import OAuth
from localguard.relay.launch import Launch, plan
from localguard.relay.remote_launch import Reached
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
REMOTE = Wanted(name="db", url="HTTPS://X.example:443/mcp")
URL = '[servers.db]\nurl = "https://x.example/mcp"\nauth = "oauth"\nheaders = { X-Tenant = "7" }'


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
        (Wanted(url="http://[::1]:8000/mcp"), "server"),
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
        (NAMED, "[servers.db]", None, "gives the server db neither command nor url"),
        (NAMED, None, "no profile is active", "no profile is active"),
        (NAMED, None, None, "no profile is in force"),
        (GIVEN, DB, None, "defines db with another command than the client's entry"),
        (REMOTE, DB, None, "defines db with another command than the client's entry"),
        (REMOTE, '[servers.db]\nurl = "https://y.example/"', None, "with another url than"),
        (GIVEN, '[servers.db]\nurl = "https://y.example/"', None, "with another url than"),
    ],
    ids=str,
)
def test_what_may_not_be_started_has_a_reason(
    wanted: Wanted, rules: str | None, fault: str | None, why: str
) -> None:
    """Promise: it is served with an empty list and every call denied with the reason."""
    launch = planned(wanted, rules, fault)
    assert not launch.serves
    assert why in (launch.why_not or "")


@pytest.mark.parametrize(
    ("wanted", "rules", "reached"),
    [
        (REMOTE, "", Reached("https://x.example/mcp", {}, None)),
        (REMOTE, '[servers.db]\ndefault = "ask"', Reached("https://x.example/mcp", {}, None)),
        (NAMED, URL, Reached("https://x.example/mcp", {"X-Tenant": "7"}, OAuth())),
        (REMOTE, URL, Reached("https://x.example/mcp", {"X-Tenant": "7"}, OAuth())),
    ],
    ids=str,
)
def test_a_url_is_reached_as_the_profile_says(wanted: Wanted, rules: str, reached: Reached) -> None:
    """Promise: `url` in a profile or on the command line; one that is spelled otherwise is one."""
    launch = planned(wanted, rules)
    assert launch.reached == reached
    assert launch.serves
    assert launch.identity == Identity(("https://x.example/mcp",), remote=True)
    assert launch.note((("f", None),)) is None


@pytest.mark.parametrize(
    "url", ["nonsense", "http://example.com/mcp", "https://u:p@x.example/", "https://x.example/#a"]
)
def test_a_url_that_cannot_be_asked_is_a_fault_of_the_command_line(url: str) -> None:
    """Promise: plain http is for this machine alone, and no URL is read in two ways."""
    with pytest.raises(UsageFault):
        planned(Wanted("db", url=url), "")


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
        (NAMED, URL, URL, None),
        (REMOTE, "", "", None),
        (NAMED, URL, URL.replace("mcp", "v2"), f"defines the server db anew, {RESTART}"),
        (NAMED, URL, URL.replace("7", "8"), f"defines the server db anew, {RESTART}"),
        (NAMED, URL, URL.replace("oauth", "none"), f"defines the server db anew, {RESTART}"),
        (NAMED, URL, DB, f"defines the server db anew, {RESTART}"),
        (REMOTE, URL, URL.replace("mcp", "v2"), "with another url than the client's entry"),
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
