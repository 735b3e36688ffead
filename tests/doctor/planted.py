"""A home in which everything is well, until a test plants a fault in it."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from localguard.clients.table import Machine
from localguard.doctor.check import Check, Finding, Scene
from localguard.vault.vault import Vault, open_vault
from tests.config.makers import approve, choose_valid, key_of, places_in, put

PLAIN = 'version = 1\n[[rule]]\nallow = "*/read"\n[[test]]\ncall = "shop/drop"\nexpect = "deny"\n'


class Planted:
    """A home with the profile `work`, which a person has chosen and accepted."""

    def __init__(self, folder: Path, environ: Mapping[str, str], text: str = PLAIN) -> None:
        self.folder = folder
        self.base = folder / "localguard"
        self.base.mkdir(mode=0o700)
        self.where = places_in(self.base)
        self.ahead = timedelta()
        self.environ = {
            **environ,
            "HOME": str(folder),
            "LOCALGUARD_HOME": str(self.base),
        }
        self.accept(text)

    def accept(self, text: str, name: str = "work") -> None:
        """Write a profile as a person who then accepts it, and uses it."""
        put(self.where, name, text)
        choose_valid(self.where, name)
        approve(self.where, name)

    def edit(self, text: str, name: str = "work") -> None:
        """Write a profile as any program can."""
        put(self.where, name, text)

    def settings(self, text: str) -> None:
        """Write config.toml."""
        path = Path(self.where.config)
        path.write_text(text)
        path.chmod(0o600)

    @property
    def vault(self) -> Vault:
        """The vault, whose key lies in the keyring."""
        return open_vault(self.where.vault, "keyring", patience=3.0)

    def scene(self, vault: Callable[[], Vault] | None = None) -> Scene:
        """What checks are given here; no terminal and no test stands behind it."""
        return Scene(
            places=self.where,
            machine=Machine(str(self.folder), self.environ),
            key=key_of(self.where),
            program=(sys.executable, "-m", "localguard"),
            vault=vault or (lambda: self.vault),
            now=lambda: datetime.now(UTC) + self.ahead,
        )

    def found(self, checks: Iterable[Check]) -> list[Finding]:
        """Everything that checks find."""
        scene = self.scene()
        return [finding for check in checks for finding in check(scene)]


def serious(findings: Iterable[Finding]) -> list[Finding]:
    """What a person has to do something about. Each has a remedy, and no id is there twice."""
    every = list(findings)
    assert len({one.id for one in every}) == len(every), [one.id for one in every]
    found = [one for one in every if one.status in ("warn", "fail")]
    assert all(one.remedy for one in found)
    return found


def only(findings: Iterable[Finding]) -> Finding:
    """The one thing that is wrong."""
    (found,) = serious(findings)
    return found


def listed(words: Sequence[str]) -> str:
    """Words as a profile has them."""
    return ", ".join(f'"{word}"' for word in words)
