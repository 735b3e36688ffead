"""A process that uses a token: `python -m tests.credentials.one_guard FOLDER URL [dies]`.

It says "ready", waits for a line, and says the SHA-256 of the token, or the fault. With `dies` it
says "writing" when the new token has come and is about to be kept, and stays there.
"""

import hashlib
import os
import sys
import time
from pathlib import Path

from localguard.credentials.kept import KeptBearer, Served
from localguard.errors import LocalguardError
from localguard.policy.server_auth import OAuth
from localguard.vault.sealed_vault import SealedVault
from tests.credentials.signing_in import ALICE
from tests.credentials.vaults import FileSource, vault_in


class Dying(SealedVault):
    """A vault that keeps nothing any more."""

    def put(self, name: str, value: bytes) -> None:
        del name, value
        say("writing")
        while True:
            time.sleep(3600)


def say(words: str) -> None:
    os.write(1, f"{words}\n".encode())


def main(folder: Path, url: str, *, dies: bool) -> None:
    vault = Dying(str(folder), FileSource(folder.with_suffix(".key"))) if dies else vault_in(folder)
    bearer = KeptBearer(Served("notes", url, OAuth(), ALICE), vault, lambda name, _: name)
    say("ready")
    sys.stdin.readline()
    try:
        say(hashlib.sha256(bearer.token().encode()).hexdigest())
    except LocalguardError as fault:
        say(fault.explain())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], dies="dies" in sys.argv[3:])
