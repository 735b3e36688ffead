"""Each server is greeted once as its client does it, and a call is made that must be denied.

The guard pins what a server lists at that, so that its tools are known before a model sees them.
An entry is started only while it starts what was registered: a program may have edited the file.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from localguard.approvals.budgets import LIMIT
from localguard.clients.definitions import profile_with
from localguard.clients.entry import Ours, Program
from localguard.clients.found import Entry as Written
from localguard.clients.found import read_config
from localguard.clients.guard_trial import handed_on, stands_in
from localguard.clients.registry import Registered, Registry
from localguard.clients.table import Client, Machine, client
from localguard.clients.trial import Trial, TrialFault, trial
from localguard.config.faults import shell_word
from localguard.config.paths import Places
from localguard.onboarding.self_test import NOBODY, TOOL, Denied, arguments, judged, written_before
from localguard.telling.known import pinned
from localguard.text import safe

SECONDS: Final = 120.0
"""For one server; a first `npx` or `uvx` fetches it."""

_ANSWERS: Final = re.compile(r".* answers initialize with: (?:localguard: )?", re.DOTALL)
_ON_PATH: Final = re.compile(r" on the PATH '[^']*'")
_AGAIN: Final = re.compile(r", and said: localguard: .*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a client starts: the server's name, the words, and the variables that it adds."""

    server: str
    argv: tuple[str, ...]
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one server. `fault` says why it did not start; `tools` are those pinned.

    `said` is the last line that it wrote to stderr. `denied` is None where nothing answered the
    self-test, and `passed` has what was answered in place of a denial: it was let through.
    """

    server: str
    tools: int = 0
    fault: str = ""
    said: str = ""
    denied: Denied | None = None
    passed: str = ""


@dataclass(frozen=True, slots=True)
class Trying:
    """How servers are tried. `doing` is told what is done next."""

    places: Places
    machine: Machine
    program: Program
    doing: Callable[[str], None]

    def all_of(self, registry: Registry, profile: str) -> tuple[Tried, ...]:
        """Each server of a profile; where no guard answers for one, a guard without a server.

        Raises ProfileFault, PinFault and AuditFault.
        """
        given = arguments(self.places, profile, datetime.now().astimezone())
        tried: list[Tried] = []
        servers = profile_with(self.places, profile).servers
        for entry in entries(self.machine, registry, servers):
            self.doing(f"starting {entry.server}")
            tried.append(self._one(entry, given))
        tried += altered(self.machine, registry, servers)
        if not any(one.denied or one.passed for one in tried):
            self.doing("testing that a call is denied")
            tried.append(self._one(nobody(self.program), given))
        return tuple(tried)

    def _one(self, entry: Entry, given: Mapping[str, str]) -> Tried:
        """Greet a server through its guard, have its tools listed, and make the self-test."""
        env = handed_on(self.machine.environ) | dict(entry.env) | dict(self.program.env)
        before = written_before(self.places)
        try:
            with trial(entry.argv, env, seconds=SECONDS) as started:
                fault = _greeted(started, entry.server)
                answer = _called(started, given)
                said = started.stderr_lines[-1]
        except TrialFault as broken:
            return Tried(entry.server, fault=broken.what)
        denied, passed = judged(self.places, entry.server, answer, before)
        return Tried(entry.server, _pinned(self.places, entry.server), fault, said, denied, passed)


def entries(machine: Machine, registry: Registry, servers: Collection[str]) -> Iterator[Entry]:
    """What clients start of some servers, each server once, as it was registered."""
    seen = set[str]()
    for row, known, entry in _written(machine, registry, servers):
        if row.server not in seen and _is_registered(known, row, entry):
            seen.add(row.server)
            yield _entry(known, row, entry.value)


def altered(machine: Machine, registry: Registry, servers: Collection[str]) -> Iterator[Tried]:
    """The servers whose entry starts something else than was registered, which is not started."""
    for row, known, entry in _written(machine, registry, servers):
        if not _is_registered(known, row, entry):
            what = f"its entry in {known.title} starts something else than localguard wrote"
            names = f"{known.name} --server {shell_word(row.name)}"
            fix = f"localguard disconnect {names}, then localguard connect {names}"
            yield Tried(row.server, fault=f"{what}, and was not tried. Fix: {fix}")


def _written(
    machine: Machine, registry: Registry, servers: Collection[str]
) -> Iterator[tuple[Registered, Client, Written]]:
    """What stands now where some servers were registered."""
    for row in registry.entries:
        known = client(row.client)
        if known is None or row.server not in servers:
            continue
        for entry in read_config(machine, known, row.path).entries:
            if (entry.key, entry.name) == (row.key, row.name):
                yield row, known, entry


def _is_registered(known: Client, row: Registered, entry: Written) -> bool:
    """Whether an entry starts the program of its row, for its server, with nothing more."""
    if entry.starts != Ours(row.server, row.program) or not isinstance(entry.value, Mapping):
        return False
    return entry.value.get(known.words.args) == [*row.program[1:], "run", row.server]


def nobody(program: Program) -> Entry:
    """A guard that has no server."""
    return Entry(NOBODY, (*program.argv, "run", NOBODY), program.env)


def _entry(known: Client, row: Registered, value: object) -> Entry:
    env = value.get(known.words.env) if isinstance(value, Mapping) else None
    limit = env.get(LIMIT) if isinstance(env, Mapping) else None
    # Any other variable may say what code is loaded, or where the guard looks for its files.
    kept = {LIMIT: limit} if isinstance(limit, str) and limit.isdecimal() else {}
    return Entry(row.server, (*row.program, "run", row.server), kept)


def _greeted(started: Trial, server: str) -> str:
    """Why the server did not start, in its guard's words; empty where it did."""
    try:
        greeting = started.initialize()
        started.tools()
    except TrialFault as fault:
        # What a client is answered is shorter than what the guard writes beside the wire.
        said = (line.partition(f"localguard: {server}: ") for line in started.stderr_lines)
        whole = next((rest for first, mark, rest in said if mark and not first), "")
        return _ON_PATH.sub(" on the PATH that it has", whole or _short(fault.what))
    return safe(stands_in(greeting) or "", 400)


def _short(what: str) -> str:
    return _AGAIN.sub("", _ANSWERS.sub("", what))


def _called(started: Trial, given: Mapping[str, str]) -> Mapping[str, object] | None:
    try:
        return started.call(TOOL, given)
    except TrialFault:
        # The guard ends with its server, and has denied it that way.
        return None


def _pinned(places: Places, server: str) -> int:
    """How many tools of a server are pinned."""
    found = (one.item for one in pinned(places) if one.server == server)
    return sum(not item.startswith(("resource:", "prompt:")) for item in found)
