"""The switches for all guards of a person: lockdown and silence, chosen beside the screen.

Whoever likes may tighten; to loosen takes a person, and what cannot be recorded is not loosened.
"""

from collections.abc import Callable
from contextlib import suppress

from anyio import to_thread

from localguard.audit.records import Chosen
from localguard.config.choice import Choice, Key
from localguard.config.paths import Places
from localguard.config.switches import Told as Recorded
from localguard.config.switches import lock, silence
from localguard.console.panes.person import Person
from localguard.console.services import Told
from localguard.errors import LocalguardError

Turn = Callable[[Places, Key, Recorded, bool], Choice]


class AllGuards:
    """`Switches` over the sealed choice."""

    def __init__(self, places: Places, person: Person) -> None:
        self._places = places
        self._person = person

    async def lockdown(self, *, on: bool) -> Told:
        """Deny every call, or end that."""
        words = "lockdown: every call is denied" if on else "lockdown is over: the profile decides"
        return await self._turn("lockdown", _lock, words, on=on)

    async def silent(self, *, on: bool) -> Told:
        """Hold at once whatever would be asked, or end that."""
        words = "silent: what is asked is held at once" if on else "calls wait for you again"
        return await self._turn("silent", _silence, words, on=on)

    async def _turn(self, what: str, turn: Turn, words: str, *, on: bool) -> Told:
        return await to_thread.run_sync(self._turned, what, turn, words, on)

    def _turned(self, what: str, turn: Turn, words: str, on: bool) -> Told:
        refusal = None if on else self._person.refusal()
        if refusal is not None:
            return Told(False, f"{what} stays on: {refusal}")
        record = Chosen(what=what, value="on" if on else "off", who=self._person.who)

        def told() -> None:
            if on:
                # What tightens waits for nothing.
                with suppress(LocalguardError):
                    self._person.record(record)
            else:
                self._person.record(record)

        try:
            turn(self._places, self._person.key, told, on)
        except LocalguardError as fault:
            return Told(False, fault.explain())
        return Told(True, words)


def _lock(places: Places, key: Key, told: Recorded, on: bool) -> Choice:
    return lock(places, key, told, on=on)


def _silence(places: Places, key: Key, told: Recorded, on: bool) -> Choice:
    return silence(places, key, told, on=on)
