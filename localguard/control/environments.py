"""Whether a process, or one above it in its session, carries the mark of an agent."""

from collections.abc import Iterator, Mapping, Sequence

from localguard.control.agents import TREE, agent_of, editor_of
from localguard.control.ancestry import named
from localguard.control.terminals import CENTRES, LOGINS, called
from localguard.processes.sessions import Member, System


def marked_reason(above: Sequence[Member], system: System) -> Iterator[str]:
    """What the environments say; above the session's leader only where they can be read."""
    inside = True
    for one in above:
        environment = system.environment(one.pid)
        if environment is not None:
            yield from _marks(one, environment)
        elif inside and system.terminals and not _is_login(one, system):
            yield f"the environment of {named(one)} cannot be read"
        inside = inside and one.pid != above[0].session
        if not inside and called(one) in CENTRES:
            return


def _marks(one: Member, environment: Mapping[str, str]) -> Iterator[str]:
    if environment.get(TREE):
        yield f"a server that localguard guards has started {named(one)}"
    if (mark := agent_of(environment)) is not None:
        yield f"{mark.agent} has started {named(one)} ({mark.name} is set)"
    if (mark := editor_of(environment)) is not None:
        yield f"an agent can type into the terminal of {mark.agent} ({mark.name} is set)"


def _is_login(one: Member, system: System) -> bool:
    """Root's programs between a person and a shell of theirs, which no other user looks into."""
    return called(one) in LOGINS and one.uid != system.uid
