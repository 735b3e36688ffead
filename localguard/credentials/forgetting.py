"""The end of a person's tokens for servers: ended at their issuers, and gone from the vault.

A token that cannot be ended, since its issuer is out of reach or has no way to, is forgotten all
the same; whoever signs out is told of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from localguard.credentials.entries import Entry, read_entry
from localguard.credentials.ports import Holder, SecretOf
from localguard.errors import LocalguardError, VaultFault
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import revoke
from localguard.oauth.wire import Wire
from localguard.vault.vault import Vault

_PATIENCE: Final = 10.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A token that is gone from the vault. `why_not` says why its issuer has not ended it."""

    resource: str
    issuer: str
    why_not: str | None = None


def forget_tokens(
    vault: Vault, holder: Holder, wire: Wire, secret_of: SecretOf
) -> tuple[Forgotten, ...]:
    """Forget all tokens of a person for servers; what became of each. Raises VaultFault."""
    return tuple(_forgotten(vault, holder, wire, secret_of))


def _forgotten(
    vault: Vault, holder: Holder, wire: Wire, secret_of: SecretOf
) -> Iterator[Forgotten]:
    for name in vault.names("server"):
        with vault.alone(name, _PATIENCE):
            entry = _entry_of(vault, name, holder)
            if entry is None:
                continue
            vault.remove(name)
        # Ended only now: it is gone here whatever the issuer says, and nobody waits for it.
        yield Forgotten(entry.resource, entry.issuer, _end(entry, wire, secret_of))


def _entry_of(vault: Vault, name: str, holder: Holder) -> Entry | None:
    """The entry, if it is of this person; one that cannot be read is nobody's."""
    try:
        entry = read_entry(vault, name)
    except VaultFault:
        return None
    return entry if entry is not None and entry.holder == holder else None


def _end(entry: Entry, wire: Wire, secret_of: SecretOf) -> str | None:
    """Why the issuer has not ended a token; None where it has (RFC 7009)."""
    token, hint = (
        entry.refresh or entry.access,
        "refresh_token" if entry.refresh else "access_token",
    )
    if not token:
        return None
    provider = Provider(
        entry.issuer, None, entry.token_endpoint, revocation_endpoint=entry.revocation_endpoint
    )
    try:
        client = entry.client
        if entry.secret_name is not None:
            secret = secret_of(entry.secret_name, entry.issuer)
            client = replace(client, client_secret=secret)
        revoke(wire, provider, client, token, hint=hint)
    except LocalguardError as fault:
        return fault.what
    return None
