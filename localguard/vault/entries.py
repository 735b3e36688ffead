"""The folder of the vault's entries: a file for each name, what it is called, where broken ones go.

Some volumes fold the case of names, so a capital letter is written as "=" and the small one.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator
from typing import Final

from localguard.errors import VaultFault
from localguard.vault.own_file import unusable
from localguard.vault.vault import KINDS, checked

_SUFFIX: Final = ".sealed"
_FILE: Final = re.compile(r"([a-z]+)\.((?:=[a-z]|[a-z0-9._-])+)\.sealed", re.ASCII)
_CAPITAL: Final = re.compile(r"[A-Z]", re.ASCII)


class Entries:
    """The paths of entries in a folder below the vault's."""

    def __init__(self, vault: str) -> None:
        self.folder = os.path.join(vault, "entries")
        self.serials = os.path.join(self.folder, f"serials{_SUFFIX}")
        self.lock = os.path.join(self.folder, ".lock")

    def path(self, name: str) -> str:
        """Where an entry lies. Raises ValueError for a name that is none."""
        kind, rest = checked(name)
        folded = _CAPITAL.sub(lambda letter: f"={letter[0].lower()}", rest)
        return os.path.join(self.folder, f"{kind}.{folded}{_SUFFIX}")

    def names(self) -> Iterator[str]:
        """The names that there are files for. Raises VaultFault."""
        try:
            files = os.listdir(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise unusable(self.folder, error) from error
        for file in sorted(files):
            found = _FILE.fullmatch(file)
            if found is not None and found[1] in KINDS:
                yield f"{found[1]}/{re.sub('=([a-z])', lambda one: one[1].upper(), found[2])}"

    def set_aside(self, path: str) -> str:
        """Give a file that cannot be used a name that nothing is looked for under; the name."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        aside = f"{path}.aside-{stamp}-{secrets.token_hex(2)}"
        try:
            os.rename(path, aside)
        except OSError as error:
            raise unusable(path, error) from error
        return os.path.basename(aside)


def broken(name: str, path: str, what: str, aside: str) -> VaultFault:
    """The fault for an entry that was set aside."""
    kind, _, rest = name.partition("/")
    again = {
        "secret": f"give it again: localguard secret set {rest}",
        "identity": "sign in again: localguard login",
        "server": "sign in to the server again: localguard login SERVER",
    }.get(kind, "repeat")
    what = f"the vault's entry {name} {what}; it is kept as {aside}"
    return VaultFault(what, where=path, fix=again)
