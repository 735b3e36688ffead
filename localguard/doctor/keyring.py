"""Whether secrets and tokens can be kept, are whole, and are there for the servers that need them.

What waits for a keyring has a deadline: one that is locked may be waiting for a person. The first
thing that fails is told alone, since nothing after it could be looked at.
"""

import secrets
from collections.abc import Iterable, Iterator
from typing import Final

from localguard.config.vault_settings import vault_settings
from localguard.doctor.check import Check, Finding, Scene
from localguard.doctor.findings import Findings
from localguard.doctor.patience import opens, patient
from localguard.doctor.secret_checks import asks_for_vault, wanted
from localguard.errors import VaultFault
from localguard.vault.head import RESET, Head, read_head
from localguard.vault.os_keyring import os_keyring, probe
from localguard.vault.store import VARIABLE, Store

_PLAIN: Final = ("plaintext", "keyrings.alt", ".null.", ".fail.", ".chainer.", ".file.")
"""What stands in the names of backends that keep nothing, or keep it for everybody to read."""
_CHOOSES: Final = "PYTHON_KEYRING_BACKEND"
_SIZE: Final = 32
_SOME: Final = 10
"""Broken entries that are named."""
_KEYRING: Final = Findings("keyring")


def keyring(scene: Scene) -> Iterator[Finding]:
    """The store of the key, the entries under it, and who needs which of them."""
    store = vault_settings(scene.places.config).store
    kept = tuple(_store(scene, store))
    yield from kept
    if _fails(kept):
        return
    whole = tuple(_entries(scene))
    yield from whole
    if not _fails(whole):
        yield from wanted(scene, opens=opens(scene))


checks: tuple[Check, ...] = (keyring,)


def is_plain(backend: str) -> bool:
    """Whether a backend of `keyring`, by the name of its class, keeps nothing secret."""
    return any(one in f".{backend.lower()}" for one in _PLAIN)


def _fails(found: Iterable[Finding]) -> bool:
    return any(one.status == "fail" for one in found)


def _store(scene: Scene, store: Store) -> Iterator[Finding]:
    try:
        head = read_head(scene.places.vault)
    except VaultFault as fault:
        yield _KEYRING.fault("head", fault)
        return
    if head is not None and head.store != store:
        yield _moved(head, store)
    elif head is not None and is_plain(head.backend):
        what = f"the vault's key was given to {head.backend}, which keeps no secret"
        yield _KEYRING.fail("backend", what, f"give up what is in the vault: {RESET}")
    elif store == "keyring":
        yield _probed(scene, head)
    else:
        yield _chosen(store)


def _moved(head: Head, store: Store) -> Finding:
    what = f'config.toml says store = "{store}", and this vault was made with "{head.store}"'
    fix = f'write store = "{head.store}", or give up what is in the vault: {RESET}'
    return _KEYRING.fail("store", what, fix)


def _chosen(store: Store) -> Finding:
    """What a person has chosen in place of the keyring."""
    if store == "memory":
        what = 'by [vault] store = "memory" nothing is kept: each guard asks for its sign-in anew'
    else:
        what = 'by [vault] store = "passphrase" the key lies in vault.json, under your passphrase'
    return _KEYRING.ok("store", what, {"store": store, "descriptor": VARIABLE})


def _probed(scene: Scene, head: Head | None) -> Finding:
    """Whether the keyring takes an item, gives it back, and removes it."""
    try:
        name = patient(_write_read_remove)
    except VaultFault as fault:
        needed = head is not None or asks_for_vault(scene)
        return _KEYRING.fault("backend", fault, "fail" if needed else "warn")
    if head is not None and head.backend not in ("", name):
        what = f"the vault's key was given to {head.backend}, and this machine has {name}"
        return _KEYRING.fail("backend", what, f"give up what is in the vault: {RESET}")
    told = {"backend": name, "key": "not made yet" if head is None else f"since {head.made}"}
    if other := scene.machine.environ.get(_CHOOSES):
        told[_CHOOSES] = f"{other}, which localguard does not follow"
    return _KEYRING.ok("backend", f"{name} takes a secret, gives it back and removes it", told)


def _write_read_remove() -> str:
    found = os_keyring()
    probe(found, f"localguard-probe-{secrets.token_hex(8)}", secrets.token_hex(_SIZE))
    return found.name


def _entries(scene: Scene) -> Iterator[Finding]:
    """Whether each entry opens, and is the one that was written last."""
    if not opens(scene):
        what = "the entries of the vault were not opened, as that takes your passphrase"
        yield _KEYRING.skip("entries", f"{what}: localguard secret list opens them")
        return
    try:
        flaws = patient(lambda: scene.vault().flaws())
    except VaultFault as fault:
        yield _KEYRING.fault("entries", fault)
        return
    for name, what in list(flaws.items())[:_SOME]:
        yield _KEYRING.fail(f"entry.{name}", f"the vault's entry {name} {what}", _again(name))
    if len(flaws) > _SOME:
        what = f"{len(flaws) - _SOME} more entries of the vault do not open"
        yield _KEYRING.fail("entries", what, "bring the folder of the vault back from a backup")
    if not flaws:
        yield _KEYRING.ok("entries", "every entry of the vault opens")


def _again(name: str) -> str:
    kind, _, rest = name.partition("/")
    return {
        "secret": f"give it again: localguard secret set {rest}",
        "identity": "sign in again: localguard login",
        "server": "sign in to the server again: localguard login SERVER",
        "client": "sign in to the server again: localguard login SERVER",
    }.get(kind, "bring it back from a backup; the next write makes a new one")
