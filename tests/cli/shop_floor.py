"""A home with one server named `shop`, whose definitions a test changes, and reviews of it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localguard.audit.records import Pin as PinRecord
from localguard.cli.exits import Exit
from localguard.cli.review import Talk, review
from localguard.cli.visits import store_of
from localguard.config.paths import Places
from localguard.pinning.store import PinStore
from localguard.policy.pins import Account, Definition, Family, Greeting, Identity, Pin
from tests.config.makers import choose, places_in, put
from tests.ways.shops import Message, Shelves

MONDAY = "2026-11-23T12:00:00+00:00"
TUESDAY = "2026-11-24T12:00:00+00:00"


def words(argv: list[str]) -> str:
    """A command as a profile has it."""
    return ", ".join(f'"{word}"' for word in argv)


class Floor:
    """The places, the store and the shelves of the shop."""

    def __init__(self, folder: Path) -> None:
        self.where: Places = places_in(folder)
        self.shelves = Shelves(folder / "shop.json")
        self.identity = Identity(tuple(self.shelves.argv))
        put(self.where, "work", self.profile())
        choose(self.where, "work")

    def profile(self, more: str = "") -> str:
        """The profile that starts the shop."""
        argv = words(self.shelves.argv)
        return f"version = 1\n{more}\n[servers.shop]\ncommand = [{argv}]\n"

    @property
    def store(self) -> PinStore:
        """The pins."""
        return store_of(self.where)

    def account(self, *tools: Message, said: str | None = "use it") -> Account:
        """What the shop says with these tools."""
        found = [Definition(Family.TOOL, one["name"], one) for one in tools]
        greeting = Greeting({"name": "shop", "version": "1"}, said)
        return Account(self.identity, greeting, {one.item: one for one in found}, frozenset(Family))

    def pin(
        self, *tools: Message, confirmed: str | None = None, said: str | None = "use it"
    ) -> Pin:
        """Pin these tools on Monday."""
        pin = Pin(self.account(*tools, said=said), MONDAY, confirmed)
        (before,) = self.store.read("shop") or (None,)
        self.store.put("shop", pin, before)
        return pin

    @property
    def pinned(self) -> Pin:
        """The one pin of the shop."""
        (found,) = self.store.read("shop") or ()
        return found


@dataclass
class Reviewed:
    """What came of a review."""

    code: Exit
    text: str
    questions: list[str]
    records: list[PinRecord]


@dataclass
class Person:
    """Who answers: no to the questions that hold one of these words, else yes."""

    refusing: tuple[str, ...] = ()
    questions: list[str] = field(default_factory=list)

    def answer(self, question: str) -> bool:
        self.questions.append(question)
        return not any(word in question for word in self.refusing)


def reviewed(
    floor: Floor,
    *refusing: str,
    server: str = "shop",
    profile: str | None = None,
    lines: Sequence[str] | None = None,
) -> Reviewed:
    """A review on Tuesday; with `lines`, which are typed, it begins with a first look at marks."""
    person, out, records = Person(refusing), io.StringIO(), list[PinRecord]()
    typing = iter(lines or ())

    def line(question: str) -> str:
        person.questions.append(question)
        return next(typing, "")

    asked = None if lines is None else line
    talk = Talk(out, person.answer, records.append, lambda: TUESDAY, asked)
    code = review(floor.where, server, profile, talk)
    return Reviewed(code, out.getvalue(), person.questions, records)
