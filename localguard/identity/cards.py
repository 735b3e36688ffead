"""The folder that cards lie in: one file for each issuer and client, and a mark beside it.

A program that runs as the same user can keep a copy of a card and put it back after its person has
signed out. The mark beside each card says from which serial on cards count; a card without its
mark, or older than it, is void. Whoever puts both back fools guards that start after that, until
the provider is asked again (`claims_max_age`): it has ended the tokens. One that already runs is
not fooled (`followed`).

Who writes holds the lock of the name in the vault (`sign_ins`). Raises SignInFault.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from localguard import whole_file
from localguard.errors import SignInFault
from localguard.identity.card import LARGEST, Card, card_text, mark_text, read_card, read_mark

Look = tuple[int, ...]
"""What `stat` says of a card and its mark: two that are equal are of one content."""
_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_AGAIN: Final = "localguard login"
_FOLDER: Final = "identity"


def cards_folder(state: str) -> str:
    """Where cards lie below the folder of the state."""
    return os.path.join(state, _FOLDER)


class Cards:
    """The cards in a folder. `key` gives the key of the seals; what it raises goes through."""

    def __init__(self, folder: str, key: Callable[[], bytes], now: Callable[[], float]) -> None:
        self._folder = folder
        self._key = key
        self._now = now

    def look(self, name: str) -> Look:
        """Whether a card is another than before, without reading it."""
        return (*_look(self._path(name)), *_look(self._mark(name)))

    def read(self, name: str) -> Card | None:
        """The card of a name; None where nobody ever signed in.

        Raises SignInFault for one that is void: forged, torn, put back, or without its mark.
        """
        text, mark = self._text(self._path(name)), self._text(self._mark(name))
        if text is None and mark is None:
            return None
        if text is None or mark is None:
            raise self._void("a part of it was removed", name)
        return self._read(name, text, mark)

    def write(self, card: Card) -> Card:
        """Put a card in the place of the one before, which is void from then on; as written."""
        written = replace(card, serial=self._next(card.name))
        text = card_text(written, self._key())
        if len(text) > LARGEST:
            what = f"what {card.issuer} says of this person is larger than {LARGEST} bytes"
            raise SignInFault(what, where=card.issuer, fix="ask for fewer scopes")
        # In this order a crash in between leaves a card that counts.
        self._put(self._path(card.name), text)
        self._put(self._mark(card.name), mark_text(card.name, written.serial, self._key()))
        return written

    def end(self, card: Card, why: str) -> Card:
        """Void every card of a name until the next sign-in, and leave word of why."""
        over = replace(card, ended=why, claims={}, serial=self._next(card.name))
        # In this order a crash in between leaves nobody signed in.
        self._put(self._mark(card.name), mark_text(card.name, over.serial, self._key()))
        self._put(self._path(card.name), card_text(over, self._key()))
        return over

    def _read(self, name: str, text: str, mark: str) -> Card:
        key = self._key()
        try:
            card, floor = read_card(text, key), read_mark(name, mark, key)
        except ValueError as error:
            raise self._void(str(error), name) from error
        if card.name != name:
            raise self._void("it is another's, under a new name", name)
        if card.serial < floor:
            raise self._void("it is an older one, which was put back", name)
        return card

    def _next(self, name: str) -> int:
        """A serial above all before it, also where the files of those are gone."""
        found = [int(self._now() * 1000)]
        # What cannot be believed counts for nothing, and is replaced.
        with suppress(ValueError):
            found.append(read_mark(name, self._text(self._mark(name)) or "", self._key()) + 1)
        with suppress(ValueError):
            found.append(read_card(self._text(self._path(name)) or "", self._key()).serial + 1)
        return max(found)

    def _void(self, why: str, name: str) -> SignInFault:
        what = f"the card of your sign-in is void: {why}"
        return SignInFault(what, where=self._path(name), fix=_AGAIN)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, f"{name}.json")

    def _mark(self, name: str) -> str:
        return os.path.join(self._folder, f"{name}.mark")

    def _text(self, path: str) -> str | None:
        try:
            descriptor = os.open(path, _READ)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(LARGEST + 4096).decode("ascii", "replace")
        except OSError as error:
            raise _unusable(path, error) from error
        finally:
            # Here, as what cannot be opened as a file (a folder) would leave it open.
            os.close(descriptor)

    def _put(self, path: str, text: str) -> None:
        try:
            os.makedirs(self._folder, 0o700, exist_ok=True)
            whole_file.replace(path, text.encode("ascii"))
        except OSError as error:
            raise _unusable(path, error) from error


def _look(path: str) -> Look:
    try:
        found = os.stat(path)
    except OSError as error:
        return (error.errno or 0,)
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns


def _unusable(path: str, error: OSError) -> SignInFault:
    what = f"the card of your sign-in cannot be kept or read: {error.strerror or error}"
    return SignInFault(what, where=path, fix="free the disk, or make the folder yours again")
