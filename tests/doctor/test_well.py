"""A home in which everything is well: doctor has nothing to say against it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.doctor import identity, keyring, log, policy, servers
from localguard.vault.named import NamedSecrets
from tests.doctor.planted import PLAIN, Planted, listed, serious
from tests.ways.shops import Shelves, tool

HEAVY = {"httpx2", "authlib", "joserfc", "keyring", "cryptography", "textual", "mcp"}


@pytest.mark.skipif(sys.platform != "linux", reason="a Secret Service is of Linux")
@pytest.mark.usefixtures("secret_service")
def test_a_home_in_which_all_is_well_gives_no_warning(
    tmp_path: Path, client_environment: Mapping[str, str]
) -> None:
    """Keyring, sign-ins, servers, policy and log, with a server that needs a secret.

    The guard of the trial binds the secret, and doctor then finds it bound to that very server.
    """
    home, shelves = Planted(tmp_path, client_environment), Shelves(tmp_path / "shop.json")
    shelves.tools(tool("read"), tool("write"))
    folder, program = os.path.split(sys.executable)
    argv = [program, *shelves.argv[1:]]
    env = {"TOKEN": "secret:token", "PATH": f"{folder}:/usr/bin:/bin"}
    table = ", ".join(f'{name} = "{value}"' for name, value in env.items())
    home.accept(f"{PLAIN}[servers.shop]\ncommand = [{listed(argv)}]\nenv = {{ {table} }}\n")
    bus = "DBUS_SESSION_BUS_ADDRESS"
    home.environ[bus] = os.environ[bus]
    NamedSecrets(home.vault).set("token", "t" * 20)
    every = [
        finding
        for category in (servers, keyring, identity, policy, log)
        for finding in home.found(category.checks)
    ]
    assert serious(every) == []
    ids = {one.id for one in every}
    assert {"keyring.secrets", "servers.shop.start", "policy.active", "log.whole"} <= ids
    assert "tttt" not in repr(every)
    assert [one.server for one in NamedSecrets(home.vault).bound("token")] == ["shop"]


def test_checks_load_nothing_heavy_before_they_need_it() -> None:
    """Promise: what speaks with keyrings and providers is loaded by those who need it."""
    categories = ("keyring", "identity", "servers", "policy", "log")
    names = ", ".join(f"localguard.doctor.{one}" for one in categories)
    program = f"import sys, {names}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert HEAVY.isdisjoint(loaded)
