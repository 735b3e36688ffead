"""A server is tried through the guard, as a client would start it, some at a time.

A guard gets the few variables that clients hand on, so that what a terminal has besides does not
hide what a client lacks. What a guard does at a first start it does here too: it pins what it sees.
"""

import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from localguard.aside import start
from localguard.clients import guard_trial
from localguard.clients.trial import TrialFault, trial
from localguard.doctor.check import Scene
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets

SECONDS: Final = 30.0
"""For a server to start, greet and list its tools: some are fetched first."""
AT_ONCE: Final = 2
_BESIDES: Final = ("LANG", "LOCALGUARD_HOME", "TMPDIR")
"""What guards get from some clients, or where `connect` has told the client."""
_OURS: Final = "localguard"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial: the seconds that the handshake took and how many tools are offered.

    `why` says why the server does not serve, None where it does. `stderr` is the end of what it
    wrote there.
    """

    server: str
    seconds: float
    tools: int
    stderr: str
    why: str | None = None


def tried(scene: Scene, servers: Sequence[str]) -> Iterator[Tried]:
    """Each server, in this order. Never raises."""
    turn = threading.Semaphore(AT_ONCE)

    def one(server: str) -> Tried:
        with turn:
            return _tried(scene, server)

    running = [start(partial(one, server)) for server in servers]
    for each in running:
        yield each.result()


def handed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that a guard gets from a client."""
    if sys.platform == "win32":
        return dict(environ)
    besides = {name: environ[name] for name in _BESIDES if name in environ}
    return guard_trial.handed_on(environ) | besides


def _tried(scene: Scene, server: str) -> Tried:
    begun, guard = time.monotonic(), None
    argv, environ = (*scene.program, "run", server), handed_on(scene.machine.environ)
    try:
        with trial(argv, environ, cwd=scene.machine.home, seconds=SECONDS) as guard:
            why = guard_trial.stands_in(guard.initialize())
            seconds = time.monotonic() - begun
            tools = len(guard.tools())
            return Tried(server, seconds, tools, _plain(guard.stderr), why and _plain(why))
    except TrialFault as fault:
        why, said = _said(fault, scene), "" if guard is None else guard.stderr
        return Tried(server, time.monotonic() - begun, 0, _plain(said), _plain(why))


def _plain(text: str) -> str:
    """The text without what looks like a secret: a server may tell its own on stderr."""
    return Redactor(frozenset({"secret"}), Secrets()).text(text)[0]


def _said(fault: TrialFault, scene: Scene) -> str:
    """The fault without what starts the guard, which is ours, and what the guard put before it."""
    what = fault.what.removeprefix(f"{scene.program[0]} ")
    return what.removeprefix(f"answers initialize with: {_OURS}: ")
