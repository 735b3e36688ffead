"""Which client this guard works for: a session is one client process, by pid and birth.

A client starts a guard itself or through a launcher (`uvx`, a shell for one command, the .exe that
pip makes), so launchers are looked through. All guards of one client find the same process. Knows
no file.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from localguard.ledger.clock import boot
from localguard.processes.table import Process, look

LAUNCHERS: Final = frozenset({"uv", "uvx", "pipx", "env", "localguard"})
SHELLS: Final = frozenset({"sh", "dash", "bash", "zsh", "cmd"})
_MOST: Final = 6
"""Launchers that may stand between a client and its guard."""

Look = Callable[[int], Process | None]


@dataclass(frozen=True, slots=True)
class Session:
    """One client process: `id` is its own for ever, `age` is in seconds."""

    id: str
    age: float


def client_session(parent: int | None = None, look: Look = look) -> Session | None:
    """The session of the client above this process; None where it cannot be seen.

    To be asked once, when the guard starts: later the client may be gone and its pid another's.
    """
    found = look(os.getppid() if parent is None else parent)
    for _ in range(_MOST):
        if found is None or not _launches(found):
            break
        above = look(found.parent)
        # On Windows the number of a dead parent may be a younger stranger's.
        if above is None or above.age < found.age - 1:
            break
        found = above
    if found is None:
        return None
    return Session(f"{boot()}/{found.pid}/{found.born}", max(found.age, 0.0))


def _launches(process: Process) -> bool:
    name = process.name.lower().removesuffix(".exe")
    return name in LAUNCHERS or (name in SHELLS and not process.leads)
