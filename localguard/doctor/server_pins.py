"""Whether servers still say of themselves what was pinned, and are the ones that were pinned."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from localguard.doctor.check import Finding, Scene
from localguard.doctor.findings import Findings
from localguard.doctor.programs import identity_of
from localguard.pinning.store import PinStore
from localguard.policy.pins import Change, Identity, Pin, compared, greets_alike
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Verb
from localguard.telling.counts import count
from localguard.telling.pin_texts import counted
from localguard.text import safe

_SERVERS: Final = Findings("servers")
_SOME: Final = 5


def pins(scene: Scene, profile: Profile, table: ServerTable) -> Iterator[Finding]:
    """What is found of the pins of a server. Raises PinFault."""
    store, name = PinStore(scene.places.pins), table.name
    kept, seen = store.read(name) or (), _latest(store.seen(name), identity_of(scene, table))
    identity = identity_of(scene, table) or (None if seen is None else seen.account.identity)
    pin = next((one for one in kept if one.account.identity == identity), None)
    if kept and pin is None and identity is not None:
        yield _another(name, identity, kept)
        return
    pin = pin or next(iter(kept), None)
    if pin is None:
        yield _SERVERS.skip(f"{name}.pins", f"nothing of {name} was pinned yet")
    elif seen is not None and (told := _differences(pin, seen)):
        what = f"{name} does not say any more what was pinned: {told}"
        yield _SERVERS.warn(f"{name}.pins", what, _review(name), _named(pin, seen))
    else:
        yield _same(profile, name, pin)


def _latest(seen: tuple[Pin, ...], identity: Identity | None) -> Pin | None:
    """What was seen last, of the identity that the server has now where that is certain."""
    mine = [one for one in seen if identity is None or one.account.identity == identity]
    return max(mine, key=lambda one: one.first, default=None)


def _another(name: str, identity: Identity, kept: tuple[Pin, ...]) -> Finding:
    what = f"{name} is another server than was pinned, so every tool of it is new"
    told = {"now": identity.shown}
    told |= {f"pinned {one.first}": one.account.identity.shown for one in kept}
    return _SERVERS.warn(f"{name}.pins", what, _review(name), told)


def _differences(pin: Pin, seen: Pin) -> str:
    changes = compared(pin.account, seen.account)
    words = [f"{many} {word}" for word, many in Counter(one.word for one in changes).items()]
    named = ", ".join(_item(one) for one in changes[:_SOME])
    more = f" and {len(changes) - _SOME} more" if len(changes) > _SOME else ""
    told = [f"{', '.join(words)} ({named}{more})"] if changes else []
    if not greets_alike(pin.account, seen.account):
        told.append("its instructions changed")
    return "; ".join(told)


def _named(pin: Pin, seen: Pin) -> dict[str, str]:
    changes = compared(pin.account, seen.account)
    found = {_item(one): one.word for one in changes}
    return {"pinned": pin.first, "seen": seen.first, **found}


def _item(change: Change) -> str:
    return safe(change.definition.item, 60)


def _same(profile: Profile, name: str, pin: Pin) -> Finding:
    told = {"pinned": pin.first, "reviewed": pin.confirmed or "never"}
    what = f"{name} says what was pinned: {counted(pin.account)}"
    if pin.confirmed is not None:
        return _SERVERS.ok(f"{name}.pins", f"{what}, and a person has reviewed it", told)
    marks = _rules_by_mark(profile, name)
    if not marks:
        return _SERVERS.ok(f"{name}.pins", f"{what}; nobody has reviewed it yet", told)
    asked = f"rules by marks ({count(marks, 'rule')}) only ask, as nobody has reviewed {name} yet"
    return _SERVERS.warn(f"{name}.pins", asked, _review(name), told)


def _rules_by_mark(profile: Profile, server: str) -> int:
    """How many rules would allow by what a server claims of its tools."""
    return sum(
        rule.verb is Verb.ALLOW
        and any(one.mark is not None and one.server.matches(server) for one in rule.patterns)
        for rule in profile.rules
    )


def _review(name: str) -> str:
    return f"localguard server review {safe(name, 60)}"
