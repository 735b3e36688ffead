"""`secret set`, `list`, `remove`, `allow` and `reset`: for a person, and never with a value."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.audit.records import RefusedApprover
from localguard.cli import secrets
from localguard.cli.exits import Exit
from localguard.cli.secret_reset import reset_vault
from localguard.cli.secret_value import read_value
from localguard.errors import UsageFault, VaultFault
from localguard.vault.bindings import Binding, binding_of_command
from localguard.vault.named import NamedSecrets
from tests.cli.ran import Ran, ran
from tests.cli.secret_hand import OUTSIDE, Hand, secrets_in
from tests.vault.makers import entry, vault_in

HERE = f"{datetime(2026, 11, 27, 10, tzinfo=UTC).astimezone():%Y-%m-%d %H:%M:%S}"
"""When they were made, in the zone of whoever reads."""
VALUE = "ghp_not_to_be_shown"
GITHUB = binding_of_command("github", ["/usr/bin/github-mcp"], None, {})
EVIL = binding_of_command("github", ["/tmp/evil\x1b[2J"], None, {})


def keep(kept: NamedSecrets, hand: Hand, value: str = VALUE, binding: Binding | None = None) -> Ran:
    return ran(
        lambda out, err: secrets.keep(kept, "token", value, binding, hand.person, out=out, err=err)
    )


def allow(kept: NamedSecrets, hand: Hand, *, yes: bool = False) -> Ran:
    return ran(
        lambda out, err: secrets.allow_secret(
            kept, "token", "github", lambda: GITHUB, hand.person, yes=yes, out=out, err=err
        )
    )


def refuse(kept: NamedSecrets, binding: Binding) -> None:
    with pytest.raises(VaultFault):
        kept.reveal("token", binding)


def test_a_secret_is_kept_and_never_shown(tmp_path: Path) -> None:
    """What is printed says how a profile names it, and for whom it is."""
    kept = secrets_in(tmp_path)
    done = keep(kept, Hand())
    assert done.code is Exit.OK
    assert done.out.splitlines() == [
        "kept token; in the profile: secret:token",
        "  the first server that it goes to is the one that it is for",
    ]
    assert kept.holds("token", VALUE)


def test_what_is_too_short_to_be_found_is_said(tmp_path: Path) -> None:
    """Redaction cannot promise what a short value would break."""
    done = keep(secrets_in(tmp_path), Hand(), "abc", GITHUB)
    assert done.out.splitlines()[1:] == [
        "  for github: /usr/bin/github-mcp",
        "  with less than 6 characters it is not looked for in what servers say",
    ]


def test_only_a_person_exchanges_a_value(tmp_path: Path) -> None:
    """Attack: the model's shell puts the token of another account into its place."""
    kept, hand = secrets_in(tmp_path), Hand(why=OUTSIDE)
    keep(kept, hand)
    done = keep(kept, hand, "of another account")
    assert (done.code, done.out) == (Exit.DENIED, "")
    assert OUTSIDE in done.err
    assert kept.holds("token", VALUE)
    assert isinstance(hand.records[0], RefusedApprover)
    person = Hand()
    assert keep(kept, person, "renewed").out.startswith("replaced token")
    assert person.chosen == [("secret", "token replaced")]
    assert kept.holds("token", "renewed")


def test_only_a_person_binds_a_name_that_is_free(tmp_path: Path) -> None:
    """Attack A: a shell without a terminal keeps any value under the name that a person will take,
    bound to a server of its own, which would have the real one from then on.
    """
    kept = secrets_in(tmp_path)
    done = keep(kept, Hand(why=OUTSIDE), "planted", EVIL)
    assert (done.code, done.out) == (Exit.DENIED, "")
    assert OUTSIDE in done.err
    assert not kept.has("token")
    person = Hand()
    assert keep(kept, person, binding=GITHUB).code is Exit.OK
    assert person.chosen == [("secret", "token kept for github: /usr/bin/github-mcp")]


def test_whoever_has_the_next_value_too_is_told(tmp_path: Path) -> None:
    """Attack A: what was bound before a person gave the value does not stay unseen."""
    kept = secrets_in(tmp_path)
    kept.set("token", "planted", EVIL)
    assert keep(kept, Hand()).out.splitlines() == [
        "replaced token; in the profile: secret:token",
        "  for github: /tmp/evil\\u{1b}[2J",
    ]


