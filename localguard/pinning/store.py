"""The pins of every server: read, pinned at first sight, confirmed by a person.

Whoever writes holds the file, reads it again and adds to what stands there by then: clients start
each guard twice, and both see a new server first.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from localguard.pinning.faults import broken, overtaken
from localguard.pinning.files import held, read_own, remove_own, replace_own
from localguard.pinning.texts import Broken, pins_of, text_of
from localguard.policy.pins import Account, Identity, Pin

_SUFFIX: Final = ".json"
_SEEN: Final = "seen"
_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-.")


class PinStore:
    """The pins below one folder: `NAME.json`, and `seen/NAME.json` for what differs from them."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def path(self, server: str) -> str:
        """The file of a server's pins. A name that is more than a name is spelled out."""
        return os.path.join(self.folder, _file_name(server))

    def names(self) -> tuple[str, ...]:
        """The servers of which anything is pinned or was seen, in order."""
        found = {*_names(self.folder), *_names(os.path.join(self.folder, _SEEN))}
        return tuple(sorted(found))

    def read(self, server: str) -> tuple[Pin, ...] | None:
        """The pins of a server, one for each identity; None where it was never pinned.

        Raises PinFault.
        """
        return _read(self.path(server), server)

    def seen(self, server: str) -> tuple[Pin, ...]:
        """What was seen last, where that is something else than was pinned. Raises PinFault.

        Of such a pin `first` is when it was seen.
        """
        return _read(self._seen_path(server), server) or ()

    def add(self, server: str, pin: Pin) -> None:
        """Pin what nobody has pinned: the identity if the server is new, or further families of it.

        What is pinned already stays, and so does a confirmed pin. Raises PinFault.
        """
        path = self.path(server)
        with held(path):
            pins = _read(path, server) or ()
            mine = _of(pins, pin.account.identity)
            if mine is not None:
                _write(path, server, _with(pins, _grown(mine, pin.account)))
            elif not pins:
                _write(path, server, (pin,))

    def put(self, server: str, pin: Pin, before: Pin | None) -> None:
        """Put a pin in place of the one of that identity: what a person confirmed.

        Raises PinFault, also where the pin is no longer the one that the person was shown.
        """
        path, identity = self.path(server), pin.account.identity
        with held(path):
            pins = _read(path, server) or ()
            if _of(pins, identity) != before:
                raise overtaken(path)
            _write(path, server, _with(pins, pin))

    def note(self, server: str, account: Account, at: str) -> None:
        """Keep what was seen of a server, in place of what was seen before of that identity.

        Raises PinFault.
        """
        path = self._seen_path(server)
        with held(path):
            _write(path, server, _with(_kept(path, server), Pin(account, at)))

    def forget(self, server: str, identity: Identity) -> None:
        """Forget what was seen of an identity: it is what is pinned. Raises PinFault."""
        path = self._seen_path(server)
        if not os.path.lexists(path):
            return
        with held(path):
            others = [p for p in _kept(path, server) if p.account.identity != identity]
            if others:
                _write(path, server, others)
            else:
                remove_own(path)

    def _seen_path(self, server: str) -> str:
        return os.path.join(self.folder, _SEEN, _file_name(server))


def _kept(path: str, server: str) -> tuple[Pin, ...]:
    """What was seen before; it can be seen again, so a broken file is begun anew."""
    data = read_own(path)
    try:
        return () if data is None else pins_of(server, data)
    except Broken:
        return ()


def _read(path: str, server: str) -> tuple[Pin, ...] | None:
    data = read_own(path)
    try:
        return None if data is None else pins_of(server, data)
    except Broken as why:
        raise broken(path, str(why)) from why


def _write(path: str, server: str, pins: Iterable[Pin]) -> None:
    replace_own(path, text_of(server, pins))


def _of(pins: Iterable[Pin], identity: Identity) -> Pin | None:
    return next((pin for pin in pins if pin.account.identity == identity), None)


def _with(pins: Iterable[Pin], pin: Pin) -> list[Pin]:
    others = [other for other in pins if other.account.identity != pin.account.identity]
    return [*others, pin]


def _grown(pin: Pin, account: Account) -> Pin:
    if pin.confirmed is not None:
        return pin
    old = pin.account
    more = account.listed - old.listed
    added = {item: one for item, one in account.definitions.items() if one.family in more}
    grown = replace(
        old,
        greeting=old.greeting or account.greeting,
        definitions={**added, **old.definitions},
        listed=old.listed | more,
    )
    return replace(pin, account=grown)


def _file_name(server: str) -> str:
    """Other names give other files, also where a volume takes `A` and `a` for one name."""
    letters = (
        _spelled(byte, first=not at)
        for at, byte in enumerate(server.encode("utf-8", "surrogatepass"))
    )
    return "".join(letters) + _SUFFIX


def _spelled(byte: int, *, first: bool) -> str:
    plain = byte in _PLAIN and not (first and byte == ord("."))
    return chr(byte) if plain else f"%{byte:02X}"


def _names(folder: str) -> list[str]:
    try:
        files = os.listdir(folder)
    except OSError:
        return []
    return [unquote(file.removesuffix(_SUFFIX)) for file in files if file.endswith(_SUFFIX)]
