"""Text that a person adds at the end of a profile's own file, through localguard.

What stands there keeps its bytes. What comes after is valid before it is written, tests and all; it
is written only where the files are still those that the person has looked at, a copy of them is
kept, and it is accepted in the same act. Knows no person: who may add is for others to say.
"""

import os
import tomllib
from collections.abc import Callable
from typing import Final

from localguard import whole_file
from localguard.config.acceptance import Version, current_version, with_accepted
from localguard.config.build import build
from localguard.config.choice import Choice, Key, by_person, change_choice
from localguard.config.faults import FileFault
from localguard.config.lines import Lines
from localguard.config.load import MAX_BYTES, Document
from localguard.config.paths import Places, make_private
from localguard.errors import LocalguardError

_AGAIN: Final = "look at what it is now, and begin again"


def extended(version: Version, text: str, home: str) -> Version:
    """The version with a text after the last line of its own file. Raises ProfileFault.

    The text takes the line ends that the file has.
    """
    own, *others = version.documents
    raw = _joined(own.raw, text)
    if len(raw) > MAX_BYTES:
        raise FileFault("it would be larger than 1 MiB", where=own.name, fix="add fewer rules")
    after = Version(version.name, (_document(own, raw), *others))
    build(after.name, after.documents, home)
    return after


def save(
    places: Places, key: Key, before: Version, after: Version, told: Callable[[], None]
) -> str:
    """Write what `extended` made, and accept it at a person's word; the path of the copy kept.

    `told` is called before anything is written, and what it raises undoes it. Raises ProfileFault
    where the files are no longer those of `before`, where what was accepted is another version, and
    where something cannot be written.
    """
    path = os.path.realpath(places.profile_file(before.name))
    kept = _kept(places, before)
    written = False

    def saved(choice: Choice) -> Choice:
        nonlocal written
        _require_same(places, choice, before)
        told()
        written = True
        _put(path, after.documents[0].raw)
        confirmed = choice.is_confirmed(after.name)
        return by_person(with_accepted(places, choice, after, confirmed=confirmed))

    try:
        change_choice(places, key, saved)
    except (LocalguardError, OSError):
        if written:
            _put(path, before.documents[0].raw)
        raise
    return kept


def _require_same(places: Places, choice: Choice, before: Version) -> None:
    if current_version(places, before.name).digest != before.digest:
        what = "it has changed since you looked at it, and nothing was written"
        raise FileFault(what, where=f"{before.name}.toml", fix=_AGAIN)
    require_accepted(choice, before)


def require_accepted(choice: Choice, version: Version) -> None:
    """Raise ProfileFault where a person has accepted other files than these.

    What is added is accepted together with all that stands before it.
    """
    if choice.accepted.get(version.name, version.digest) != version.digest:
        what = "it was changed since it was accepted, and what is added would accept that too"
        fix = f"localguard profile accept {version.name}"
        raise FileFault(what, where=f"{version.name}.toml", fix=fix)


def _joined(raw: bytes, text: str) -> bytes:
    end = b"\r\n" if b"\r\n" in raw else b"\n"
    gap = b"" if not raw or raw.endswith(b"\n") else end
    return raw + gap + end + text.encode().replace(b"\n", end)


def _document(own: Document, raw: bytes) -> Document:
    try:
        text = raw.decode()
        return Document(own.path, raw, tomllib.loads(text), Lines(text), own.folder)
    except (ValueError, RecursionError) as error:
        what = f"it would not be TOML with this at its end: {error}"
        raise FileFault(what, where=own.name, fix="write its rules as [[rule]]") from error


def _kept(places: Places, before: Version) -> str:
    """Keep a copy of the file as it is."""
    folder = os.path.join(places.state, "before")
    make_private(folder)
    path = os.path.join(folder, f"{before.name}.{before.digest[:12]}.toml")
    _put(path, before.documents[0].raw)
    return path


def _put(path: str, raw: bytes) -> None:
    try:
        mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o600
        whole_file.replace(path, raw)
        os.chmod(path, mode)
    except OSError as error:
        fix = "free the disk, or make the folder writable"
        what = f"it cannot be written ({error.strerror})"
        raise FileFault(what, where=path, fix=fix) from error
