"""What registering with a client changes, as lines for a person: before it is done, and after.

Values that may be secrets are not shown. Whoever prints a line makes it safe first.
"""

from collections.abc import Iterator, Sequence

from localguard.clients.edit import Plan, Stale
from localguard.clients.entry import Ours, Wrapped
from localguard.clients.found import Entry
from localguard.clients.planning import Connection, Taken
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets


def starts_text(entry: Entry) -> str:
    """What an entry starts, without any value that could be a secret."""
    match entry.starts:
        case Ours(server):
            return f"localguard run {server}"
        case Wrapped() as starts:
            # Arguments may hold secrets, a program does not.
            more = f" and {len(starts.command) - 1} more words" if len(starts.command) > 1 else ""
            return starts.url.partition("?")[0] if starts.url else f"{starts.command[0]}{more}"
        case unfit:
            return unfit.why


def connection_lines(connection: Connection) -> Iterator[str]:
    """What is left alone and why, and what each entry that is taken will start."""
    for file in connection.broken:
        fault = "" if file.fault is None else file.fault.explain()
        yield f"{file.client.title} is left alone. {fault}"
    for left in connection.left:
        yield (
            f"{left.file.client.title}: {left.entry.name} is left as it is: {left.unfit.why}. "
            f"Fix: {left.unfit.fix}."
        )
    for one in connection.taken:
        started = f"is started by localguard run {one.server}{_was(one)}"
        yield f"{one.file.client.title}: {one.name} {started}"


def first_lines(connection: Connection, programs: frozenset[str]) -> Iterator[str]:
    """What is better done before the files are changed; `programs` are names of those that run."""
    clients = {one.file.client.name: one.file.client for one in connection.taken}
    for one in clients.values():
        if one.rewrites and not programs.isdisjoint(one.programs):
            yield f"{one.title} runs, and writes its file anew while it does: end it first."
    shared = (one.file.path for one in connection.taken if one.file.scope == "project")
    for path in dict.fromkeys(shared):
        yield f"{path} is the project's: whoever shares it gets this machine's paths."


def diff_lines(plan: Plan, hidden: Sequence[str] = ()) -> Iterator[str]:
    """One change of a file line by line, with `***` for what may be a secret."""
    # An argument may be a secret too; only its look tells.
    redactor = Redactor(frozenset({"secret"}), Secrets())
    for line in plan.diff(hidden):
        yield redactor.text(line)[0]


def restart_lines(connection: Connection, stale: Sequence[Stale]) -> Iterator[str]:
    """What was not done; and how each client comes to start what it was given now."""
    for missed in stale:
        yield missed.explain()
    paths = {one.path for one in stale}
    clients = {
        one.file.client.name: one.file.client
        for one in connection.taken
        if one.file.path not in paths
    }
    for one in clients.values():
        yield f"{one.title}: {one.restart}."


def _was(one: Taken) -> str:
    before = next((e for e in one.file.entries if (e.key, e.name) == (one.key, one.name)), None)
    return " (added)" if before is None else f" (now: {starts_text(before)})"
