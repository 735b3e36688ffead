"""What a server was started with last time, and which files that followed from.

As long as none of these files has changed, the server can be started at once, and the profile is
read while it starts. A note says only how to start: whether anything may reach the server is
decided by the profile, which is read before the first frame goes out. A server whose profile gives
it variables is not noted, since they may be secrets and would then lie in a second file.

Imports nothing that takes longer than the start itself. A note is a text whose fields are divided
by NUL, which no path and no argument can hold.
"""

import os
import re
import stat
import sys
from collections.abc import Mapping
from typing import Final, NamedTuple

from localguard.config.looks import Look, look
from localguard.relay.launch_environment import environment
from localguard.relay.spawn import ServerCommand
from localguard.relay.wanted import Wanted

_VERSION: Final = "localguard launch 1"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MAX_BYTES: Final = 64 * 1024
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Note(NamedTuple):
    """How a server is started: its words, the variables it may inherit, and its folder.

    `files` are the paths the profile was read from, with what `stat` said of each.
    """

    argv: tuple[str, ...]
    pass_env: tuple[str, ...]
    cwd: str
    files: tuple[tuple[str, Look], ...]


def recall(folder: str, wanted: Wanted, inherited: Mapping[str, str]) -> ServerCommand | None:
    """How to start what is wanted, if that was noted and still follows from the same files."""
    path = note_path(folder, wanted)
    note = None if path is None else _parsed(_read(path), wanted)
    if note is None or any(look(file) != then for file, then in note.files):
        return None
    return ServerCommand(note.argv, environment(inherited, note.pass_env, {}), note.cwd or None)


def note_text(wanted: Wanted, note: Note) -> str | None:
    """The note as it is written to a file, or None where a field cannot stand in one."""
    rest = (note.cwd, str(len(note.files)))
    lists = (_key(wanted), note.argv, note.pass_env, rest, *map(_file_fields, note.files))
    fields = [field for one in lists for field in (str(len(one)), *one)]
    if any("\0" in field or not _is_text(field) for field in fields):
        return None
    return "\0".join((_VERSION, *fields))


def note_path(folder: str, wanted: Wanted) -> str | None:
    """Where the note on what is wanted lies below the state folder, if there is a name for it."""
    name = wanted.name or (os.path.basename(wanted.argv[0]) if wanted.argv else "")
    if _PLAIN.fullmatch(name) is None or wanted.url is not None:
        return None
    return os.path.join(folder, "launch", f"{name}.{wanted.profile or ''}")


def _key(wanted: Wanted) -> tuple[str, ...]:
    return (wanted.name or "", wanted.profile or "", *wanted.argv)


def _file_fields(file: tuple[str, Look]) -> tuple[str, ...]:
    path, found = file
    return (path, *(() if found is None else map(str, found)))


def _read(path: str) -> str:
    """The text of a note that only its owner can have written, or nothing."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return ""
    try:
        found = os.fstat(descriptor)
        return _text(descriptor) if _is_own(found) else ""
    except (OSError, ValueError):
        return ""
    finally:
        os.close(descriptor)


def _is_own(found: os.stat_result) -> bool:
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_BYTES:
        return False
    if sys.platform == "win32":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _text(descriptor: int) -> str:
    return os.read(descriptor, _MAX_BYTES).decode("utf-8")


def _is_text(field: str) -> bool:
    """Not so where the bytes of a name are no UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in field)


def _parsed(text: str, wanted: Wanted) -> Note | None:
    """The note in a text; None where it is of another version, broken, or on something else."""
    version, *fields = text.split("\0")
    try:
        key, argv, pass_env, (cwd, count), *files = _lists(fields)
        note = Note(argv, pass_env, cwd, tuple(map(_file, files)))
        whole = len(files) == int(count) > 0 and len(argv) > 0
    except ValueError:
        return None
    return note if whole and version == _VERSION and key == _key(wanted) else None


def _lists(fields: list[str]) -> list[tuple[str, ...]]:
    lists: list[tuple[str, ...]] = []
    at = 0
    while at < len(fields):
        end = at + 1 + int(fields[at])
        if not at < end <= len(fields):
            raise ValueError("a list goes on beyond the end")
        lists.append(tuple(fields[at + 1 : end]))
        at = end
    return lists


def _file(fields: tuple[str, ...]) -> tuple[str, Look]:
    path, *numbers = fields
    return path, tuple(map(int, numbers)) if numbers else None
