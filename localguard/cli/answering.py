"""Whether this process may answer for the person, by all that the files tell of guards and clients.

The audit log names every guard and client there has been, the endpoint files those that live. What
follows from that is for `control.approver` to say.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from localguard.audit.faults import unreadable
from localguard.audit.folders import segments
from localguard.audit.sealing import Sealed, unseal
from localguard.control.approver import Guarded, Party, answer_here
from localguard.errors import AuditFault
from localguard.processes.sessions import SYSTEM, Member, System

_SLACK: Final = 2.0
"""Seconds by which two clocks may differ."""

Named = Mapping[int, list[tuple[float, str]]]
"""By pid, when it was named in the log (seconds since the epoch), and as what."""


def may_answer(
    audit: str,
    *,
    terminal: bool,
    live: Iterable[Party] = (),
    system: System = SYSTEM,
    me: int | None = None,
) -> str | None:
    """Why this process may not answer for the person, with the way out; None where it may.

    `terminal` says that both its input and its output are one; `audit` is the folder of the log,
    which names the guards and their clients; `live` are those of the endpoint files.
    """
    try:
        named = _named(audit)
    except AuditFault as fault:
        return f"who asks cannot be told, since the audit log cannot be read: {fault.explain()}"
    parties = (*live, *_still_there(named, system.member))
    guarded = Guarded(lambda: parties, lambda member: _role(member, named))
    return answer_here(guarded, terminal=terminal, system=system, me=me)


def parties(
    guards: Iterable[Mapping[str, object]], clients: Iterable[Mapping[str, object]]
) -> tuple[Party, ...]:
    """Guards and clients as endpoint files name them, each with `pid` and `born`."""
    found = [("guard", one) for one in guards] + [("client", one) for one in clients]
    return tuple(_party(one, kind == "client") for kind, one in found)


def on_terminal() -> bool:
    """Whether this process reads from a terminal and writes to one."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def one_sided(given: bool, shown: bool) -> str | None:
    """Why nobody can be a person here, where only one side of this process is a terminal.

    `given` says that its input is one, `shown` that its output is.
    """
    alone = "run the command at your terminal by itself"
    if given and not shown:
        what = "what it says goes into a pipe or a file, where a person may not see it"
        return f"{what}; {alone}, without | or >"
    if shown and not given:
        what = "what it is given comes from a pipe or a file, and from no person"
        return f"{what}; {alone}, without | or <"
    return None


def _party(told: Mapping[str, object], client: bool) -> Party:
    pid, born = told.get("pid"), told.get("born")
    return Party(
        pid if isinstance(pid, int) else 0,
        born if isinstance(born, str) else None,
        "client" if client else "guard",
    )


def _still_there(named: Named, member: Callable[[int], Member | None]) -> Iterator[Party]:
    """Those of the log that have not ended, so that common ancestors of theirs are seen."""
    for pid in named:
        found = member(pid)
        if found is not None and (what := _role(found, named)) is not None:
            yield Party(pid, found.born, "guard" if what == "guard" else "client")


def _named(audit: str) -> Named:
    """The guards and their clients, as far as the log goes back. Raises AuditFault."""
    named: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for path in segments(audit):
        for record in _beginning(path):
            when = _seconds(record.get("t"))
            for key, what in (("client_pid", "client of localguard"), ("pid", "guard")):
                pid = record.get(key)
                if record.get("kind") == "start" and isinstance(pid, int) and pid > 1:
                    named[pid].append((when, what))
    return named


def _beginning(path: str) -> Iterator[Mapping[str, object]]:
    """The first record of a segment, which is the start of its guard."""
    try:
        with open(path, "rb") as file:
            found = unseal(file.readline())
    except FileNotFoundError:
        # It was pruned meanwhile.
        return
    except OSError as error:
        raise unreadable(path, error) from error
    if isinstance(found, Sealed):
        yield found.record


def _seconds(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return time.time()


def _role(process: Member, named: Named) -> str | None:
    """What a process is in the log. A younger one of that pid is another process."""
    born = time.time() - process.age
    for when, what in named.get(process.pid, ()):
        if born <= when + _SLACK:
            return what
    return None
