"""What is asked of whoever knows the person who has signed in, and the secrets of clients."""

from collections.abc import Callable
from dataclasses import dataclass, field

from localguard.oauth.client import Client
from localguard.oauth.provider import Provider

Holder = tuple[str, str] | None
"""Issuer and subject of a person; None is this machine's user, where no sign-in is asked for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person's own sign-in, as it is shown to a token endpoint and to nobody else."""

    provider: Provider
    client: Client
    id_token: str | None = field(default=None, repr=False)
    access: str | None = field(default=None, repr=False)


SignedIn = Callable[[], Subject]
"""The sign-in as it is now, renewed if it had to be. Raises SignInFault and VaultFault."""

SecretOf = Callable[[str, str], str]
"""The secret of a client by its name, for an issuer and nobody else. Raises VaultFault."""
