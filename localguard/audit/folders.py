"""Where segments lie and who may touch them.

`FOLDER/YYYY-MM-DD/HHMMSS-INSTANCE.jsonl`, day and time in UTC, so that the order of the names is
the order of their starts. Folders are 0700 and files 0600; a folder that other people can change
is a fault, since whoever can rename a segment can put another in its place. Knows no record.
"""

import os
import re
import stat
import sys
from collections.abc import Collection, Iterator
from datetime import datetime
from shlex import quote
from typing import Final, NamedTuple

from localguard.audit.faults import unreadable, unwritable
from localguard.audit.locks import hold
from localguard.audit.sealing import Sealed, unseal
from localguard.errors import AuditFault

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SEGMENT: Final = re.compile(r"(\d\d)(\d\d)(\d\d)-[A-Za-z0-9_-]+(\.\d)?\.jsonl", re.ASCII)
_INSTANCE: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_SUFFIX: Final = ".jsonl"
_TAIL_BYTES: Final = 1 << 20
_MAX_SAME_SECOND: Final = 9
_FLAGS: Final = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)


def segments(folder: str) -> list[str]:
    """The paths of all segments in the order of their starts; none when there is no folder.

    Raises AuditFault when the folder cannot be read.
    """
    try:
        return list(_newest_first(folder))[::-1]
    except OSError as error:
        raise unreadable(folder, error) from error


def name_of(path: str) -> str:
    """The name by which records and people refer to a segment: `YYYY-MM-DD/HHMMSS-INSTANCE`."""
    day, file = os.path.split(path)
    return f"{os.path.basename(day)}/{file.removesuffix(_SUFFIX)}"


def start_of(path: str) -> str:
    """The second in which a segment was begun, as a prefix of ISO 8601 in UTC."""
    day, _, clock = name_of(path).partition("/")
    return f"{day}T{clock[0:2]}:{clock[2:4]}:{clock[4:6]}"


def require_instance_name(instance: str) -> None:
    """Raise ValueError unless `instance` can stand in the name of a segment."""
    if not _INSTANCE.fullmatch(instance):
        raise ValueError(f"not the name of an instance: {instance!r}")


def create(folder: str, now: datetime, instance: str) -> tuple[int, str]:
    """Make a new, empty segment, and its folders if needed; return descriptor and path.

    Raises AuditFault when it cannot be made, or when someone else may change the folder.
    """
    day = os.path.join(folder, now.strftime("%Y-%m-%d"))
    stem = os.path.join(day, f"{now:%H%M%S}-{instance}")
    try:
        os.makedirs(os.path.dirname(folder) or ".", 0o700, exist_ok=True)
        for path in (folder, day):
            _make_private(path)
        return _create_file(stem)
    except OSError as error:
        raise unwritable(error.filename or folder, error) from error


def _make_private(path: str) -> None:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        _require_private(path)


def _require_private(path: str) -> None:
    found = os.stat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise AuditFault("the audit log needs a folder here", where=path, fix="move the file away")
    # Windows says nothing about owners in a mode; there the home folder's rights are inherited.
    if sys.platform != "win32":
        if found.st_uid != os.geteuid():
            what = f"the audit folder belongs to another user (uid {found.st_uid})"
            raise AuditFault(what, where=path, fix=f"chown {os.geteuid()} {quote(path)}")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            what = "other users can write to the audit folder"
            raise AuditFault(what, where=path, fix=f"chmod 700 {quote(path)}")


def _create_file(stem: str, number: int = 1) -> tuple[int, str]:
    path = f"{stem}.{number}{_SUFFIX}" if number > 1 else stem + _SUFFIX
    try:
        fd = os.open(path, _FLAGS, 0o600)
    except FileExistsError:
        # A segment that is replaced within the second it was begun in.
        if number == _MAX_SAME_SECOND:
            raise
        return _create_file(stem, number + 1)
    try:
        hold(fd)
    except OSError:
        os.close(fd)
        raise
    return fd, path


class Link(NamedTuple):
    """One record of a segment, by which another remembers it: its number and digest."""

    segment: str
    seq: int
    hash: str


def last_record(folder: str, besides: Collection[str]) -> Link | None:
    """The last readable record of the newest segment that is not one of these paths."""
    try:
        for path in _newest_first(folder):
            last = None if path in besides else last_line(path)
            if last is not None:
                return Link(name_of(path), last.seq, last.digest)
    except OSError:
        # The link to other guards' past is a help to a check; this guard's own log must go on.
        return None
    return None


def last_line(path: str) -> Sealed | None:
    """The last whole line of a segment; None when it is no record. Raises OSError."""
    with open(path, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
        lines = file.read().rpartition(b"\n")[0].rpartition(b"\n")
    found = unseal(lines[2] + b"\n")
    return found if isinstance(found, Sealed) else None


def _newest_first(folder: str) -> Iterator[str]:
    for day in _names(folder, _DAY):
        for file in _names(os.path.join(folder, day), _SEGMENT):
            path = os.path.join(folder, day, file)
            if not _is_pipe(path):
                yield path


def _is_pipe(path: str) -> bool:
    """A pipe, which whoever opens it would wait for: it is no segment, whatever its name."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        # Who opens it meets the same error and says what it means.
        return False


def _names(folder: str, pattern: re.Pattern[str]) -> list[str]:
    """The matching names in a folder, last first; none when it is not there."""
    try:
        names = filter(pattern.fullmatch, os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(names, key=lambda name: name.removesuffix(_SUFFIX), reverse=True)
