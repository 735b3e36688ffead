"""What is kept of arguments and facts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.shape import MAX_MEMBERS, bounded, shape

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=2000),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(), inner, max_size=30),
    max_leaves=60,
)


def test_a_shape_has_types_and_sizes_and_no_value() -> None:
    """Promise: a secret in an argument cannot be in the log."""
    arguments = {
        "token": "hunter2",
        "rows": [1, 2, 3],
        "filter": {"a": 1},
        "deep": True,
        "limit": 10,
        "ratio": 0.5,
        "cursor": None,
        "odd": object(),
    }
    assert shape(arguments) == {
        "token": {"type": "string", "size": 7},
        "rows": {"type": "array", "size": 3},
        "filter": {"type": "object", "size": 1},
        "deep": {"type": "boolean"},
        "limit": {"type": "integer"},
        "ratio": {"type": "number"},
        "cursor": {"type": "null"},
        "odd": {"type": "other"},
    }


def test_a_flood_of_arguments_is_counted_not_kept() -> None:
    """Attack: ten thousand argument names, each of a megabyte, to fill the disk."""
    kept = shape({f"{number}{'x' * 10_000}": 1 for number in range(1000)})
    assert len(kept) == MAX_MEMBERS
    assert kept["…"] == {"type": "more", "size": 1000 - MAX_MEMBERS + 1}
    assert len(json.dumps(kept)) < 30_000
    assert bounded(kept) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a" * 2000, "a" * 500 + "…1000 more…" + "a" * 500),
        (["a" * 300], ["a" * 116 + "…68 more…" + "a" * 116]),
        ([1] * 66, [1] * 64 + ["…2 more"]),
        ([[1] * 18], [[1] * 16 + ["…2 more"]]),
        ({"a": dict.fromkeys(range(18), 1)}, {"a": {str(n): 1 for n in range(16)} | {"…": 2}}),
        ([[[1]]], [["(list)"]]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (("x", None, True, 1.5), ["x", None, True, 1.5]),
        (float("inf"), "(float)"),
        (10**40, "(int)"),
        (object(), "(object)"),
        (b"raw", "(bytes)"),
    ],
)
def test_facts_are_kept_within_bounds(value: object, kept: object) -> None:
    """Promise: facts stay readable, and what is left out is said."""
    assert bounded(value) == kept


@given(JSON)
def test_whatever_is_bounded_is_small_json(value: Any) -> None:
    """Promise: a record can always be written, and no message makes a large one."""
    assert len(json.dumps(bounded(value), allow_nan=False)) < 2_000_000
