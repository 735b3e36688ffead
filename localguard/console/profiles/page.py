"""The screen of profiles: which there are, which is in force, what is wrong, what was edited."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final

from textual import on
from textual.content import Content
from textual.events import Key, ScreenResume

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.hub import Picture
from localguard.console.keys import Command
from localguard.console.panes.lines import Line, told
from localguard.console.panes.split import Row, Split, columns
from localguard.console.profiles.change import AcceptPage, Deed, SwitchPage
from localguard.console.profiles.colors import shade
from localguard.console.profiles.ports import Entry, Listed, Profiles
from localguard.console.profiles.told import told_of
from localguard.console.services import Surroundings, Told
from localguard.telling.counts import count

_NAME: Final = 18
_COLOR: Final = 8
_STATE: Final = 12
_PERIOD: Final = 2.0
"""Seconds between two looks at the files: they are edited beside the console."""


class ProfilesPage(Split):
    """Profiles. What would change is shown first, on a screen of its own."""

    WORD: ClassVar[str] = "profiles"

    def __init__(self, around: Surroundings, profiles: Profiles) -> None:
        super().__init__(around)
        self._profiles = profiles
        self._listed = Listed()

    def own_commands(self) -> Sequence[Command]:
        """To switch and to accept: both look first."""
        return (
            Command(
                "u", "use", lambda _: self._switch(), self._can_use, more="see what it changes"
            ),
            Command("a", "accept edits", lambda _: self._accept(), self._can_accept),
            Command("r", "read again", self._read_files, quiet=True),
        )

    def describe(self, key: str | None) -> Sequence[Line]:
        """The profile of the marked line."""
        entry = self._entry(key)
        if entry is None:
            folder = self.around.services.places.profiles
            return told(("There are no profiles.", f"Fix: create {folder}/NAME.toml"))
        return told(told_of(entry))

    @on(ScreenResume)
    def _begin_looking(self) -> None:
        self._read_files()

    def on_mount(self) -> None:
        """Look at the files now and then, while this is on the screen."""
        self.set_interval(_PERIOD, self._look_again)

    def _look_again(self) -> None:
        if self.is_current:
            self._read_files()

    def _read_files(self, _: Key | None = None) -> None:
        self.work(self._take, "files")

    async def _take(self) -> None:
        self._listed = await self._profiles.listed()
        entries = self._listed.entries
        broken = sum(bool(entry.faults) for entry in entries)
        edited = sum(entry.acceptance == "changed" for entry in entries)
        self.head(
            Content.assemble(
                count(len(entries), "profile"),
                (f", {broken} with faults" if broken else "", "$error"),
                (f", {edited} edited since accepted" if edited else "", "$warning"),
                ("  ✗ ", "$error") if self._listed.fault else "",
                content(self._listed.fault or "", 200, "$error"),
            )
        )
        self.fill([Row(_shown(entry), entry.name) for entry in entries])

    def _entry(self, key: str | None) -> Entry | None:
        return next((one for one in self._listed.entries if one.name == key), None)

    def _can_use(self) -> bool:
        entry = self._entry(self.marked)
        return entry is not None and not entry.faults and not entry.active

    def _can_accept(self) -> bool:
        entry = self._entry(self.marked)
        return entry is not None and entry.acceptance in ("changed", "used")

    def _switch(self) -> None:
        if self.marked is not None:
            self.work(lambda: self._look_at_switch(self.marked or ""), "look")

    def _accept(self) -> None:
        if self.marked is not None:
            self.work(lambda: self._look_at_edit(self.marked or ""), "look")

    async def _look_at_switch(self, name: str) -> None:
        seen = await self._profiles.switching(name)
        if seen.refused is not None:
            self.say(Told(False, seen.refused))
        elif self.is_current:
            self.say(EMPTY)
            question = f"Switch from {seen.before or 'no profile'} to {name}? This is what changes."
            deed = Deed("u", f"use {name}", question, self._profiles.use, typed=False)
            _ = self.app.push_screen(SwitchPage(self.around, seen, deed, self._told))

    async def _look_at_edit(self, name: str) -> None:
        seen = await self._profiles.accepting(name)
        if seen.refused is not None:
            self.say(Told(False, seen.refused))
        elif self.is_current:
            self.say(EMPTY)
            question = f"Accept what was edited in {name}?"
            deed = Deed("a", "accept", question, self._profiles.accept, typed=True)
            _ = self.app.push_screen(AcceptPage(self.around, seen, deed, self._told))

    def _told(self, what: Told) -> None:
        self.say(what)
        self._read_files()

    def changed(self, picture: Picture) -> None:
        """The guards have no say here but in what a switch changes."""


def profiles_page(profiles: Profiles) -> Callable[[Surroundings], ProfilesPage]:
    """How the console makes this screen."""
    return lambda around: ProfilesPage(around, profiles)


def _shown(entry: Entry) -> Content:
    paint = shade(entry.color)
    return columns(
        (plain("▶" if entry.active else " ", paint), 1),
        (plain("■ ", paint) + content(entry.name, _NAME, "bold" if entry.active else ""), _NAME),
        (_state(entry), _STATE),
        (plain(entry.color, QUIET), _COLOR),
        *((cell, 0) for cell in _more(entry)),
    )


def _state(entry: Entry) -> Content:
    if entry.faults:
        return plain(f"✗ {count(len(entry.faults), 'fault')}", "$error bold")
    if entry.acceptance == "changed":
        return plain("! EDITED", "$warning bold")
    if entry.active:
        return plain("ACTIVE", "bold")
    return plain("never used" if entry.acceptance == "unused" else "", QUIET)


def _more(entry: Entry) -> Iterator[Content]:
    if not entry.faults:
        counted = f"{count(entry.rules, 'rule')}, {count(len(entry.servers), 'server')}"
        yield plain(counted, QUIET)
    if entry.managed:
        yield plain("managed", "$warning")