def test_a_list_has_everything_but_the_values(tmp_path: Path) -> None:
    """Names, fingerprints, when, bound to, refused; control characters are made visible."""
    kept = secrets_in(tmp_path)
    empty = ran(lambda out, _: secrets.list_secrets(kept, as_json=False, out=out))
    assert empty.out == "no secrets are kept; localguard secret set NAME keeps one\n"
    keep(kept, Hand(), binding=GITHUB)
    refuse(kept, EVIL)
    kept.set("free", "other value")
    (free, token) = kept.listed()
    listed = ran(lambda out, _: secrets.list_secrets(kept, as_json=False, out=out))
    assert listed.out.splitlines() == [
        f"free  {free.fingerprint}  {HERE}  not yet bound",
        f"token  {token.fingerprint}  {HERE}",
        "  for github: /usr/bin/github-mcp",
        "  refused to github: /tmp/evil\\u{1b}[2J",
        "    if it may have it: localguard secret allow token github",
    ]
    as_json = ran(lambda out, _: secrets.list_secrets(kept, as_json=True, out=out))
    names = [one["name"] for one in json.loads(as_json.out)["secrets"]]
    assert names == ["free", "token"]
    assert VALUE not in listed.out + as_json.out
    entry(tmp_path, "secret/free").write_bytes(b"")
    broken = ran(lambda out, _: secrets.list_secrets(kept, as_json=False, out=out))
    assert broken.code is Exit.FAILURE
    assert "is cut off" in broken.out


def test_what_was_refused_last_is_what_is_allowed(tmp_path: Path) -> None:
    """A person sees which program it is, and allows that one, not one that a terminal finds."""
    kept, hand = secrets_in(tmp_path), Hand()
    keep(kept, Hand(), binding=GITHUB)
    refuse(kept, EVIL)
    done = allow(kept, hand)
    assert hand.asked == ["Let this server have token? github: /tmp/evil\\u{1b}[2J"]
    assert done.out == "token may go to github: /tmp/evil\\u{1b}[2J\n"
    assert hand.chosen == [("secret", "token allowed for github: /tmp/evil\\u{1b}[2J")]
    assert kept.reveal("token", EVIL) == VALUE


def test_what_nobody_has_asked_for_is_as_the_profile_defines_it(tmp_path: Path) -> None:
    """And with --yes nobody is asked."""
    kept, hand = secrets_in(tmp_path), Hand()
    keep(kept, Hand(), binding=EVIL)
    assert allow(kept, hand, yes=True).code is Exit.OK
    assert hand.asked == []
    assert kept.reveal("token", GITHUB) == VALUE


@pytest.mark.parametrize("hand", [Hand(why=OUTSIDE), Hand(answer=False)], ids=["model", "no"])
def test_only_a_persons_yes_allows(tmp_path: Path, hand: Hand) -> None:
    """Attack: the model edits a profile, and allows its own program the secret."""
    kept = secrets_in(tmp_path)
    keep(kept, Hand(), binding=GITHUB)
    refuse(kept, EVIL)
    assert allow(kept, hand).code is Exit.DENIED
    assert hand.chosen == []
    refuse(kept, EVIL)


def test_a_secret_is_removed_by_a_person(tmp_path: Path) -> None:
    """Refused to a program; an unknown name says where names are."""
    kept = secrets_in(tmp_path)
    keep(kept, Hand())

    def remove(name: str, hand: Hand) -> Ran:
        return ran(
            lambda out, err: secrets.remove_secret(kept, name, hand.person, out=out, err=err)
        )

    assert remove("token", Hand(why=OUTSIDE)).code is Exit.DENIED
    with pytest.raises(UsageFault, match="there is no secret tokne"):
        remove("tokne", Hand())
    hand = Hand()
    assert remove("token", hand).out.startswith("removed token\nrevoke it")
    assert hand.chosen == [("secret", "token removed")]
    assert not kept.has("token")


