"""What localguard is to a provider: a client, and how it says so (RFC 6749 section 2.3)."""

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote_plus

from localguard.errors import SignInFault
from localguard.text import safe

AuthMethod = Literal["none", "client_secret_basic", "client_secret_post"]

_WITH_SECRET: Final[tuple[AuthMethod, ...]] = ("client_secret_basic", "client_secret_post")


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

    A secret is sent in the header where both ways are open (RFC 6749 section 2.3.1). A client
    without one is public whatever the provider lists, as many do not list "none". Raises
    SignInFault where the provider takes a secret in neither of our ways.
    """
    if client_secret is None:
        return Client(client_id)
    for method in _WITH_SECRET:
        if method in methods:
            return Client(client_id, client_secret, method)
    listed = safe(", ".join(sorted(methods)), 120)
    what = f"the provider takes a client's secret in no way that localguard knows ({listed})"
    fix = "register localguard there as a public client, and leave client_secret out"
    raise SignInFault(what, where=where, fix=fix)


def credentials(client: Client) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the form fields by which a client proves who it is.

    In the header both parts are form-encoded first (RFC 6749 section 2.3.1), which authlib's
    client leaves out: a colon or a percent sign in a secret would then be read wrongly.
    """
    if client.client_secret is None or client.auth_method == "none":
        return {}, {"client_id": client.client_id}
    if client.auth_method == "client_secret_post":
        return {}, {"client_id": client.client_id, "client_secret": client.client_secret}
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return {"Authorization": f"Basic {b64encode(pair.encode('ascii')).decode('ascii')}"}, {}
