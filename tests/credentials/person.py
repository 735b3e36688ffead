"""A person at a browser: opens what is to be opened, and follows where it leads."""

import threading
import urllib.request
from dataclasses import dataclass, field
from urllib.error import HTTPError

from localguard.oauth.asked import Asked, Settle
from localguard.oauth.authorize import authorize
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Person:
    """A way to give leave. `pages` is what the browser showed at the end, `opened` what it was sent
    to. With `stays_away` nobody comes.
    """

    timeout: float = 20.0
    stays_away: bool = False
    opened: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.opened.append(url)
        if not self.stays_away:
            thread = threading.Thread(target=self._visit, args=(url,))
            thread.start()
            self._threads.append(thread)

    def authorize(self, wire: Wire, asked: Asked, settle: Settle) -> Tokens:
        self.asked.append(asked)
        try:
            return authorize(wire, asked, self, timeout=self.timeout, settle=settle)
        finally:
            for thread in self._threads:
                thread.join()

    def _visit(self, url: str) -> None:
        try:
            with _opener.open(url, timeout=20) as answer:
                self.pages.append(answer.read().decode())
        except HTTPError as error:
            with error:
                self.pages.append(error.read().decode())
