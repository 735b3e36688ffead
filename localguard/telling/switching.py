"""What a switch of profiles changes, told before it happens: defaults, rules, sign-in, servers.

Whoever shows a line makes it safe.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from localguard.config.acceptance import Version
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Origin, Verb
from localguard.telling.counts import count

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Servers:
    """What becomes of the servers: those whose clients need not notice, and the others.

    A guard does not let calls through to a server that is `reconnect`, until its client connects
    anew, nor to one that is `gone`, unless the client's entry itself has the command.
    """

    follow: tuple[str, ...]
    reconnect: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A profile as it is before or after a switch."""

    profile: Profile
    version: Version

    @property
    def identity(self) -> str:
        """Who signs a person in."""
        found = self.version.documents[0].tables.get("identity")
        return str(found.get("issuer", _NONE)) if isinstance(found, dict) else _NONE

    @property
    def rules(self) -> str:
        """How many rules there are, by their verbs."""
        verbs = Counter(rule.verb for rule in self.profile.rules)
        each = ", ".join(f"{verbs[verb]} {verb}" for verb in Verb if verbs[verb])
        return count(len(self.profile.rules), "rule") + (f" ({each})" if each else "")


def servers(old: Profile | None, new: Profile) -> Servers:
    """What becomes of the servers with a switch."""
    before, after = ({} if one is None else one.servers for one in (old, new))
    both = sorted(before.keys() & after.keys())
    same = [name for name in both if _start(before[name]) == _start(after[name])]
    return Servers(
        tuple(same),
        tuple(name for name in both if name not in same),
        tuple(sorted(before.keys() - after.keys())),
        tuple(sorted(after.keys() - before.keys())),
    )


def switch_lines(old: Side | None, new: Side, found: Servers, more: Iterable[str]) -> Iterator[str]:
    """What the switch changes, and `more` that others know of it."""
    was = _NONE if old is None else old.profile.name
    yield f"{was} -> {new.profile.name}"
    default = None if old is None else str(old.profile.default)
    yield f"  default   {_step(default, str(new.profile.default))}"
    yield f"  rules     {_step(None if old is None else old.rules, new.rules)}"
    yield f"  identity  {_step(None if old is None else old.identity, new.identity)}"
    for word, names in (
        ("go on", found.follow),
        ("are new", found.new),
        ("are defined otherwise", found.reconnect),
        ("are no longer named", found.gone),
    ):
        if names:
            yield f"  servers   that {word}: {', '.join(names)}"
    yield from more


def difference(old: Side, new: Side) -> str:
    """What another profile says otherwise, in one line."""
    default = _step(str(old.profile.default), str(new.profile.default))
    rules, signs = _step(old.rules, new.rules), _step(old.identity, new.identity)
    same = old.identity == new.identity
    return f"default {default}; {rules}" + ("" if same else f"; identity {signs}")


def lacking_lines(lacks: Sequence[str], name: str) -> Iterator[str]:
    """Which servers the clients start that a profile does not define, and the way to have them."""
    if lacks:
        yield f"  clients   start what it does not define: {_list(lacks)}"
        yield f"            to take them along instead: localguard init --profile {name}"


def after_lines(found: Servers) -> Iterator[str]:
    """What a person has to do after the switch, or need not do."""
    yield "Guards that run follow at their next call; their clients need no restart."
    if found.reconnect:
        yield f"To be reconnected in their clients, and denied until then: {_list(found.reconnect)}"
    if found.gone:
        yield f"Denied, unless the client's own entry has the command: {_list(found.gone)}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _step(old: str | None, new: str) -> str:
    return new if old is None or old == new else f"{old} -> {new}"


def _start(table: ServerTable) -> ServerTable:
    """All that a start depends on."""
    return replace(table, origin=Origin("", 0), default=None)
