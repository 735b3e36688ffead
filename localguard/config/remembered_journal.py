"""What an undo needs: of each change of a remembered file, the bytes that it took and put.

`state/remembered/NAME.toml`, a `[[change]]` each, sealed, so that nobody without the key can have
an undo write a text of theirs. Knows nothing of what the bytes say.
"""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final, TypeVar

from localguard import seals
from localguard.config.faults import FileFault
from localguard.config.load import read_document
from localguard.config.paths import Places
from localguard.config.replace import replace_text
from localguard.errors import ProfileFault

T = TypeVar("T")

MOST: Final = 50
"""Changes that can be undone, one after the other."""

_MOST_BYTES: Final = 500_000
"""What all of them took together."""
_TEXTS: Final = ("before", "after", "took", "seal")
_NUMBERS: Final = ("at", "put")
_PURPOSE: Final = "remembered-undo"


def digest_of(raw: bytes | None) -> str:
    """SHA-256 in hex of the bytes of a file; empty where there is none."""
    return "" if raw is None else hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Step:
    """One change: at byte `at` it took `took` and put `put` bytes in its place.

    `before` and `after` are the digests of the file (SHA-256 in hex), empty where there was none.
    """

    before: str
    after: str
    at: int
    took: bytes
    put: int

    @classmethod
    def between(cls, before: bytes | None, after: bytes | None) -> "Step":
        """The change from some bytes to others; None is no file."""
        old, new = before or b"", after or b""
        at = _alike(old, new)
        tail = min(_alike(old[::-1], new[::-1]), min(len(old), len(new)) - at)
        took, put = old[at : len(old) - tail], len(new) - tail - at
        return cls(digest_of(before), digest_of(after), at, took, put)

    def undone(self, raw: bytes | None) -> bytes | None:
        """The bytes before the change, from those after it. Raises ProfileFault for others."""
        now = raw or b""
        whole = now[: self.at] + self.took + now[self.at + self.put :]
        found = whole if self.before else None
        if digest_of(found) != self.before:
            raise FileFault("what was written down of the last change does not fit the file")
        return found


class Journal:
    """The changes of the remembered file of one profile, under the lock of that file."""

    def __init__(self, places: Places, name: str, key: bytes) -> None:
        self._path = os.path.join(places.state, "remembered", f"{name}.toml")
        self._name = name
        self._key = key

    def leading_to(self, digest: str) -> Step | None:
        """The last change that led to a file of this digest, if there is one.

        Changes after it were written down and never made. Raises ProfileFault.
        """
        found = next((one for one in reversed(self._written()) if one[0].after == digest), None)
        if found is None:
            return None
        step, mark = found
        if not seals.holds(self._key, _PURPOSE, self._sealed(step), mark):
            raise self._broken("what it says of the last change was not written by localguard")
        return step

    def add(self, step: Step) -> None:
        """Write a change down; the oldest are forgotten. Raises ProfileFault."""
        try:
            written = list(self._written())
        except ProfileFault:
            # Nothing in a broken journal can be undone, and that must not keep a person from more.
            written = []
        written.append((step, seals.seal(self._key, _PURPOSE, self._sealed(step))))
        while len(written) > 1 and (len(written) > MOST or _size(written) > _MOST_BYTES):
            del written[0]
        self._write(written)

    def drop(self, step: Step) -> None:
        """Forget a change, which was undone, and what came after. Raises ProfileFault."""
        steps = [one for one, _ in self._written()]
        at = len(steps) - 1 - steps[::-1].index(step)
        self._write(self._written()[:at])

    @property
    def is_empty(self) -> bool:
        """Whether no change was ever written down. Raises ProfileFault."""
        return not self._written()

    def _written(self) -> Sequence[tuple[Step, str]]:
        if not os.path.lexists(self._path):
            return ()
        found = read_document(self._path).tables.get("change", [])
        try:
            return [_read(one) for one in found] if isinstance(found, list) else ()
        except (TypeError, KeyError, ValueError) as error:
            raise self._broken("it is not as localguard writes it") from error

    def _write(self, written: Sequence[tuple[Step, str]]) -> None:
        told = "# What localguard rules undo needs.\n"
        replace_text(self._path, told + "".join(_text(*one) for one in written))

    def _sealed(self, step: Step) -> str:
        """What a seal is over: the profile, and all of the step."""
        return repr((self._name, *astuple(step)))

    def _broken(self, what: str) -> ProfileFault:
        return FileFault(what, where=self._path, fix="delete it: the changes stay, undo does not")


def _text(step: Step, mark: str) -> str:
    took = base64.b64encode(step.took).decode("ascii")
    return (
        f'\n[[change]]\nbefore = "{step.before}"\nafter = "{step.after}"\nat = {step.at}\n'
        f'put = {step.put}\ntook = "{took}"\nseal = "{mark}"\n'
    )


def _read(table: Mapping[str, object]) -> tuple[Step, str]:
    """Raises TypeError, KeyError and ValueError."""
    before, after, took, mark = (_typed(table[key], str) for key in _TEXTS)
    at, put = (_typed(table[key], int) for key in _NUMBERS)
    return Step(before, after, at, base64.b64decode(took, validate=True), put), mark


def _typed(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"not {kind.__name__}: {value!r}")
    return value


def _alike(one: bytes, other: bytes) -> int:
    """How many bytes they begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _size(written: Sequence[tuple[Step, str]]) -> int:
    return sum(len(step.took) for step, _ in written)
