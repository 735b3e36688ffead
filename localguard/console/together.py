"""The guards that are there when a console starts, shown at once and the oldest request first.

Each is heard at its own pace; whoever takes too long is not waited for, and comes later.
"""

from collections.abc import Callable, Iterable, Mapping

import anyio

from localguard.control.messages import Snapshot


class Together:
    """Collects what the first guards say. `show` takes it all at once, and each later one alone."""

    def __init__(
        self, guards: Iterable[str], show: Callable[[Mapping[str, Snapshot]], None]
    ) -> None:
        self._expected = set(guards)
        self._show = show
        self._heard: dict[str, Snapshot] = {}
        self._shown = anyio.Event()
        if not self._expected:
            self._shown.set()

    async def arrive(self, guard: str, snapshot: Snapshot) -> None:
        """Take what a guard says, and return when it is shown."""
        self._heard[guard] = snapshot
        self.without(guard)
        await self._shown.wait()

    def without(self, guard: str) -> None:
        """Wait for this guard no longer."""
        self._expected.discard(guard)
        if not self._expected:
            self.show()

    async def shown(self) -> None:
        """Return when the first guards are shown."""
        await self._shown.wait()

    def show(self) -> None:
        """Wait for nobody any more."""
        self._expected.clear()
        if self._heard:
            self._show(self._heard)
            self._heard = {}
        self._shown.set()
