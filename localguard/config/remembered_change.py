"""One change of one remembered file, under its lock: from bytes that were looked at to others.

What comes after is read by the reader of profiles before it is written. Knows bytes, and of what
they say only whether it is valid.
"""

import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from localguard import whole_file
from localguard.config.build import build
from localguard.config.faults import FileFault
from localguard.config.lines import Lines
from localguard.config.load import MAX_BYTES, Document, read_document
from localguard.config.paths import Places, make_private
from localguard.config.remembered_entries import Entry, entries_of
from localguard.config.remembered_journal import digest_of
from localguard.errors import LocalguardError, ProfileFault

Accepting = Callable[[str, Callable[[], None]], object]
"""Has something written to the files of a profile (by name), and accepts that in the person's name.
Raises LocalguardError."""


@dataclass(frozen=True, slots=True)
class Current:
    """What stands in a remembered file; `raw` is None and `digest` empty where there is none."""

    raw: bytes | None
    digest: str

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return 0 if self.raw is None else self.raw.count(b"\n")


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Nothing was changed, and why not, with what to do next."""

    why: str
    fix: str = ""

    def explain(self) -> str:
        """Both on one line."""
        return f"{self.why}. Fix: {self.fix}." if self.fix else f"{self.why}."


def current(places: Places, name: str) -> Current:
    """What stands in the remembered file of a profile. Raises ProfileFault."""
    path = places.remembered_file(name)
    if not os.path.lexists(path):
        return Current(None, "")
    raw = read_document(path).raw
    return Current(raw, digest_of(raw))


class Change:
    """One change of one file, made under its lock."""

    def __init__(self, places: Places, name: str) -> None:
        self.before = current(places, name)
        self._places = places
        self._name = name
        self._path = places.remembered_file(name)
        self.entries = self._entries(self.before.raw)

    def read(self, raw: bytes | None, *, adding: bool = False) -> tuple[Entry, ...] | Unwritten:
        """What would be in the file with these bytes (None: no file), if that would be valid.

        What is being added must not be there already.
        """
        try:
            found = self._entries(raw)
            if adding and _repeated(found) > _repeated(self.entries):
                return Unwritten("the same is remembered already")
            self._require_valid(raw)
        except ProfileFault as fault:
            return Unwritten(
                f"the profile {self._name} would not be valid: {fault.explain().removesuffix('.')}",
                f"localguard profile validate {self._name}",
            )
        return found

    def make(self, raw: bytes | None, accepting: Accepting | None) -> str:
        """Make these the bytes of the file, and return its new digest.

        Raises ProfileFault, and what `accepting` raises, with the old bytes put back.
        """
        if accepting is None:
            self._put(raw)
        else:
            try:
                accepting(self._name, lambda: self._put(raw))
            except LocalguardError:
                self._put(self.before.raw)
                raise
        return digest_of(raw)

    def stale(self) -> Unwritten:
        """Why nothing is written where other bytes stand than those that were looked at."""
        return Unwritten(
            f"{os.path.basename(self._path)} has changed since, and nothing was written",
            "look at it again: localguard rules list",
        )

    def _require_valid(self, raw: bytes | None) -> None:
        main = read_document(self._places.profile_file(self._name))
        others = [] if raw is None else [self._document(raw)]
        servers = self._places.servers_file(self._name)
        others += [read_document(servers)] if os.path.lexists(servers) else []
        build(self._name, [main, *others], self._places.home)

    def _entries(self, raw: bytes | None) -> tuple[Entry, ...]:
        return () if raw is None else entries_of(self._document(raw))

    def _document(self, raw: bytes) -> Document:
        """The file as the reader would find it. Raises ProfileFault."""
        name = os.path.basename(self._path)
        if len(raw) > MAX_BYTES:
            fix = "remove what is no longer needed: localguard rules list"
            raise FileFault("it would be larger than 1 MiB", where=name, fix=fix)
        try:
            text = raw.decode()
            return Document(self._path, raw, tomllib.loads(text), Lines(text))
        except (ValueError, RecursionError) as error:
            raise FileFault(f"it would not be TOML: {error}", where=name) from error

    def _put(self, raw: bytes | None) -> None:
        # Through a link, so that who keeps profiles elsewhere keeps doing so.
        path = os.path.realpath(self._path)
        try:
            if raw is not None:
                whole_file.replace(path, raw)
                return
            with suppress(FileNotFoundError):
                os.unlink(path)
            whole_file.sync_folder(os.path.dirname(path))
        except OSError as error:
            raise _unwritable(self._path, error) from error


@contextmanager
def held(places: Places, name: str) -> Iterator[Change]:
    """The file while nobody else changes it. Raises ProfileFault."""
    path = places.remembered_file(name)
    make_private(os.path.dirname(path))
    try:
        descriptor = os.open(f"{path}.lock", whole_file.CREATE, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        whole_file.lock(descriptor)
        yield Change(places, name)
    finally:
        os.close(descriptor)


def _repeated(found: tuple[Entry, ...]) -> int:
    return len(found) - len({one.id for one in found})


def _unwritable(path: str, error: OSError) -> ProfileFault:
    fix = "free the disk, or make the folder writable"
    return FileFault(f"it cannot be written ({error.strerror})", where=path, fix=fix)
