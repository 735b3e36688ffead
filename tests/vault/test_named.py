"""Secrets by name: whom each is bound to, and that no way leads around that."""

from pathlib import Path

import pytest

from localguard.errors import UsageFault, VaultFault
from localguard.vault.bindings import Binding, binding_of_command, binding_of_url, referenced
from localguard.vault.memory import MemoryVault
from localguard.vault.named import NamedSecrets
from localguard.vault.secret_entry import MOST_PENDING
from localguard.vault.vault import Vault
from tests.vault.makers import FileSource, entry, vault_in

VALUE = "ghp_not_to_be_shown"
GITHUB = binding_of_command("github", ["/usr/bin/github-mcp", "stdio"], None, {"MODE": "ro"})
EVIL = binding_of_command("github", ["/tmp/evil"], None, {"MODE": "ro"})
WHEN = "2026-11-27T10:00:00+00:00"


@pytest.fixture(params=["sealed", "memory"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    return vault_in(tmp_path) if request.param == "sealed" else MemoryVault()


@pytest.fixture
def secrets(vault: Vault) -> NamedSecrets:
    return NamedSecrets(vault, lambda: WHEN)


def test_the_first_server_is_the_one_that_a_secret_is_for(secrets: NamedSecrets) -> None:
    """Design 6: bound to the server identity it was first used with; another binding is refused."""
    secrets.set("token", VALUE)
    assert secrets.reveal("token", GITHUB) == VALUE
    assert secrets.reveal("token", GITHUB) == VALUE
    with pytest.raises(VaultFault) as raised:
        secrets.reveal("token", EVIL)
    assert raised.value.explain() == (
        "secret:token: the secret token is bound to another server"
        " (github: MODE=ro /usr/bin/github-mcp stdio), not to MODE=ro /tmp/evil."
        " Fix: if it is to have it too, in a terminal: localguard secret allow token github."
    )
    secrets.allow("token", EVIL)
    assert secrets.reveal("token", EVIL) == secrets.reveal("token", GITHUB) == VALUE


def test_who_was_refused_is_kept_in_mind_until_allowed(secrets: NamedSecrets) -> None:
    """A person allows what a guard has asked for, not what a terminal finds by the same word."""
    secrets.set("token", VALUE, GITHUB)
    assert secrets.pending("token") == ()
    for _ in range(2):
        with pytest.raises(VaultFault):
            secrets.reveal("token", EVIL)
    assert secrets.pending("token") == (EVIL,)
    secrets.allow("token", EVIL)
    assert secrets.pending("token") == ()
    for number in range(MOST_PENDING + 5):
        with pytest.raises(VaultFault):
            secrets.reveal("token", binding_of_url("x", f"https://{number}.example"))
    assert len(secrets.pending("token")) == MOST_PENDING
    assert secrets.pending("token")[-1].shown == f"https://{MOST_PENDING + 4}.example"


def test_a_new_value_stays_bound(secrets: NamedSecrets) -> None:
    """A token that is renewed is for the same server."""
    secrets.set("token", VALUE, GITHUB)
    secrets.set("token", "renewed")
    assert secrets.reveal("token", GITHUB) == "renewed"
    with pytest.raises(VaultFault):
        secrets.reveal("token", EVIL)


def test_an_entry_that_was_put_back_does_not_unbind(tmp_path: Path) -> None:
    """Attack: the file of before the first use comes back, so that another server is the first."""
    secrets = NamedSecrets(vault_in(tmp_path))
    secrets.set("token", VALUE)
    unbound = entry(tmp_path, "secret/token").read_bytes()
    assert secrets.reveal("token", GITHUB) == VALUE
    entry(tmp_path, "secret/token").write_bytes(unbound)
    with pytest.raises(VaultFault, match="someone put it back"):
        secrets.reveal("token", EVIL)
    with pytest.raises(VaultFault, match="there is no secret token"):
        secrets.reveal("token", EVIL)


def test_a_secret_of_another_name_is_not_had_by_exchanging_files(tmp_path: Path) -> None:
    """Attack: the file of a secret that is bound is copied over one that is not."""
    secrets = NamedSecrets(vault_in(tmp_path))
    secrets.set("token", VALUE, GITHUB)
    secrets.set("free", "nothing much")
    entry(tmp_path, "secret/free").write_bytes(entry(tmp_path, "secret/token").read_bytes())
    with pytest.raises(VaultFault, match="exchanged for that of another entry"):
        secrets.reveal("free", EVIL)


def test_what_is_not_there_says_how_to_give_it(secrets: NamedSecrets) -> None:
    """Fail closed, with the fix."""
    with pytest.raises(VaultFault) as raised:
        secrets.reveal("token", GITHUB)
    assert raised.value.explain() == (
        "secret:token: there is no secret token in the vault."
        " Fix: in a terminal: localguard secret set token."
    )
    with pytest.raises(VaultFault):
        secrets.allow("token", GITHUB)


def test_a_list_shows_no_value(secrets: NamedSecrets) -> None:
    """Names, fingerprints, when and for whom."""
    secrets.set("b", VALUE)
    secrets.set("a", VALUE, GITHUB)
    secrets.set("c", "another")
    first, second, third = secrets.listed()
    assert [one.name for one in (first, second, third)] == ["a", "b", "c"]
    assert (first.bound, second.bound, first.made) == ((GITHUB,), (), WHEN)
    assert first.fingerprint == second.fingerprint != third.fingerprint
    assert VALUE not in repr(secrets.listed())
    assert (secrets.has("a"), secrets.has("x")) == (True, False)
    assert (secrets.holds("a", VALUE), secrets.holds("a", "x")) == (True, False)
    assert (secrets.remove("a"), secrets.remove("a")) == (True, False)


def test_a_list_goes_on_past_what_is_broken(tmp_path: Path) -> None:
    """One that does not open says so, and hides no other."""
    secrets = NamedSecrets(vault_in(tmp_path))
    secrets.set("a", VALUE)
    secrets.set("b", VALUE)
    entry(tmp_path, "secret/a").write_bytes(b"")
    first, second = secrets.listed()
    assert "is cut off" in (first.fault or "")
    assert second.fault is None


def test_a_list_without_its_key_is_one_fault(tmp_path: Path) -> None:
    """A locked keyring is waited for once, and not for each secret."""
    secrets = NamedSecrets(vault_in(tmp_path))
    for name in ("a", "b", "c"):
        secrets.set(name, VALUE)
    (key,) = (tmp_path / "keys").iterdir()
    key.unlink()
    vault = vault_in(tmp_path)
    with pytest.raises(VaultFault, match="lost"):
        NamedSecrets(vault).listed()
    source = vault._holder._source
    assert isinstance(source, FileSource)
    assert source.reads == 1


def test_what_another_version_wrote_is_a_fault(vault: Vault) -> None:
    """Never a guess at what binds it."""
    vault.put("secret/a", b'{"value": "x", "made": ""}')
    vault.put("secret/b", b"[")
    for name in ("a", "b"):
        with pytest.raises(VaultFault, match="another version"):
            NamedSecrets(vault).reveal(name, GITHUB)


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "ä", "x" * 101, "a\n"])
def test_what_cannot_be_a_name_is_refused(secrets: NamedSecrets, name: str) -> None:
    """A profile's words reach no path."""
    with pytest.raises(UsageFault, match="cannot be the name of a secret"):
        secrets.set(name, VALUE)


