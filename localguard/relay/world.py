"""Facts that need the world, made before policy is asked: how a text resolves as a path.

The text and what it resolves to are both recorded. Between this look and the server's use of the
path the world may change; the README says so.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from localguard.config.links import guarded
from localguard.config.paths import Places, lexical
from localguard.policy.calls import Arguments, Call, Facts, Json
from localguard.policy.conditions import reach
from localguard.policy.grants import Answer
from localguard.policy.people import Person
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Rule
from localguard.relay.path_readings import MAX_PATH, possible, sure
from localguard.relay.people import with_person

FOLDS = sys.platform in ("darwin", "win32")
"""Whether the usual volume of this system takes `A` and `a` for one name."""
MAX_NAME = 255
"""Bytes, and so at most as many characters, that a name in a folder can have on any system here."""


class Known(NamedTuple):
    """What is known of an item's definition: its marks, whether a person has reviewed the server,
    and the digests of the server's identity and of the definition.
    """

    marks: frozenset[str] | None = None
    confirmed: bool = True
    identity: str | None = None
    pin: str | None = None


UNKNOWN = Known()
_NOTHING_SEEN: Mapping[str, bool | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class World:
    """What a path is resolved against.

    `cwd` is the server's folder where the profile names it; `actual_cwd` is the folder it was
    really started in. `foreign` means that the server's files lie on another machine.
    """

    home: str
    cwd: str | None
    actual_cwd: str
    own_folders: tuple[str, ...]
    folds: bool = False
    foreign: bool = False
    _here: str = field(init=False, repr=False)
    _own: tuple[str, ...] = field(init=False, repr=False)
    _inside: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        own = tuple(os.path.realpath(folder) for folder in self.own_folders)
        inside = self._containing(own, os.path.realpath(self.actual_cwd)) is not None
        object.__setattr__(self, "_here", os.path.join(self.actual_cwd, ""))
        object.__setattr__(self, "_own", own)
        object.__setattr__(self, "_inside", inside)

    def call(
        self,
        profile: Profile | None,
        target: tuple[str, str],
        arguments: Arguments,
        *,
        at: datetime,
        client: str | None = None,
        known: Known = UNKNOWN,
        seen: Mapping[str, bool | None] = _NOTHING_SEEN,
        misfit: str | None = None,
        person: Person | None = None,
    ) -> Call:
        """A call to a server's item, with all facts fixed that the profile's rules look at."""
        server, item = target
        rules = profile.concerning(server, item) if profile else ()
        answers = _answers(profile, f"{server}/{item}")
        facts = Facts(
            at=at,
            client=client,
            marks=known.marks,
            confirmed=known.confirmed,
            identity=known.identity,
            pin=known.pin,
            seen=seen,
            misfit=misfit,
            paths=self.paths((*rules, *answers), arguments),
            folds=self.folds,
            own_folder=self.own_folder(arguments),
        )
        if person is not None:
            facts = with_person(facts, person, rules)
        return Call(server, item, arguments, facts)

    def paths(
        self, looking: Iterable[Rule | Answer], arguments: Arguments
    ) -> dict[str, str | None]:
        """Each text that a path condition of these looks at, roots included, resolved."""
        texts: set[str] = set()
        for one in looking:
            texts |= one.roots
            for path in one.path_arguments:
                texts.update(leaf for leaf in reach(arguments, path) if isinstance(leaf, str))
        return {text: self.resolve(text, self.cwd) for text in texts}

    def resolve(self, text: str, cwd: str | None) -> str | None:
        """The absolute path without `..` and links that a text names, or None for doubt."""
        plain = sure(text, self.home)
        if plain is None or (cwd is None and not os.path.isabs(plain)):
            return None
        plain = os.path.join(cwd or "", plain)
        if self.foreign:
            return lexical(plain)
        ends = self._ends(plain)
        return ends.pop() if len(ends) == 1 else None

    def own_folder(self, arguments: Json) -> str | None:
        """Localguard's own folder that some text among the arguments resolves into."""
        if self.foreign:
            return None
        for text in _texts(arguments):
            for reading in possible(text, self.home) if self._names_a_path(text) else ():
                for end in self._ends(os.path.join(self.actual_cwd, reading)):
                    if found := self._containing(self._own, end):
                        return found
        return None

    def _ends(self, path: str) -> set[str]:
        """Where an absolute path leads: for the kernel, and for who takes `..` out by the words.

        The two differ where a link stands before a `..`. Empty where the system refuses the path.
        """
        if len(path) > MAX_PATH:
            # Too long for the kernel, but not for a server that shortens it first.
            path = os.path.normpath(path)
            if len(path) > MAX_PATH:
                return set()
        try:
            ends = {os.path.realpath(path)}
            return ends | {os.path.realpath(os.path.normpath(path))} if ".." in path else ends
        except (OSError, ValueError):
            return set()

    def _names_a_path(self, text: str) -> bool:
        # A bare word only leads elsewhere if something of that name lies in the server's folder.
        word = text.strip()
        if not word or "\0" in word:
            return False
        if self._inside or _looks_like_a_path(word):
            return True
        return len(word) <= MAX_NAME and os.path.lexists(self._here + word)

    def _containing(self, folders: Iterable[str], path: str) -> str | None:
        shown = path.casefold() if self.folds else path
        for folder in folders:
            root = folder.casefold() if self.folds else folder
            if shown == root or shown.startswith(root + os.sep):
                return folder
        return None


def _answers(profile: Profile | None, target: str) -> tuple[Answer, ...]:
    if profile is None or not profile.answers:
        return ()
    return tuple(one for one in profile.answers if one.target == target)


def world_of(where: Places, table: ServerTable | None, cwd: str | None, actual_cwd: str) -> World:
    """The world of a server: `cwd` as its profile names it, `actual_cwd` where it names none."""
    return World(
        home=where.home,
        cwd=cwd,
        actual_cwd=cwd or actual_cwd,
        own_folders=guarded(where),
        folds=FOLDS,
        foreign=table is not None and (table.foreign_paths or table.url is not None),
    )


def _looks_like_a_path(word: str) -> bool:
    if "/" in word or "\\" in word or "~" in word:
        return True
    return word in (".", "..") or word[:5].lower() == "file:"


def _texts(value: Json) -> Iterator[str]:
    """Every text in the arguments; a key can name a path as well as a value can."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
