"""What registering with a client takes from this process: the program, its PATH, what was there."""

import os
import sys
from collections.abc import Callable, Sequence

from localguard.clients.login_path import login_path
from localguard.clients.originals import VaultOriginals
from localguard.clients.planning import Wanted
from localguard.clients.program import Found, find_program, variables
from localguard.clients.registry import clients_folder, read_registry
from localguard.config.active import require_active
from localguard.config.choice import Key
from localguard.config.paths import Places
from localguard.vault.vault import Vault


def program_here(chosen: str | None = None) -> Found:
    """The localguard that clients are to start. Raises UsageFault."""
    environ = os.environ
    return find_program(sys.argv[0], environ.get("PATH", ""), variables(environ), chosen=chosen)


def originals_of(places: Places, vault: Callable[[], Vault]) -> VaultOriginals:
    """What stood in clients' files: kept in files, and had back from the vault too."""
    return VaultOriginals(vault, clients_folder(places), in_files=True)


def wanted_here(
    places: Places,
    key: Key,
    found: Found,
    servers: Sequence[str],
    originals: VaultOriginals,
    *,
    profile: str | None = None,
    add: bool = False,
) -> Wanted:
    """What is to be registered, into a profile or that in force. Raises ProfileFault."""
    return Wanted(
        profile or require_active(places, key),
        found.program,
        login_path(os.environ),
        tuple(servers),
        add,
        registry=read_registry(places, key),
        original=originals.back,
    )
