"""Signing in with a browser elsewhere: the address is printed, and where it ended is pasted back.

The browser of another machine ends at a page of `127.0.0.1` that it cannot load; the address of it
has the answer in it, and goes the way of any redirect. Meanwhile the listener goes on, as a tunnel
(`ssh -L`) may bring the redirect here after all.
"""

from typing import Protocol, TextIO

from localguard.errors import SignInFault
from localguard.oauth.addresses import require_safe_url
from localguard.oauth.browser import Browser
from localguard.text import safe


class Lines(Protocol):
    """Where a person types (`oauth.terminal_line.TerminalLines`)."""

    def line(self) -> str | None:
        """The next line; None where no more will come. Blocks."""
        ...

    def close(self) -> None:
        """No line is awaited any more."""
        ...


class PastedRedirect:
    """A `Pasting` browser: `out` gets what a person is to read, `lines` what they bring.

    With `browser` that one is tried first, and the address printed all the same. `why` says as a
    clause why no browser is opened here.
    """

    def __init__(
        self, out: TextIO, lines: Lines, *, browser: Browser | None = None, why: str = ""
    ) -> None:
        self._out = out
        self._lines = lines
        self._browser = browser
        self._why = why

    def open(self, url: str) -> None:
        """Print the address, and how to come back. Raises SignInFault for one that is not safe."""
        require_safe_url(url, what="the page", where="the browser")
        begins = "If no page opens, open" if self._browser else "Open"
        why = f"No browser is opened here: {safe(self._why)}.\n" if self._why else ""
        self._print(
            f"{why}{begins} this address in a browser:\n\n  {url}\n\n"
            "It ends at an address that begins with http:// and this machine. If that page\n"
            "cannot be loaded, copy its whole address from the browser and paste it here:"
        )
        if self._browser is not None:
            try:
                self._browser.open(url)
            except SignInFault as fault:
                # The address is there to be opened by hand.
                self._print(f"No page was opened: {safe(fault.what)}.")

    def pasted(self) -> str | None:
        """The next address that a person brings; None where no more will come. Blocks."""
        line = self._lines.line()
        while line is not None and not line.strip():
            line = self._lines.line()
        return line

    def refuse(self, words: str) -> None:
        """Say that what was brought is not it."""
        self._print(f"{safe(words)}\nPaste the whole address, or press Ctrl-C to give up:")

    def close(self) -> None:
        """No address is awaited any more."""
        self._lines.close()

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)
