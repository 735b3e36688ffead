"""Who may answer for the person: a process of a terminal of theirs, no program of the model's.

A terminal alone proves nothing, and neither does the same user: a client, its agent's shell and the
wrapped servers have both. So whoever answers descends from none of them, has with no client a
common ancestor but neutral ones, and sits in a session that a real terminal began. Doubt counts
against it. What stays open is a program of the same user that types into a person's terminal, or
has a service manager start a terminal program for it: nothing here can tell that from a person.
"""

import os
import socket
import sys
from collections.abc import Iterator
from typing import Final

from localguard.control.ancestry import Guarded, Party, shared_reason, started_reason
from localguard.control.environments import marked_reason
from localguard.control.messages import Approver
from localguard.control.peers import Peer, peer_of
from localguard.control.session_check import session_reason
from localguard.control.terminals import MULTIPLEXERS, called
from localguard.processes.sessions import SYSTEM, Member, System, line
from localguard.text import safe

__all__ = [
    "OUTSIDE",
    "Guarded",
    "Party",
    "answer_here",
    "can_prove_terminal",
    "described",
    "judge",
    "judge_peer",
    "judge_socket",
]

OUTSIDE: Final = (
    "open a terminal of your own, outside the client and its integrated terminal, and run the "
    "command there"
)

can_prove_terminal: Final[bool] = sys.platform != "win32"
"""Whether this system ties a process to a terminal. Where it does not, nothing destructive may be
answered, whatever `judge` says."""


def judge(pid: int, guarded: Guarded, system: System = SYSTEM) -> tuple[Approver, str | None]:
    """The process as the audit log names it, and why it may not answer; None where it may.

    The reason ends with the way out. To be asked at each answer: a process changes its parents.
    """
    above, whole = line(pid, system.member)
    reason = next(_reasons(above, whole, guarded, system), None)
    return _approver(pid, above), None if reason is None else f"{reason}; {OUTSIDE}"


def judge_peer(
    peer: Peer, guarded: Guarded, system: System = SYSTEM
) -> tuple[Approver, str | None]:
    """The same for the process at the other end of a socket, which lives before and after."""
    gone = f"the process that answered has ended; {OUTSIDE}"
    if peer.is_gone():
        return Approver(pid=peer.pid, name="?"), gone
    approver, reason = judge(peer.pid, guarded, system)
    if peer.is_gone():
        return approver, gone
    if reason is None and peer.uid != system.uid:
        return approver, f"the process that answered belongs to another user; {OUTSIDE}"
    return approver, reason


def judge_socket(
    sock: socket.socket, guarded: Guarded, system: System = SYSTEM
) -> tuple[Approver, str | None]:
    """The same for an accepted connection, at each answer that comes over it."""
    peer = peer_of(sock)
    try:
        return judge_peer(peer, guarded, system)
    finally:
        peer.close()


def answer_here(
    guarded: Guarded, *, terminal: bool, system: System = SYSTEM, me: int | None = None
) -> str | None:
    """Why this process may not answer for the person; None where it may.

    `terminal` says that both its input and its output are one: of the two, a program that pipes an
    answer in has only the other.
    """
    if not terminal:
        return f"an answer is taken from a terminal only; {OUTSIDE}"
    return judge(os.getpid() if me is None else me, guarded, system)[1]


def described(approver: Approver) -> str:
    """A process for the audit log and for other persons, on a line and made safe."""
    place = "no terminal" if approver.tty is None else approver.tty
    above = " < ".join(approver.line)
    below = f" < {above}" if above else ""
    return safe(f"{approver.name} (pid {approver.pid}, {place}){below}")


def _reasons(above: list[Member], whole: bool, guarded: Guarded, system: System) -> Iterator[str]:
    """What speaks against a process, the plainest first."""
    if not above:
        yield "who answers cannot be seen"
        return
    if above[0].uid != system.uid:
        yield "whoever answers belongs to another user"
    parties = tuple(guarded.parties())
    yield from started_reason(above, parties, guarded.role)
    if system.terminals:
        if not whole:
            yield "who has started this process cannot be seen (is /proc hidden?)"
        yield from session_reason(above)
    yield from marked_reason(above, system)
    yield from shared_reason(above, parties, system)


def _approver(pid: int, above: list[Member]) -> Approver:
    if not above:
        return Approver(pid=pid, name="?")
    first, *rest = above
    return Approver(
        pid=pid,
        name=first.name,
        tty=first.tty,
        line=tuple(one.name for one in rest),
        facts=dict(_facts(above)),
    )


def _facts(above: list[Member]) -> Iterator[tuple[str, str]]:
    first = above[0]
    if first.uid is not None:
        yield "uid", str(first.uid)
    leader = next((one for one in above if one.pid == first.session), None)
    if leader is not None:
        yield "leader", f"{leader.name} ({leader.pid})"
    multiplexer = next((name for one in above if (name := called(one)) in MULTIPLEXERS), None)
    if multiplexer is not None:
        # Whoever may write to its socket can type into every one of its terminals.
        yield "multiplexer", multiplexer
