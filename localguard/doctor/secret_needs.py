"""Which secrets of the vault a profile refers to, and which server each is for."""

from collections.abc import Iterator
from dataclasses import dataclass

from localguard.doctor.check import Scene
from localguard.doctor.programs import binding_of
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.server_auth import StaticToken
from localguard.vault.bindings import Binding, given


@dataclass(frozen=True, slots=True)
class Need:
    """A secret by its name, and the place that refers to it.

    `server` is None where it is for the provider of sign-ins. `binding` is what the server is, None
    where that cannot be told from here.
    """

    secret: str
    where: str
    server: str | None = None
    binding: Binding | None = None


def needs(scene: Scene, profile: Profile) -> Iterator[Need]:
    """Every secret that a profile refers to, once for each server."""
    sign_in = profile.sign_in
    if sign_in is not None and sign_in.client_secret is not None:
        yield Need(sign_in.client_secret, str(sign_in.origin))
    for table in profile.servers.values():
        names = dict.fromkeys(given(table))
        binding = binding_of(scene, table) if names else None
        for name in names:
            yield Need(name, str(table.origin), table.name, binding)
        for name in dict.fromkeys(_of_clients(table)):
            yield Need(name, str(table.origin), table.name)


def _of_clients(table: ServerTable) -> Iterator[str]:
    """The secrets by which localguard shows who it is to whoever gives out tokens."""
    auth = table.auth
    asked = [] if auth is None or isinstance(auth, StaticToken) else [auth]
    for one in (*asked, *table.minted.values()):
        if one.client_secret is not None:
            yield one.client_secret
