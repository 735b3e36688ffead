"""A change of one file of somebody else's: looked at first, then made whole or not at all.

A plan holds the bytes that it was made for, and writes nothing where others stand there now. What
stood there is kept in a folder of localguard's. Links are followed, since people keep such files
with their dotfiles, and the mode stays. Knows bytes, and nothing of what they say.
"""

import difflib
import hashlib
import os
import secrets
import stat
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Final

from localguard import whole_file
from localguard.clients.hiding import without
from localguard.config.faults import FileFault, shell_word
from localguard.config.paths import make_private
from localguard.errors import ProfileFault

MOST_BYTES: Final = 32 << 20
KEPT: Final = 5
"""Backups of one file that are kept; the oldest goes first."""

_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to stand in a file, and what stood there when that was worked out.

    None is no file. `path` is as the client knows it, `real` where its links lead to.
    """

    path: str
    real: str
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return self.before != self.after

    def diff(self, hidden: Collection[str] = ()) -> Iterator[str]:
        """The change line by line, with `***` for each text that is not to be seen."""
        old, new = ((one or b"").decode("utf-8", "replace") for one in (self.before, self.after))
        names = self.path, f"{self.path} (after)" if self.after is not None else "(removed)"
        pairs = _shown(old, hidden), _shown(new, hidden)
        for line in difflib.unified_diff(*pairs, *names, lineterm=""):
            yield line.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Stale:
    """Nothing was written, since the file has changed since it was looked at."""

    path: str

    def explain(self) -> str:
        """What happened, and what to do."""
        return f"{self.path}: it has changed meanwhile, and nothing was written. Fix: try again."


def read_bytes(path: str) -> bytes | None:
    """What stands in a file, None where there is none. Raises ProfileFault."""
    try:
        descriptor = os.open(path, _READ)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileFault("this is no file", where=path, fix="move it away")
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        fix = f"make it readable: chmod u+r {shell_word(path)}"
        raise FileFault(f"it cannot be read ({error.strerror})", where=path, fix=fix) from error
    if len(raw) > MOST_BYTES:
        raise FileFault("it is larger than 32 MiB", where=path, fix="look at what fills it")
    return raw


def text_of(path: str, raw: bytes | None) -> str:
    """The text that bytes are. Raises ProfileFault where they are none."""
    if raw is not None and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        fix = 'save it as "UTF-8"'
        raise FileFault("it is UTF-16, which no client reads", where=f"{path}:1:1", fix=fix)
    try:
        return (raw or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        before = (raw or b"")[: error.start].decode("utf-8").split("\n")
        where = f"{path}:{len(before)}:{len(before[-1]) + 1}"
        raise FileFault("it is not UTF-8 here", where=where, fix="save it as UTF-8") from error


def plan(path: str, before: bytes | None, after: bytes | None) -> Plan:
    """The change of a file from some bytes that were read of it to others."""
    return Plan(path, os.path.realpath(path), before, after)


def apply(change: Plan, folder: str, now: datetime, *, backup: bool = True) -> Stale | None:
    """Make a change. `folder` is localguard's own, for locks and backups. Raises ProfileFault.

    Nothing is written where other bytes stand than those it was made for. Without a `backup` the
    way back has to be elsewhere.
    """
    if not change.changes:
        return None
    try:
        with locked(change.real, folder):
            if read_bytes(change.real) != change.before:
                return Stale(change.path)
            if backup and change.before is not None:
                _back_up(change, folder, now)
            return _put(change)
    except OSError as error:
        fix = "free the disk, or make the file and its folder writable"
        what = f"it cannot be written ({error.strerror})"
        raise FileFault(what, where=change.path, fix=fix) from error


def must_apply(change: Plan, folder: str, now: datetime) -> None:
    """Make a change; a file that has changed meanwhile is a fault. Raises ProfileFault."""
    if (stale := apply(change, folder, now)) is not None:
        raise FileFault("it has changed meanwhile", where=stale.path, fix="try again")


@contextmanager
def locked(path: str, folder: str) -> Iterator[None]:
    """Be the only localguard that changes a file. Raises OSError and ProfileFault."""
    make_private(folder)
    descriptor = os.open(os.path.join(folder, f"{_mark(path)}.lock"), whole_file.CREATE, 0o600)
    try:
        whole_file.lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def backups(path: str, folder: str) -> tuple[str, ...]:
    """What was kept of a file, the oldest first; a secret that has moved still stands in these."""
    start = f"{_mark(os.path.realpath(path))}."
    try:
        names = sorted(one for one in os.listdir(folder) if one.startswith(start))
    except OSError:
        return ()
    return tuple(os.path.join(folder, one) for one in names if one.endswith(".bak"))


def _mark(path: str) -> str:
    """A name for a file by its whole path, to be told by a person too."""
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return f"{os.path.basename(path).removeprefix('.')}-{digest}"


def _back_up(change: Plan, folder: str, now: datetime) -> None:
    # Not beside the file: there a wrapped server that may read the person's files could read it.
    stem = os.path.join(folder, f"{_mark(change.real)}.{now:%Y%m%dT%H%M%S%f}")
    names = (f"{stem}-{number}.bak" for number in count(1))
    kept = next(name for name in names if not os.path.lexists(name))
    _write(kept, change.before or b"", 0o600)
    for old in backups(change.path, folder)[:-KEPT]:
        os.unlink(old)


def _put(change: Plan) -> Stale | None:
    if change.after is None:
        os.unlink(change.real)
        whole_file.sync_folder(os.path.dirname(change.real))
        return None
    folder = os.path.dirname(change.real)
    os.makedirs(folder, exist_ok=True)
    mode = 0o600 if change.before is None else stat.S_IMODE(os.stat(change.real).st_mode)
    fresh = f"{change.real}.localguard-{secrets.token_hex(4)}"
    try:
        _write(fresh, change.after, mode)
        # A program may write at any moment: what stands there is looked at once more, at the last.
        if read_bytes(change.real) != change.before:
            return Stale(change.path)
        os.replace(fresh, change.real)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh)
    whole_file.sync_folder(folder)
    return None


def _write(path: str, raw: bytes, mode: int) -> None:
    descriptor = os.open(path, whole_file.CREATE | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(raw)
        file.flush()
        if sys.platform != "win32":
            os.fchmod(descriptor, mode)
        os.fsync(descriptor)


def _shown(text: str, hidden: Collection[str]) -> list[str]:
    """Each line as it is shown, and behind a line end as it is: what differs is not hidden."""
    lines = zip(without(text, hidden).splitlines(), text.splitlines(), strict=True)
    return [f"{shown}\n{line}" for shown, line in lines]


def located(path: str, fault: ProfileFault) -> FileFault:
    """A fault of an editor's, with the file before its line and column."""
    return FileFault(fault.what, where=f"{path}:{fault.where}", fix=fault.fix)
