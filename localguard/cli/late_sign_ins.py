"""Sign-ins that are loaded when the first of them is asked for, on a thread beside the screen.

What speaks with providers takes a third of a second to load, for which a screen would stand still.
"""

from collections.abc import Callable, Sequence

import anyio

from localguard.aside import aside
from localguard.console.sign_ins import Back, SignIns, Tell, Way
from localguard.control.messages import RequestView
from localguard.oauth.surroundings import why_no_browser
from localguard.telling.people import SignInView
from localguard.telling.server_tokens import ServerView
from localguard.telling.signing_out import SignedOut


def ways_from_here(why_not: str | None) -> Sequence[Way]:
    """The ways there are from a terminal, the best first; `why_not` says why no browser opens."""
    return ("elsewhere", "device") if why_not else ("browser", "elsewhere", "device")


class LateSignIns:
    """Implements `console.sign_ins.SignIns` by what `load` gives, which is called on a thread."""

    def __init__(self, load: Callable[[], SignIns]) -> None:
        self._load = load
        self._made: SignIns | None = None
        self._loading = anyio.Lock()

    def ways(self) -> Sequence[Way]:
        """The ways there are from this terminal, the best first."""
        return ways_from_here(why_no_browser())

    async def known(self) -> Sequence[SignInView | ServerView]:
        """Everything there is to list."""
        return await (await self._loaded()).known()

    async def sign_in(self, profile: str, way: Way, tell: Tell) -> Back:
        """Sign in as a profile asks for it."""
        return await (await self._loaded()).sign_in(profile, way, tell)

    async def sign_in_to(self, profile: str, server: str, way: Way, tell: Tell) -> Back:
        """Have a token for a server of a profile."""
        return await (await self._loaded()).sign_in_to(profile, server, way, tell)

    async def prove(self, request: RequestView, way: Way, tell: Tell) -> Back:
        """Sign in anew for one request."""
        return await (await self._loaded()).prove(request, way, tell)

    async def sign_out(self, profile: str) -> SignedOut:
        """Sign out of a profile's provider."""
        return await (await self._loaded()).sign_out(profile)

    async def open(self, url: str) -> Back:
        """Show a page in a browser."""
        return await (await self._loaded()).open(url)

    async def _loaded(self) -> SignIns:
        # One for all, so that a keyring that is locked asks a person once.
        async with self._loading:
            if self._made is None:
                self._made = await aside(self._load)
        return self._made
