"""The one way a string reaches a widget: nothing of anyone's draws, steers or hides."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from localguard.console.content import HIDDEN, block, content, numbered, plain
from localguard.console.entry import escaped
from localguard.console.scripts import foreign_hosts, mixed_words
from localguard.console.sheet import folded, hanging

FORBIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
CHARACTERS = st.one_of(
    st.sampled_from("\x1b\r\n\t\x7f\x9b\u202e\u2066\u200b\ufeff\U000e0041\ue000[]@/\u0430\u03bf"),
    st.integers(0, 0x10FFFF).map(chr),
)
TEXTS = st.lists(CHARACTERS, max_size=200).map("".join)


def test_markup_stays_text() -> None:
    """Attack: a live link in an argument (measured in Textual 8)."""
    shown = content("[@click=app.bell]x[/] [bold")
    assert shown.plain == "[@click=app.bell]x[/] [bold"
    assert not shown.spans


def test_what_is_hidden_is_an_escape_in_the_colour_of_errors() -> None:
    """Promise: an escape of ours looks other than one that was spelled out."""
    shown = content("gpj\u202eexe \\u{202e}")
    assert shown.plain == "gpj\\u{202e}exe \\u{202e}"
    assert [(s.start, s.end, s.style) for s in shown.spans] == [(3, 11, HIDDEN)]


def test_line_ends_and_tabs_are_seen_on_one_line() -> None:
    """Promise: a second line cannot pass for one of ours."""
    assert content("a\nb\tc").plain == "a⏎b⇥c"


def test_a_long_text_loses_its_middle_and_says_how_much_it_was() -> None:
    """Attack: a flood pushes the end out of sight."""
    assert content("x" * 1_000_000 + "END", 80).plain.endswith("xEND")
    assert "1000003 characters" in content("x" * 1_000_000 + "END", 80).plain


def test_marks_that_climb_are_escaped() -> None:
    """Attack: zalgo draws over the lines around."""
    assert content("e\u0301").plain == "e\u0301"
    assert content("e" + "\u0301" * 4).plain == "e\u0301\u0301\\u{301}\\u{301}"


def test_lines_are_numbered_by_us() -> None:
    """Promise: a text of many lines says which of them are its own."""
    assert block("a\nb").plain == "1 │ a\n2 │ b"
    cut = [line.plain for line in numbered("\n".join(map(str, range(1000))), 100)]
    assert cut[0] == "   1 │ 0"
    assert cut[-1] == "1000 │ 999"


@given(TEXTS, st.integers(0, 300))
def test_nothing_hidden_comes_through_for_any_text(text: str, limit: int) -> None:
    """Promise: visible and bounded, whatever it was."""
    shown = content(text, limit)
    assert not {category(char) for char in shown.plain} & FORBIDDEN
    assert len(shown.plain) <= max(limit, 3)
    assert not {category(c) for line in numbered(text, limit) for c in line.plain} & FORBIDDEN


@given(TEXTS, st.integers(2, 40))
def test_folding_loses_no_character_and_keeps_the_width(text: str, width: int) -> None:
    """Attack: marks without width made a library lose the rest of a line."""
    shown = content(text, 10_000)
    lines = folded(shown, width)
    assert "".join(line.plain for line in lines) == shown.plain
    assert all(cell_len(line.plain) <= width for line in lines)
    told = list(hanging(plain("label "), shown, max(width, 20)))
    assert "".join(line.plain[6:] for line in told) == shown.plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p\u0430ypal", ["p\u0430ypal"]),
        ("Привет", []),
        ("日本go語", []),
        ("plain", []),
        ("\u03c1aram x", ["\u03c1aram"]),
    ],
)
def test_words_that_mix_lookalike_scripts_are_found(text: str, words: list[str]) -> None:
    """Attack: one letter of another alphabet (UTS 39)."""
    assert [text[a:b] for a, b in mixed_words(text)] == words


def test_hosts_in_other_letters_are_found() -> None:
    """Attack: a host that reads like another one (IDNA)."""
    assert foreign_hosts("go to \u0430pple.com or xn--pple-43d.com or apple.com") == (
        "\u0430pple.com",
        "xn--pple-43d.com",
    )


def test_what_is_pasted_as_json_means_the_same_and_can_be_seen() -> None:
    """Promise: an escape of JSON stands for what nobody sees."""
    assert escaped('{"a":\n "x\u202e\U000e0041\ud800"}') == (
        '{"a":\n "x\\u202e\\udb40\\udc41\\ud800"}'
    )
