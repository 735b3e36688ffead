"""`[vault]` of config.toml."""

from pathlib import Path

import pytest

from localguard.config.faults import faults_of
from localguard.config.settings import read_settings
from localguard.config.vault_settings import VaultSettings, vault_settings
from localguard.errors import ProfileFault
from tests.config.makers import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", VaultSettings()),
        ("[vault]\n", VaultSettings("keyring")),
        ('[vault]\nstore = "keyring"\n', VaultSettings("keyring")),
        ('[vault]\nstore = "memory"\n', VaultSettings("memory")),
        ('[vault]\nstore = "passphrase"\n', VaultSettings("passphrase")),
        ("[[[", VaultSettings()),
    ],
)
def test_each_store_is_read(tmp_path: Path, text: str, expected: VaultSettings) -> None:
    """Promise: without a word the keyring is used, and nothing weaker."""
    assert vault_settings(written(tmp_path, text)) == expected


def test_no_file_means_the_keyring(tmp_path: Path) -> None:
    """Nothing has to be set."""
    assert vault_settings(str(tmp_path / "config.toml")) == VaultSettings("keyring")


def test_its_faults_are_told_with_those_of_the_file(tmp_path: Path) -> None:
    """A guard that starts with a broken file denies, whatever table is broken."""
    path = written(tmp_path, '[vault]\nstore = "plaintext"\npassphrase = "hunter2"\n')
    with pytest.raises(ProfileFault) as raised:
        read_settings(path)
    told = [fault.explain() for fault in faults_of(raised.value)]
    assert told == [
        'config.toml:2: store cannot be "plaintext". Fix: use one of keyring, memory, passphrase.',
        'config.toml:3: unknown key "passphrase". Fix: use one of store.',
    ]
