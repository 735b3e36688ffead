"""Who sits there: what a profile asks of a sign-in, and who has signed in. Pure words.

Two identities are one person when issuer and subject are the same; nothing else names a person, as
names and addresses are given to others (OpenID Connect Core 1.0 section 5.7).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from localguard.policy.calls import Json, SignedIn
from localguard.policy.rules import Origin


@dataclass(frozen=True, slots=True)
class SignIn:
    """`[identity]` of a profile. Durations are whole seconds, and None where there is no bound.

    `max_session_age` is since the person last gave proof (`auth_time`); `claims_max_age` since the
    provider last confirmed the claims; `offline_grace` is how long the claims serve beyond that
    while the provider cannot be reached. `ports` are those of the redirect URI, 0 for any.
    `assume_pkce` takes a provider whose metadata does not list S256. `acr` are the values asked for
    in a step-up, any of which will do.
    """

    issuer: str
    client_id: str
    origin: Origin
    required: bool = False
    scopes: tuple[str, ...] = ("openid", "profile", "email", "offline_access")
    client_secret: str | None = None
    host: Literal["127.0.0.1", "localhost"] = "127.0.0.1"
    ports: tuple[int, ...] = (0,)
    max_session_age: int | None = None
    claims_max_age: int | None = 3600
    offline_grace: int = 0
    assume_pkce: bool = False
    acr: tuple[str, ...] = ()
    groups_claim: str = "groups"


@dataclass(frozen=True, slots=True)
class Identity:
    """A person who has signed in. Times are seconds since the epoch.

    `user` is what rules call the person: the address if the provider has verified it, else the
    subject. `name` is for people to read, and no rule looks at it. `session` is new with each
    sign-in, so that what was granted in one is not good in the next.
    """

    issuer: str
    subject: str
    user: str
    name: str
    session: str
    auth_time: float | None = None
    acr: str | None = None
    groups: tuple[str, ...] | None = None
    claims: Mapping[str, Json] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What alone names the person."""
        return (self.issuer, self.subject)

    @property
    def signed_in(self) -> SignedIn:
        """The person as a fact of a call."""
        return SignedIn(self.issuer, self.subject, self.name, self.session)


@dataclass(frozen=True, slots=True)
class Nobody:
    """No valid sign-in: why not, and what a person does about it.

    `expired` says that there is one which has grown too old.
    """

    reason: str
    fix: str
    expired: bool = False

    def explain(self) -> str:
        """Both on one line."""
        return f"{self.reason}: {self.fix}"


Person = Identity | Nobody

_HERE = Origin("", 0)


def vouches_alike(one: SignIn | None, other: SignIn | None) -> bool:
    """Whether what one says of a person is what the other would say.

    Where it stands, whether it is required, and how localguard is reached and known there is no
    difference.
    """
    if one is None or other is None:
        return one is other
    return _vouching(one) == _vouching(other)


def _vouching(sign_in: SignIn) -> SignIn:
    apart = SignIn("", "", _HERE)
    return replace(
        sign_in,
        origin=_HERE,
        required=False,
        client_secret=None,
        host=apart.host,
        ports=apart.ports,
    )
