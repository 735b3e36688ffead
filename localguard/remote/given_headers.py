"""The headers that the profile gives to a server, with their secrets in place."""

from collections.abc import Mapping

import anyio

from localguard.errors import LocalguardError
from localguard.remote.connection import request
from localguard.remote.ports import Headers, Unanswered
from localguard.text import safe


class GivenHeaders:
    """Loaded when they are first needed, once for all that ask."""

    def __init__(self, load: Headers) -> None:
        self._load = load
        self._lock = anyio.Lock()
        self._loaded: Mapping[str, str] | None = None

    async def all(self) -> Mapping[str, str]:
        """The headers by their names. Raises Unanswered."""
        if self._loaded is None:
            async with self._lock:
                if self._loaded is None:
                    self._loaded = await self._found()
        return self._loaded

    async def _found(self) -> Mapping[str, str]:
        try:
            given = await self._load()
        except LocalguardError as fault:
            raise Unanswered.of(fault) from None
        for name, value in given.items():
            try:
                request("GET", "/", [("Host", "localhost"), (name, value)], b"")
            except ValueError:
                raise Unanswered(
                    f"the value of the header {safe(name, 80)} cannot stand in one",
                    fix="remove line ends and letters beyond ASCII from it",
                ) from None
        return given
