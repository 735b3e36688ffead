"""Whether a person has accepted what a server is given, and who gets that.

A token is made before any call is judged: at the start of a server, and for its lists. That calls
to a server are asked about which nobody has accepted comes too late for it: whoever can edit a
profile could have the person's token made out for anybody, and handed to a program of theirs.
"""

from collections.abc import Iterator

from localguard.errors import SignInFault
from localguard.policy.accepted import accepted_table, is_accepted_program
from localguard.policy.decide import Standing
from localguard.policy.profile import ServerTable
from localguard.policy.server_auth import ServerAuth, StaticToken
from localguard.vault.bindings import Binding, referenced


def require_accepted(standing: Standing, wanted: ServerTable) -> None:
    """Raise SignInFault unless a person has accepted that a server is given what it is to get.

    `wanted` is what the server was started or reached by: the profile may say otherwise by now.
    """
    if wanted.minted and wanted.command is None:
        # The client's file would say which program gets it.
        what = f"a token for {wanted.name} can only be minted for a command of the profile's own"
        fix = f"write command = [...] below [servers.{wanted.name}] in the profile"
        raise SignInFault(what, where=str(wanted.origin), fix=fix)
    if not (_is_accepted_place if wanted.url else is_accepted_program)(standing, wanted):
        name = wanted.name
        profile = "NAME" if standing.profile is None else standing.profile.name
        what = f"nobody has accepted that your sign-in is traded for {name} as it is defined"
        raise SignInFault(what, where=name, fix=f"localguard profile accept {profile}")


def is_accepted_taker(standing: Standing, secret: str, binding: Binding) -> bool:
    """Whether a person has accepted that a server with a URL, or its issuer, gets a secret."""
    table = accepted_table(standing, binding.server)
    return table is not None and (secret, _bare(binding.shown)) in set(_takers(table))


def _is_accepted_place(standing: Standing, wanted: ServerTable) -> bool:
    table = accepted_table(standing, wanted.name)
    same = table is not None and _resource(table) == _resource(wanted)
    return same and table is not None and table.auth == wanted.auth


def _takers(table: ServerTable) -> Iterator[tuple[str, str]]:
    """Each secret that a profile names for something with an address, and that address."""
    if (resource := _resource(table)) is not None:
        for value in table.headers.values():
            yield referenced(value) or "", _bare(resource)
        if isinstance(table.auth, StaticToken):
            yield table.auth.secret, _bare(resource)
    for auth in (table.auth, *table.minted.values()):
        yield from _client_of(auth)


def _client_of(auth: ServerAuth | None) -> Iterator[tuple[str, str]]:
    if auth is None or isinstance(auth, StaticToken):
        return
    if auth.client_secret is not None and auth.issuer is not None:
        yield auth.client_secret, _bare(auth.issuer)


def _resource(table: ServerTable) -> str | None:
    """Another spelling of a place is the same place, and the token names it (RFC 8707)."""
    if table.url is None:
        return None
    from localguard.oauth.addresses import resource_of  # noqa: PLC0415 -- where there is a URL

    return resource_of(table.url)


def _bare(address: str) -> str:
    return address.rstrip("/")
