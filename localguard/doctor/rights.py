"""Whether the files of localguard are the person's alone: their owner, and who else may enter.

On Windows the rights of a folder come from the home folder that it lies in, and no mode says them.
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from localguard.config.faults import FileFault, shell_word
from localguard.doctor.check import Finding, Repair, Scene, Status

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_MOST: Final = 5000
"""Files that are looked at in one folder."""
_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class _Own:
    """A folder of localguard's, and what of its mode nobody else may have.

    `within` is the same for what lies in it, which nobody reaches where nobody enters the folder;
    keys and sockets are refused by themselves where they are open.
    """

    name: str
    path: str
    folder: int = _OTHERS
    within: int = _WRITE


@dataclass(frozen=True, slots=True)
class _Odd:
    """Something that others can get at; `uid` is whose it is, `mode` what it should have."""

    path: str
    uid: int
    was: int
    mode: int
    writable: bool

    @property
    def shown(self) -> tuple[str, str]:
        """The change of its mode."""
        return f"- {self.was:04o} {self.path}", f"+ {self.mode:04o} {self.path}"


def rights(scene: Scene) -> Iterator[Finding]:
    """Each folder with all that lies in it."""
    if sys.platform == "win32":
        what = "who may read its folders follows from your home folder, on Windows"
        yield Finding("runtime.rights", "runtime", "skip", what)
        return
    user, found = os.geteuid(), list[Finding]()
    for own in _folders(scene):
        found += _folder(own, user)
    yield from _user(scene, user)
    yield from found
    if not found:
        what = "what localguard keeps is yours alone"
        told = {one.name: one.path for one in _folders(scene) if os.path.lexists(one.path)}
        yield Finding("runtime.rights", "runtime", "ok", what, details=told)


def _folders(scene: Scene) -> tuple[_Own, ...]:
    places = scene.places
    return (
        _Own("profiles", places.profiles, folder=_WRITE),
        _Own("state", places.state),
        _Own("audit", places.audit),
        _Own("vault", places.vault, within=_OTHERS),
        _Own("run", places.run, within=_OTHERS),
    )


def _user(scene: Scene, user: int) -> Iterator[Finding]:
    """A doctor that was started with sudo looks at the files of another user than it is."""
    try:
        owner = os.stat(scene.places.home).st_uid
    except OSError:
        return
    if owner != user and user == 0:
        what = f"this runs as root, and the home folder {scene.places.home} is that of uid {owner}"
        fix = "run it as yourself, without sudo"
        yield Finding("runtime.user", "runtime", "warn", what, fix)


def _folder(own: _Own, user: int) -> Iterator[Finding]:
    odd = [one for path in _within(own) if (one := _odd(own, path, user)) is not None]
    strange = [one for one in odd if one.uid != user]
    open_to = [one for one in odd if one.uid == user]
    if strange:
        yield _of_another(own, strange, user)
    if open_to:
        yield _open(own, open_to)


def _within(own: _Own) -> Iterator[str]:
    """The folder, and what lies in it; the folders below it that are told by themselves are not."""
    if not os.path.isdir(own.path):
        return
    yield own.path
    apart = {"audit", "vault", "run"} if own.name == "state" else set[str]()
    yield from islice(_below(own.path, apart), _MOST)


def _below(folder: str, apart: set[str]) -> Iterator[str]:
    for at, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if at != folder or one not in apart]
        yield from (os.path.join(at, one) for one in (*folders, *files))


def _odd(own: _Own, path: str, user: int) -> _Odd | None:
    try:
        found = os.lstat(path)
    except OSError:
        # It may go at any moment, as what a guard has there does.
        return None
    if stat.S_ISLNK(found.st_mode):
        return None
    mode = stat.S_IMODE(found.st_mode)
    too_much = mode & (own.folder if path == own.path else own.within)
    if not too_much and found.st_uid in _owners(own, user):
        return None
    return _Odd(path, found.st_uid, mode, mode & ~too_much, bool(mode & _WRITE))


def _owners(own: _Own, user: int) -> set[int]:
    """A profile may be root's, as one that an administrator has put there is."""
    return {user, 0} if own.name == "profiles" else {user}


def _of_another(own: _Own, odd: Sequence[_Odd], user: int) -> Finding:
    first = odd[0]
    what = f"{_counted(odd)} of another user (uid {first.uid}): {first.path}"
    fix = f"sudo chown -R {user} {shell_word(own.path)}"
    return Finding(f"runtime.owner.{own.name}", "runtime", "fail", what, fix, _told(odd))


def _open(own: _Own, odd: Sequence[_Odd]) -> Finding:
    # The run folder is not used at all as long as anybody else can enter it.
    worst = any(one.writable for one in odd) or own.name in ("run", "vault")
    status: Status = "fail" if worst else "warn"
    verb = "change" if any(one.writable for one in odd) else "look into"
    what = f"other users can {verb} what is yours: {odd[0].path} (mode {odd[0].was:04o})"
    more = f", and {len(odd) - 1} more" if len(odd) > 1 else ""
    fix = f"chmod -R go-rwx {shell_word(own.path)}"
    shown = [line for one in odd for line in one.shown]
    if any(one.path.endswith(".key") for one in odd):
        shown.append("  whoever has read a key keeps it: where that may be, rm the key instead")
    return Finding(
        f"runtime.mode.{own.name}",
        "runtime",
        status,
        what + more,
        fix,
        _told(odd),
        Repair(tuple(shown), lambda: _close(odd), tightens=True),
    )


def _counted(odd: Sequence[_Odd]) -> str:
    return "this is" if len(odd) == 1 else f"{len(odd)} files are"


def _told(odd: Sequence[_Odd]) -> dict[str, str]:
    return {one.path: f"uid {one.uid}, mode {one.was:04o}" for one in odd[:_LISTED]}


def _close(odd: Sequence[_Odd]) -> None:
    """Take from others what they may. Raises ProfileFault."""
    for one in odd:
        try:
            _set_mode(one)
        except FileNotFoundError:
            continue
        except OSError as error:
            what = f"its mode cannot be changed ({error.strerror})"
            fix = f"chmod {one.mode:04o} {shell_word(one.path)}"
            raise FileFault(what, where=one.path, fix=fix) from error


def _set_mode(one: _Odd) -> None:
    if sys.platform == "win32":
        return
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    if stat.S_ISSOCK(os.lstat(one.path).st_mode):
        # A socket cannot be opened, and lies in a folder of the person's own.
        os.chmod(one.path, one.mode)
        return
    descriptor = os.open(one.path, flags)
    try:
        # What stands there by now may be another file.
        if stat.S_IMODE(os.fstat(descriptor).st_mode) == one.was:
            os.fchmod(descriptor, one.mode)
    finally:
        os.close(descriptor)
