"""Long lines on a terminal of 80 columns: folded with an indent, and nothing lost by it."""

import io
import os
import sys
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.cli.folding import columns_of, folded

LONG = (
    "  work.toml:12: the rule names a tool that the server has never listed, so it can apply to "
    "nothing at all. Fix: take a name from localguard server show github, or leave the rule out."
)


def test_a_remedy_begins_a_line_and_goes_on_below_itself() -> None:
    """A newcomer's wish: "Fix:" is found at once, and its second line belongs to it."""
    assert [*folded(LONG, 80)] == [
        "  work.toml:12: the rule names a tool that the server has never listed, so it",
        "    can apply to nothing at all.",
        "    Fix: take a name from localguard server show github, or leave the rule out.",
    ]
    assert [*folded(LONG, 60)][-2:] == [
        "    Fix: take a name from localguard server show github, or",
        "         leave the rule out.",
    ]


def test_what_fits_or_goes_elsewhere_stays_a_line() -> None:
    """A pipe and a file keep lines as they are."""
    assert [*folded("short. Fix: this", 80)] == ["short. Fix: this"]
    assert [*folded(LONG, None)] == [LONG]
    assert columns_of(io.StringIO()) is None
    read, write = os.pipe()
    with open(write, "w", encoding="utf-8") as out:
        assert columns_of(out) is None
    os.close(read)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudoterminals")
def test_a_terminal_says_how_wide_it_is() -> None:
    """By its size, not by a variable that somebody has set."""
    termios = import_module("termios")
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as out:
        assert columns_of(out) is None
        termios.tcsetwinsize(theirs, (24, 61))
        assert columns_of(out) == 61
    os.close(ours)


def test_an_address_is_never_cut() -> None:
    """It can be opened or copied as one."""
    url = f"https://login.example.com/authorize?{'a' * 100}"
    assert url in [*folded(f"To end the session, open {url}", 80)][-1]


WORDS = st.lists(st.text("abc.:-/", min_size=1, max_size=30), min_size=1, max_size=40)


@given(WORDS, st.integers(1, 200))
def test_every_word_is_there_in_its_order(words: list[str], columns: int) -> None:
    """Folding adds line ends and spaces, and nothing else."""
    line = " ".join([*words, "end. Fix: do", *words])
    assert " ".join(folded(line, columns)).split() == line.split()
