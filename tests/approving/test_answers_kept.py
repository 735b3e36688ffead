"""What the console writes for the person: remembered answers, accepted files, reviewed servers."""

import re

import pytest

from tests.approving.callers import text_of
from tests.approving.person import Person
from tests.approving.terminal import stands
from tests.ways.shops import Shelves, tool
from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

pytestmark = pytest.mark.slow

ASKING = 'version = 1\n[[rule]]\nask = "fake/*"\n'
ALLOWING = 'version = 1\n[[rule]]\nallow = "shop/*"\n'
PREVIEWED = re.compile(r"│ +\d+ │ ?(.*?) *[▁-▇]? *│\D*$", re.MULTILINE)


def told(answer: Message) -> str:
    return text_of(answer["result"])


def always(person: Person, wire: Wire, text: str, line: int) -> str:
    """Allow a call for good; the lines that were shown before."""
    call = wire.start_call("echo", text=text)
    person.look("fake/echo", text)
    person.press("s")
    person.until("how long", "this one call")
    person.press("Left")
    person.until("written to", "until = ")
    person.press("End")
    shown = PREVIEWED.findall(person.until("would have matched"))
    saved = f"remembered at work.remembered.toml:{line};"
    person.decide("a", saved, ready="● a allow so")
    assert told(wire.answer(call)) == text
    return "".join(f"{line}\n" for line in shown)


def test_always_writes_what_was_shown_and_u_takes_it_back(stage: Stage, person: Person) -> None:
    """Promise: byte for byte what was previewed; the next call passes without being asked; the
    last change is undone byte for byte."""
    stage.home.write("work", ASKING)
    stage.home.use("work")
    kept = stage.home.profiles / "work.remembered.toml"
    wire = stage.ready()
    person.open("WORK", "1 guard")

    # 1. The first answer makes the file.
    shown = always(person, wire, "one", 6)
    assert kept.read_text() == shown
    assert 'exact = \'{"text":"one"}\'' in shown
    assert told(wire.call("echo", text="one")) == "one"
    assert len(stage.home.records("held")) == 1

    # 2. The second one is added to it.
    before = kept.read_bytes()
    shown = always(person, wire, "two", 16)
    after = kept.read_bytes()
    assert after.startswith(before)
    assert after.removeprefix(before).decode().lstrip("\n") == shown.lstrip("\n")
    assert told(wire.call("echo", text="two")) == "two"

    # 3. The last change is undone, which asks for digits, and the first one still counts.
    person.press("u")
    person.until("Undo the last change?")
    person.confirm("is no longer remembered")
    assert kept.read_bytes() == before
    assert told(wire.call("echo", text="one")) == "one"
    call = wire.start_call("echo", text="two")
    person.look("fake/echo", "two")
    person.decide("d", "✓ fake/echo  denied")
    assert wire.answer(call)["result"]["isError"] is True


def test_what_a_program_edited_is_held_until_it_is_accepted(stage: Stage, person: Person) -> None:
    """Attack: a model with a shell edits the profile. What that newly allows is asked for, until
    the person has seen the difference and typed digits."""
    stage.home.write("work", 'version = 1\n[[rule]]\nallow = "fake/read_*"\n')
    stage.home.use("work")
    wire = stage.ready()
    wire.ask("tools/list")
    person.open("WORK", "1 guard")
    stage.home.edit("work", 'version = 1\n[[rule]]\nallow = "fake/*"\n')
    call = wire.start_call("echo", text="now")
    person.until("pending 1")
    assert "isError" not in wire.call("read_note", name="a")["result"]

    person.go(5, "1 edited since accepted", "! EDITED")
    person.press("End")
    person.until("a accept edits")
    person.press("a")
    person.until("Accept what was edited in work?", '+ allow = "fake/*"')
    person.press("End")
    person.press_until("a", lambda screen: stands(screen, "the digits"), "a accept")
    person.confirm("is accepted", "ACTIVE")
    assert told(wire.answer(call)) == "now"
    assert told(wire.call("echo", text="again")) == "again"
    (accepted,) = stage.home.records("choice")
    assert accepted["what"] == "accepted"


def test_a_changed_tool_is_asked_for_with_its_difference_until_it_is_reviewed(
    stage: Stage, person: Person
) -> None:
    """Attack: a reviewed server describes its tool anew. Promise: the call is held, `t` shows how
    the definition has changed, and only a review on the screen of servers lets it pass again; the
    log says all of it."""
    shelves = Shelves(stage.folder / "shop.json")
    shelves.tools(tool(), tool("announce"))
    stage.home.write("work", ALLOWING)
    stage.home.use("work")
    wire = stage.run("--name", "shop", "--", *shelves.argv)
    wire.handshake()
    assert told(wire.call("read", path="plan")) == "did read"
    person.open("WORK", "1 guard")

    # 1. Reviewed as it was seen first.
    person.go(4, "NOT REVIEWED")
    review(person, "Confirm what was pinned at first sight (2 definitions)?", "Reads a file.")

    # 2. Changed: the call is held, and the difference is shown.
    shelves.tools(tool("read", "Reads it and sends it on."), tool("announce"))
    wire.call("announce")
    call = wire.start_call("read", path="plan")
    person.go(1, "pending 1")
    person.look("shop/read", "CHANGED", "its definition has changed since it was reviewed")
    person.press("t")
    person.until("was:", "| Reads a file.", "now:", "| Reads it and sends it on.")
    person.back("was:")
    person.decide("a", "✓ shop/read")
    assert told(wire.answer(call)) == "did read"

    # 3. Reviewed again, it passes.
    person.go(4, "1 to review")
    review(person, "Confirm the changed tool?", "| Reads it and sends it on.")
    assert told(wire.call("read", path="plan")) == "did read"
    assert shelves.calls() == ["read", "announce", "read", "read"]

    # 4. The log shows the call and why it was asked for.
    id_ = stage.home.records("held")[0]["call"]
    person.go(2, "following", "confirmed: read", id_)
    person.press("/")
    person.until("enter apply")
    person.paste("decision:ask")
    person.until("decision:ask")
    person.press("Enter")
    person.until_gone("enter apply")
    person.until("1 of ", "filter decision:ask")
    person.press("Enter")
    person.until(
        f"{id_}  shop/read", "raw, tools/call", "work.toml:2", "its definition has changed since"
    )


def review(person: Person, question: str, *texts: str) -> None:
    """Say yes to one question on the screen of servers."""
    person.press("v")
    person.until(question, *texts)
    person.press("End")
    person.press_until("y", lambda screen: stands(screen, "the digits"), "y yes")
    person.confirm("shop is confirmed")
