"""Another process of the same person: `python -m tests.identity.process FOLDER ISSUER SERIAL`.

It renews a sign-in that it saw with this serial, and prints what came of it.
"""

import json
import os
import sys
import time
from pathlib import Path

from localguard.errors import LocalguardError
from localguard.identity.renewal import renew
from localguard.oauth.wire import Wire
from localguard.vault.head import Head
from localguard.vault.sealed_file import VaultKey
from localguard.vault.sealed_vault import SealedVault
from localguard.vault.store import Store
from tests.identity.makers import Home
from tests.identity.op import Op


class KeyInFile:
    """The key of a vault in a file, as tests have no keyring to spare."""

    def __init__(self, path: Path) -> None:
        self.store: Store = "keyring"
        self.patience: float | None = None
        self._path = path

    def read(self, head: Head) -> bytes:
        del head
        return bytes.fromhex(self._path.read_text())

    def make(self, key: VaultKey, made: str) -> Head:
        self._path.write_text(key.secret.hex())
        return Head("keyring", key.id, key.check(), made, backend="a file")


def shared_home(folder: Path, op: Op) -> Home:
    """A home whose vault all processes share."""
    vault = SealedVault(str(folder / "vault"), KeyInFile(folder / "key"))
    return Home(str(folder / "state" / "identity"), op, time.time, vault=vault)


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main() -> None:
    """Renew once."""
    folder, issuer, serial = sys.argv[1:]
    home = shared_home(Path(folder), Op(issuer=issuer))
    _say("ready")
    sys.stdin.readline()
    try:
        with Wire() as wire:
            card = renew(home.asked(), home.sign_ins, wire, stale=int(serial))
        _say(json.dumps({"serial": card.serial, "ended": card.ended}))
    except LocalguardError as fault:
        _say(json.dumps({"fault": fault.explain()}))


if __name__ == "__main__":
    main()
