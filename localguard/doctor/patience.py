"""Work that may wait for a keyring, which may wait for a person: given up after some seconds."""

from collections.abc import Callable
from typing import Final, TypeVar

from localguard.aside import within
from localguard.vault.os_keyring import slow

T = TypeVar("T")

PATIENCE: Final = 5.0
"""Seconds for a keyring to answer."""


def patient(work: Callable[[], T]) -> T:
    """What the work returns. Raises what it raises, and VaultFault once it is late."""
    try:
        return within(PATIENCE, work)
    except TimeoutError as error:
        raise slow(PATIENCE) from error
