"""A secret on its way from a real keyring through a guard into a server, and nowhere else."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.errors import VaultFault
from localguard.vault.bindings import binding_of_url
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import open_vault
from tests.config.makers import approve
from tests.providers.secret_service import SecretService
from tests.ways.conftest import stage
from tests.ways.home import ALL
from tests.ways.stage import Stage
from tests.ways.wire import PATIENCE, Message, Wire

__all__ = ["stage"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Secret Service is of Linux")

VALUE = "hunter2-in-the-vault/+é"
SCRIPT = 'printf %s "$FAKE_TOKEN" > "$0"; echo "my token is $FAKE_TOKEN" >&2; exec "$@"'


def secrets(stage: Stage) -> NamedSecrets:
    return NamedSecrets(open_vault(stage.home.places.vault, "keyring"))


def define(stage: Stage, *words: str) -> Path:
    """A server that tells what it was given; the file that it writes that to."""
    witness = stage.folder / "given"
    command = ["/bin/sh", "-c", SCRIPT, str(witness), *stage.server(), *words]
    env = 'env = { FAKE_TOKEN = "secret:fake-token", MODE = "ro" }'
    table = f"[servers.fake]\ncommand = {json.dumps(command)}\n{env}\n"
    stage.home.write("all", f"{ALL}{table}")
    return witness


def with_keyring(stage: Stage, service: SecretService) -> None:
    stage.home.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address


def why(wire: Wire) -> str:
    """What the model reads of a call that did not pass; nothing of one that did."""
    result: Message = wire.call("echo")["result"]
    return str(result["content"][0]["text"]) if result.get("isError") else ""


def files_with(folder: Path, text: str) -> list[str]:
    """The files below a folder in which a text stands, in any of its usual spellings."""
    escaped = json.dumps(text)[1:-1]
    needles = {text.encode(), escaped.encode(), escaped.replace("/", "\\/").encode()}
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_fifo()]
    return [str(path) for path in files if any(n in path.read_bytes() for n in needles)]


def processes_with(text: str) -> list[str]:
    """The processes whose arguments have a text."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if text.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def test_a_secret_reaches_the_server_and_nothing_else(
    stage: Stage, secret_service: SecretService
) -> None:
    """Issue 5.2: in the server's environment; in no log, record, argument, file or stderr."""
    with_keyring(stage, secret_service)
    witness = define(stage)
    secrets(stage).set("fake-token", VALUE)
    wire = stage.run("fake")
    wire.handshake()
    answer = wire.call("echo", text=f"you gave me {VALUE}")
    assert answer["result"]["content"][0]["text"] == "you gave me [redacted: fake-token]"
    assert processes_with(VALUE) == []
    assert VALUE.encode() not in Path(f"/proc/{wire.process.pid}/environ").read_bytes()
    wire.finish()
    assert witness.read_text("utf-8") == VALUE
    assert "my token is [redacted: fake-token]" in wire.complaints()
    witness.unlink()
    assert files_with(stage.folder, VALUE) == []
    assert stage.home.records("intent")
    (info,) = secrets(stage).listed()
    assert [one.server for one in info.bound] == ["fake"]


def test_a_missing_secret_denies_with_the_fix_until_it_is_there(
    stage: Stage, secret_service: SecretService
) -> None:
    """The server is not started; once a person gives the secret it is, and nobody reconnects."""
    with_keyring(stage, secret_service)
    witness = define(stage)
    wire = stage.run("fake")
    wire.handshake()
    told = why(wire)
    assert "there is no secret fake-token in the vault" in told
    assert "localguard secret set fake-token" in told
    assert not witness.exists()
    secrets(stage).set("fake-token", VALUE)
    stage.home.until("server", event="started")
    assert why(wire) == ""
    assert witness.read_text("utf-8") == VALUE


def test_another_program_under_the_same_name_gets_no_secret(
    stage: Stage, secret_service: SecretService
) -> None:
    """Attack: the profile is edited so that the same server means another program."""
    with_keyring(stage, secret_service)
    witness = define(stage)
    secrets(stage).set("fake-token", VALUE, binding_of_url("fake", "https://x.example"))
    wire = stage.run("fake")
    wire.handshake()
    told = why(wire)
    assert "is bound to another server (fake: https://x.example)" in told
    assert "localguard secret allow fake-token fake" in told
    assert not witness.exists()
    (pending,) = secrets(stage).pending("fake-token")
    assert shlex.split(pending.shown)[1] == "/bin/sh"
    secrets(stage).allow("fake-token", pending)
    stage.home.until("server", event="started")
    assert why(wire) == ""
    assert witness.read_text("utf-8") == VALUE


