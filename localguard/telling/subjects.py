"""A server as a person reviews it: one identity, what is pinned of it and what was seen of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from localguard.pinning.store import PinStore
from localguard.policy.pins import Account, Identity, Pin


@dataclass(frozen=True, slots=True)
class Subject:
    """A server under one identity, and all that is kept of it.

    `pin` is what was pinned, `seen` what was seen last where that differs, and `others` are the
    pins of other identities of the same name.
    """

    server: str
    identity: Identity
    pin: Pin | None
    seen: Pin | None
    others: tuple[Pin, ...] = ()


def seen_beside(subject: Subject, live: Account) -> Account:
    """What a server says now, with what guards have seen beside that and nobody has pinned."""
    pinned = {} if subject.pin is None else subject.pin.account.definitions
    seen = {} if subject.seen is None else subject.seen.account.definitions
    beside = {
        item: one
        for item, one in seen.items()
        if item not in pinned or pinned[item].digest != one.digest
    }
    return replace(live, definitions={**beside, **live.definitions})


def seen_last(subject: Subject) -> Account | None:
    """What was seen of a server last, where it cannot be asked now."""
    last = subject.seen or subject.pin
    return None if last is None else last.account


def subjects(store: PinStore, server: str) -> tuple[Subject, ...]:
    """Every identity of a name that is pinned or was seen, the latest first. Raises PinFault."""
    pins, seen = store.read(server) or (), store.seen(server)
    latest = sorted((*pins, *seen), key=lambda pin: pin.first, reverse=True)
    found = dict.fromkeys(pin.account.identity for pin in latest)
    return tuple(
        Subject(
            server,
            identity,
            _of(pins, identity),
            _of(seen, identity),
            tuple(pin for pin in pins if pin.account.identity != identity),
        )
        for identity in found
    )


def _of(pins: Sequence[Pin], identity: Identity) -> Pin | None:
    return next((pin for pin in pins if pin.account.identity == identity), None)
