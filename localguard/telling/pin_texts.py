"""What is pinned of a server, in lines: how much, whether it was reviewed, what is pending.

Whoever shows a line makes it safe; what a server wrote stands behind a bar already (`definitions`).
"""

from collections.abc import Iterator

from localguard.pinning.faults import PinFault
from localguard.pinning.store import PinStore
from localguard.policy.pins import Account, Family, Pin, compared, greets_alike
from localguard.telling.counts import count
from localguard.telling.definitions import definition_lines, text_lines


def counted(account: Account) -> str:
    """`3 tools, 1 prompt`."""
    families = [one.family for one in account.definitions.values()]
    found = [(families.count(family), family) for family in Family]
    words = [count(number, str(family)) for number, family in found if number]
    return ", ".join(words) or "nothing"


def pending(pin: Pin | None, seen: Pin | None) -> int:
    """How many things a person would be asked about what was seen last."""
    if seen is None:
        return 0
    before = Account(seen.account.identity) if pin is None else pin.account
    said = 0 if pin is None or greets_alike(before, seen.account) else 1
    return len(compared(before, seen.account)) + said


def reviewed(pin: Pin | None) -> str:
    """Whether a person has looked at what a server says of itself."""
    if pin is None:
        return "another server than is pinned under this name"
    return f"reviewed {pin.confirmed}" if pin.confirmed else "not reviewed"


def pin_lines(server: str, pin: Pin) -> Iterator[str]:
    """Everything that is kept of a server under one identity."""
    account = pin.account
    yield f"{server}: {account.identity.shown}"
    by_whom = f"reviewed on {pin.confirmed}" if pin.confirmed else "reviewed by nobody"
    yield f"  pinned on {pin.first}, {by_whom}; {counted(account)}"
    if account.greeting is not None and account.greeting.instructions is not None:
        yield "  instructions:"
        yield from text_lines(account.greeting.instructions)
    for definition in account.definitions.values():
        yield from definition_lines(definition)


def names_elsewhere(store: PinStore, server: str) -> dict[str, tuple[str, ...]]:
    """The names of the tools of all other servers; one whose pins cannot be read is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for other in store.names():
        if other != server:
            found[other] = tuple(sorted(_tools_of(store, other)))
    return found


def _tools_of(store: PinStore, server: str) -> set[str]:
    try:
        pins = store.read(server) or ()
    except PinFault:
        # A help to a review, and the fault of another server.
        return set()
    return {
        one.name
        for pin in pins
        for one in pin.account.definitions.values()
        if one.family is Family.TOOL
    }
