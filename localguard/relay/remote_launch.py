"""How a server with a URL is reached: from the command line and the profile, before it is asked.

Knows the words of a profile and no network; the network is `localguard.remote`, loaded where a
guard has such a server.
"""

from collections.abc import Mapping
from typing import NamedTuple

from localguard.errors import ServerFault, UsageFault
from localguard.policy.pins import Identity
from localguard.policy.profile import ServerTable
from localguard.policy.server_auth import ServerAuth


class Reached(NamedTuple):
    """Where a server is, in one spelling, and what the profile gives to it.

    A value "secret:NAME" of `headers` stands for what the vault holds.
    """

    url: str
    headers: Mapping[str, str]
    auth: ServerAuth | None

    @property
    def identity(self) -> Identity:
        """Which server this is: its URL, whoever answers there."""
        return Identity((self.url,), remote=True)


def reached(url: str, table: ServerTable | None) -> Reached:
    """How to reach the server of a URL. Raises UsageFault for one that cannot be read surely."""
    from localguard.remote.address import address_of  # noqa: PLC0415 -- for such a server alone

    try:
        place = address_of(url).canonical
    except ServerFault as fault:
        raise UsageFault(fault.what, where=fault.where, fix=fault.fix) from None
    if table is None:
        return Reached(place, {}, None)
    return Reached(place, table.headers, table.auth)


def same_place(one: str, other: str) -> bool:
    """Whether two URLs are one in all but their spelling. Raises UsageFault."""
    return reached(one, None).url == reached(other, None).url
