"""Headers that mirror a message, held against the official SDK's own reading of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.inbound import (
    decode_header_value,
    encode_header_value,
    find_invalid_x_mcp_header,
    mcp_param_headers,
    x_mcp_header_map,
)

from localguard.remote.connection import request
from localguard.remote.header_values import (
    MARK,
    Misannotated,
    encoded,
    marked,
    parameter_headers,
    standard_headers,
)
from tests.remote.scene import MODERN

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(TEXTS)
def test_every_text_survives_a_header_and_begins_none_of_its_own(value: str) -> None:
    """2026-07-28 "Value Encoding": the SDK reads back what was written, and HTTP can carry it."""
    header = encoded(value)
    assert decode_header_value(header) == value
    assert header == encode_header_value(value)
    request("GET", "/", [("Host", "x"), ("Mcp-Name", header)], b"")


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("us-west1", "us-west1"),
        ("Hello, \u4e16\u754c", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ],
)
def test_the_examples_of_the_specification_are_written_so(value: str, header: str) -> None:
    """Its table "Encoding examples"."""
    assert encoded(value) == header


SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(
                ["string", "integer", "boolean", "number", "object", ["string"]]
            ),
            MARK: st.sampled_from(["Region", "region", "A-b", "", "a b", "\u00e9", 7, None]),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": st.just("object"),
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            "items": inner,
            "anyOf": st.lists(inner, max_size=2),
            "$defs": st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
            "default": st.fixed_dictionaries({MARK: st.just("Data")}),
        },
    ),
    max_leaves=8,
)
ARGUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["x", " y", "\u00e9"]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(SCHEMAS, ARGUMENTS)
def test_tools_are_taken_and_mirrored_as_the_sdk_does(schema: Any, arguments: Any) -> None:
    """2026-07-28 "Schema Extension": the same tools are left out, the same headers made."""
    try:
        properties = marked(schema)
    except Misannotated:
        assert find_invalid_x_mcp_header(schema) is not None
        return
    assert find_invalid_x_mcp_header(schema) is None
    assert properties == x_mcp_header_map(schema)
    if isinstance(arguments, dict):
        assert dict(parameter_headers(properties, arguments)) == mcp_param_headers(
            x_mcp_header_map(schema), arguments
        )


@pytest.mark.parametrize("schema", [None, [], "x", {"properties": []}, {"properties": {"a": 1}}])
def test_a_schema_that_is_none_has_no_headers(schema: Any) -> None:
    """A hostile or lazy server's."""
    assert marked(schema) == {}
    assert parameter_headers({("a", "b"): "X"}, schema) == []


def test_a_request_is_named_by_what_it_reaches_for() -> None:
    """ "Standard Request Headers"."""
    params = {"name": "greet", "_meta": MODERN}
    assert standard_headers({"method": "prompts/get", "params": params}) == [
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "prompts/get"),
        ("Mcp-Name", "greet"),
    ]
