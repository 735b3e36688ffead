"""Arguments are kept up to a size, and bound as a whole by a hash that cannot be guessed."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orjson import dumps

from localguard.audit.arguments import MOST_BYTES, kept, keyed_hash

KEY = b"h" * 32
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=1500),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.text(max_size=50), VALUES, max_size=8)


def test_small_arguments_are_kept_whole() -> None:
    """Promise: what a person will want to see again is there, to the letter."""
    arguments: dict[str, Any] = {"path": "/home/ana/é", "lines": [1, 2.5, None, {"a": [[[]]]}]}
    assert tuple(kept(arguments)) == (arguments, True)


@given(ARGUMENTS)
def test_whatever_is_kept_is_small_json(arguments: dict[str, Any]) -> None:
    """Attack: arguments that fill the disk; what is cut is not said to be complete."""
    found = kept(arguments)
    assert len(dumps(found.arguments)) <= MOST_BYTES
    assert found.complete == (found.arguments == arguments)


@given(st.integers(0, 200), st.integers(0, 300), st.integers(0, 300))
def test_however_many_there_are_they_are_small(count: int, name: int, value: int) -> None:
    """Attack: thousands of members, each of them small."""
    arguments = {f"{number}{'n' * name}": ["v" * value] * 3 for number in range(count)}
    found = kept(arguments)
    assert len(dumps(found.arguments)) <= MOST_BYTES
    assert found.complete == (found.arguments == arguments)


def test_what_does_not_fit_is_counted() -> None:
    """Promise: long texts lose their middle first; then whole members go, and how many is said."""
    one_long = kept({"text": "x" * 10_000, "path": "/a"})
    assert one_long.arguments["path"] == "/a"
    assert "more" in str(one_long.arguments["text"])
    many = kept({f"name{number}": "x" * 200 for number in range(60)})
    assert not many.complete
    assert many.arguments["…"] == 60 - (len(many.arguments) - 1)


@given(ARGUMENTS)
def test_the_order_of_members_does_not_matter(arguments: dict[str, Any]) -> None:
    """Promise: the same arguments have the same hash, however the client wrote them."""
    turned = dict(reversed(arguments.items()))
    assert keyed_hash(KEY, turned) == keyed_hash(KEY, arguments)


@given(ARGUMENTS, ARGUMENTS)
def test_other_arguments_have_another_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Promise: one hash, one set of arguments."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (keyed_hash(KEY, one) == keyed_hash(KEY, other)) == same


def test_the_hash_needs_the_key_and_not_the_process() -> None:
    """Attack: a short argument is guessed from its hash; promise: another run finds the same."""
    assert keyed_hash(b"other" * 8, {"pin": "1234"}) != keyed_hash(KEY, {"pin": "1234"})
    code = (
        f"from localguard.audit.arguments import *; print(keyed_hash({KEY!r}, {{'b': 1, 'a': 2}}))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout.strip() == keyed_hash(KEY, {"a": 2, "b": 1})


def test_what_is_not_json_has_no_hash() -> None:
    """Promise: a hash never stands for something else than what was asked."""
    with pytest.raises(TypeError):
        keyed_hash(KEY, {"a": object()})
