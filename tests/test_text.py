"""Every string that a server, a client or a model chose is harmless to look at."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.text import safe

FORBIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}

# Any code point, also lone surrogates, and more often the ones that hurt.
HOSTILE = st.sampled_from("\x1b\r\n\t\x7f\x9b\u202e\u2066\u200b\u200d\ufeff\U000e0041\ue000\ufe0f")
CHARACTERS = st.one_of(HOSTILE, st.integers(0, 0x10FFFF).map(chr))
TEXTS = st.lists(CHARACTERS, max_size=300).map("".join)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", r"\u{1b}[2J"),
        ("a\r\nb\tc", r"a\u{d}\u{a}b\u{9}c"),
        ("\x9b31m", r"\u{9b}31m"),
        ("gpj\u202eexe", r"gpj\u{202e}exe"),
        ("pay\u200bpal", r"pay\u{200b}pal"),
        ("hi\U000e0068\U000e0069", r"hi\u{e0068}\u{e0069}"),
        ("\ue000", r"\u{e000}"),
        ("\ud800", r"\u{d800}"),
        ("a\u00a0b\u3000c", r"a\u{a0}b\u{3000}c"),
        ("line\u2028para\u2029", r"line\u{2028}para\u{2029}"),
        ("x\ufe0f\U000e0100", r"x\u{fe0f}\u{e0100}"),
        ("\u3164\u115f\u2800", r"\u{3164}\u{115f}\u{2800}"),
        ("👩\u200d💻", r"👩\u{200d}💻"),
    ],
)
def test_what_steers_or_hides_becomes_a_visible_escape(hostile: str, shown: str) -> None:
    """Attacks: terminal escapes, bidi override, zero-width, tag and private-use characters."""
    assert safe(hostile) == shown


@pytest.mark.parametrize("plain", ["", "db/list_tables", "Grüße, 世界 ✓", r"C:\temp", "e\u0301"])
def test_what_is_seen_as_it_is_stays_as_it_is(plain: str) -> None:
    """Promise: honest text of any language is not changed."""
    assert safe(plain) == plain


def test_a_long_text_loses_its_middle() -> None:
    """Attack: a flood pushes the end out of sight, so both ends are kept."""
    assert safe("a" * 500 + "END", 13) == "aaaaa … aaEND"
    assert safe("x" * 10_000_000 + "END", 9) == "xxx … END"


def test_a_cut_never_falls_inside_an_escape() -> None:
    """Promise: half an escape is never shown, it would read as text."""
    assert safe("\u202e" * 4, 20) == r"\u{202e} … \u{202e}"
    assert safe("\u202e" * 4, 19) == r"\u{202e} … \u{202e}"
    assert safe("\u202e" * 4, 18) == r"\u{202e} … "
    assert safe("\u202e" * 4, 10) == " … "


@pytest.mark.parametrize(("limit", "shown"), [(3, " … "), (2, " …"), (1, " "), (0, ""), (-1, "")])
def test_a_tiny_limit_is_kept_too(limit: int, shown: str) -> None:
    """Promise: never longer than the limit."""
    assert safe("abcdef", limit) == shown


@given(TEXTS, st.integers(0, 400))
def test_nothing_hidden_comes_through_and_the_limit_holds(text: str, limit: int) -> None:
    """Promise: for any input the output is visible, bounded and unchanged by a second pass."""
    shown = safe(text, limit)
    assert not {category(char) for char in shown} & FORBIDDEN
    assert all(char == " " for char in shown if category(char) == "Zs")
    assert len(shown) <= limit
    assert safe(shown, limit) == shown
