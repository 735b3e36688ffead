"""What `init` asks of the marks of servers that it has just pinned, and what a yes to that is."""

from dataclasses import replace
from pathlib import Path

import pytest

from localguard.audit.records import Pin as PinRecord
from localguard.cli.init_marks import QUESTION, Marks
from localguard.pinning.store import PinStore
from localguard.policy.calls import Json
from localguard.policy.pins import Account, Definition, Family, Identity, Pin
from tests.cli.persons import Visitor
from tests.config.makers import places_in

MONDAY = "2026-11-23T12:00:00+00:00"
TUESDAY = "2026-11-24T12:00:00+00:00"
READ: Json = {"readOnlyHint": True, "openWorldHint": False}


class Stand:
    """A home with pins, and someone who is asked about them."""

    def __init__(self, folder: Path) -> None:
        self.where = places_in(folder)
        self.visitor = Visitor(self.where)
        self.store = PinStore(self.where.pins)
        self.said: list[str] = []

    def pin(self, server: str, *tools: str, about: str = "Reads.", at: str | None = None) -> Pin:
        """Pin tools of a server on Monday."""
        pin = Pin(account(server, *tools, about=about), MONDAY, at)
        self.store.put(server, pin, None)
        return pin

    @property
    def marks(self) -> Marks:
        """As `init` has them."""
        person, typed = self.visitor.person, self.visitor.typed
        why = person.refused()
        return Marks(self.store, person, why, typed, self.said.extend, lambda: TUESDAY, 80)

    def ask(self, *lines: str) -> str:
        """Ask about all that is pinned, and what was said."""
        self.visitor.lines = [*lines]
        self.marks.ask(self.store.names())
        return "\n".join(self.said)

    def confirmed(self, server: str) -> str | None:
        """When the one pin of a server was confirmed."""
        (pin,) = self.store.read(server) or ()
        return pin.confirmed


def account(server: str, *tools: str, about: str = "Reads.") -> Account:
    """What a server says with these tools."""
    bodies: list[dict[str, Json]] = [
        {"name": name, "description": about, "annotations": READ} for name in tools
    ]
    found = [Definition(Family.TOOL, str(body["name"]), body) for body in bodies]
    identity = Identity((f"/bin/{server}",))
    return Account(identity, None, {one.item: one for one in found}, frozenset(Family))


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_one_yes_confirms_what_was_shown_of_each(stand: Stand) -> None:
    """As `server review` does, each with its record."""
    pins = {name: stand.pin(name, f"look_{name}") for name in ("files", "git")}
    said = stand.ask("y")
    assert "  files\n    reads        look_files (1)" in said
    assert "Reads." not in said
    assert len(stand.visitor.questions) == 1
    assert {name: stand.confirmed(name) for name in pins} == {"files": TUESDAY, "git": TUESDAY}
    records = [one for one in stand.visitor.records if isinstance(one, PinRecord)]
    digests = [(name, pin.account.digest) for name, pin in pins.items()]
    assert [(one.server, one.new) for one in records] == digests
    assert stand.marks.unreviewed(pins) == {}


def test_the_texts_are_shown_with_l_and_it_is_asked_again(stand: Stand) -> None:
    """Promise: the texts are one key away."""
    stand.pin("files", "look")
    assert "description: Reads." in stand.ask("l", "n")
    assert [one.startswith(QUESTION) for one in stand.visitor.questions] == [True, True]
    assert stand.confirmed("files") is None


@pytest.mark.parametrize("lines", [(), ("n",), ("what",)])
def test_all_but_a_yes_leaves_them(stand: Stand, lines: tuple[str, ...]) -> None:
    """No answer, a no and a word that is neither: none of them is a yes."""
    stand.pin("files", "look")
    stand.ask(*lines)
    assert (stand.confirmed("files"), stand.visitor.records) == (None, [])
    assert [*stand.marks.unreviewed(["files"])] == ["files"]


def test_a_server_with_a_warning_is_left_to_a_review_of_its_own(stand: Stand) -> None:
    """Attack: hidden text rides along with the yes to honest servers."""
    stand.pin("evil", "peek", about="Reads.\u200b")
    stand.pin("files", "look")
    said = stand.ask("y")
    assert "! peek: hidden characters in description" in said
    assert "evil: not asked about here" in said
    assert "localguard server review evil" in said
    assert (stand.confirmed("evil"), stand.confirmed("files")) == (None, TUESDAY)


def test_where_all_have_warnings_nothing_is_asked(stand: Stand) -> None:
    """The same tool in two servers is a thing to look at twice."""
    stand.pin("one", "look")
    stand.pin("two", "look")
    assert "one, two: not asked about here" in stand.ask("y")
    assert stand.visitor.questions == []


def test_what_a_guard_has_seen_otherwise_is_left_to_a_review(stand: Stand) -> None:
    """Attack: the pin is harmless, and what the server says now is not."""
    stand.pin("files", "look")
    stand.store.note("files", account("files", "look", "wipe"), TUESDAY)
    stand.store.put("files", Pin(replace(account("x", "y")), MONDAY), None)
    assert "server review files" in stand.ask("y")
    assert stand.visitor.questions == []


def test_what_was_reviewed_is_not_asked_again(stand: Stand) -> None:
    """Questions without need teach people to say yes."""
    stand.pin("files", "look", at=MONDAY)
    assert stand.ask("y") == ""
    assert stand.confirmed("files") == MONDAY


def test_only_a_person_is_asked(stand: Stand) -> None:
    """Attack: a model runs `init` in a terminal that it made itself."""
    stand.pin("files", "look")
    stand.visitor.may = False
    assert "open a terminal of your own" in stand.ask("y")
    assert (stand.confirmed("files"), stand.visitor.questions) == (None, [])


def test_what_cannot_be_recorded_is_not_confirmed(stand: Stand) -> None:
    """Promise: no choice counts that the audit log does not have."""
    stand.pin("files", "look")
    stand.visitor.deaf = True
    assert "the audit log cannot be written" in stand.ask("y")
    assert stand.confirmed("files") is None


def test_what_changes_while_the_person_reads_is_not_confirmed(stand: Stand) -> None:
    """Attack: the pin is changed between the look and the yes."""
    shown = stand.pin("files", "look")

    def typed(_: str) -> str:
        stand.store.put("files", replace(shown, account=account("files", "look", "wipe")), shown)
        return "y"

    marks = replace(stand.marks, line=typed)
    marks.ask(["files"])
    assert "changed while they were reviewed" in "\n".join(stand.said)
    assert stand.confirmed("files") is None


def test_pins_that_cannot_be_read_are_left_to_a_review(stand: Stand) -> None:
    """Fail closed: what was pinned is not known."""
    stand.pin("files", "look")
    Path(stand.store.path("files")).write_text("x")
    assert "localguard server review files" in stand.ask("y")
