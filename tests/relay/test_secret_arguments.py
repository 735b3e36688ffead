"""A server that takes its secret by an argument gets it from the vault, and nobody else sees it."""

from pathlib import Path

import pytest

from localguard.errors import VaultFault
from localguard.policy.decide import Standing
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Origin
from localguard.redaction.registered import Secrets
from localguard.relay.launch import plan
from localguard.relay.references import References
from localguard.relay.wanted import Wanted
from localguard.vault.bindings import binding_of_command
from localguard.vault.late import LateVault
from localguard.vault.named import NamedSecrets
from tests.config.makers import messages

TOKEN = "token-of-ana-0000"
WORDS = ("/bin/db", "--token=secret:db", "--mode", "ro", "secret:db")


def standing(command: tuple[str, ...] = WORDS) -> Standing:
    """A profile with one server that takes its secret twice."""
    table = ServerTable("db", Origin("work.toml", 1), command=command)
    return Standing(Profile("work", (), servers={"db": table}), confirmed=True)


def vault_with_token() -> LateVault:
    """A vault that has the token."""
    vault = LateVault("/nowhere", lambda: "memory")
    NamedSecrets(vault()).set("db", TOKEN)
    return vault


def test_each_word_is_filled_in_for_the_server_alone(tmp_path: Path) -> None:
    """The launch, its identity and the binding know the reference; the process has the value."""
    launch = plan(Wanted("db", (), None, None), standing(), {"PATH": "/bin"}, str(tmp_path))
    given = References(vault_with_token(), standing=standing)
    assert given.waits(launch.defined)
    assert launch.command is not None
    filled = given.filled("db", launch.identity.words, launch.command, launch.defined)
    assert filled.argv == ("/bin/db", f"--token={TOKEN}", "--mode", "ro", TOKEN)
    assert TOKEN not in repr(launch)
    assert launch.identity.words[1:] == WORDS[1:]
    secrets = Secrets()
    given.register(secrets)
    assert secrets.finds(f"it said {TOKEN}")


def test_a_launch_with_a_secret_is_not_noted_for_a_quick_start(tmp_path: Path) -> None:
    """The quick start knows no vault: it would hand on the reference."""
    launch = plan(Wanted("db", (), None, None), standing(), {"PATH": "/bin"}, str(tmp_path))
    assert launch.note((("work.toml", None),)) is None
    other = plan(Wanted("db", (), None, None), standing(("/bin/db",)), {}, str(tmp_path))
    assert other.note((("work.toml", None),)) is not None


def test_another_program_does_not_get_it(tmp_path: Path) -> None:
    """Attack: whoever edits the profile puts another program before the reference."""
    vault = vault_with_token()
    NamedSecrets(vault()).allow("db", binding_of_command("db", WORDS, None, {}))
    evil = standing(("/bin/evil", "secret:db"))
    launch = plan(Wanted("db", (), None, None), evil, {"PATH": "/bin"}, str(tmp_path))
    assert launch.command is not None
    given = References(vault, standing=lambda: evil)
    with pytest.raises(VaultFault, match="bound to another server"):
        given.filled("db", launch.identity.words, launch.command, launch.defined)


def test_what_the_command_line_says_is_no_reference(tmp_path: Path) -> None:
    """Attack: a model writes an entry of its own into the client's file."""
    table = ServerTable("db", Origin("work.toml", 1))
    open_ = Standing(Profile("work", (), servers={"db": table}), confirmed=True)
    launch = plan(Wanted("db", WORDS, None, None), open_, {"PATH": "/bin"}, str(tmp_path))
    assert launch.command is not None
    given = References(vault_with_token(), standing=lambda: open_)
    filled = given.filled("db", launch.identity.words, launch.command, launch.defined)
    assert filled.argv == WORDS


def test_a_slip_in_a_profile_is_told_with_its_line(tmp_path: Path) -> None:
    """Promise: a fault has file, line and the way to write it."""
    text = 'version = 1\n[servers.db]\ncommand = ["secret:a", "--token=secret:"]\n'
    told = messages(tmp_path, text)
    assert len(told) == 2
    assert "a secret is no program" in told[0]
    assert "no secret can be called that" in told[1]
