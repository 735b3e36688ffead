"""The tools that localguard has seen: by their pins, and by the calls in the audit log."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from localguard.audit.reader import read
from localguard.config.paths import Places
from localguard.pinning.store import PinStore
from localguard.policy.calls import Call
from localguard.policy.pins import Definition, Pin, judged_marks
from localguard.telling.entries import WORDS


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """One item of a server, as rules name it.

    `marks` are None where its definition was never seen; `confirmed` says that a person has
    reviewed the server, so that they are more than its own claim.
    """

    server: str
    item: str
    marks: frozenset[str] | None = None
    confirmed: bool = False


Source = Callable[[Places], Sequence[Known]]
"""Where known tools come from."""


def pinned(places: Places) -> Sequence[Known]:
    """What servers have listed, as calls to it are judged. Raises PinFault."""
    store = PinStore(places.pins)
    return [
        known
        for server in store.names()
        for known in _of_server(server, store.read(server) or (), store.seen(server))
    ]


def _of_server(server: str, pins: Sequence[Pin], seen: Sequence[Pin]) -> Iterator[Known]:
    """The definitions of the identity that was seen last, against its pin."""
    if not (pins or seen):
        return
    last = max((*pins, *seen), key=_moment)
    identity = last.account.identity
    pin = next((pin for pin in pins if pin.account.identity == identity), None)
    live = next((pin for pin in seen if pin.account.identity == identity), pin) or last
    old: dict[str, Definition] = {} if pin is None else dict(pin.account.definitions)
    confirmed = pin is not None and pin.confirmed is not None
    for item, definition in sorted(live.account.definitions.items()):
        yield Known(server, item, judged_marks(old.get(item), definition), confirmed)


def _moment(pin: Pin) -> str:
    return max(pin.first, pin.confirmed or "")


def recorded(places: Places) -> Sequence[Known]:
    """What was called, by the audit log. Raises AuditFault."""
    found = {
        (server, item)
        for entry in read(places.audit)
        if entry.record.get("kind") in WORDS
        and isinstance(server := entry.record.get("server"), str)
        and isinstance(item := entry.record.get("item"), str)
    }
    return [Known(server, item) for server, item in sorted(found)]


def seen(places: Places) -> Sequence[Known]:
    """What was listed or called. Raises PinFault and AuditFault."""
    return together(pinned(places), recorded(places))


def together(*sources: Iterable[Known]) -> list[Known]:
    """All of them in the order of their names; of two of one name the first."""
    found: dict[tuple[str, str], Known] = {}
    for known in (one for source in sources for one in source):
        found.setdefault((known.server, known.item), known)
    return [found[name] for name in sorted(found)]


def marked(call: Call, source: Iterable[Known]) -> Call:
    """The call with the marks of its tool, where they are known."""
    for known in source:
        if (known.server, known.item) == (call.server, call.item):
            facts = replace(call.facts, marks=known.marks, confirmed=known.confirmed)
            return replace(call, facts=facts)
    return call
