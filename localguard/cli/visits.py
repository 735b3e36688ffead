"""Which server is meant by a name on the command line, and how a guard would start or reach it.

By the profile where it has a command or a URL for the name; else as it was when it was last seen. A
guard that a desktop client starts may find another program by the same word than a terminal does:
then the one that the guard has found is meant.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from localguard.cli.choosing import key_of, people_key_of
from localguard.cli.secret_vault import vault_of
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places
from localguard.errors import ServerFault, UsageFault
from localguard.pinning.store import PinStore
from localguard.policy.decide import Standing
from localguard.policy.pins import Account, Identity, Pin
from localguard.policy.profile import FromServer, ServerTable
from localguard.policy.rules import Verb
from localguard.redaction.registered import Secrets
from localguard.relay.launch import Launch, plan
from localguard.relay.references import References
from localguard.relay.remote_link import Opening
from localguard.relay.spawn import ServerCommand
from localguard.relay.visit import visit
from localguard.relay.wanted import Wanted
from localguard.telling.subjects import Subject
from localguard.text import safe


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server under one identity, with its `command` or, where it has a URL, its `opening`.

    Without either, `why_not` says why it cannot be started.
    """

    subject: Subject
    command: ServerCommand | None
    why_not: str
    wishes: frozenset[str]
    table: ServerTable | None
    given: References
    opening: Callable[[], Opening] | None = None

    def visit(self) -> Account:
        """What it says of itself now. Raises ServerFault, and VaultFault for its secrets."""
        if self.opening is not None:
            from localguard.relay.remote_visit import visit_remote

            return visit_remote(self.opening(), self.subject.identity, self.wishes)
        if self.command is None:
            raise ServerFault(self.why_not)
        identity = self.subject.identity
        filled = self.given.filled(self.subject.server, identity.words, self.command, self.table)
        return visit(filled, identity, self.wishes)


def store_of(places: Places) -> PinStore:
    """The pins of this person's servers."""
    return PinStore(places.pins)


def candidate(places: Places, store: PinStore, server: str, profile: str | None) -> Candidate:
    """The server of a name. Raises PinFault, and UsageFault for a name that nobody knows."""
    pins, seen = store.read(server) or (), store.seen(server)
    standing = ActiveProfile(places, profile, key=key_of(places)).standing()
    launch = plan(Wanted(server, (), None, profile), standing, os.environ, places.home)
    known = _latest((*pins, *seen))
    identity, launch = _chosen(places, standing, launch, known)
    others = tuple(pin for pin in pins if pin.account.identity != identity)
    return Candidate(
        Subject(server, identity, _of(pins, identity), _of(seen, identity), others),
        None if launch.command is None else launch.command._replace(argv=identity.words),
        launch.why_not or "",
        _wishes(standing),
        launch.defined,
        References(vault_of(places), standing=lambda: standing),
        None if launch.reached is None else lambda: _opening(places, standing, launch),
    )


def _opening(places: Places, standing: Standing, launch: Launch) -> Opening:
    from localguard.assembly.remote_parts import reach
    from localguard.assembly.sources import sources_of

    sources = sources_of(places, vault_of(places), people_key_of(places), lambda: standing)
    return reach(launch, Secrets(), sources).opening


def _chosen(
    places: Places, standing: Standing, launch: Launch, known: Sequence[Identity]
) -> tuple[Identity, Launch]:
    if launch.command is not None:
        return _same_words(launch.identity, known), launch
    if launch.reached is not None:
        return launch.identity, launch
    if not known:
        what = f"no server {safe(launch.server)} was ever seen, and {launch.why_not}"
        raise UsageFault(what, fix="take a name from: localguard server list")
    words, remote = known[0]
    wanted = Wanted(launch.server, url=words[0]) if remote else Wanted(launch.server, words)
    return known[0], plan(wanted, standing, os.environ, places.home)


def _same_words(identity: Identity, known: Sequence[Identity]) -> Identity:
    """The identity that is known for the same words, where the first one is found elsewhere."""
    if identity in known:
        return identity
    name, *arguments = identity.words
    for other in known:
        program, *others = other.words
        if others == arguments and os.path.basename(program) == os.path.basename(name):
            return other
    return identity


def _latest(pins: Sequence[Pin]) -> list[Identity]:
    """Identities, those that were seen last first."""
    ordered = sorted(pins, key=lambda pin: pin.first, reverse=True)
    return list(dict.fromkeys(pin.account.identity for pin in ordered if _starts(pin)))


def _starts(pin: Pin) -> bool:
    return bool(pin.account.identity.words)


def _of(pins: Sequence[Pin], identity: Identity) -> Pin | None:
    return next((pin for pin in pins if pin.account.identity == identity), None)


def _wishes(standing: Standing) -> frozenset[str]:
    asked = FromServer() if standing.profile is None else standing.profile.from_server
    verbs = {
        "sampling": asked.sampling,
        "elicitation": asked.elicitation,
        "roots": asked.roots,
    }
    return frozenset(wish for wish, verb in verbs.items() if verb is not Verb.DENY)
