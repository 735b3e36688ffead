"""Secrets that a person has given a name, and the servers that may have each.

The first server that a secret goes to is the one that it is for. Another one, and the same one with
other arguments or another program, is refused until a person allows it, for whoever can edit a
profile could otherwise have any secret handed to a program of theirs.
"""

import hmac
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from localguard.errors import UsageFault, VaultFault
from localguard.text import safe
from localguard.vault.bindings import Binding
from localguard.vault.secret_entry import SecretEntry, read_entry
from localguard.vault.vault import Vault

NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""What a secret can be called; the schema of profiles says the same."""
MOST_BYTES: Final = 64 * 1024
_PATIENCE: Final = 10.0


def now() -> str:
    """This moment in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """A secret without its value. `fault` says why nothing more can be told of it."""

    name: str
    fingerprint: str
    made: str
    bound: tuple[Binding, ...]
    pending: tuple[Binding, ...] = ()
    fault: str | None = None


class NamedSecrets:
    """The secrets in a vault. All of it blocks and raises VaultFault."""

    def __init__(self, vault: Vault, moment: Callable[[], str] = now) -> None:
        self._vault = vault
        self._moment = moment

    def set(self, name: str, value: str, binding: Binding | None = None) -> None:
        """Keep a value; one that had another value before stays bound as it was.

        Raises UsageFault for a name or a value that cannot be one.
        """
        _require_fit(name, value)
        with self._alone(name):
            entry = self._entry(name) or SecretEntry(value, "")
            entry = replace(entry, value=value, made=self._moment())
            self._put(name, entry if binding is None else entry.allowed(binding))

    def remove(self, name: str) -> bool:
        """Have no secret by this name; whether there was one."""
        with self._alone(name):
            return self._vault.remove(_entry_name(name))

    def has(self, name: str) -> bool:
        """Whether there is a secret by this name. Needs no key."""
        return _entry_name(name) in self._vault.names("secret")

    def holds(self, name: str, value: str) -> bool:
        """Whether a secret has this value."""
        entry = self._entry(name)
        return entry is not None and hmac.compare_digest(_bytes(entry.value), _bytes(value))

    def listed(self) -> tuple[SecretInfo, ...]:
        """Every secret without its value; one that cannot be read says why, if others can."""
        names = [name.partition("/")[2] for name in self._vault.names("secret")]
        if names:
            # Once for all of them, where the keyring is locked or the key is lost.
            self._vault.fingerprint(b"")
        return tuple(self._info(name) for name in names)

    def bound(self, name: str) -> tuple[Binding, ...]:
        """The servers that may have a secret."""
        return self._present(name).bound

    def pending(self, name: str) -> tuple[Binding, ...]:
        """The servers that were refused a secret, the latest last."""
        return self._present(name).pending

    def reveal(self, name: str, binding: Binding, *, first: bool = True) -> str:
        """The value, for a server that is bound to it; the first one is.

        Without `first` that one has to be allowed too, as where nobody has accepted the profile
        that names it. Raises VaultFault, with the fix, where there is no secret, or it is not
        bound to this server.
        """
        entry = self._present(name)
        if not entry.may_have(binding):
            with self._alone(name):
                entry = self._present(name)
                entry = self._bound_now(name, entry, binding, first=first)
        if not entry.may_have(binding):
            raise _bound_to_another(name, entry, binding)
        return entry.value

    def allow(self, name: str, binding: Binding) -> None:
        """Let one more server have a secret."""
        with self._alone(name):
            self._put(name, self._present(name).allowed(binding))

    def _bound_now(
        self, name: str, entry: SecretEntry, binding: Binding, *, first: bool
    ) -> SecretEntry:
        """The entry after a server has asked: bound to it if it is the first, else as refused."""
        if entry.may_have(binding):
            return entry
        free = first and not entry.bound
        after = entry.allowed(binding) if free else entry.refused(binding)
        if after != entry:
            self._put(name, after)
        return after

    def _present(self, name: str) -> SecretEntry:
        entry = self._entry(name)
        if entry is None:
            what = f"there is no secret {safe(name)} in the vault"
            raise VaultFault(what, where=f"secret:{safe(name)}", fix=_set(name))
        return entry

    def _entry(self, name: str) -> SecretEntry | None:
        sealed = self._vault.get(_entry_name(name))
        if sealed is None:
            return None
        try:
            return read_entry(sealed)
        except ValueError as error:
            what = "this was written by another version of localguard"
            raise VaultFault(what, where=f"secret:{name}", fix=_set(name)) from error

    def _put(self, name: str, entry: SecretEntry) -> None:
        self._vault.put(_entry_name(name), entry.text())

    def _alone(self, name: str) -> AbstractContextManager[None]:
        return self._vault.alone(_entry_name(name), _PATIENCE)

    def _info(self, name: str) -> SecretInfo:
        try:
            entry = self._present(name)
            fingerprint = self._vault.fingerprint(_bytes(entry.value))
        except VaultFault as fault:
            return SecretInfo(name, "", "", (), fault=fault.explain())
        return SecretInfo(name, fingerprint, entry.made, entry.bound, entry.pending)


def _bound_to_another(name: str, entry: SecretEntry, binding: Binding) -> VaultFault:
    others = "; ".join(f"{safe(one.server)}: {safe(one.shown)}" for one in entry.bound)
    server, shown = safe(binding.server), safe(binding.shown)
    what = f"the secret {name} is bound to another server ({others}), not to {shown}"
    if not entry.bound:
        what = f"the secret {name} is bound to no server yet, and nobody has accepted {shown}"
    fix = f"if it is to have it too, in a terminal: localguard secret allow {name} {server}"
    return VaultFault(what, where=f"secret:{name}", fix=fix)


def _require_fit(name: str, value: str) -> None:
    _entry_name(name)
    if not value or "\0" in value or len(_bytes(value)) > MOST_BYTES:
        what = f"the value of {name} is empty, holds NUL, or is longer than 64 KiB"
        raise UsageFault(what, fix="give the secret as it is to be handed on")


def require_name(name: str) -> None:
    """Raises UsageFault for what cannot be the name of a secret."""
    if NAME.fullmatch(name) is None:
        fix = 'use letters, digits, "-", "_" and ".", at most 100 of them'
        raise UsageFault(f'"{safe(name)}" cannot be the name of a secret', fix=fix)


def _entry_name(name: str) -> str:
    require_name(name)
    return f"secret/{name}"


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _set(name: str) -> str:
    return f"in a terminal: localguard secret set {safe(name)}"
