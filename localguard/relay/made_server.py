"""Everything that goes with one server: its start, its pins, the facts of its world.

Made when a guard starts, and anew when the profile defines the server otherwise.
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from localguard.config.paths import Places
from localguard.pinning.store import PinStore
from localguard.policy.decide import Standing
from localguard.policy.profile import ServerTable
from localguard.policy.rules import Origin
from localguard.redaction.registered import Secrets
from localguard.relay.capped_file import prune
from localguard.relay.counting import Counting
from localguard.relay.judging import Facts, Objection
from localguard.relay.launch import Launch, plan
from localguard.relay.moments import Moments
from localguard.relay.pin_records import PinRecords
from localguard.relay.pinned import PinBook
from localguard.relay.pins import Unpinned
from localguard.relay.recorder import Recorder
from localguard.relay.redacting import Sieve
from localguard.relay.references import References, plain
from localguard.relay.remote_link import Reachable
from localguard.relay.session import Notice
from localguard.relay.spawn import ServerProcess, Started
from localguard.relay.stderr import StderrDrain, drain
from localguard.relay.upstream import Served
from localguard.relay.wanted import Wanted
from localguard.relay.world import world_of

LAST_WORDS = 0.3
"""Seconds for what a stopped server said on stderr to reach our own."""

KEPT_LOGS = 100
"""How many servers' stderr logs are kept."""


Reach = Callable[[Launch], Reachable]
"""How the server of a launch that is `reached` by URL is spoken to."""


class MadeServer:
    """The server of one guard, as its profile defines it. Implements `replacement.Maker`."""

    def __init__(
        self,
        where: Places,
        wanted: Wanted,
        launch: Launch,
        *,
        given: References,
        secrets: Secrets,
        recorder: Recorder,
        notice: Notice,
        counting: Counting,
        instance: str,
        reach: Reach,
    ) -> None:
        self.launch = launch
        self.pins: PinBook | Unpinned = Unpinned()
        self._given = given
        self._secrets = secrets
        self._where = where
        self._wanted = wanted
        self._recorder = recorder
        self._notice = notice
        self._counting = counting
        self._instance = instance
        self._reach = reach
        self._process: ServerProcess | None = None
        self._drained: StderrDrain | None = None

    def serve(self, started: Started) -> Served:
        """What goes with a server that was started as `launch` says."""
        launch, process = self.launch, started.process
        self._process = process
        if launch.defined is not None:
            self._secrets.register_environment(plain(launch.defined.env))
        self._given.register(self._secrets)
        place = None if launch.reached is None else self._reach(launch)
        remote = None if place is None else place.opening
        runs = process is not None or remote is not None
        self.pins = pins = self._book() if runs else Unpinned()
        if process is not None:
            self._drained = drain(process.stderr_fd, self._log(), Sieve(self._secrets))
        facts, objection = self._facts(pins), self._objection(started)
        if place is not None:
            facts = replace(facts, lacking=place.lacking)
        return Served(process, started.why_not, started.failed, pins, facts, objection, remote)

    def wanted(self, standing: Standing) -> bool:
        """Whether the policy defines the server otherwise than the one that runs."""
        if standing.profile is None or standing.fault is not None:
            return False
        return self.launch.outdated(standing) and self._planned(standing).serves

    def lacks(self) -> bool:
        """Whether the server was not started for want of a secret."""
        return self._given.missed()

    def lacks_less(self) -> bool:
        """Whether that may have changed."""
        return self._given.changed()

    def prepare(self, standing: Standing) -> None:
        """Have the vault at hand for `make`, which blocks no more than files do then."""
        planned = self._planned(standing)
        # What speaks against a start is told when it is tried.
        planned.prepare(self._given)

    def make(self, standing: Standing) -> Served:
        """Start the server that the policy defines."""
        self.finish()
        self.launch = self._planned(standing)
        return self.serve(self.launch.start(self._given))

    def children(self) -> set[int]:
        """The processes whose end someone waits for: the server's, and its keeper's."""
        process = self._process
        if process is None:
            return set()
        return {process.pid, *process.helpers()}

    def finish(self) -> None:
        """Take in the last words of a server that was stopped."""
        if self._drained is not None:
            self._drained.finish(LAST_WORDS)
            self._drained = None
            prune(self._log().parent, kept=KEPT_LOGS)

    def _objection(self, started: Started) -> Objection:
        """Why no call may reach the server; for want of a secret it is not even there."""
        launch = self.launch
        if started.process is not None or not self._given.missed():
            given = self._given
            return lambda standing: launch.objection(standing) or given.ended()
        return lambda standing: launch.objection(standing) or started.why_not

    def _planned(self, standing: Standing) -> Launch:
        return plan(self._wanted, standing, os.environ, self._where.home)

    def _log(self) -> Path:
        return Path(self._where.state, "stderr", f"{self._instance}.log")

    def _book(self) -> PinBook:
        launch = self.launch
        records = PinRecords(launch.server, self._recorder, self._notice)
        store = PinStore(self._where.pins)
        return PinBook(launch.server, launch.identity, store, records, _moment)

    def _facts(self, pins: PinBook | Unpinned) -> Facts:
        launch = self.launch
        cwd = None if launch.command is None else launch.command.cwd
        world = world_of(self._where, _placed(launch), cwd, here())
        return Facts(world, pins, self._counting, Moments(time.time))


def _placed(launch: Launch) -> ServerTable | None:
    """The table of a server, which says where its files are; also of a URL that has none."""
    if launch.reached is None:
        return launch.defined
    table = launch.defined or ServerTable(launch.server, Origin("", 0))
    return replace(table, url=launch.reached.url)


def here() -> str:
    """The folder of this process, or the root where it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return os.sep


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
