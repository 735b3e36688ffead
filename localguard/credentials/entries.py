"""What is kept of a token for a server, and under which name in the vault.

One entry is of one person, one server and, where the profile names one, one issuer: another
person's is under another name, and so is not there for this one. Times are seconds since the epoch,
since a lifetime that is counted from an unknown moment makes a dead token look alive.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, get_args

from localguard.credentials.ports import Holder
from localguard.errors import VaultFault
from localguard.oauth.client import AuthMethod, Client
from localguard.oauth.tokens import Tokens
from localguard.vault.vault import Vault

MARGIN: Final = 30.0
"""Seconds before its end at which a token is renewed, or a tenth of its life if that is less."""
_VERSION: Final = 1
_MOST: Final = 100
"""Of anything that a server demands; it can demand again and again."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What the server found missing in a token; the next sign-in asks for it."""

    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    fresh: bool = False

    def __bool__(self) -> bool:
        return bool(self.scopes or self.acr_values or self.fresh)


@dataclass(frozen=True, slots=True)
class Entry:
    """A token with all that is needed to renew it where it came from, and nowhere else.

    `resource` is what the token is for (RFC 8707), `holder` whose it is. `client_secret` is one
    that the issuer gave out with a registration; that of a client from the profile is a secret of
    its own, `secret_name`. Without `access` the sign-in has ended. `obtained_at` is when the token
    came.
    """

    issuer: str
    token_endpoint: str
    client_id: str
    auth_method: AuthMethod
    resource: str
    holder: Holder = None
    scopes: tuple[str, ...] = ()
    revocation_endpoint: str | None = None
    secret_name: str | None = None
    access: str = field(default="", repr=False)
    refresh: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    obtained_at: float = 0.0
    demand: Demand = Demand()

    @property
    def client(self) -> Client:
        """The client that the token was given to, without a secret of the profile's."""
        return Client(self.client_id, self.client_secret, self.auth_method)

    def lasts(self, now: float) -> bool:
        """Whether the token is still good, and not about to end."""
        if self.expires_at is None:
            return True
        life = max(self.expires_at - self.obtained_at, 0.0)
        return now < self.expires_at - min(MARGIN, life / 10)

    def alive(self, now: float) -> bool:
        """Whether the token is good at this very moment."""
        return self.expires_at is None or now < self.expires_at

    def with_tokens(self, tokens: Tokens, now: float) -> "Entry":
        """The entry after its token was renewed."""
        return replace(
            self,
            access=tokens.access,
            refresh=tokens.refresh,
            expires_at=tokens.expires_at,
            obtained_at=now,
            scopes=self.scopes if tokens.scope is None else tokens.scope,
        )

    def demanding(self, demand: Demand) -> "Entry":
        """The entry with what the server demands on top of what it demanded before."""
        scopes = dict.fromkeys((*self.demand.scopes, *demand.scopes))
        acr = dict.fromkeys((*self.demand.acr_values, *demand.acr_values))
        fresh = self.demand.fresh or demand.fresh
        return replace(self, demand=Demand(tuple(scopes)[:_MOST], tuple(acr)[:_MOST], fresh))

    def ended(self) -> "Entry":
        """The entry after the issuer said that it knows the token no more."""
        return replace(self, access="", refresh=None, expires_at=None)


def entry_name(holder: Holder, resource: str, issuer: str | None) -> str:
    """Where the token of a person for a server lies; `issuer` is that of the profile, if any."""
    return f"server/{_digest([holder, resource, issuer])}"


def sign_in_name(holder: Holder, resource: str) -> str:
    """What is held while a person signs in to a server; nothing lies there."""
    return f"client/sign-in.{_digest([holder, resource])}"


def registration_name(issuer: str) -> str:
    """Where the registration at an issuer lies."""
    return f"client/{_digest([issuer])}"


def read_entry(vault: Vault, name: str) -> Entry | None:
    """What is kept under a name. Raises VaultFault, also where it is not what was put there."""
    raw = vault.get(name)
    if raw is None:
        return None
    try:
        fields = json.loads(raw)
        return _entry(fields)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = "a token in the vault is not as this version of localguard wrote it"
        raise VaultFault(what, fix="sign in to the server again") from error


def write_entry(vault: Vault, name: str, entry: Entry) -> None:
    """Keep an entry under a name. Raises VaultFault."""
    vault.put(name, json.dumps({"version": _VERSION, **asdict(entry)}).encode("ascii"))


def _entry(fields: Mapping[str, object]) -> Entry:
    known = dict(fields)
    demand = known.pop("demand")
    if known.pop("version") != _VERSION or not isinstance(demand, dict):
        raise ValueError
    scopes, holder = tuple(_texts(known.pop("scopes"))), _holder(known.pop("holder"))
    rest: Any = known
    entry = Entry(**rest, scopes=scopes, holder=holder, demand=_demand(demand))
    texts = (entry.issuer, entry.token_endpoint, entry.client_id, entry.resource, entry.access)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError
    if entry.auth_method not in get_args(AuthMethod):
        raise ValueError
    return entry


def _holder(value: object) -> Holder:
    if value is None:
        return None
    issuer, subject = _texts(value)
    return issuer, subject


def _demand(fields: Mapping[str, object]) -> Demand:
    scopes, acr = _texts(fields["scopes"]), _texts(fields["acr_values"])
    return Demand(tuple(scopes), tuple(acr), fields["fresh"] is True)


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError
    return value


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()
