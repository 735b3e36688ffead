"""The first look at a server that nobody has reviewed: marks on a few lines, and y, N or l."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.cli.exits import Exit
from localguard.cli.first_look import yes_after_looking
from localguard.cli.review import Talk, review_each
from localguard.errors import UsageFault
from localguard.policy.pins import Identity, Pin
from tests.cli.shop_floor import MONDAY, TUESDAY, Floor, reviewed
from tests.ways.shops import tool

READS = {"readOnlyHint": True, "openWorldHint": False}
ASKED = "The texts were not shown; l looks at them. [y/N/l] "


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    return Floor(tmp_path)


def test_marks_are_shown_and_the_texts_only_with_l(floor: Floor) -> None:
    """Promise: hundreds of lines are read by whoever wants to, and are one key away."""
    floor.shelves.tools(tool("look", annotations=READS))
    floor.pin(tool("look", annotations=READS))
    short = reviewed(floor, lines=["n"])
    assert (short.code, floor.pinned.confirmed) == (Exit.FAILURE, None)
    assert "  shop\n    reads        look (1)" in short.text
    assert "Reads a file." not in short.text
    assert short.questions[0].endswith(ASKED)
    whole = reviewed(floor, lines=["l", "L", "y"])
    assert whole.text.count("Reads a file.") == 2
    assert (whole.code, floor.pinned.confirmed) == (Exit.OK, TUESDAY)
    (record,) = whole.records
    assert record.new == floor.pinned.account.digest


def test_whoever_is_warned_is_shown_the_texts(floor: Floor) -> None:
    """Attack: a yes to marks alone would be a yes to text that nobody can see."""
    floor.shelves.tools(tool("look", "fine\u200b", annotations=READS))
    done = reviewed(floor, lines=["y"])
    assert "! look: hidden characters in description" in done.text
    assert "fine\\u{200b}" in done.text
    assert done.questions == ["Confirm all of this (1 tool)?"]


def test_instructions_with_hidden_characters_are_warned_of(floor: Floor) -> None:
    """Attack: they are a prompt, too."""
    floor.shelves.tools(tool("look", annotations=READS))
    floor.shelves.hello(instructions="use it\u2063")
    done = reviewed(floor, lines=["y"])
    assert "! instructions: hidden characters in instructions" in done.text
    assert "use it\\u{2063}" in done.text


def test_a_change_to_what_was_confirmed_is_shown_whole(floor: Floor) -> None:
    """A description that is other than it was is never taken unread."""
    floor.pin(tool("look"), confirmed=MONDAY)
    floor.shelves.tools(tool("look", "something else", annotations=READS))
    done = reviewed(floor, lines=["y"])
    assert "      | something else" in done.text
    assert done.questions == ["Confirm the changed tool?"]


def test_several_are_reviewed_and_a_fault_of_one_is_told(floor: Floor) -> None:
    """The next one is asked about all the same, and the exit code says that not all went well."""
    floor.shelves.tools(tool("look", annotations=READS))
    out = io.StringIO()
    talk = Talk(out, lambda _: True, lambda _: None, lambda: TUESDAY, lambda _: "y")
    code = review_each(floor.where, ("nobody", "shop"), None, talk)
    assert code is Exit.FAILURE
    assert "nobody: no server nobody was ever seen" in out.getvalue()
    assert floor.pinned.confirmed == TUESDAY
    assert review_each(floor.where, ("shop", "shop"), None, talk) is Exit.OK
    with pytest.raises(UsageFault):
        review_each(floor.where, ("nobody",), None, talk)


def test_a_name_of_another_servers_is_warned_of(floor: Floor) -> None:
    """Attack: a tool that is taken for the one of a server that is trusted."""
    other = replace(floor.account(tool("look")), identity=Identity(("x",)))
    floor.store.put("web", Pin(other, MONDAY), None)
    floor.shelves.tools(tool("look", annotations=READS))
    assert "! look: its name looks like web/look" in reviewed(floor, lines=["y"]).text


@pytest.mark.parametrize(
    ("typed", "yes"), [("y", True), ("YES ", True), ("", False), ("yo", False), ("n", False)]
)
def test_only_a_whole_yes_is_one(typed: str, *, yes: bool) -> None:
    """No answer is a no, also where nobody types any more."""
    assert yes_after_looking("Well?", lambda _: typed, lambda: None) is yes
