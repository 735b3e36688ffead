"""Which server a person has accepted, where a profile that was edited meanwhile says another. Pure.

A profile that a guard has used first was accepted by that, and by nobody: a model can have written
it, and have started the guard.

What is given to a server before any call to it is judged cannot wait for a call to be asked about.
"""

from localguard.policy.decide import Standing
from localguard.policy.people import vouches_alike
from localguard.policy.profile import ServerTable


def accepted_table(standing: Standing, server: str) -> ServerTable | None:
    """A server as a person has accepted it.

    None where nobody has, where only a guard has used the profile, and where another provider
    vouches for people than when they did.
    """
    if not standing.confirmed:
        return None
    profile, accepted = standing.profile, standing.accepted or standing.profile
    if profile is None or accepted is None:
        return None
    if not vouches_alike(profile.sign_in, accepted.sign_in):
        return None
    return accepted.servers.get(server)


def is_accepted_program(standing: Standing, wanted: ServerTable) -> bool:
    """Whether a server that is started is, in all that the profile says of it, an accepted one.

    `wanted` is what it is started by: the profile may say otherwise by now. Without a command of
    the profile's own the client's file says what it is, which nobody accepts.
    """
    table = accepted_table(standing, wanted.name)
    return table is not None and wanted.command is not None and _program(table) == _program(wanted)


def _program(table: ServerTable) -> object:
    given = (dict(table.env), table.pass_env, dict(table.minted))
    return table.url, table.command, table.cwd, *given