@pytest.mark.parametrize("value", ["", "a\0b", "x" * (64 * 1024 + 1)])
def test_what_cannot_be_a_value_is_refused(secrets: NamedSecrets, value: str) -> None:
    """No variable holds NUL."""
    with pytest.raises(UsageFault, match="the value of token"):
        secrets.set("token", value)


def test_a_binding_is_all_that_says_what_would_get_it() -> None:
    """Program, arguments, folder, names and values of variables: each makes another server."""
    words, env = ["/usr/bin/x", "a"], {"MODE": "ro", "TOKEN": "secret:token"}
    base = binding_of_command("s", words, "/work", env)
    others = (
        binding_of_command("s", ["/usr/bin/x"], "/work", env),
        binding_of_command("s", ["/usr/bin/x", "b"], "/work", env),
        binding_of_command("s", words, None, env),
        binding_of_command("s", words, "/work", env | {"MODE": "rw"}),
        binding_of_command("s", words, "/work", env | {"LD_PRELOAD": "/tmp/evil.so"}),
        binding_of_command("s", words, "/work", {"MODE": "ro", "OTHER": "secret:token"}),
        binding_of_command("s", words, "/work", env, ["LD_PRELOAD"]),
        binding_of_command("s", words, "/work", env, ["LD_PRELOAD", "NODE_*"]),
        binding_of_url("s", "https://x.example/mcp"),
    )
    assert len({base.identity, *(one.identity for one in others)}) == 10
    assert binding_of_command("renamed", words, "/work", dict(reversed(env.items()))) == Binding(
        "renamed", base.identity, base.shown
    )
    assert base.shown == "MODE=ro /usr/bin/x a (in /work)"


def test_a_variable_that_is_passed_on_makes_another_server(secrets: NamedSecrets) -> None:
    """Attack A: `pass_env = ["LD_PRELOAD"]` in the profile, and its value in the client's file."""
    words = ["/usr/bin/github-mcp", "stdio"]
    secrets.set("token", "hunter2")
    secrets.reveal("token", GITHUB)
    with pytest.raises(VaultFault, match="with the client's LD_PRELOAD"):
        secrets.reveal(
            "token", binding_of_command("g", words, None, {"MODE": "ro"}, ["LD_PRELOAD"])
        )
    assert (
        secrets.reveal("token", binding_of_command("g", words, None, {"MODE": "ro"})) == "hunter2"
    )


def test_a_reference_names_its_secret() -> None:
    assert (referenced("secret:a"), referenced("plain")) == ("a", None)
