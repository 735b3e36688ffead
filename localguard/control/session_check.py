"""Whether a process sits in a session that a person's terminal began, as far as that can be seen.

A program can make a terminal for another (`script`, `pty.spawn`), leave its parents within its
session, or lead a session whose terminal nobody looks at. Each of these leaves a trace in who leads
the session and who has started that one.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from localguard.control.ancestry import named
from localguard.control.terminals import (
    MANAGERS,
    PRETENDERS,
    SHELLS,
    called,
    is_interpreter,
)
from localguard.processes.sessions import Member

_ADOPTERS: Final = MANAGERS - {"init"}
"""Who takes in what has lost its parent. Below WSL `init` is also the relay of a window."""
_PSEUDO: Final = ("pts/", "ttys", "ttyp")


def session_reason(above: Sequence[Member]) -> Iterator[str]:
    """What is wrong with the session of a process; `above` begins with it."""
    first = above[0]
    if first.tty is None:
        yield "an answer is taken from a terminal only, and this process has none"
        return
    place = next((i for i, one in enumerate(above) if one.pid == first.session), None)
    if place is None:
        yield "this process has left the shell of its terminal"
        return
    leader = above[place]
    if place > 0 and (is_interpreter(called(leader)) or called(leader) in PRETENDERS):
        yield f"its terminal is led by no shell ({named(leader)})"
    # Nobody is above the first process of a container.
    for maker in above[place + 1 : place + 2]:
        yield from _maker_reason(leader, maker)


def _maker_reason(leader: Member, maker: Member) -> Iterator[str]:
    """What is wrong with who has started the leader of a session, mostly a terminal emulator."""
    name = called(maker)
    if name in PRETENDERS or name in SHELLS or is_interpreter(name):
        yield f"its terminal was made by a program ({named(maker)})"
    adopted = maker.pid == 1 or name in _ADOPTERS
    if adopted and leader.tty is not None and leader.tty.startswith(_PSEUDO):
        yield "whoever has made its terminal has hidden itself"
