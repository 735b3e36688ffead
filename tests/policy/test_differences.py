"""Differences: every change is found and named by its place."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.calls import Json
from localguard.policy.canonical import digest_of
from localguard.policy.differences import ABSENT, Difference, differences
from tests.policy.strategies import NESTED

OLD: dict[str, Json] = {
    "name": "read",
    "inputSchema": {"properties": {"path": {"description": "a path", "maxLength": 1}}},
    "tags": ["a", {"b": 1}],
}
Place = tuple[str | int, ...]


def changed(place: Place, value: Any) -> Any:
    """The value above with another one in one place."""
    new: Any = deepcopy(OLD)
    inner = new
    for step in place[:-1]:
        inner = inner[step]
    if value is ABSENT:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return new


@pytest.mark.parametrize(
    ("place", "value", "path"),
    [
        (("name",), "Read", "name"),
        (("inputSchema", "properties", "path", "description"), "", None),
        (("inputSchema", "properties", "path", "maxLength"), 1.0, None),
        (("inputSchema", "properties", "path", "maxLength"), True, None),
        (("inputSchema", "properties", "path", "maxLength"), "1", None),
        (("inputSchema", "properties", "path", "pattern"), None, None),
        (("inputSchema", "properties", "path", "description"), ABSENT, None),
        (("inputSchema", "properties"), [], None),
        (("inputSchema", "properties", "a.b"), 1, 'inputSchema.properties["a.b"]'),
        (("inputSchema", "properties", 'a"\\'), 1, 'inputSchema.properties["a\\"\\\\"]'),
        (("inputSchema", "properties", ""), 1, 'inputSchema.properties[""]'),
        (("tags", 1, "b"), 2, "tags[1].b"),
        (("tags", 0), ["a"], "tags[0]"),
    ],
)
def test_a_single_change_is_named_by_its_path(place: Place, value: Any, path: str | None) -> None:
    """Promise: a diff per field, such as inputSchema.properties.path.description."""
    (found,) = differences(OLD, changed(place, value))
    assert found.path == (path or ".".join(map(str, place)))
    assert repr(found.new) == repr(value)


def test_lists_of_different_lengths_differ_as_a_whole() -> None:
    """Nothing says which elements correspond."""
    assert differences({"required": ["a"]}, {"required": ["b", "a"]}) == (
        Difference("required", ["a"], ["b", "a"]),
    )


def test_the_whole_value_has_an_empty_path() -> None:
    assert differences(1, "1") == (Difference("", 1, "1"),)
    assert differences(0.0, -0.0) == (Difference("", 0.0, -0.0),)
    assert differences(ABSENT, None) == (Difference("", ABSENT, None),)


@given(NESTED, NESTED)
def test_values_differ_exactly_where_their_digests_do(one: Json, other: Json) -> None:
    """Promise: no change is missed, and none is made up."""
    assert bool(differences(one, other)) is (digest_of(one) != digest_of(other))
    assert differences(one, deepcopy(one)) == ()


@given(st.dictionaries(st.text(max_size=3), NESTED, min_size=1, max_size=4), NESTED, st.data())
def test_any_single_member_that_changes_is_found(
    old: dict[str, Json], value: Json, data: st.DataObject
) -> None:
    """Of all members only the one that was changed is named."""
    key = data.draw(st.sampled_from(sorted(old)))
    found = differences(old, {**old, key: value})
    alike = digest_of(old[key]) == digest_of(value)
    assert bool(found) is not alike
    (place,) = differences({}, {key: 0})
    assert all(one.path.startswith(place.path) for one in found)
