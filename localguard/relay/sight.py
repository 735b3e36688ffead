"""How a guard looks to a console: who it works for, what is in force, and what its server is."""

import os

from localguard import __version__
from localguard.control.messages import GuardView
from localguard.relay.attending import Attended


class Sight:
    """Makes the view of one guard."""

    def __init__(self, attended: Attended) -> None:
        self._at = attended

    def __call__(self) -> GuardView:
        """The guard as it is now."""
        at = self._at
        standing, modes = at.policy.standing(), at.modes()
        observed = standing.observed_until
        outline, launch = at.made.pins.outline(), at.made.launch
        return GuardView(
            id=at.guard,
            pid=os.getpid(),
            version=__version__,
            started=at.started,
            server=launch.server,
            command=None if launch.command is None else launch.command.argv[0],
            server_state=at.gate.trouble() or "runs",
            profile=None if standing.profile is None else standing.profile.name,
            fixed=modes.fixed,
            fault=standing.fault,
            lockdown=modes.lockdown,
            silent=modes.silent,
            client=at.gate.client,
            client_pid=at.client_pid,
            identity=None if standing.identity is None else standing.identity.user,
            confirmed=outline.confirmed,
            tools=outline.tools,
            unreviewed=outline.unreviewed,
            calls=at.gate.calls,
            asked=at.gate.asked,
            observed=None if observed is None else observed.timestamp(),
            observe=modes.observe,
        )
