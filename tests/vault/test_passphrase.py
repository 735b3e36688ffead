"""The opt-in for machines without a keyring: a passphrase, never out of a variable's value."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from localguard.errors import VaultFault
from localguard.vault.passphrase import PassphraseSource, inherited_descriptor
from localguard.vault.sealed_vault import SealedVault

PROJECT = Path(__file__).resolve().parents[2]
GOOD = "correct horse battery"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows passes on no descriptors")
USE = """
import sys
from localguard.errors import VaultFault
from localguard.vault.vault import open_vault
try:
    vault = open_vault(sys.argv[1], "passphrase")
    vault.put("secret/a", b"value")
    print(vault.get("secret/a"), open_vault(sys.argv[1], "passphrase").get("secret/a"))
except VaultFault as fault:
    print(fault.explain())
"""


class Typist:
    """A person who types one line after the other, and what they were asked."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.asked: list[str] = []

    def __call__(self, question: str) -> str:
        self.asked.append(question)
        return self.lines.pop(0)


def vault(folder: Path, typist: Typist | None) -> SealedVault:
    return SealedVault(str(folder / "vault"), PassphraseSource(typist))


def used(folder: Path, passphrase: bytes | None, **more: str) -> str:
    """What a process says that nobody sits in front of, with a passphrase on descriptor."""
    read, write = os.pipe()
    os.write(write, passphrase or b"")
    os.close(write)
    handed: Sequence[int] = () if passphrase is None else (read,)
    if passphrase is not None:
        more["LOCALGUARD_PASSPHRASE_FD"] = str(read)
    try:
        ran = subprocess.run(
            [sys.executable, "-c", USE, str(folder / "vault")],
            cwd=PROJECT,
            env={**os.environ, **more},
            pass_fds=handed,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    finally:
        os.close(read)
    assert ran.stderr == ""
    return ran.stdout.strip()


def test_a_passphrase_is_asked_for_once_a_process(tmp_path: Path) -> None:
    """Twice when it is new, once after that."""
    typist = Typist(GOOD, GOOD)
    vault(tmp_path, typist).put("secret/a", b"one")
    assert typist.asked == [
        "New passphrase of the vault (12 or more characters): ",
        "The same again: ",
    ]
    typist = Typist(GOOD)
    again = vault(tmp_path, typist)
    assert (again.get("secret/a"), again.get("secret/a")) == (b"one", b"one")
    assert typist.asked == ["Passphrase of the vault: "]
    text = (tmp_path / "vault/vault.json").read_text()
    assert GOOD not in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [(("short", "short"), "less than 12 characters"), ((GOOD, f"{GOOD}!"), "passphrases differ")],
)
def test_a_new_passphrase_is_long_and_typed_twice(
    tmp_path: Path, typed: Sequence[str], said: str
) -> None:
    """Whoever has the file may try as many as they like."""
    with pytest.raises(VaultFault, match=said):
        vault(tmp_path, Typist(*typed)).put("secret/a", b"one")
    vault(tmp_path, Typist(GOOD, GOOD)).put("secret/a", b"one")


def test_the_wrong_passphrase_breaks_nothing(tmp_path: Path) -> None:
    """Said, and the right one opens what is there."""
    vault(tmp_path, Typist(GOOD, GOOD)).put("secret/a", b"one")
    with pytest.raises(VaultFault, match="not the passphrase") as raised:
        vault(tmp_path, Typist("another passphrase")).get("secret/a")
    assert "another passphrase" not in raised.value.explain()
    assert vault(tmp_path, Typist(GOOD)).get("secret/a") == b"one"


@posix
def test_a_guard_reads_it_from_an_inherited_descriptor(tmp_path: Path) -> None:
    """Once a process, also where the vault is opened twice; a line's end does not belong to it."""
    assert used(tmp_path, f"{GOOD}\n".encode()) == "b'value' b'value'"
    assert used(tmp_path, GOOD.encode()) == "b'value' b'value'"
    assert vault(tmp_path, Typist(GOOD)).get("secret/a") == b"value"
    assert "not the passphrase" in used(tmp_path, b"another passphrase\n")


@posix
def test_nobody_to_ask_says_how_it_is_handed_over(tmp_path: Path) -> None:
    """Fail closed, with the fix; a passphrase in a variable of any name is not looked at."""
    said = used(tmp_path, None, LOCALGUARD_PASSPHRASE=GOOD)
    assert said == (
        "passphrase: the vault needs its passphrase, and nobody is at a terminal to be asked."
        " Fix: hand it over on a descriptor, as in: LOCALGUARD_PASSPHRASE_FD=3 localguard ..."
        " 3< FILE."
    )
    said = used(tmp_path, None, LOCALGUARD_PASSPHRASE_FD=GOOD)
    assert said.startswith("LOCALGUARD_PASSPHRASE_FD: LOCALGUARD_PASSPHRASE_FD does not name")
    assert GOOD not in said


@pytest.mark.parametrize("text", ["0", "1", "2", "-3", "x", "3 ", "³", "9" * 30])
def test_what_names_no_descriptor_is_refused(text: str) -> None:
    """0 to 2 are the wire and the log."""
    with pytest.raises(VaultFault, match="does not name a descriptor"):
        inherited_descriptor({"LOCALGUARD_PASSPHRASE_FD": text})


def test_a_descriptor_is_its_number() -> None:
    """And none without the variable."""
    assert inherited_descriptor({"LOCALGUARD_PASSPHRASE_FD": "3"}) == 3
    assert inherited_descriptor({"LOCALGUARD_PASSPHRASE_FD": ""}) is None
    assert inherited_descriptor({}) is None
