"""`server list`, `server show`, `server test`: what is pinned of a server, what it says now."""

from collections.abc import Iterator, Sequence
from typing import TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.cli.visits import Candidate, candidate, store_of
from localguard.config.paths import Places
from localguard.errors import UsageFault
from localguard.pinning.faults import PinFault
from localguard.pinning.store import PinStore
from localguard.policy.pins import (
    Account,
    Change,
    Definition,
    Pin,
    compared,
    greets_alike,
)
from localguard.telling.definitions import change_lines
from localguard.telling.pin_texts import counted, pending, pin_lines
from localguard.text import safe


def list_servers(places: Places, *, as_json: bool, out: TextIO) -> Exit:
    """Print every server that was seen, whether a person has reviewed it, and what is pending."""
    store = store_of(places)
    rows = [row for server in store.names() for row in _rows(store, server)]
    if as_json:
        print_json(out, {"servers": rows})
    elif not rows:
        print_lines(out, ["No server was seen yet: the first session with one pins it."])
    else:
        print_lines(out, map(_row_text, rows))
    return Exit.OK if all(row["fault"] is None for row in rows) else Exit.INVALID


def show(places: Places, server: str, *, as_json: bool, out: TextIO) -> Exit:
    """Print everything that is pinned of a server, or was seen of it. Raises PinFault."""
    store = store_of(places)
    pins = store.read(server) or store.seen(server)
    if not pins:
        what = f"nothing was ever seen of a server {safe(server)}"
        raise UsageFault(what, fix="take a name from: localguard server list")
    if as_json:
        print_json(out, {"server": server, "pins": [_pin_fields(pin) for pin in pins]})
    else:
        for pin in pins:
            print_lines(out, pin_lines(server, pin))
    return Exit.OK


def test(places: Places, server: str, profile: str | None, *, as_json: bool, out: TextIO) -> Exit:
    """Start a server, list what it has, and print how that differs from its pin.

    Raises PinFault, ServerFault, UsageFault.
    """
    found = candidate(places, store_of(places), server, profile)
    live = found.visit()
    changes, alike = _against(found, live)
    known = found.subject
    equal = alike and not changes and not (known.pin is None and known.others)
    if as_json:
        words = [{"change": one.word, "item": one.definition.item} for one in changes]
        fields = {"equal": equal, "pinned": known.pin is not None, "instructions": alike}
        print_json(out, {"server": server, **fields, "changes": words})
    else:
        print_lines(out, _test_lines(found, live, changes, alike=alike))
    return Exit.OK if equal else Exit.FAILURE


def _against(found: Candidate, live: Account) -> tuple[Sequence[Change], bool]:
    """How a server differs from its pin; one that was never pinned differs in nothing."""
    known = found.subject
    if known.pin is not None:
        return compared(known.pin.account, live), greets_alike(known.pin.account, live)
    if known.others:
        return compared(Account(known.identity), live), True
    return (), True


def _test_lines(
    found: Candidate, live: Account, changes: Sequence[Change], *, alike: bool
) -> Iterator[str]:
    known = found.subject
    yield f"{known.server}: {known.identity.shown}"
    yield f"  lists {counted(live)}"
    if known.pin is None:
        yield "  another server is pinned under this name" if known.others else "  not pinned yet"
    elif alike and not changes:
        yield f"  as it was pinned on {known.pin.first}"
    if not alike:
        yield "  its instructions have changed"
    for change in changes:
        yield from change_lines(change)
    if changes or not alike:
        yield f"Review it with: localguard server review {known.server}"


def _rows(store: PinStore, server: str) -> Iterator[dict[str, object]]:
    """One row for each identity that is pinned or was seen."""
    try:
        pins, seen = store.read(server) or (), store.seen(server)
    except PinFault as fault:
        yield _row(server, None, None, fault.explain())
        return
    others = {pin.account.identity: pin for pin in seen}
    for pin in pins:
        yield _row(server, pin, others.pop(pin.account.identity, None))
    for other in others.values():
        yield _row(server, None, other)


def _row(
    server: str, pin: Pin | None, seen: Pin | None, fault: str | None = None
) -> dict[str, object]:
    known = pin or seen
    account = None if known is None else known.account
    return {
        "server": server,
        "identity": None if account is None else account.identity.words,
        "digest": None if account is None else account.identity.digest,
        "pinned": None if pin is None else pin.first,
        "confirmed": None if pin is None else pin.confirmed,
        "counts": None if account is None else counted(account),
        "pending": pending(pin, seen),
        "fault": fault,
    }


def _row_text(row: dict[str, object]) -> str:
    if row["fault"] is not None:
        return f"{row['server']}  {row['fault']}"
    words = row["identity"]
    shown = " ".join(words) if isinstance(words, tuple) else ""
    state = f"reviewed {row['confirmed']}" if row["confirmed"] else "not reviewed"
    state = state if row["pinned"] else "another server than is pinned under this name"
    pending = f", {row['pending']} to review" if row["pending"] else ""
    return f"{row['server']}  {state}{pending}  {row['counts']}  {safe(shown, 160)}"


def _pin_fields(pin: Pin) -> dict[str, object]:
    account = pin.account
    greeting = account.greeting
    return {
        "identity": account.identity.words,
        "digest": account.identity.digest,
        "pinned": pin.first,
        "confirmed": pin.confirmed,
        "instructions": None if greeting is None else greeting.instructions,
        "definitions": [_definition_fields(one) for one in account.definitions.values()],
    }


def _definition_fields(one: Definition) -> dict[str, object]:
    return {
        "item": one.item,
        "marks": sorted(one.marks),
        "digest": one.digest,
        "definition": one.body,
    }
