"""The end of a person's tokens for servers: gone from the vault, and ended at their issuers.

All are gone here before the first issuer is asked: one that is slow, out of reach or without a way
to end a token keeps none of them. Whoever signs out is told of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from localguard.credentials.entries import Entry, read_entry
from localguard.credentials.ports import Holder, SecretOf
from localguard.errors import LocalguardError, VaultFault
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import revoke
from localguard.oauth.wire import Wire
from localguard.vault.vault import Vault

_PATIENCE: Final = 10.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of a token. `why_not` says why its issuer has not ended it.

    `revoked` is None where there was nothing to end any more. `kept` says why the token is still in
    the vault; None where it is gone.
    """

    resource: str
    issuer: str
    revoked: bool | None = True
    why_not: str | None = None
    kept: str | None = None


def forget_tokens(
    vault: Vault, holder: Holder, wire: Wire, secret_of: SecretOf
) -> tuple[Forgotten, ...]:
    """Forget all tokens of a person for servers; what became of each.

    Raises VaultFault where the vault cannot tell what it holds.
    """
    taken, away = tuple(_taken(vault, holder)), dict[str, str]()
    return tuple(_forgotten(entry, kept, wire, secret_of, away) for entry, kept in taken)


def _taken(vault: Vault, holder: Holder) -> Iterator[tuple[Entry, str | None]]:
    """Each token of a person, taken out of the vault, or why it is still there."""
    for name in vault.names("server"):
        found = _entry_of(vault, name, holder)
        if found is None:
            continue
        try:
            with vault.alone(name, _PATIENCE):
                # Whoever had it may have renewed it meanwhile.
                found = _entry_of(vault, name, holder) or found
                vault.remove(name)
        except VaultFault as fault:
            yield found, fault.what
        else:
            yield found, None


def _entry_of(vault: Vault, name: str, holder: Holder) -> Entry | None:
    """The entry, if it is of this person; one that cannot be read is nobody's."""
    try:
        entry = read_entry(vault, name)
    except VaultFault:
        return None
    return entry if entry is not None and entry.holder == holder else None


def _forgotten(
    entry: Entry, kept: str | None, wire: Wire, secret_of: SecretOf, away: dict[str, str]
) -> Forgotten:
    """What became of a token; `away` are the issuers that were out of reach, which is said once."""
    told = Forgotten(entry.resource, entry.issuer, kept=kept)
    if not (entry.refresh or entry.access):
        return replace(told, revoked=None)
    try:
        if entry.issuer not in away:
            _end(entry, wire, secret_of)
            return told
    except Unreachable as fault:
        away[entry.issuer] = fault.what
    except LocalguardError as fault:
        return replace(told, revoked=False, why_not=fault.what)
    return replace(told, revoked=False, why_not=away[entry.issuer])


def _end(entry: Entry, wire: Wire, secret_of: SecretOf) -> None:
    """Have the issuer end a token (RFC 7009). Raises SignInFault and VaultFault."""
    hint = "refresh_token" if entry.refresh else "access_token"
    provider = Provider(
        entry.issuer, None, entry.token_endpoint, revocation_endpoint=entry.revocation_endpoint
    )
    client = entry.client
    if entry.secret_name is not None:
        secret = secret_of(entry.secret_name, entry.issuer)
        client = replace(client, client_secret=secret)
    revoke(wire, provider, client, entry.refresh or entry.access, hint=hint)
