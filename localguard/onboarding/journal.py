"""What an `init` is about to do, until it has finished: state/init.json.

Whoever comes after a crash goes on with it, and whoever has to take it back knows what was new.
Sealed, since what it names is removed then; by a key of its own, as that of choices says by being
there that somebody has chosen.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Final

from localguard import seals, whole_file
from localguard.clients.edit import read_bytes
from localguard.config.faults import FileFault
from localguard.config.paths import Places, make_private
from localguard.errors import UsageFault
from localguard.vault.keys import Keys

_FILE: Final = "init.json"
_LOCK: Final = "init.lock"
_PURPOSE: Final = "init"
_KEY: Final = "init"

Spot = tuple[str, tuple[str, ...], str]
"""An entry of a client's: the path of its file, the keys above it, its name."""


@dataclass(frozen=True, slots=True)
class Journal:
    """One `init`. `before` is the profile that was in force, `made` the SHA-256 of one it made."""

    profile: str
    before: str | None
    made: str
    entries: tuple[Spot, ...]
    secrets: tuple[str, ...]

    def joined(self, other: "Journal") -> "Journal":
        """This one, which was not finished, and another that goes on with it."""
        return Journal(
            other.profile,
            self.before,
            other.made or (self.made if self.profile == other.profile else ""),
            tuple(dict.fromkeys((*self.entries, *other.entries))),
            tuple(dict.fromkeys((*self.secrets, *other.secrets))),
        )


def read_journal(places: Places) -> Journal | None:
    """The one that was not finished; None where there is none that localguard has written.

    Raises ProfileFault where the key cannot be had, or what lies there is no file.
    """
    raw = read_bytes(_path(places))
    try:
        values = json.loads(raw or b"")
        mark = str(values.pop("seal"))
        if not seals.holds(_key(places), _PURPOSE, _text(values), mark):
            return None
        entries = tuple((path, tuple(keys), name) for path, keys, name in values.pop("entries"))
        return Journal(**{**values, "entries": entries, "secrets": tuple(values["secrets"])})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def write_journal(places: Places, journal: Journal) -> None:
    """Keep it. Raises ProfileFault."""
    values = json.loads(json.dumps(asdict(journal)))
    sealed = {**values, "seal": seals.seal(_key(places), _PURPOSE, _text(values))}
    try:
        make_private(places.state)
        whole_file.replace(_path(places), json.dumps(sealed).encode())
    except OSError as error:
        what = f"it cannot be written ({error.strerror})"
        raise FileFault(what, where=_path(places), fix="free the disk") from error


def end_journal(places: Places) -> None:
    """It is finished. Raises ProfileFault."""
    path = _path(places)
    try:
        with suppress(FileNotFoundError):
            os.unlink(path)
    except OSError as error:
        what = f"it cannot be removed ({error.strerror})"
        raise FileFault(what, where=path, fix="move it away") from error


@contextmanager
def only_one(places: Places) -> Iterator[None]:
    """Be the only `init` that writes. Raises UsageFault where another one does, and ProfileFault.

    Not waited for: what the other one changes is not what was shown here.
    """
    make_private(places.state)
    path = os.path.join(places.state, _LOCK)
    try:
        descriptor = os.open(path, whole_file.CREATE, 0o600)
    except OSError as error:
        what = f"it cannot be opened ({error.strerror})"
        raise FileFault(what, where=path, fix="move it away") from error
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    try:
        whole_file.lock(descriptor, patience=0)
    except OSError as error:
        fix = "wait until it has ended, then: localguard init"
        raise UsageFault("another init runs", fix=fix) from error


def _key(places: Places) -> bytes:
    return Keys(places.vault).key(_KEY).secret


def _path(places: Places) -> str:
    return os.path.join(places.state, _FILE)


def _text(values: dict[str, object]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
