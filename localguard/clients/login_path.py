"""The PATH that a person's terminal has, to be stored with each server that a guard starts.

Desktop clients have a short one (on macOS /usr/bin:/bin:/usr/sbin:/sbin), and do not find npx.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from localguard.clients.program import unstable

_MARK: Final = "localguard-path:"
_SECONDS: Final = 5.0


def login_path(environ: Mapping[str, str]) -> str:
    """What a new login shell has, then what this process has besides, absolute folders only."""
    here = environ.get("PATH", "")
    folders = [*_of_shell(environ).split(os.pathsep), *here.split(os.pathsep)]
    return os.pathsep.join(dict.fromkeys(filter(_lasts, folders)))


def _of_shell(environ: Mapping[str, str]) -> str:
    shell = environ.get("SHELL", "")
    if sys.platform == "win32" or not os.path.isabs(shell):
        return ""
    said = f'printf "{_MARK}%s\\n" "$PATH"'
    # A shell that asks something, or is none, must not hold this up.
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        ended = subprocess.run(  # noqa: S603 -- the person's own shell
            [shell, "-l", "-c", said],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            env=dict(environ),
            check=True,
        )
        return _marked(ended.stdout.decode("utf-8", "replace").splitlines())
    return ""


def _marked(lines: Iterable[str]) -> str:
    found = [line.removeprefix(_MARK) for line in lines if line.startswith(_MARK)]
    return found[-1] if found else ""


def _lasts(folder: str) -> bool:
    """Whether a folder is one everywhere, and will be there tomorrow."""
    whole = os.path.isabs(folder) and "\ufffd" not in folder
    return whole and unstable(os.path.join(folder, "program")) is None
