"""Globs against a regular expression as the reference."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.globs import Glob, may_overlap

SHAPES = st.text("ab*?.\n[", max_size=8)
TEXTS = st.text("ab.\n[*", max_size=10)


def reference(pattern: str) -> re.Pattern[str]:
    """The textbook translation, which a hostile text can make slow."""
    kinds = {"*": ".*", "?": "."}
    return re.compile("".join(kinds.get(c, re.escape(c)) for c in pattern), re.DOTALL)


@given(SHAPES, TEXTS)
def test_a_glob_matches_what_the_reference_matches(pattern: str, text: str) -> None:
    """`*` is any characters, also none and line ends; `?` is exactly one; all else is itself."""
    assert Glob(pattern).matches(text) == bool(reference(pattern).fullmatch(text))


@given(TEXTS)
def test_a_pattern_without_wildcards_matches_itself_alone(text: str) -> None:
    """Brackets and dots are no wildcards, and case counts."""
    plain = text.replace("*", "a")
    glob = Glob(plain)
    assert glob.literal
    assert glob.matches(plain)
    assert not glob.matches(plain + "a")
    assert not Glob("Read").matches("read")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("**", "\n", True),
        ("?", "\n", True),
        ("?", "", False),
        ("a?", "ab", True),
        ("a?", "abc", False),
        ("a?*", "a", False),
        ("?b*", "abc", True),
        ("*b?", "abc", True),
        ("*b?", "abcd", False),
        ("*?*", "", False),
        ("*a?c*", "xabcx", True),
        ("*a?c*", "xabdx", False),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c", False),
        ("ab*ba", "aba", False),
        ("ab*ba", "abba", True),
        ("*.env", ".env", True),
        ("*.env", "xenv", False),
    ],
)
def test_a_glob_matches_the_whole_text(pattern: str, text: str, expected: bool) -> None:
    """Pieces never overlap and keep their order."""
    assert Glob(pattern).matches(text) is expected


def test_a_hostile_text_costs_no_more_than_its_length() -> None:
    """Attack: a text that makes a backtracking matcher run for years. Ends, or the suite hangs."""
    assert not Glob("*a" * 200 + "b").matches("a" * 20_000)


TEMPLATES = st.lists(st.sampled_from(["{x}", "a", "b", ":"]), max_size=4).map("".join)


@given(TEMPLATES, TEXTS, SHAPES)
def test_a_template_that_could_fit_is_never_ruled_out(
    template: str, filling: str, pattern: str
) -> None:
    """A resource template stays visible when some URI made from it could be allowed."""
    if Glob(pattern).matches(template.replace("{x}", filling)):
        assert may_overlap(pattern, template)


@pytest.mark.parametrize(
    ("pattern", "template", "expected"),
    [
        ("resource:file:///srv/*", "resource:file:///{path}", True),
        ("resource:file:///srv/*", "resource:file:///srv/a/{x}", True),
        ("resource:file:///srv/*", "resource:http://{host}/", False),
        ("resource:db://*", "resource:file:///{path}", False),
    ],
)
def test_templates_with_another_beginning_are_ruled_out(
    pattern: str, template: str, expected: bool
) -> None:
    """RFC 6570: what stands before the first brace is fixed."""
    assert may_overlap(pattern, template) is expected
