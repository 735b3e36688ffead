"""The person's own editor, on a file of theirs, in the terminal that this command has."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from localguard.errors import UsageFault

_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {"win32": ("notepad.exe",)}
_OTHERS: Final = ("sensible-editor", "nano", "vim", "vi")
_FIX: Final = "set EDITOR to your editor, as in: export EDITOR=nano"

Edit = Callable[[str], None]
"""Opens a file, and comes back once the person has closed it. Raises UsageFault."""


def editor_command(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> list[str]:
    """The words of $VISUAL, else of $EDITOR, else an editor that is here. Raises UsageFault."""
    for variable in ("VISUAL", "EDITOR"):
        if (told := environ.get(variable, "").strip()) != "":
            return _words(variable, told, platform)
    for name in _KNOWN.get(platform, _OTHERS):
        if (found := shutil.which(name, path=environ.get("PATH"))) is not None:
            return [found]
    raise UsageFault("no editor is known here", fix=_FIX)


def edit(path: str) -> None:
    """Have the person edit a file. Raises UsageFault where that fails."""
    command = editor_command()
    try:
        # Words and no shell: nothing in a path or a variable is more than a word.
        process = subprocess.Popen([*command, path])  # noqa: S603 -- the person's own editor
    except (OSError, ValueError) as error:
        what = f"{command[0]} does not start ({getattr(error, 'strerror', None) or error})"
        raise UsageFault(what, fix=_FIX) from error
    with _undisturbed():
        code = process.wait()
    if code != 0:
        what = f"{command[0]} ended with {code}, so what it left is not looked at"
        raise UsageFault(what, where=path, fix="try again, or: localguard profile accept")


def _words(variable: str, told: str, platform: str) -> list[str]:
    """As a shell would take them apart; on Windows a backslash is a part of a path."""
    windows = platform == "win32"
    try:
        words = shlex.split(told, posix=not windows)
    except ValueError as error:
        what = f"${variable} cannot be read: a quotation mark is not closed"
        raise UsageFault(what, fix=_FIX) from error
    return [one.strip('"') for one in words] if windows else words


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C is the editor's, which was started before and has its own way with it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
