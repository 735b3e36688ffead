"""`localguard login SERVER`, from the profile to the token, against real servers."""

import io
from collections.abc import Generator
from pathlib import Path

import pytest

from localguard.cli.exits import Exit
from localguard.cli.login_server import At, login_server
from localguard.config.paths import Places
from localguard.credentials.kept import KeptBearer, Served
from localguard.errors import LocalguardError, SignInFault, UsageFault, VaultFault
from localguard.oauth.addresses import resource_of
from localguard.policy.people import Identity, Nobody
from localguard.policy.people import Person as Who
from localguard.policy.server_auth import OAuth
from localguard.vault.memory import MemoryVault
from tests.cli.persons import Visitor
from tests.config.makers import choose, places_in, put
from tests.credentials.authority import Authority, Resource, authorities, resources
from tests.credentials.person import Person

V = 'version = 1\nprofile = "work"\n'
SIGN_IN = '[identity]\nissuer = "https://login.example.com"\nclient_id = "lg"\n'
ALICE = Identity("https://login.example.com", "alice", "alice", "Alice", "s1")


class SharedVault(MemoryVault):
    """A vault that other processes would see."""

    shared = True


@pytest.fixture
def resource() -> Generator[Resource]:
    with authorities(Authority()) as authority, resources(Resource(authority)) as found:
        yield found


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return places_in(tmp_path)


def at(
    where: Places,
    who: Who = ALICE,
    vault: MemoryVault | None = None,
    visitor: Visitor | None = None,
) -> At:
    by = (visitor or Visitor(where)).person
    return At(where, vault or SharedVault(), Person(), lambda _: who, io.StringIO(), by, "browser")


def written(where: Places, server: str, *, before: str = "", name: str = "work") -> None:
    put(where, name, V.replace("work", name) + before + f"[servers.notes]\n{server}")
    choose(where, "work")


def said(given: At) -> str:
    assert isinstance(given.out, io.StringIO)
    return given.out.getvalue()


def test_a_person_is_told_where_and_for_what_and_what_came_of_it(
    where: Places, resource: Resource
) -> None:
    """Promise: host and scopes before the browser opens, what was granted afterwards.

    Attack A: the url of a server was edited, and its metadata names an honest issuer, at whose page
    nobody would see it: so what is told first is where the token will go.
    """
    written(where, f'url = "{resource.url}"\nauth = "oauth"\noauth = {{ scopes = ["read"] }}\n')
    given = at(where)
    assert login_server("notes", given, scopes=("write",)) is Exit.OK
    host = resource.authority.origin.removeprefix("http://")
    assert said(given) == (
        f"To sign in to notes, your browser goes to {host}.\n"
        f"The token comes from http://{host}, and goes to {resource.url}.\n"
        "It asks for: read, write.\n"
        "Signed in to notes. Granted: read, write.\n"
        "The token is renewed by itself, once for all clients.\n"
    )


def test_the_token_is_that_of_the_person(where: Places, resource: Resource) -> None:
    """Issue 5: one token per person; without [identity] this machine's user has it."""
    written(where, f'url = "{resource.url}/"\nauth = "oauth"\n', before=SIGN_IN)
    given = at(where)
    login_server("notes", given)

    def bearer(holder: tuple[str, str] | None) -> KeptBearer:
        served = Served("notes", resource_of(resource.url), OAuth(), holder)
        return KeptBearer(served, given.vault, lambda name, _: name)

    assert bearer(ALICE.key).token() in resource.authority.access
    with pytest.raises(SignInFault):
        bearer(None).token()


def test_without_a_person_there_is_no_token(where: Places, resource: Resource) -> None:
    """Fail closed: a profile that asks for a person keeps no token for anybody else."""
    written(where, f'url = "{resource.url}"\nauth = "oauth"\n', before=SIGN_IN)
    nobody = Nobody("nobody has signed in", "localguard login --profile work")
    with pytest.raises(SignInFault, match="nobody has signed in") as raised:
        login_server("notes", at(where, nobody))
    assert raised.value.fix == "localguard login --profile work"
    assert not resource.seen


def test_a_vault_in_memory_takes_no_sign_in(where: Places, resource: Resource) -> None:
    """What would be gone at once is not asked for."""
    written(where, f'url = "{resource.url}"\nauth = "oauth"\n')
    with pytest.raises(VaultFault, match="in memory"):
        login_server("notes", at(where, vault=MemoryVault()))
    assert not resource.seen


@pytest.mark.parametrize(
    ("server", "told", "fix"),
    [
        ('command = ["notes"]\n', "started by a command", "localguard login"),
        ('url = "https://n.example/mcp"\n', "does not say", 'add auth = "oauth"'),
        (
            'url = "https://n.example/mcp"\nauth = "secret:notes"\n',
            "takes the secret notes",
            "localguard secret set notes",
        ),
        (
            'url = "https://n.example/mcp"\nauth = "token-exchange"\n',
            "traded for your own sign-in",
            "localguard login",
        ),
    ],
)
def test_a_server_that_takes_no_sign_in_is_told_with_the_way_out(
    where: Places, server: str, told: str, fix: str
) -> None:
    """Promise: what happened, where, what to do."""
    written(where, server, before=SIGN_IN)
    with pytest.raises(UsageFault, match=told) as raised:
        login_server("notes", at(where))
    assert raised.value.where.startswith("work.toml:")
    assert fix in raised.value.fix


def test_a_server_of_another_profile_is_found(where: Places) -> None:
    """The fix is a command that works as it stands."""
    written(where, 'url = "https://n.example/mcp"\nauth = "oauth"\n')
    put(where, "home", 'version = 1\n[servers.diary]\nurl = "https://d.example/mcp"\n')
    put(where, "broken", "[[[")
    with pytest.raises(UsageFault, match="names no server diary") as raised:
        login_server("diary", at(where))
    assert raised.value.fix == "localguard login diary --profile home"
    with pytest.raises(UsageFault) as raised:
        login_server("dairy", at(where))
    assert raised.value.fix == "use one of notes"


def test_a_hostile_server_writes_nothing_to_the_terminal(where: Places, resource: Resource) -> None:
    """Attack: scopes that are chosen to look like lines of ours."""
    written(where, f'url = "{resource.url}"\nauth = "oauth"\n')
    resource.metadata = {"scopes_supported": ["read\x1b[2J", "a\nSigned in to bank."]}
    given = at(where)
    with pytest.raises(LocalguardError):
        login_server("bank", given)
    login_server("notes", given)
    assert "\x1b" not in said(given)
    assert "Signed in to bank" not in said(given)
