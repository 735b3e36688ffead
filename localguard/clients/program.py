"""The path of localguard that a client can rely on, tomorrow too. Looks at the disk.

A client starts what its entry says for years. What lies in a cache, below the folder for temporary
files or in the environment of some project will be gone by then, and the client says nothing but
that the server failed.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.clients.entry import Program
from localguard.errors import UsageFault

_CACHES: Final = re.compile(
    r"[/\\](?:\.cache|Caches|uv[/\\](?:cache|archive-v\d+|environments-v\d+)"
    r"|archive-v\d+|pipx[/\\]\.cache)[/\\]"
)
_SHIMS: Final = re.compile(r"[/\\](?:\.pyenv|\.asdf|mise|\.rye|\.local/share/mise)[/\\]shims[/\\]")
_PROJECTS: Final = (".git", "pyproject.toml", "package.json", "setup.py", "Cargo.toml", "go.mod")
TEMPORARY: Final = frozenset(
    (tempfile.gettempdir(), os.path.realpath(tempfile.gettempdir()), "/tmp", "/var/tmp")  # noqa: S108
)
"""Folders that are emptied by themselves."""
_INSTALL: Final = "install it for good: uv tool install localguard, or pipx install localguard"
_HOME: Final = "LOCALGUARD_HOME"


@dataclass(frozen=True, slots=True)
class Found:
    """The program, and what a person should know of where it lies."""

    program: Program
    notes: tuple[str, ...] = ()


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """What a client must hand on so that a guard finds the same files as whoever has these."""
    chosen = environ.get(_HOME, "")
    return {_HOME: chosen} if os.path.isabs(chosen) else {}


def find_program(
    started_as: str,
    search: str,
    env: Mapping[str, str],
    *,
    chosen: str | None = None,
    temporary: Collection[str] = TEMPORARY,
) -> Found:
    """What clients are to start. `started_as` is argv[0], `search` the PATH, `env` goes along.

    Where somebody has `chosen` a path it is only asked to be there. Raises UsageFault.
    """
    path = _absolute(chosen or started_as, search)
    if path is None:
        what = f"the program {chosen or started_as} is not there"
        raise UsageFault(what, fix=_INSTALL)
    if chosen is None:
        for place in dict.fromkeys((path, os.path.realpath(path))):
            if (why := unstable(place, temporary)) is not None:
                fix = f"{_INSTALL}; or name another with --program"
                raise UsageFault(f"localguard {why}", where=place, fix=fix)
    return Found(Program((path,), env), tuple(_notes(path)))


def unstable(path: str, temporary: Collection[str] = TEMPORARY) -> str | None:
    """Why a program will not stay where it is; None if nothing speaks against it."""
    if _CACHES.search(path):
        return "lies in a cache, which is emptied some day"
    if any(_below(path, folder) for folder in temporary):
        return "lies in a folder for temporary files"
    environment = os.path.dirname(os.path.dirname(path))
    if not os.path.exists(os.path.join(environment, "pyvenv.cfg")):
        return None
    project = os.path.dirname(environment)
    if any(os.path.exists(os.path.join(project, mark)) for mark in _PROJECTS):
        return "lies in the environment of a project, and goes with it"
    return None


def _notes(path: str) -> Iterator[str]:
    if _SHIMS.search(path):
        yield f"{path} is a shim: which version it starts depends on the folder it is started in"
    if " " in path and sys.platform == "win32":
        yield f"{path} has a blank in it, which some clients on Windows do not start"


def _absolute(path: str, search: str) -> str | None:
    """The file of a program, by a path or a name; links stay, since those are what is stable."""
    if path.endswith(("__main__.py", "-m")):
        beside = os.path.join(os.path.dirname(sys.executable), "localguard")
        path = beside + (".exe" if sys.platform == "win32" else "")
    return next(iter(_files(path, search)), None)


def _files(path: str, search: str) -> Sequence[str]:
    if not os.path.dirname(path):
        found = shutil.which(path, path=search)
        return [] if found is None else [os.path.abspath(found)]
    places = [path, f"{path}.exe"] if sys.platform == "win32" else [path]
    return [
        os.path.abspath(one) for one in places if os.path.isfile(one) and os.access(one, os.X_OK)
    ]


def _below(path: str, folder: str) -> bool:
    return os.path.normcase(path).startswith(os.path.join(os.path.normcase(folder), ""))
