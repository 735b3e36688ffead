"""Whether a person has accepted what their sign-in is to be traded for, and who gets that.

A token is made before any call is judged: at the start of a server, and for its lists. That calls
to a server are asked about which nobody has accepted comes too late for it: whoever can edit a
profile could have the person's token made out for anybody, and handed to a program of theirs.
"""

from localguard.errors import SignInFault
from localguard.policy.decide import Standing
from localguard.policy.people import vouches_alike
from localguard.policy.profile import ServerTable


def require_accepted(standing: Standing, wanted: ServerTable) -> None:
    """Raise SignInFault unless a person has accepted that a server is given what it is to get.

    `wanted` is what the server was started or reached by: the profile may say otherwise by now.
    """
    profile = standing.profile
    accepted = standing.accepted or profile
    table = None if accepted is None else accepted.servers.get(wanted.name)
    if accepted is None or profile is None or table is None:
        raise _unaccepted(standing, wanted)
    if not vouches_alike(profile.sign_in, accepted.sign_in) or _given(table) != _given(wanted):
        raise _unaccepted(standing, wanted)
    if wanted.minted and wanted.command is None:
        # The client's file would say which program gets it.
        what = f"a token for {wanted.name} can only be minted for a command of the profile's own"
        fix = f"write command = [...] below [servers.{wanted.name}] in the profile"
        raise SignInFault(what, where=str(wanted.origin), fix=fix)


def _given(table: ServerTable) -> object:
    """What a server gets for a sign-in, and all that says who it is."""
    if table.url is not None:
        # Another spelling of a place is the same place, and the token names it (RFC 8707).
        from localguard.oauth.addresses import resource_of  # noqa: PLC0415 -- where there is a URL

        return resource_of(table.url), table.auth
    program = (table.command, table.cwd, dict(table.env), table.pass_env)
    return *program, dict(table.minted)


def _unaccepted(standing: Standing, wanted: ServerTable) -> SignInFault:
    name = wanted.name
    profile = "NAME" if standing.profile is None else standing.profile.name
    what = f"nobody has accepted that your sign-in is traded for a token of {name} as it is defined"
    return SignInFault(what, where=name, fix=f"localguard profile accept {profile}")
