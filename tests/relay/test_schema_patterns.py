"""Which patterns are tried on which lengths, and that those that are end soon."""

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from localguard.relay.schema_patterns import MAX_PATTERN, is_tame

HONEST = [
    (r"^[a-z0-9]+(-[a-z0-9]+)*$", 1500),
    (r"^[a-z0-9-]+$", 100_000),
    (r"^/[^/]+(/[^/]+)*$", 1500),
    (r"^([a-z0-9-]+\.)+[a-z]{2,}$", 1500),
    (r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$", 10_000_000),
    (r"^#[0-9a-fA-F]{6}$", 10_000_000),
    (r"^(?:get|set|list)_\w+$", 1000),
    (r"^[^@\s]+@[^@\s]+\.[^@\s]+$", 150),
    (r"^.*$", 1_000_000),
    (r"https?://", 1_000_000),
    (r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", 1000),
]
WILD = [
    "(a+)+$",
    "(a*)*b",
    "(a|a)*b",
    "(a|aa)+$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(.*)*x",
    "(x+x+)+y",
    r"(\w+\s?)+$",
    "(?:a+){2,}b",
    "(a{1,100}){1,100}b",
    "((ab)*c?)*d",
    r"(?P<a>x+)\1",
    "a*a*a*a*a*a*a*b",
    "(-[a-z-]+)*x",
    "(-[z-a]+)*x",
    "x" * (MAX_PATTERN + 1),
]


@pytest.mark.parametrize(("pattern", "length"), HONEST)
def test_patterns_of_honest_schemas_are_tried(pattern: str, length: int) -> None:
    """As published servers write them, on texts that their arguments can have."""
    assert is_tame(pattern, length)


@pytest.mark.parametrize("pattern", WILD)
def test_patterns_that_double_are_not_tried_on_long_texts(pattern: str) -> None:
    """OWASP, "Evil Regex", and its relatives."""
    assert not is_tame(pattern, 200)


PIECES = st.sampled_from(
    [
        *"aab-.",
        "[ab]",
        "[^-]",
        r"\w",
        r"\-",
        "*",
        "+",
        "?",
        "{2,}",
        "{9}",
        "(",
        ")",
        "(?:",
        "|",
        "^",
    ]
)


@given(st.lists(PIECES, max_size=10).map("".join), st.sampled_from(["a", "ab", "a-", "-", "ab."]))
def test_what_is_called_tame_ends_soon(pattern: str, unit: str) -> None:
    """Against the engine itself, on the texts that make it go back most."""
    try:
        compiled = re.compile(pattern)
    except re.error:
        assume(False)
    for length in (20, 60, 150):
        if is_tame(pattern, length):
            text = (unit * length)[: length - 1] + "!"
            start = time.process_time()
            compiled.search(text)
            compiled.fullmatch(text)
            assert time.process_time() - start < 2
