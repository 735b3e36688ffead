"""Opens a page in the person's own browser, and touches nothing else of this process.

Never through a shell, and never with a stream of ours: browsers write to stdout, which in a guard
is the protocol. Only an address that is https, or on this machine, is opened.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from localguard.aside import start
from localguard.errors import SignInFault
from localguard.oauth.addresses import require_safe_url

_DETACHED: Final = 0x0000_0208
"""Windows: DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP."""

_OPENERS: Final[Mapping[str, tuple[str, ...]]] = {"darwin": ("/usr/bin/open",), "win32": ()}

_FIX: Final = "open the address yourself, or sign in with --no-browser or --device"


class SystemBrowser:
    """The browser of the person's desktop; $BROWSER comes first where it is set.

    `told` gets a sentence where it turns out later that the opener failed; it may be called from
    another thread.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str] | None = None,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._told = told

    def open(self, url: str) -> None:
        """Show the page, and come back at once. Raises SignInFault where no opener is there."""
        require_safe_url(url, what="the page", where="the browser")
        for command in commands(self._environ, url):
            if self._started(command):
                return
        if not _open_by_system(url):
            what = "no program that opens a browser is there"
            raise SignInFault(what, where="this machine", fix=_FIX)

    def _started(self, command: list[str]) -> bool:
        try:
            process = _start(command, self._environ)
        except (OSError, ValueError):
            return False
        start(lambda: self._watch(process, command[0]))
        return True

    def _watch(self, process: subprocess.Popen[bytes], name: str) -> None:
        """Wait for the opener, so that it leaves no zombie, and tell if it failed."""
        if code := process.wait():
            self._told(f"{os.path.basename(name)} could not open the page (it ended with {code})")


def commands(environ: Mapping[str, str], url: str) -> Iterator[list[str]]:
    """The commands to try, in order: those of $BROWSER, then the system's opener.

    $BROWSER is a list as the shell would split it, with "%s" in place of the address (or the
    address at the end), but no shell ever sees it.
    """
    for entry in environ.get("BROWSER", "").split(os.pathsep):
        if command := _command(entry, url):
            yield command
    for opener in _OPENERS.get(sys.platform, ("wslview", "xdg-open")):
        if (found := shutil.which(opener, path=environ.get("PATH"))) is not None:
            yield [found, url]


def _command(entry: str, url: str) -> list[str]:
    try:
        words = shlex.split(entry, posix=sys.platform != "win32")
    except ValueError:
        return []
    # A "&" at the end asks a shell for the background, where we are anyhow.
    words = words[:-1] if words[-1:] == ["&"] else words
    if not words:
        return []
    filled = [word.replace("%s", url) for word in words]
    return filled if filled != words else [*words, url]


def _start(command: list[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The program, in a session of its own: no signal and no stream of ours reaches it."""
    return subprocess.Popen(  # noqa: S603 -- a person's own opener; the address was checked
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**environ},
        cwd=os.path.abspath(os.sep),
        creationflags=_DETACHED if sys.platform == "win32" else 0,
        start_new_session=True,
    )


def _open_by_system(url: str) -> bool:
    """Windows: ask for what https is associated with, which starts no command interpreter."""
    opened = False
    if sys.platform == "win32":
        with suppress(OSError):
            os.startfile(url)  # noqa: S606 -- the address was checked
            opened = True
    return opened
