"""Who has started a process, seen beside who has started a client: what two lines have in common.

Two processes of one desktop always meet somewhere above. Where they meet at a desktop's shell, a
terminal or the shell of a session, nobody has started one by the other; where they meet at any
other program, that program may be the client.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from localguard.control.terminals import (
    CENTRES,
    DESKTOPS,
    LOGINS,
    MANAGERS,
    NEUTRAL,
    SHELLS,
    called,
)
from localguard.processes.sessions import Member, System, line
from localguard.text import safe

Kind = Literal["guard", "client", "server"]
_WORDS: Final[dict[str, str]] = {
    "guard": "guard",
    "client": "client of localguard",
    "server": "server that localguard guards",
}


class Party(NamedTuple):
    """A process that may not answer, nor may anything that it has started.

    `born` tells a reused pid apart, as `processes.sessions.Member` has it; None where it is not
    known, which takes any process of that pid.
    """

    pid: int
    born: str | None
    kind: Kind

    def is_of(self, member: Member) -> bool:
        """Whether a process is this one."""
        return member.pid == self.pid and self.born in (None, member.born)


def nobody(_: Member) -> str | None:
    """No process has any other role."""
    return None


@dataclass(frozen=True, slots=True)
class Guarded:
    """Whom an answer has to be independent of.

    `parties` gives the guards, their clients and the servers' trees as they are at the moment;
    `role` says what else a process is, or was when it was written down, in words such as `guard`.
    """

    parties: Callable[[], Iterable[Party]]
    role: Callable[[Member], str | None] = nobody


def started_reason(
    above: Sequence[Member],
    parties: Sequence[Party],
    role: Callable[[Member], str | None] = nobody,
) -> Iterator[str]:
    """Whether a process is a guard, a client or a server, or was started by one."""
    for member in above:
        if _adopts(member):
            continue
        what = next((_WORDS[one.kind] for one in parties if one.is_of(member)), None)
        if (found := what or role(member)) is not None:
            yield f"this process was started by a {found} ({named(member)})"


def shared_reason(
    above: Sequence[Member], parties: Iterable[Party], system: System
) -> Iterator[str]:
    """Whether a process and a client have something in common that is not neutral."""
    for party in parties:
        if party.kind == "server":
            # It is below its guard.
            continue
        theirs, whole = line(party.pid, system.member)
        if not theirs or not party.is_of(theirs[0]):
            # It has ended.
            continue
        met = next(_met(above, {(one.pid, one.born) for one in theirs}), None)
        if met is not None:
            yield f"this process and a {_WORDS[party.kind]} were both started by {named(met)}"
        elif system.terminals and not whole:
            yield f"who has started a {_WORDS[party.kind]} cannot be seen"


def _adopts(member: Member) -> bool:
    """A service manager takes in a guard that has lost its client, and is then taken for one."""
    return member.pid == 1 or called(member) in MANAGERS


def named(member: Member) -> str:
    """A process in words, made safe."""
    return f"{safe(called(member), 40)}, pid {member.pid}"


def _met(above: Sequence[Member], theirs: set[tuple[int, str]]) -> Iterator[Member]:
    """The common ancestors that are not neutral, nearest first, up to where all comes together."""
    for place, one in enumerate(above):
        if (one.pid, one.born) not in theirs:
            continue
        if not _is_neutral(one, above[place + 1] if place + 1 < len(above) else None):
            yield one
        if one.pid == 1 or called(one) in CENTRES:
            return


def _is_neutral(one: Member, parent: Member | None) -> bool:
    name = called(one)
    if one.pid == 1 or name in NEUTRAL:
        return True
    # A shell that some program has started for one command does not lead a terminal's session.
    between = parent is not None and called(parent) in LOGINS | DESKTOPS
    return name in SHELLS and (one.leads or between)
