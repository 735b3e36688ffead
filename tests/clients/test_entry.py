"""Which entries can be taken over, and what stays in them when they are."""

import pytest

from localguard.approvals.budgets import limit_of
from localguard.clients.entry import Ours, Program, Unfit, Wrapped, read
from localguard.clients.our_entry import guard_variables, hidden_texts, written
from localguard.clients.table import Client, client

HOME = "/home/ana"
GUARD = Program(("/opt/localguard",), {"LOCALGUARD_HOME": "/srv/lg"})


def known(name: str) -> Client:
    found = client(name)
    assert found is not None
    return found


def test_what_only_the_client_can_fill_in_stays_with_it() -> None:
    """An input of VS Code goes through the guard by the name of its variable, never to a file."""
    entry = {
        "command": "uvx",
        "args": ["pg", "${userHome}/x"],
        "env": {"PGDSN": "${input:dsn}", "MODE": "ro", "PORT": 7, "GONE": None},
        "dev": {"watch": "src"},
    }
    taken = read(known("vscode"), entry, HOME)
    assert taken == Wrapped(
        ("uvx", "pg", "/home/ana/x"),
        {"MODE": "ro", "PORT": "7"},
        passed=("PGDSN",),
        kept={"PGDSN": "${input:dsn}"},
    )
    assert isinstance(taken, Wrapped)
    assert written(known("vscode"), GUARD, "pg", entry, taken) == {
        "command": "/opt/localguard",
        "args": ["run", "pg"],
        "env": {"LOCALGUARD_HOME": "/srv/lg", "PGDSN": "${input:dsn}"},
        "dev": {"watch": "src"},
    }
    assert hidden_texts(known("vscode"), entry) == ("${input:dsn}", "ro", "7", "None")


@pytest.mark.parametrize(
    ("name", "entry", "why"),
    [
        ("vscode", {"command": "x", "args": ["${workspaceFolder}"]}, "it has ${workspaceFolder}"),
        ("vscode", {"command": "x", "envFile": ".env"}, "it uses envFile"),
        ("cursor", {"command": "x", "cwd": "sub"}, "its cwd is not an absolute path"),
        ("claude-code", {"type": "sse", "url": "https://a/sse"}, "it is reached by sse"),
        ("gemini", {"url": "https://a/sse"}, "it is reached by sse"),
        ("gemini", {"httpUrl": "https://a", "oauth": {"enabled": True}}, "it uses oauth"),
        ("codex", {"url": "https://a", "bearer_token_env_var": "T"}, "it uses bearer_token_env"),
        ("cursor", {"url": "http://10.0.0.1/mcp"}, "plain http is for this machine alone"),
        ("cursor", {"url": "https://a", "headers": {"K": "${env:K}"}}, "it has ${env:K}"),
        ("cursor", {}, "it has no command or url"),
        ("cursor", "uvx pg", "it is not an object"),
        ("cursor", {"command": "x", "args": "a b"}, "its args are not a list"),
        ("cursor", {"command": "x", "env": ["A=1"]}, "its env is not an object"),
        ("cursor", {"command": "x", "env": {"A": True}}, "its env.A is not a text"),
        ("zed", {"source": "extension", "settings": {"a": 1}}, "it uses settings"),
        (
            "cursor",
            {"command": "/opt/bin/localguard", "args": ["run", "--name", "pg", "--", "uvx", "pg"]},
            "it starts localguard already",
        ),
        (
            "cursor",
            {"command": "python3", "args": ["-m", "localguard", "run", "--url", "https://a"]},
            "it starts localguard already",
        ),
    ],
)
def test_an_entry_that_a_profile_cannot_say_is_left_as_it_is(
    name: str, entry: object, why: str
) -> None:
    """Half a definition would be another server; the reason and the way out are told."""
    found = read(known(name), entry, HOME)
    assert isinstance(found, Unfit)
    assert found.why.startswith(why)
    assert found.fix


@pytest.mark.parametrize(
    ("name", "entry", "url"),
    [
        ("gemini", {"url": "https://a/mcp", "type": "http"}, "https://a/mcp"),
        ("cursor", {"url": "http://localhost:7/mcp"}, "http://localhost:7/mcp"),
        ("windsurf", {"serverUrl": "https://a/mcp", "headers": {"K": "v"}}, "https://a/mcp"),
        ("goose", {"type": "streamable_http", "uri": "https://a/mcp"}, "https://a/mcp"),
    ],
)
def test_a_remote_server_is_taken_over_by_its_address(name: str, entry: object, url: str) -> None:
    """Each client has a word of its own for it."""
    found = read(known(name), entry, HOME)
    assert isinstance(found, Wrapped)
    assert found.url == url


def test_limits_are_only_ever_raised() -> None:
    """A call is held for a person: a client that gives up before is of no use to them."""
    codex = known("codex")
    fresh = written(codex, GUARD, "pg")
    assert (fresh["tool_timeout_sec"], fresh["startup_timeout_sec"]) == (900, 60)
    assert fresh["env_vars"] == [
        "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XDG_RUNTIME_DIR",
    ]
    assert fresh["env"] == {"LOCALGUARD_HOME": "/srv/lg", "LOCALGUARD_CLIENT_LIMIT": "900"}
    longer = written(codex, GUARD, "pg", {"command": "x", "tool_timeout_sec": 1200})
    assert longer["tool_timeout_sec"] == 1200
    assert longer["env"] == {"LOCALGUARD_HOME": "/srv/lg", "LOCALGUARD_CLIENT_LIMIT": "1200"}
    goose = written(known("goose"), GUARD, "pg")
    assert (goose["name"], goose["type"], goose["cmd"]) == ("pg", "stdio", "/opt/localguard")
    assert goose["envs"] == {"LOCALGUARD_HOME": "/srv/lg", "LOCALGUARD_CLIENT_LIMIT": "900"}


@pytest.mark.parametrize("limit", [float("inf"), float("nan"), -1, 0.5, "900", True, None, [900]])
def test_a_limit_that_is_none_is_no_fault(limit: object) -> None:
    """Anything may stand in a client's file; the guard is told a number of seconds or nothing."""
    codex = known("codex")
    entry = written(codex, GUARD, "pg", {"command": "x", "tool_timeout_sec": limit})
    env = entry["env"]
    assert isinstance(env, dict)
    told = limit_of(env.get("LOCALGUARD_CLIENT_LIMIT"))
    assert told in (None, 900)
    assert guard_variables(codex, entry) == {}


@pytest.mark.parametrize(
    ("command", "args", "server"),
    [
        ("localguard", ["run", "pg"], "pg"),
        ("C:\\Users\\a b\\localguard.exe", ["run", "pg", "--profile", "x"], "pg"),
        ("/usr/bin/python3", ["-m", "localguard", "run", "pg"], "pg"),
        ("localguard", ["run", "--", "uvx", "pg"], None),
        ("localguardian", ["run", "pg"], None),
        ("localguard", ["doctor"], None),
    ],
)
def test_a_guard_is_known_by_what_is_started(
    command: str, args: list[str], server: str | None
) -> None:
    """Also one that somebody wrote by hand."""
    found = read(known("cursor"), {"command": command, "args": args}, HOME)
    assert (found.server if isinstance(found, Ours) else None) == server
