"""The hub as screens see it: the picture that was delivered last, and the way to answer.

To take a picture of the guards' hub is to say that it was seen, so the console alone takes them;
a screen that took one would keep the news in it from all others.
"""

from collections.abc import Sequence

from localguard.console.hub import Held, Hub, Picture
from localguard.control.messages import Match, Reply, Scope, Surface


class Latest:
    """A `Hub` whose picture is the one that was delivered last."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._picture = hub.picture()

    async def next(self) -> Picture:
        """Wait for news and take it. For the console alone."""
        await self._hub.changed()
        self._picture = self._hub.picture()
        return self._picture

    def picture(self) -> Picture:
        """Everything as it was delivered last."""
        return self._picture

    async def changed(self) -> None:
        """Return when there is news that was not delivered yet."""
        await self._hub.changed()

    async def decide(
        self,
        held: Held,
        *,
        allow: bool,
        scope: Scope = "once",
        match: Match = "exact",
        kept: Sequence[str] = (),
        reason: str | None = None,
        arguments: str | None = None,
        receipt: str | None = None,
        surface: Surface = "console",
    ) -> Reply:
        """Answer a request as it was shown."""
        return await self._hub.decide(
            held,
            allow=allow,
            scope=scope,
            match=match,
            kept=kept,
            reason=reason,
            arguments=arguments,
            receipt=receipt,
            surface=surface,
        )

    async def stop(self, held: Held) -> Reply:
        """Stop an allowed call that is still `sending`."""
        return await self._hub.stop(held)
