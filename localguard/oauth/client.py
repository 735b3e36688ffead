"""What localguard is to a provider: a client, and how it says so (RFC 6749 section 2.3)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

AuthMethod = Literal["none", "client_secret_basic", "client_secret_post"]


@dataclass(frozen=True, slots=True)
class Client:
    """A client as it is registered at one provider; without a secret it is a public one."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    auth_method: AuthMethod = "none"


def client_of(
    client_id: str, client_secret: str | None, methods: Collection[str], *, where: str
) -> Client:
    """The client, with the best of the `methods` that a provider takes.

    A secret is sent in the header where both ways are open (RFC 6749 section 2.3.1). Raises
    SignInFault where the provider takes none of ours.
    """
    raise NotImplementedError


def credentials(client: Client) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the form fields by which a client proves who it is."""
    raise NotImplementedError
