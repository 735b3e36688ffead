"""Whether the secrets that profiles refer to are in the vault, and their servers may have them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from localguard.doctor.check import Finding, Scene
from localguard.doctor.findings import Findings
from localguard.doctor.patience import patient
from localguard.doctor.profiles import choice_of, readable
from localguard.doctor.secret_needs import Need, needs
from localguard.errors import VaultFault
from localguard.policy.server_auth import OAuth
from localguard.telling.counts import count
from localguard.vault.bindings import Binding
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import Vault

_KEYRING: Final = Findings("keyring")
_ELSEWHERE: Final = 'write store = "keyring" or "passphrase" into config.toml'


@dataclass(frozen=True, slots=True)
class _Asked:
    """A need of one profile; `counts` says that it is the one in force."""

    profile: str
    counts: bool
    need: Need

    @property
    def name(self) -> str:
        whom = self.need.server or "sign-in"
        return f"secret.{self.need.secret}.{self.profile}.{whom}"

    def found(self, what: str, fix: str) -> Finding:
        told = {"profile": self.profile, "where": self.need.where}
        status = _KEYRING.fail if self.counts else _KEYRING.warn
        return status(self.name, f"{self.need.where}: {what}", fix, told)


def asks_for_vault(scene: Scene) -> bool:
    """Whether any profile has use for a vault: for secrets, or for the tokens of a sign-in."""
    return any(
        profile.sign_in is not None
        or any(isinstance(table.auth, OAuth) for table in profile.servers.values())
        or any(True for _ in needs(scene, profile))
        for profile in readable(scene)
    )


def wanted(scene: Scene, *, opens: bool) -> Iterator[Finding]:
    """Each secret that is missing or, where entries can be opened, is not for who refers to it."""
    asked = tuple(_asked(scene))
    if not asked:
        return
    try:
        found = tuple(patient(lambda: tuple(_looked_up(scene.vault(), asked, opens))))
    except VaultFault as fault:
        found = (_KEYRING.fault("secrets", fault),)
    yield from found
    if not found:
        names = {one.need.secret for one in asked}
        what = f"{count(len(names), 'secret')} that profiles refer to can be had"
        yield _KEYRING.ok("secrets", what, {"names": ", ".join(sorted(names))})


def _asked(scene: Scene) -> Iterator[_Asked]:
    active = choice_of(scene).profile
    for profile in readable(scene):
        for need in needs(scene, profile):
            yield _Asked(profile.name, profile.name == active, need)


def _looked_up(vault: Vault, asked: tuple[_Asked, ...], opens: bool) -> Iterator[Finding]:
    """Raises VaultFault."""
    if not vault.shared:
        what = 'profiles refer to secrets, and with [vault] store = "memory" none is kept'
        yield _KEYRING.fail("secrets", what, _ELSEWHERE)
        return
    secrets, kept = NamedSecrets(vault), set(vault.names("secret"))
    for one in asked:
        if f"secret/{one.need.secret}" not in kept:
            what = f"there is no secret {one.need.secret} in the vault"
            yield one.found(what, f"localguard secret set {one.need.secret}")
        elif opens and one.need.server is not None:
            yield from _bound(secrets, one, one.need.server)


def _bound(secrets: NamedSecrets, one: _Asked, server: str) -> Iterator[Finding]:
    name, binding = one.need.secret, one.need.binding
    if _may_have(secrets.bound(name), server, binding):
        return
    what = f"the secret {name} is bound to another server than {server} as it is started now"
    yield one.found(what, f"localguard secret allow {name} {server}")


def _may_have(bound: tuple[Binding, ...], server: str, binding: Binding | None) -> bool:
    """Whether a server gets it; one that is not known for certain is told by its name.

    What nobody has had yet goes to the first server of an accepted profile.
    """
    if not bound:
        return True
    if binding is None:
        return any(one.server == server for one in bound)
    return any(one.identity == binding.identity for one in bound)