def test_an_edited_profile_is_not_the_first_to_have_a_secret(
    stage: Stage, secret_service: SecretService
) -> None:
    """Attack A: a secret that was given and not used yet, and a model that edits the profile so
    that a program of its own is the first to ask for it.
    """
    with_keyring(stage, secret_service)
    secrets(stage).set("fake-token", VALUE)
    witness = define(stage)
    profile = Path(stage.home.places.profile_file("all"))
    edited = profile.read_text("utf-8")
    stage.home.write("all", ALL)
    profile.write_text(edited, "utf-8")
    wire = stage.run("fake")
    wire.handshake()
    told = why(wire)
    assert "is bound to no server yet" in told
    assert "localguard secret allow fake-token fake" in told
    assert not witness.exists()


def test_a_profile_of_a_models_own_is_not_the_first_to_have_a_secret(
    stage: Stage, secret_service: SecretService
) -> None:
    """Attack A: a model writes profiles/evil.toml and starts `localguard run --profile evil fake`:
    the first use is no person's word. Once there is one, the running guard starts the server.
    """
    with_keyring(stage, secret_service)
    secrets(stage).set("fake-token", VALUE)
    witness = define(stage)
    stage.home.edit("evil", Path(stage.home.places.profile_file("all")).read_text("utf-8"))
    wire = stage.run("--profile", "evil", "fake")
    wire.handshake()
    told = why(wire)
    assert "is bound to no server yet" in told
    assert "localguard secret allow fake-token fake" in told
    assert not witness.exists()
    approve(stage.home.places, "evil")
    why(wire)
    stage.home.until("server", event="started")
    assert why(wire) == ""
    assert witness.read_text("utf-8") == VALUE


@pytest.mark.slow
def test_a_locked_keyring_ends_in_a_reason_and_an_exit(
    stage: Stage, prompting_service: SecretService
) -> None:
    """Research identity 7.9: the deadline holds in a guard, and so does its end."""
    with_keyring(stage, prompting_service)
    define(stage)
    head = {
        "version": 1,
        "store": "keyring",
        "key_id": "00" * 8,
        "check": "00" * 32,
        "made": "",
    }
    vault = Path(stage.home.places.vault)
    (vault / "entries").mkdir(mode=0o700, parents=True)
    for path, text in (("vault.json", json.dumps(head)), ("entries/secret.fake-token.sealed", "x")):
        (vault / path).write_text(text)
        (vault / path).chmod(0o600)
    wire = stage.run("fake")
    wire.handshake()
    assert "the keyring has not answered for 3 s" in why(wire)
    wire.finish()


def test_a_plain_profile_needs_no_vault(stage: Stage) -> None:
    """Promise: no keyring is loaded, and none is asked, for who has no secret."""
    stage.home.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    program = (
        "import runpy, sys\n"
        "sys.addaudithook(lambda event, args: event == 'import' and args[0].partition('.')[0] in"
        " ('keyring', 'cryptography', 'jeepney') and sys.exit('loaded ' + args[0]))\n"
        "runpy.run_module('localguard', run_name='__main__', alter_sys=True)"
    )
    command = stage.home.argv("--name", "fake", "--", *stage.server())
    wire = stage.start([sys.executable, "-c", program, *command[3:]])
    wire.handshake()
    assert why(wire) == ""
    wire.finish()


def test_a_server_is_looked_at_with_its_secrets(
    stage: Stage, secret_service: SecretService
) -> None:
    """`server test` starts what a guard starts."""
    with_keyring(stage, secret_service)
    witness = define(stage)
    secrets(stage).set("fake-token", VALUE)
    looked = subprocess.run(
        [sys.executable, "-m", "localguard", "server", "test", "fake"],
        env=stage.home.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert witness.read_text("utf-8") == VALUE
    assert VALUE not in looked.stdout + looked.stderr


def test_a_secret_of_a_lost_key_is_a_fault(stage: Stage, secret_service: SecretService) -> None:
    """What a guard says of a keyring that was reset names the way out."""
    with_keyring(stage, secret_service)
    secrets(stage).set("fake-token", VALUE)
    remove = (
        "from keyring.backends.SecretService import Keyring\nimport sys\n"
        "Keyring().delete_password(sys.argv[1], 'localguard')"
    )
    head = json.loads(Path(stage.home.places.vault, "vault.json").read_text())
    process = secret_service.python(remove, f"localguard-vault-{head['key_id']}")
    assert process.communicate(timeout=PATIENCE) == ("", "")
    with pytest.raises(VaultFault):
        secrets(stage).pending("fake-token")
    define(stage)
    wire = stage.run("fake")
    wire.handshake()
    assert "localguard secret reset" in why(wire)
