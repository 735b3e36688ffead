"""Pins: one digest for a definition, marks that a change never lowers, and what has changed."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.calls import Json
from localguard.policy.pins import (
    CHANGED,
    NEW,
    UNLISTED,
    Account,
    Change,
    Definition,
    Family,
    Greeting,
    Identity,
    compared,
    greets_alike,
    judged_marks,
    unlisted_marks,
)
from localguard.policy.rules import MARKS
from tests.policy.strategies import NESTED

OBJECTS = st.dictionaries(st.text(max_size=3), NESTED, max_size=4)
HINTS = st.dictionaries(
    st.sampled_from(["readOnlyHint", "destructiveHint", "openWorldHint", "title"]),
    st.sampled_from([True, False, None, 1, 0, "true"]),
)
IDENTITY = Identity(("/bin/db", "--ro"))


def tool(name: str = "read", **members: Any) -> Definition:
    return Definition(Family.TOOL, name, {"name": name, **members})


def account(*definitions: Definition, listed: tuple[Family, ...] = tuple(Family)) -> Account:
    found = {one.item: one for one in definitions}
    return Account(IDENTITY, None, found, frozenset(listed))


def turned(value: Json) -> Json:
    """The same value with the members of each object in the other order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(one) for one in value] if isinstance(value, list) else value


@given(OBJECTS)
def test_the_order_of_members_makes_no_difference(body: dict[str, Json]) -> None:
    """RFC 8259 section 4: objects are unordered."""
    other = turned(body)
    assert isinstance(other, dict)
    assert tool(x=body).digest == tool(x=other).digest


@given(OBJECTS, OBJECTS)
def test_any_difference_makes_another_digest(one: dict[str, Json], other: dict[str, Json]) -> None:
    """Promise: a pin is over the whole definition."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (tool(x=one).digest == tool(x=other).digest) is same


@pytest.mark.parametrize("value", [1.0, True, "1", None, [1], {"1": 1}, 10])
def test_values_that_look_alike_are_told_apart(value: Json) -> None:
    """Attack: 1, 1.0, true and "1" in a schema mean different things."""
    assert tool(default=1).digest != tool(default=value).digest


@pytest.mark.parametrize(
    ("hints", "marks"),
    [
        (None, {"write", "open"}),
        ("read", {"write", "open"}),
        ({}, {"write", "open"}),
        ({"readOnlyHint": True}, {"read", "open"}),
        ({"readOnlyHint": 1, "openWorldHint": 0}, {"write", "open"}),
        ({"readOnlyHint": True, "openWorldHint": False}, {"read"}),
        ({"destructiveHint": True, "openWorldHint": True}, {"write", "destructive", "open"}),
        ({"destructiveHint": "true"}, {"write", "open"}),
        ({"readOnlyHint": True, "destructiveHint": True}, {"read", "destructive", "open"}),
    ],
)
def test_marks_are_what_the_definition_claims(hints: Any, marks: set[str]) -> None:
    """2025-11-25 schema ToolAnnotations; absent means write and open."""
    assert tool(annotations=hints).marks == marks


@pytest.mark.parametrize("family", [Family.PROMPT, Family.TEMPLATE])
def test_only_tools_have_marks(family: Family) -> None:
    """A prompt that claims to be read only is a prompt."""
    assert Definition(family, "x", {"annotations": {"destructiveHint": True}}).marks == set()


@given(HINTS, HINTS, st.booleans())
def test_a_change_never_lowers_a_risk(
    old: dict[str, Json], new: dict[str, Json], known: bool
) -> None:
    """The algebra, line 9: annotations may raise risk, never lower it."""
    pinned, live = tool(annotations=old), tool(annotations=new)
    marks = judged_marks(pinned if known else None, live)
    risks = {"write", "destructive", "open"}
    assert marks <= MARKS
    assert marks >= live.marks & risks
    assert ("read" in marks) <= ("write" not in marks)
    if known:
        assert marks >= pinned.marks & risks
        assert (CHANGED in marks) is (pinned.digest != live.digest)
    assert (NEW in marks) is not known


def test_what_no_listing_names_is_the_worst() -> None:
    """A tool that is not listed has no marks of its own; resources and prompts have none at all."""
    assert {"write", "open", NEW} == UNLISTED
    assert unlisted_marks("read", strange=False) == UNLISTED
    assert unlisted_marks("tool:prompt:x", strange=False) == UNLISTED
    for item in ("resource:file:///x", "prompt:x"):
        assert unlisted_marks(item, strange=False) == set()
        assert unlisted_marks(item, strange=True) == {NEW}


def test_items_are_those_that_calls_are_judged_by() -> None:
    """No tool passes for a prompt."""
    items = [Definition(family, "prompt:x", {}).item for family in Family]
    assert items == ["tool:prompt:x", "prompt:prompt:x", "resource:prompt:x"]


@pytest.mark.parametrize(
    "other",
    [
        Identity(("/bin/db",)),
        Identity(("/bin/db --ro",)),
        Identity(("/bin/db", "--ro", "")),
        Identity(("/usr/bin/db", "--ro")),
        Identity(("/bin/db", "--ro"), remote=True),
    ],
)
def test_another_command_is_another_server(other: Identity) -> None:
    """A word more, a blank for a border or another program."""
    assert other.digest != IDENTITY.digest
    assert IDENTITY.digest == Identity(("/bin/db", "--ro")).digest


def test_an_identity_is_shown_with_its_words_apart() -> None:
    assert Identity(("/bin/a b", "", "c")).shown == '"/bin/a b" "" c'


def test_what_is_new_changed_and_gone_is_found() -> None:
    """Each change once, in the order of the items."""
    pinned = account(tool("a"), tool("b"), tool("c"))
    live = account(tool("b", x=1), tool("c"), tool("d"))
    found = compared(pinned, live)
    assert [(change.word, change.definition.name) for change in found] == [
        ("removed", "a"),
        ("changed", "b"),
        ("new", "d"),
    ]
    assert compared(pinned, pinned) == ()


def test_only_a_whole_list_shows_that_something_is_gone() -> None:
    """A list that broke off, or was never asked for, says nothing of what it lacks."""
    pinned = account(tool("a"), Definition(Family.PROMPT, "p", {}))
    live = account(listed=(Family.PROMPT,))
    assert [change.definition.item for change in compared(pinned, live)] == ["prompt:p"]


def test_a_change_from_nothing_to_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="nothing"):
        _ = Change(None, None).definition


def test_instructions_are_compared_where_a_handshake_was_seen() -> None:
    """The name and the version of a server may change freely."""
    said = replace(account(), greeting=Greeting({"version": "1"}, "use it"))
    assert greets_alike(said, replace(said, greeting=Greeting({"version": "2"}, "use it")))
    assert greets_alike(said, account())
    assert greets_alike(account(), replace(said, greeting=Greeting({}, None)))
    assert not greets_alike(said, replace(said, greeting=Greeting({}, "use it well")))
    assert not greets_alike(account(), said)


def test_the_digest_of_an_account_is_over_all_that_counts() -> None:
    """Not over the version of the server."""
    base = replace(account(tool("a")), greeting=Greeting({}, "x"))
    assert base.digest == replace(base, greeting=Greeting({"version": "2"}, "x")).digest
    others = [
        replace(base, identity=Identity(("y",))),
        replace(base, greeting=Greeting({}, None)),
        replace(base, definitions={}),
        replace(base, listed=frozenset()),
    ]
    assert len({base.digest, *(other.digest for other in others)}) == 5
