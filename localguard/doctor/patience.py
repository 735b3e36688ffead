"""Work that may wait for a person, by a keyring or a passphrase: given up, or not begun."""

from collections.abc import Callable
from typing import Final, TypeVar

from localguard.aside import within
from localguard.config.vault_settings import vault_settings
from localguard.doctor.check import Scene
from localguard.vault.os_keyring import slow
from localguard.vault.store import VARIABLE

T = TypeVar("T")

PATIENCE: Final = 5.0
"""Seconds for a keyring to answer."""


def opens(scene: Scene) -> bool:
    """Whether entries of the vault can be opened without asking a person for a passphrase."""
    chosen = vault_settings(scene.places.config).store
    return chosen != "passphrase" or bool(scene.machine.environ.get(VARIABLE))


def patient(work: Callable[[], T]) -> T:
    """What the work returns. Raises what it raises, and VaultFault once it is late."""
    try:
        return within(PATIENCE, work)
    except TimeoutError as error:
        raise slow(PATIENCE) from error
