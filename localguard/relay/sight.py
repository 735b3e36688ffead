"""How a guard looks to a console: who it works for, what is in force, and what its server is."""

from collections.abc import Callable
from typing import NamedTuple

from localguard import __version__
from localguard.control.messages import GuardView
from localguard.relay.call import Gate
from localguard.relay.judging import PolicySource
from localguard.relay.made_server import MadeServer


class Modes(NamedTuple):
    """What the person has chosen for all guards, and whether this one has a profile of its own."""

    fixed: bool
    lockdown: bool
    silent: bool


class Sight:
    """Makes the view of one guard."""

    def __init__(
        self,
        guard: tuple[str, int, float],
        client_pid: int,
        *,
        gate: Gate,
        policy: PolicySource,
        made: MadeServer,
        modes: Callable[[], Modes],
    ) -> None:
        """`guard` is its id, its pid and its start in seconds since the epoch."""
        self._id, self._pid, self._started = guard
        self._client_pid = client_pid
        self._gate = gate
        self._policy = policy
        self._made = made
        self._modes = modes

    def __call__(self) -> GuardView:
        """The guard as it is now."""
        standing, modes = self._policy.standing(), self._modes()
        outline, launch = self._made.pins.outline(), self._made.launch
        return GuardView(
            id=self._id,
            pid=self._pid,
            version=__version__,
            started=self._started,
            server=launch.server,
            command=None if launch.command is None else launch.command.argv[0],
            server_state=self._gate.trouble() or "runs",
            profile=None if standing.profile is None else standing.profile.name,
            fixed=modes.fixed,
            fault=standing.fault,
            lockdown=modes.lockdown,
            silent=modes.silent,
            client=self._gate.client,
            client_pid=self._client_pid,
            identity=None,
            confirmed=outline.confirmed,
            tools=outline.tools,
            unreviewed=outline.unreviewed,
            calls=self._gate.calls,
            asked=self._gate.asked,
        )
