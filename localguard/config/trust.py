"""Who may have written a file: looked up on the file that was opened, and not on its name.

A file of the person's belongs to the person or to root, and one of the organisation's to root; no
one else may write to either. On Windows the numbers of owner and mode say nothing: the access list
of the folder is what guards the person's files, and `owners_windows` tells whose the organisation's
are.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterator

from localguard.config.faults import FileFault, shell_word

Check = Callable[[str, str, os.stat_result], None]
"""Raises ProfileFault for a file (its path, its name for people, what `fstat` says of it)."""

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def of_the_person(path: str, name: str, found: os.stat_result) -> None:
    """Raise ProfileFault unless the person or root alone can have written the open file."""
    _require_file(path, name, found)
    if sys.platform == "win32":
        return
    if found.st_uid not in {os.geteuid(), 0}:
        what = f"it belongs to another user (uid {found.st_uid}), who could change the rules"
        raise FileFault(what, where=name, fix=f"chown {os.geteuid()} {shell_word(path)}")
    others = stat.S_IWOTH if _is_private_group(found) else _OTHERS
    if found.st_mode & others:
        raise FileFault(_writable(found), where=name, fix=f"chmod go-w {shell_word(path)}")


def of_the_organisation(owners: frozenset[int]) -> Check:
    """The check that one of these users alone (root: 0) can have written an open file."""

    def check(path: str, name: str, found: os.stat_result) -> None:
        _require_file(path, name, found)
        _require_owned(path, name, found, owners)

    return check


def require_way(path: str, name: str, owners: frozenset[int]) -> str:
    """The path without links, where no one but its owners can put anything else.

    Each folder on the way must belong to one of them, so that what is opened next is what was
    looked at. Others may write to a folder above it only if they cannot rename what is not theirs
    (the sticky bit). Raises ProfileFault, and OSError for what cannot be looked at.
    """
    real = os.path.realpath(path, strict=True)
    _require_owned(real, name, os.lstat(real), owners)
    for folder in _above(real):
        found = os.lstat(folder)
        _require_owned(folder, folder, found, owners, sticky=bool(found.st_mode & stat.S_ISVTX))
    return real


def _require_owned(
    path: str, name: str, found: os.stat_result, owners: frozenset[int], *, sticky: bool = False
) -> None:
    if sys.platform == "win32":
        from localguard.config.owners_windows import require_administrators  # noqa: PLC0415

        require_administrators(path, name)
        return
    if found.st_uid not in owners:
        what = f"it belongs to uid {found.st_uid}, and only root may set managed policy"
        fix = f"as root: chown root {shell_word(path)}, or move it away"
        raise FileFault(what, where=name, fix=fix)
    if found.st_mode & _OTHERS and not sticky:
        raise FileFault(_writable(found), where=name, fix=f"as root: chmod go-w {shell_word(path)}")


def _require_file(path: str, name: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or device"
        fix = f"move {shell_word(path)} away"
        raise FileFault(f"it is {kind}, not a file", where=name, fix=fix)


def _writable(found: os.stat_result) -> str:
    return f"other users can write to it (mode {stat.S_IMODE(found.st_mode):04o})"


def _above(path: str) -> Iterator[str]:
    parent = os.path.dirname(path)
    while parent != path:
        yield parent
        path, parent = parent, os.path.dirname(parent)


def _is_private_group(found: os.stat_result) -> bool:
    """Whether the file's group is its owner's alone, as where umask 002 is the custom.

    By that custom (user private groups) the group has the user's number and lists nobody else.
    """
    if not found.st_mode & stat.S_IWGRP or found.st_gid != found.st_uid or found.st_uid == 0:
        return False
    if sys.platform == "win32":
        return False
    import grp  # noqa: PLC0415 - rarely needed, and POSIX alone has it
    import pwd  # noqa: PLC0415

    try:
        members = set(grp.getgrgid(found.st_gid).gr_mem)
        return members <= {pwd.getpwuid(found.st_uid).pw_name}
    except KeyError:
        return False
