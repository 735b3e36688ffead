"""The files of clients, whose reading is loaded on a thread beside the screen when it begins."""

from collections.abc import Callable, Sequence

import anyio

from localguard.aside import aside
from localguard.console.clients.ports import Clients, Mended, Outlook, Seen


class LateClients:
    """Implements `console.clients.ports.Clients` by what `load` gives, called on a thread."""

    def __init__(self, load: Callable[[], Clients]) -> None:
        self._load = load
        self._made: Clients | None = None
        self._loading = anyio.Lock()

    def seen(self) -> Sequence[Seen] | None:
        """What was seen at the last look."""
        return None if self._made is None else self._made.seen()

    async def follow(self, news: Callable[[], None]) -> None:
        """Look now, and whenever a file has changed."""
        await (await self._loaded()).follow(news)

    async def look(self) -> None:
        """Look now, whatever has changed."""
        await (await self._loaded()).look()

    async def outlook(self, one: Seen) -> Outlook:
        """What would be written."""
        return await (await self._loaded()).outlook(one)

    async def mend(self, outlook: Outlook) -> Mended:
        """Write what was shown."""
        return await (await self._loaded()).mend(outlook)

    async def _loaded(self) -> Clients:
        async with self._loading:
            if self._made is None:
                self._made = await aside(self._load)
            return self._made