def test_a_vault_whose_key_is_lost_is_begun_anew_and_kept_aside(tmp_path: Path) -> None:
    """Never a loop: the way out of a keyring that was reset."""
    kept = secrets_in(tmp_path)
    keep(kept, Hand())
    for path in (tmp_path / "keys").iterdir():
        path.unlink()
    folder = str(tmp_path / "vault")

    def reset(hand: Hand) -> Ran:
        return ran(lambda out, err: reset_vault(folder, hand.person, yes=False, out=out, err=err))

    with pytest.raises(VaultFault):
        secrets_in(tmp_path).holds("token", VALUE)
    assert reset(Hand(why=OUTSIDE)).code is Exit.DENIED
    assert reset(Hand(answer=False)).code is Exit.DENIED
    assert kept.has("token")
    hand = Hand()
    done = reset(hand)
    aside = next(path for path in (tmp_path / "vault").iterdir() if path.is_dir())
    assert done.out.splitlines() == [
        f"the vault begins anew; what was there is kept in {aside}",
        "  given up: secret token; again: localguard secret set token",
    ]
    assert hand.chosen == [("vault", "given up, with 1 entries")]
    assert sorted(path.name for path in aside.iterdir()) == ["entries", "vault.json"]
    assert reset(Hand()).out == "the vault is empty\n"
    again = secrets_in(tmp_path)
    again.set("token", "again")
    assert vault_in(tmp_path).names("secret") == ("secret/token",)


def command(
    environment: Mapping[str, str], *arguments: str, given: bytes = b""
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "localguard", "secret", *arguments],
        env=dict(environment),
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def passphrase_home(client_environment: Mapping[str, str], tmp_path: Path) -> Mapping[str, str]:
    """A home whose vault needs no keyring, and a passphrase that nobody types."""
    home = tmp_path / "home"
    home.mkdir()
    config = home / "config.toml"
    config.write_text('[vault]\nstore = "passphrase"\n')
    config.chmod(0o600)
    return {**client_environment, "LOCALGUARD_HOME": str(home)}


def test_a_name_that_cannot_be_is_refused_before_its_value_is_typed() -> None:
    """Nobody types a secret in vain."""
    with pytest.raises(UsageFault, match="cannot be the name of a secret"):
        read_value("two words")


def test_a_value_comes_over_stdin_and_no_other_way(passphrase_home: Mapping[str, str]) -> None:
    """No option takes a value: arguments are there for every program to read."""
    refused = command(passphrase_home, "set", "token", VALUE)
    assert refused.returncode == Exit.USAGE
    read, write = os.pipe()
    os.write(write, b"correct horse battery\n")
    os.close(write)
    environment = {**passphrase_home, "LOCALGUARD_PASSPHRASE_FD": str(read)}
    done = subprocess.run(
        [sys.executable, "-m", "localguard", "secret", "set", "token"],
        env=environment,
        input=f"{VALUE}\n".encode(),
        pass_fds=(read,),
        capture_output=True,
        timeout=60,
        check=False,
    )
    os.close(read)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"kept token")
    assert VALUE.encode() not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is of POSIX")
def test_a_typed_value_is_not_echoed(passphrase_home: Mapping[str, str]) -> None:
    """Nobody behind the person reads it, and no scrollback keeps it."""
    master, terminal = os.openpty()
    read, write = os.pipe()
    os.write(write, b"correct horse battery\n")
    os.close(write)
    with subprocess.Popen(
        [sys.executable, "-m", "localguard", "secret", "set", "token"],
        env={**passphrase_home, "LOCALGUARD_PASSPHRASE_FD": str(read)},
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        pass_fds=(read,),
        start_new_session=True,
    ) as typed:
        shown = b""
        while b"not shown" not in shown:
            shown += os.read(master, 4096)
        os.write(master, f"{VALUE}\n".encode())
        out, _ = typed.communicate(timeout=60)
    os.close(terminal)
    os.close(read)
    with suppress(OSError):
        while part := os.read(master, 4096):
            shown += part
    os.close(master)
    assert (typed.returncode, out[:10]) == (0, b"kept token")
    assert VALUE.encode() not in shown + out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", b"the value of token is empty"),
        (b"\xff\xfe", b"what stdin has is no UTF-8"),
        (b"x" * 70_000, b"stdin has more than 64 KiB"),
    ],
)
def test_what_is_no_value_is_said(
    passphrase_home: Mapping[str, str], given: bytes, said: bytes
) -> None:
    """Before anything is asked of the vault."""
    done = command(passphrase_home, "set", "token", given=given)
    assert done.returncode == Exit.USAGE
    assert said in done.stderr


def test_memory_refuses_what_guards_could_not_read(passphrase_home: Mapping[str, str]) -> None:
    """A secret that is gone when the command ends would be kept in no sense."""
    config = Path(passphrase_home["LOCALGUARD_HOME"], "config.toml")
    config.write_text('[vault]\nstore = "memory"\n')
    done = command(passphrase_home, "set", "token", given=b"value")
    assert done.returncode == Exit.FAILURE
    assert b'with [vault] store = "memory" nothing that is kept here would reach a guard' in (
        done.stderr
    )
