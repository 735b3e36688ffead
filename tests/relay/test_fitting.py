"""Whether arguments fit a tool's schema, where neither schema nor arguments are to be trusted."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.relay.fitting import MAX_SCHEMA, MAX_UNIQUE, misfit

PROJECT = Path(__file__).resolve().parents[2]
READ: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "pattern": "^/[^/]+(/[^/]+)*$"},
        "limit": {"type": "integer", "maximum": 5},
    },
    "required": ["path"],
    "additionalProperties": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
WORDS = st.sampled_from([
    "type", "properties", "required", "$ref", "pattern", "items", "anyOf", "not", "enum",
    "$defs", "additionalProperties", "patternProperties", "uniqueItems", "maximum", "$schema",
    "const",
])  # fmt: skip
SCHEMAS = st.recursive(
    JSON | st.sampled_from(["object", "string", "#", "#/$defs/a", "^a+$", "(a+)+", "["]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def of(name: str, **schema: Any) -> dict[str, Any]:
    """A schema with one property."""
    return {"type": "object", "properties": {name: schema}}


@pytest.mark.parametrize("arguments", [{"path": "/a/b"}, {"path": "/a", "limit": 5}])
def test_arguments_that_fit_pass(arguments: dict[str, Any]) -> None:
    """Nothing is said where nothing is wrong."""
    assert misfit(READ, arguments) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "arguments lacks path"),
        ({"path": 7}, 'arguments.path does not meet type "string"'),
        ({"path": "a"}, "arguments.path does not meet pattern"),
        ({"path": "/a", "limit": 6}, "arguments.limit does not meet maximum 5"),
        ({"path": "/a", "x": 1, "y": 2}, "does not know: x, y"),
    ],
)
def test_what_is_wrong_is_said_by_name(arguments: dict[str, Any], words: str) -> None:
    """Place, rule, and what the rule wants."""
    assert words in (misfit(READ, arguments) or "")


def test_no_value_of_an_argument_is_in_the_words() -> None:
    """The words go to the model, to the log and to a person."""
    words = misfit(READ, {"path": "hunter2 is secret", "limit": "hunter2"})
    assert words is not None
    assert "hunter2" not in words


def test_names_that_a_model_chose_are_made_harmless() -> None:
    """An escape sequence in the name of an argument."""
    assert "\x1b" not in (misfit(READ, {"path": "/a", "\x1b[2J": 1}) or "")


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        True,
        "object",
        {"type": "no-such-type"},
        {"properties": []},
        {"pattern": "("},
        {"pattern": "a{99999999999}"},
        of("a", pattern=r"\p{L}+"),
        {"$schema": 7},
        {"$schema": "https://schemas.example/unknown"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#"},
        {"description": "x" * MAX_SCHEMA},
        {"x": float("nan"), "$ref": "#/x"},
        {"x": object()},
    ],
)
def test_a_schema_that_cannot_be_judged_fits_nothing(schema: object) -> None:
    """Fail closed."""
    assert "schema" in (misfit(schema, {"a": "b"}) or "")


@pytest.mark.parametrize("word", ["$ref", "$dynamicRef"])
def test_nothing_is_fetched(word: str) -> None:
    """Attack: a schema that makes the guard ask a host, or read a file."""
    for place in ("http://127.0.0.1:9/x", "file:///etc/passwd", "https://schemas.example/x#a"):
        assert "refers to" in (misfit({word: place}, {}) or "")


def test_a_few_references_that_stand_for_a_million_are_given_up() -> None:
    """Attack: each definition twice the next, forty times."""
    definitions: dict[str, Any] = {
        f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)
    }
    bomb = {"$defs": {**definitions, "a40": {"type": "object"}}, "$ref": "#/$defs/a0"}
    for _ in range(2):
        assert "steps" in (misfit(bomb, {}) or "")


def test_steps_are_counted_for_each_call_anew() -> None:
    """The thousandth call is judged like the first."""
    schema = {"type": "object", "additionalProperties": {"type": "string", "maxLength": 9}}
    for _ in range(100):
        assert misfit(schema, {str(n): "b" for n in range(900)}) is None


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*$", "^(.*a){12,}$", r"(\w+\s?)+$", r"(.)\1"])
def test_a_pattern_that_could_take_for_ever_is_not_tried(pattern: str) -> None:
    """Attack: "a"*40 + "b" takes `re` longer than the machine will live."""
    assert "too long" in (misfit(of("a", pattern=pattern), {"a": "a" * 40 + "b"}) or "")
    assert "too long" in (misfit({"patternProperties": {pattern: {}}}, {"a" * 40 + "b": 1}) or "")
    names = {"additionalProperties": False, "patternProperties": {pattern: {}}}
    assert "too long" in (misfit(names, {"a" * 40 + "b": 1}) or "")


def test_the_end_of_a_pattern_is_the_end() -> None:
    """ECMA-262 `$`; Python's would let a line end pass."""
    schema = of("a", pattern="^[a-z]+$")
    assert misfit(schema, {"a": "abc"}) is None
    assert misfit(schema, {"a": "abc\n"}) is not None
    assert misfit(of("a", pattern=r"^[a-z]\$"), {"a": "a$b"}) is None


