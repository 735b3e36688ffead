"""Each server is greeted once as its client does it, and a call is made that must be denied.

The guard pins what a server lists at that, so that its tools are known before a model sees them.
The entry is started by the very words that stand in the client's file now.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from localguard.clients.definitions import profile_with
from localguard.clients.entry import Ours, Program
from localguard.clients.found import read_config
from localguard.clients.guard_trial import handed_on, stands_in
from localguard.clients.registry import Registry
from localguard.clients.table import Client, Machine, client
from localguard.clients.trial import Trial, TrialFault, trial
from localguard.config.paths import Places
from localguard.onboarding.self_test import NOBODY, TOOL, Denied, arguments, judged
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

        Raises ProfileFault and PinFault.
        """
        given = arguments(self.places, profile, datetime.now().astimezone())
        tried: list[Tried] = []
        servers = profile_with(self.places, profile).servers
        for entry in entries(self.machine, registry, servers):
            self.doing(f"starting {entry.server}")
            tried.append(self._one(entry, given))
        if not any(one.denied or one.passed for one in tried):
            self.doing("testing that a call is denied")
            tried.append(self._one(nobody(self.program), given))
        return tuple(tried)

    def _one(self, entry: Entry, given: Mapping[str, str]) -> Tried:
        """Greet a server through its guard, have its tools listed, and make the self-test."""
        env = handed_on(self.machine.environ) | dict(entry.env)
        try:
            with trial(entry.argv, env, seconds=SECONDS) as started:
                fault = _greeted(started, entry.server)
                answer = _called(started, given)
                said = started.stderr_lines[-1]
        except TrialFault as broken:
            return Tried(entry.server, fault=broken.what)
        denied, passed = judged(self.places, entry.server, answer)
        return Tried(entry.server, _pinned(self.places, entry.server), fault, said, denied, passed)


def entries(machine: Machine, registry: Registry, servers: Collection[str]) -> Iterator[Entry]:
    """What clients start of some servers, each server once."""
    seen = set[str]()
    for row in registry.entries:
        known = client(row.client)
        if known is None or row.server not in servers or row.server in seen:
            continue
        for entry in read_config(machine, known, row.path).entries:
            ours = isinstance(entry.starts, Ours) and (entry.key, entry.name) == (row.key, row.name)
            if ours and isinstance(entry.value, Mapping):
                seen.add(row.server)
                yield _entry(known, row.server, entry.value)


def nobody(program: Program) -> Entry:
    """A guard that has no server."""
    return Entry(NOBODY, (*program.argv, "run", NOBODY), program.env)


def _entry(known: Client, server: str, value: Mapping[object, object]) -> Entry:
    words = known.words
    arguments, env = value.get(words.args), value.get(words.env)
    listed = arguments if isinstance(arguments, list) else []
    told = env.items() if isinstance(env, Mapping) else ()
    # What only the client can fill in is left out.
    plain = {str(k): v for k, v in told if isinstance(v, str) and not _expands(known, v)}
    return Entry(server, (str(value.get(words.command)), *map(str, listed)), plain)


def _expands(known: Client, value: str) -> bool:
    return known.words.expands is not None and re.search(known.words.expands, value) is not None


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
