"""The opt-in that keeps nothing: a vault of one process."""

import threading

import pytest

from localguard.errors import VaultFault
from localguard.vault.memory import MemoryVault
from localguard.vault.vault import open_vault


def test_it_is_a_vault_of_one_process() -> None:
    """The same as on disk, and it says that nobody else finds anything in it."""
    vault = open_vault("/nowhere", "memory")
    vault.put("secret/b", b"1")
    vault.put("secret/a", b"2")
    vault.put("client/a", b"3")
    assert (vault.get("secret/a"), vault.get("secret/x")) == (b"2", None)
    assert vault.names("secret") == ("secret/a", "secret/b")
    assert (vault.remove("secret/a"), vault.remove("secret/a")) == (True, False)
    assert vault.fingerprint(b"x") == vault.fingerprint(b"x") != vault.fingerprint(b"y")
    assert vault.shared is False
    with pytest.raises(ValueError, match="not a name"):
        vault.get("nonsense")


def test_one_thread_is_alone_with_a_name() -> None:
    """As between processes on disk."""
    vault = MemoryVault()
    with vault.alone("identity/x", 1):
        faults: list[VaultFault] = []

        def other() -> None:
            try:
                with vault.alone("identity/x", 0.01):
                    pass
            except VaultFault as fault:
                faults.append(fault)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert len(faults) == 1
    with vault.alone("identity/x", 0.01):
        pass
