"""The servers that were taken over, in a file of the profile that localguard writes."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.clients.definitions import definition, planned, says_same, server_name
from localguard.clients.edit import apply
from localguard.clients.entry import Wrapped
from localguard.config.acceptance import current_version
from localguard.config.active import ActiveProfile
from localguard.config.build import profile_names, read_profile
from localguard.config.paths import Places
from localguard.config.remembered_change import current
from localguard.config.remembered_file import Written, addition, append
from localguard.errors import ProfileFault
from tests.clients.acts import AT
from tests.config.makers import approve, choose_valid, key_of, places_in, put

PG = {"command": ["uvx", "pg"], "env": {"A": 'x"\n', "PATH": "/bin"}, "cwd": "/srv"}


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home with a profile that is in force."""
    found = places_in(tmp_path)
    put(found, "work", "# mine\nversion = 1\n")
    choose_valid(found, "work")
    return found


def define(where: Places, **tables: Mapping[str, object] | None) -> None:
    assert apply(planned(where, "work", tables), where.state, AT) is None


def test_a_server_is_read_with_the_profile_and_the_person_s_file_is_not_touched(
    where: Places,
) -> None:
    """Design 3: `NAME.toml` is the person's and is never rewritten by the program."""
    before = Path(where.profile_file("work")).read_bytes()
    define(where, pg=PG)
    profile = read_profile(where, "work")
    assert profile.servers["pg"].command == ("uvx", "pg")
    assert profile.servers["pg"].env["A"] == 'x"\n'
    assert str(profile.servers["pg"].origin) == "work.servers.toml:5"
    assert Path(where.profile_file("work")).read_bytes() == before
    assert profile_names(where) == ("work",)
    define(where, pg=None)
    assert not Path(where.servers_file("work")).exists()
    assert not read_profile(where, "work").servers


def test_a_file_of_servers_that_nobody_accepted_lets_no_call_pass(where: Places) -> None:
    """Attack: a model with a shell defines a server anew; its calls are asked."""
    put(where, "work", 'version = 1\n[[rule]]\nallow = "*"\n')
    define(where, pg=PG)
    approve(where, "work")
    active = ActiveProfile(where, key=key_of(where))
    assert active.standing().accepted is None
    define(where, pg={"command": ["curl"]})
    standing = active.standing()
    assert standing.accepted is not None
    assert "work.servers.toml changed since" in str(standing.unaccepted)
    assert list(current_version(where, "work").texts) == ["work.toml", "work.servers.toml"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "version is missing"),
        ('version = 1\n[[rule]]\nallow = "*"\n', 'unknown key "rule"'),
        ("version = 1\n[servers.pg]\ncomand = []\n", 'unknown key "comand"'),
        ("version = 2\n", "version 2 is not known"),
    ],
)
def test_a_file_of_servers_holds_servers_alone(where: Places, text: str, what: str) -> None:
    """No rule can come in by it."""
    Path(where.servers_file("work")).write_text(text)
    Path(where.servers_file("work")).chmod(0o600)
    with pytest.raises(ProfileFault, match=what) as told:
        read_profile(where, "work")
    assert told.value.where.startswith("work.servers.toml:")


def test_what_would_not_be_valid_is_not_written(where: Places) -> None:
    """The profile is read with it first."""
    with pytest.raises(ProfileFault, match=r"env\.A=B cannot be a variable"):
        planned(where, "work", {"pg": {"command": ["x"], "env": {"A=B": "c"}}})
    put(where, "work", 'version = 1\n[servers.pg]\ncommand = ["y"]\n')
    with pytest.raises(ProfileFault, match=r"the server pg is defined in work\.toml:2 too"):
        planned(where, "work", {"pg": {"command": ["x"]}})


def test_an_answer_is_remembered_beside_a_file_of_servers(where: Places) -> None:
    """Both are written by localguard, and neither writer loses the other's file."""
    define(where, pg=PG)
    approve(where, "work")
    now = current(where, "work")
    text = addition(now, "work", '[[rule]]\ndeny = "pg/drop"\n')
    written = append(where, "work", text, now.digest, key=key_of(where))
    assert isinstance(written, Written)
    profile = read_profile(where, "work")
    assert (len(profile.rules), sorted(profile.servers)) == (1, ["pg"])


def test_what_an_entry_says_becomes_a_table() -> None:
    """PATH is the login shell's unless the entry names one; names become plain."""
    taken = Wrapped(("uvx", "pg"), {"A": "b"}, cwd="/srv", passed=("T",))
    table = definition(taken, "/bin")
    assert table == {
        "command": ["uvx", "pg"],
        "env": {"A": "b", "PATH": "/bin"},
        "pass_env": ["T"],
        "cwd": "/srv",
    }
    own = definition(Wrapped(("x",), {"PATH": "/own"}), "/bin")
    assert own["env"] == {"PATH": "/own"}
    remote = definition(Wrapped(url="https://a/mcp", headers={"K": "v"}), "/bin")
    assert remote == {"url": "https://a/mcp", "headers": {"K": "v"}}
    names = [server_name(one) for one in ("pg", "My Files", "\u00fc", "a/b", "-x")]
    assert names == ["pg", "My-Files", "server", "a-b", "x"]


def test_a_server_is_the_same_whatever_path_it_has(where: Places) -> None:
    """Another login shell makes no other server of it."""
    define(where, pg=PG)
    known = read_profile(where, "work").servers["pg"]
    assert says_same({**PG, "env": {"A": 'x"\n', "PATH": "/usr/bin"}}, known)
    assert not says_same({**PG, "env": {"A": "y"}}, known)
    assert not says_same({"url": "https://a"}, known)
