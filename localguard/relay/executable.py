"""Which file the first word of a server's command means, and what to do when it means none.

Desktop clients start programs with a short PATH, so this is the fault people meet first and the fix
has to name the right path. A bare name is never taken from the current folder: that one is the
client's choice, often a project that a model writes to. Raises ServerFault; starts nothing.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from localguard.errors import ServerFault

# Where package managers put commands, which a terminal's PATH has and a desktop client's has not.
_COMMON_PLACES: Final = (
    (
        "~/AppData/Roaming/npm",
        "C:/Program Files/nodejs",
        "~/.local/bin",
        "~/.cargo/bin",
        "~/.bun/bin",
    )
    if sys.platform == "win32"
    else (
        "/usr/local/bin",
        "/opt/homebrew/bin",
        "/home/linuxbrew/.linuxbrew/bin",
        "/opt/local/bin",
        "/snap/bin",
        "/usr/bin",
        "/run/current-system/sw/bin",
        "~/.nix-profile/bin",
        "~/.local/bin",
        "~/.cargo/bin",
        "~/go/bin",
        "~/.bun/bin",
        "~/.deno/bin",
        "~/.volta/bin",
        "~/.asdf/shims",
        "~/.pyenv/shims",
        "~/.local/share/mise/shims",
    )
)

# cmd.exe, which Windows puts in front of a batch file, reads these in arguments as its own.
_BATCH_SPECIAL: Final = frozenset('"%&|<>^!\r\n')


def resolve(argv0: str, path: str, cwd: str | None) -> str:
    """The absolute path of `argv0`: searched in `path` if bare, else taken relative to `cwd`.

    Empty and relative entries of `path` are skipped. Symlinks stay, since many commands look at the
    name they were called by. Raises ServerFault.
    """
    if not argv0:
        raise ServerFault("the server's command is empty", fix="write the program first")
    if os.path.dirname(argv0):
        place = os.path.abspath(os.path.join(cwd or "", argv0))
        found = _first_file(_spellings(place))
        if found is None:
            raise _missing_path(argv0, place)
        return _checked(found, argv0)
    found = _search(argv0, path.split(os.pathsep))
    if found is None:
        raise _missing_name(argv0, path)
    return _checked(found, argv0)


def check_batch(executable: str, arguments: Iterable[str]) -> None:
    """Refuse arguments that cmd.exe would interpret, for a batch file. Raises ServerFault."""
    if not executable.lower().endswith((".cmd", ".bat")):
        return
    for number, argument in enumerate(arguments, 1):
        if found := _BATCH_SPECIAL.intersection(argument):
            # Not the argument itself, which may be a secret.
            signs = " ".join(map(repr, sorted(found)))
            raise ServerFault(
                f"argument {number} holds {signs}, which no batch file can be passed safely",
                where=executable,
                fix="start the program that the batch file starts, such as node.exe with a script",
            )


def _search(name: str, folders: Iterable[str]) -> str | None:
    """The first usable file as execvp(3) would find it, else the first that only has the name."""
    absolute = [folder for folder in folders if os.path.isabs(folder)]
    places = [place for folder in absolute for place in _spellings(os.path.join(folder, name))]
    usable = (place for place in places if os.path.isfile(place) and os.access(place, os.X_OK))
    return next(usable, None) or _first_file(places)


def _first_file(places: Iterable[str]) -> str | None:
    return next((place for place in places if os.path.exists(place)), None)


def _spellings(place: str) -> Iterator[str]:
    """The file names a command stands for: on Windows also with each extension of PATHEXT."""
    if sys.platform == "win32":
        extensions = os.environ.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").lower().split(";")
        if place.lower().endswith(tuple(filter(None, extensions))):
            yield place
        for extension in filter(None, extensions):
            yield place + extension
    else:
        yield place


def _checked(place: str, argv0: str) -> str:
    if os.path.isdir(place):
        raise ServerFault(
            f"the command {argv0!r} is a directory",
            where=place,
            fix="write the path of the program inside it",
        )
    if not os.access(place, os.X_OK):
        raise ServerFault(
            f"the command {argv0!r} is not executable",
            where=place,
            fix=f"run chmod +x {place!r}, or make its interpreter the first word of the command",
        )
    return place


def _missing_path(argv0: str, place: str) -> ServerFault:
    if argv0.startswith("~"):
        fix = f"write the full path, no shell expands the ~: {os.path.expanduser(argv0)!r}"
    else:
        fix = _split_hint(argv0) or "correct the path, or install the program there"
    return ServerFault(f"the command {argv0!r} does not exist", where=place, fix=fix)


def _missing_name(name: str, path: str) -> ServerFault:
    elsewhere = _search(name, map(os.path.expanduser, _COMMON_PLACES))
    if elsewhere is not None:
        fix = f"write {elsewhere!r}, since desktop clients start programs with a short PATH"
    else:
        look = "where" if sys.platform == "win32" else "command -v"
        fix = _split_hint(name) or (
            f"install {name!r}, or write its full path, which `{look} {name}` shows in a terminal"
        )
    return ServerFault(f"the command {name!r} was not found on the PATH {path!r}", fix=fix)


def _split_hint(argv0: str) -> str | None:
    words = argv0.split()
    return f"write the command as a list of words: {words!r}" if len(words) > 1 else None
