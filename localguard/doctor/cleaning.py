"""What must not leave this machine in a report, taken out of any text: secrets, and who it is.

Whatever stands as a value in the files of clients, in profiles or in this shell's secret variables
is looked for wherever it turns up, whatever it looks like.
"""

import glob
import json
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from localguard.clients.entry import Ours
from localguard.clients.found import find
from localguard.clients.table import Machine
from localguard.doctor.check import Scene
from localguard.identity.cards import cards_folder
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets

_KINDS: Final = frozenset({"secret", "email", "iban", "card"})
_NOBODY: Final = frozenset({"root", "user", "home", "localhost", "nobody"})
"""Names that say nothing of who it is."""
_OF_NOBODY: Final = frozenset({"acr", "aud", "azp", "iss", "locale", "nonce", "zoneinfo"})
"""Claims that say nothing of who it is."""
_PUBLIC: Final = frozenset({"LOCALGUARD_HOME", "PATH"})
REFERENCE: Final = "secret:"
_NAMES: Final = ("USER", "LOGNAME", "USERNAME")


class Cleaner:
    """Takes out what must not be seen; `hidden` are values that are secret wherever they stand."""

    def __init__(self, scene: Scene, hidden: Iterable[str] = ()) -> None:
        secrets = Secrets()
        secrets.register_environment(scene.machine.environ)
        for text in dict.fromkeys((*values_of_clients(scene.machine), *hidden)):
            secrets.register("value", text)
        self._redactor = Redactor(_KINDS, secrets)
        self._homes = sorted(_homes(scene), key=len, reverse=True)
        self._names = _pattern((*_who(scene), *_signed_in(scene)))
        self._host = _pattern([platform.node(), platform.node().partition(".")[0]])

    def text(self, text: str) -> str:
        """A text fit to be sent to strangers."""
        found = self._redactor.text(text)[0]
        for home in self._homes:
            found = found.replace(home, "~")
        for pattern, word in ((self._names, "USER"), (self._host, "HOST")):
            found = pattern.sub(word, found) if pattern else found
        return found

    def value(self, value: object) -> object:
        """A JSON value with all of its texts and names so."""
        return self._walked(self._redactor.value(value)[0])

    def _walked(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._walked(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._walked(one) for one in value]
        return value


def values_of_clients(machine: Machine) -> Iterator[str]:
    """Every text that an entry of a client's has as a value, but for the names of programs."""
    for found in find(machine):
        words = found.client.words
        named = {words.command, words.type, "name", *words.fixed}
        for entry in found.entries:
            # The words of an entry of ours are the name of its server.
            shown = named | {words.args} if isinstance(entry.starts, Ours) else named
            fields = entry.value if isinstance(entry.value, Mapping) else {}
            yield from texts(one for key, one in fields.items() if key not in shown)


def texts(value: object) -> Iterator[str]:
    """Every text in a value that may be a secret: no reference to one, and no public variable."""
    if isinstance(value, str):
        if not value.startswith(REFERENCE):
            yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from texts(one) if key not in _PUBLIC else ()
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for one in value:
            yield from texts(one)


def _homes(scene: Scene) -> set[str]:
    """The home folder, as it may be spelled: its links, its slashes, its escapes."""
    plain = {scene.places.home, scene.machine.home}
    plain |= {os.path.realpath(one) for one in plain}
    slashes = {one.replace("\\", "/") for one in plain}
    escaped = {one.replace("\\", "\\\\") for one in plain}
    return {one for one in plain | slashes | escaped if len(one) > 1}


def _who(scene: Scene) -> Iterator[str]:
    yield os.path.basename(scene.places.home)
    for name in _NAMES:
        yield scene.machine.environ.get(name, "")


def _signed_in(scene: Scene) -> Iterator[str]:
    """What providers call the persons who have signed in here; also in cards that are void."""
    for path in glob.glob(os.path.join(glob.escape(cards_folder(scene.places.state)), "*.json")):
        with suppress(OSError, ValueError), open(path, encoding="utf-8") as file:
            card = json.loads(file.readline())
            claims = card.get("claims") if isinstance(card, dict) else None
            named = claims if isinstance(claims, dict) else {}
            yield str(card["subject"]) if isinstance(card, dict) and "subject" in card else ""
            yield from (v for k, v in named.items() if isinstance(v, str) and k not in _OF_NOBODY)


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    named = {one for one in words if len(one) > 2 and one.casefold() not in _NOBODY}
    if not named:
        return None
    longest = sorted(named, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