def test_long_lists_of_unique_elements_are_not_compared() -> None:
    """Each with each would take minutes."""
    schema = of("a", uniqueItems=True)
    assert misfit(schema, {"a": [{"n": n} for n in range(100)]}) is None
    assert misfit(schema, {"a": [1, 1]}) is not None
    assert "uniqueItems" in (misfit(schema, {"a": [{}] * (MAX_UNIQUE + 1)}) or "")


def test_older_dialects_are_known() -> None:
    """Many servers still write draft-07."""
    draft7 = {"$schema": "http://json-schema.org/draft-07/schema#", **READ}
    assert misfit(draft7, {"path": "/a"}) is None
    assert misfit(draft7, {}) is not None


def test_a_property_that_may_not_be_there() -> None:
    """`false` as a schema."""
    assert misfit({"properties": {"a": False}}, {}) is None
    assert "not allowed" in (misfit({"properties": {"a": False}}, {"a": 1}) or "")


def test_what_is_too_deep_is_not_judged() -> None:
    """A schema of lists in lists follows arguments as deep as they go."""
    value: Any = []
    for _ in range(400):
        value = [value]
    schema = {"$defs": {"l": {"items": {"$ref": "#/$defs/l"}}}, **of("a", **{"$ref": "#/$defs/l"})}
    assert "too deep" in (misfit(schema, {"a": value}) or "")
    assert "too deep" in (misfit({"$ref": "#"}, {}) or "")
    nested: Any = {}
    for _ in range(60):
        nested = {"not": nested}
    assert "levels deep" in (misfit(nested, {}) or "")


@given(SCHEMAS, st.dictionaries(st.text(max_size=8), JSON, max_size=3))
def test_no_schema_and_no_arguments_break_it(schema: Any, arguments: dict[str, Any]) -> None:
    """Any JSON in place of either: an answer, and no exception."""
    found = misfit(schema, arguments)
    assert found is None or found


@pytest.mark.parametrize(
    "part",
    [
        [1, 2],
        "x",
        None,
        5,
        {"type": "no-such-type"},
        {"properties": {"a": {"pattern": "["}}},
        {"properties": {"a": {"minLength": "x"}}},
        {"required": 5},
    ],
)
def test_a_reference_may_lead_to_what_is_no_schema(part: object) -> None:
    """Attack: outside of the places that are checked, the library takes anything for a schema."""
    assert "no schema" in (misfit({"x": part, "$ref": "#/x"}, {"a": "b"}) or "")
    zero = {"x": {"multipleOf": 0}, "properties": {"a": {"$ref": "#/x"}}}
    assert "no schema" in (misfit(zero, {"a": 7}) or "")


def test_the_library_is_loaded_when_it_is_needed() -> None:
    """Promise: a profile without `strict_arguments` pays nothing. Seen in a clean interpreter."""
    found = subprocess.run(
        [sys.executable, "-c", "import localguard.relay.fitting, sys; print(*sys.modules)"],
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"jsonschema", "referencing", "rpds", "attrs"}.intersection(found.stdout.split())
