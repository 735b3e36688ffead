"""Messages as lines of JSON: what is said arrives as it was said, and nothing else is believed."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localguard.control.frames import FRAME
from localguard.control.messages import Approver, Decide, Event, Snapshot
from localguard.control.wire import LONGEST, Message, read, wire
from tests.control.board import answer, guard_view, request_view

KINDS = get_args(Message)
PLAIN = {
    str: st.text(),
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(0, LONGEST),
    type(None): st.none(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Everything that a member of this type can be."""
    origin, parts = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{each.name: values(hints[each.name]) for each in fields(hint)})
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of(*map(values, parts))
    if origin is tuple:
        return st.lists(values(parts[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text(), st.text(), max_size=3)
    return PLAIN[hint]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def said(message: object) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(wire(message))
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.TYPE)
@settings(max_examples=40)
@given(data=st.data())
def test_every_message_arrives_as_it_was_said(kind: Any, data: st.DataObject) -> None:
    """Promise: guard and console hold the same values."""
    message = data.draw(values(kind))
    line = wire(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read(line) == message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.TYPE)
@settings(max_examples=40)
@given(data=st.data())
def test_a_message_with_one_member_changed_is_none_or_whole(kind: Any, data: st.DataObject) -> None:
    """Attack: a member of another type. What is read has the types of its class."""
    message = said(data.draw(values(kind)))
    name = data.draw(st.sampled_from(sorted(message)))
    message[name] = data.draw(JSON)
    try:
        line = orjson.dumps(message)
    except TypeError:
        return
    found = read(line)
    assert found is None or read(wire(found)) == found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.TYPE)
@settings(max_examples=40)
@given(data=st.data())
def test_a_message_that_lacks_a_member_is_none(kind: Any, data: st.DataObject) -> None:
    """Attack: a member with a default is no less needed; nobody's silence means "console"."""
    message = said(data.draw(values(kind)))
    name = data.draw(st.sampled_from(sorted(message)))
    del message[name]
    assert read(orjson.dumps(message)) is None


@given(st.binary() | JSON.map(lambda value: repr(value).encode("utf-8", "replace")))
def test_garbage_is_none(line: bytes) -> None:
    """Attack: bytes of any kind."""
    assert read(line) is None


@given(st.dictionaries(st.sampled_from(["type", "ask", "id", "seq", "news"]), JSON))
def test_objects_that_look_a_little_like_messages_are_none(value: dict[str, Any]) -> None:
    try:
        line = orjson.dumps(value)
    except TypeError:
        return
    assert read(line) is None


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"a":' * 100_000, b'{"type":' + b"[" * 2000])
def test_depth_is_none(line: bytes) -> None:
    """Attack: nesting that exhausts a stack."""
    assert read(line) is None


def test_what_a_newer_side_says_besides_is_ignored() -> None:
    """Promise: a newer side can say more."""
    assert read(orjson.dumps(said(answer()) | {"mood": "good"})) == answer()
    assert read(b'{"type":"weather","sun":true}') is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("ask", True), ("ask", 1.0), ("allow", 1), ("allow", None), ("scope", "ever"), ("id", 7)],
)
def test_true_is_no_number_and_one_is_no_truth(name: str, value: object) -> None:
    """Attack: `"allow": 1` in an answer."""
    assert read(orjson.dumps(said(answer()) | {name: value})) is None


def test_a_whole_number_of_seconds_is_seconds() -> None:
    """JSON does not tell 40 from 40.0 (RFC 8259 section 6)."""
    view = request_view()
    assert read(orjson.dumps(said(view) | {"left": 40})) == view


def test_half_a_surrogate_pair_in_arguments_becomes_its_escape() -> None:
    """Attack: text that no UTF-8 can hold. In JSON the escape says the same."""
    view = request_view(arguments='{"path":"\ud83d"}')
    found = read(wire(Event(seq=1, news=view)))
    assert found == Event(seq=1, news=replace(view, arguments='{"path":"\\ud83d"}'))


def test_half_a_surrogate_pair_anywhere_breaks_nothing() -> None:
    """Attack: in names, marks and facts too."""
    view = replace(request_view(), item="\udc00", marks=("\ud800",))
    assert read(wire(Snapshot(seq=1, guard=guard_view(), requests=(view,)))) is not None
    by = Approver(pid=1, name="\ud800", line=("\udfff",), facts={"\ud800": "\udc00"})
    assert read(wire(by)) == Approver(
        pid=1, name="\\ud800", line=("\\udfff",), facts={"\\ud800": "\\udc00"}
    )


def test_a_line_with_half_a_surrogate_pair_is_none() -> None:
    """What we would never write we do not read."""
    line = wire(answer()).replace(b"7f3a9c-1", b"\\ud800", 1)
    assert read(line) is None


def test_an_answer_with_arguments_of_a_megabyte_is_longer_than_a_frame() -> None:
    """The limit is looked at before anything is sent."""
    long: Decide = answer(arguments="x" * FRAME)
    assert len(wire(long)) > FRAME
