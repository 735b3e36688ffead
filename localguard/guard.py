"""The beginning of `run`: the profile is read, the server is started, and only then the rest loads.

So the server's own start hides ours. Decides nothing.
"""

import os

from localguard.config.active import ActiveProfile
from localguard.config.paths import places
from localguard.errors import ServerFault
from localguard.relay.client_wire import take_wire
from localguard.relay.launch import Launch, Started, Wanted, plan
from localguard.relay.spawn import spawn


def run(wanted: Wanted) -> int:
    """Guard one server until the client is done with it; the exit code.

    Raises UsageFault, and ProfileFault when not even the places of the files are known.
    """
    client = take_wire()
    where = places()
    active = ActiveProfile(where, wanted.profile)
    launch = plan(wanted, active.standing(), os.environ, where.home)
    started = _start(launch)
    try:
        from localguard.assembly import serve_client

        return serve_client(client, where, active, launch, started)
    except BaseException:
        # What was stopped in order is not signalled again: its pid may be a stranger's by now.
        if started.process is not None:
            started.process.kill()
        raise


def _start(launch: Launch) -> Started:
    if launch.command is None:
        return Started(None, launch.why_not or "")
    try:
        return Started(spawn(launch.command))
    except ServerFault as fault:
        return Started(None, fault.explain(), failed=True)
