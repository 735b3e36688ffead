"""The person's browser, for a sign-in from the console: what there is to read goes to its screen.

The sign-in runs on a thread of its own; what it has to tell goes through `tell`, which may be
called from any thread. Nothing here prints: the terminal is the console's.
"""

import io
import queue
from collections.abc import Callable
from threading import Event

from localguard.console.sign_ins import Visit
from localguard.errors import SignInFault
from localguard.oauth.browser import Browser
from localguard.oauth.opener import SystemBrowser

Tell = Callable[[Visit], None]


class Said(io.StringIO):
    """What a command prints, in two parts: until the person is sent to a browser, and after."""

    def __init__(self) -> None:
        super().__init__()
        self._parted: int | None = None

    def before(self) -> str:
        """What was printed until this was first asked."""
        if self._parted is None:
            self._parted = len(self.getvalue())
        return self.getvalue()[: self._parted].strip()

    def after(self) -> str:
        """What was printed since, on one line."""
        return " ".join(self.getvalue()[self._parted or 0 :].split())


class Here:
    """A browser that opens here. The address is shown with it, for where it shows nothing.

    `stop` says that the person has given up: then nothing is opened any more.
    """

    def __init__(self, tell: Tell, stop: Event, browser: Browser | None = None) -> None:
        self._tell = tell
        self._stop = stop
        self._url = ""
        self._browser = browser or SystemBrowser(told=self._failed)

    def open(self, url: str) -> None:
        """Show the page. Raises SignInFault where no opener is there, or it was given up."""
        if self._stop.is_set():
            raise SignInFault("the sign-in was given up", fix="begin it again")
        self._url = url
        self._browser.open(url)
        self._tell(Visit(url, opened=True))

    def _failed(self, said: str) -> None:
        """The opener gave up later; the page can be opened by hand all the same."""
        self._tell(Visit(self._url, said=f"{said[:1].upper()}{said[1:]}."))


class Elsewhere:
    """A browser that the person opens wherever they are. Implements `oauth.browser.Pasting`."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._url = ""
        self._brought: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def open(self, url: str) -> None:
        """Show the address, and take what is pasted from now on."""
        self._url = url
        self._show("")

    def pasted(self) -> str | None:
        """The next address that the person brings; None once none is awaited any more."""
        return self._brought.get()

    def refuse(self, words: str) -> None:
        """Say that what was brought is not it."""
        self._show(f"That is not it: {words}")

    def close(self) -> None:
        """No address is awaited any more."""
        self._brought.put(None)

    def _show(self, said: str) -> None:
        self._tell(Visit(self._url, said=said, paste=self._brought.put))


class OnDevice:
    """A code for another device, line by line as it is told."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._lines: list[str] = []

    def show(self, line: str) -> None:
        """One more line to read. What ends it here is another key than in a terminal."""
        self._lines.append(line.replace("Ctrl-C gives up", "esc gives up"))
        self._tell(Visit(None, said="\n".join(self._lines)))
