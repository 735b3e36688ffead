"""Values of clients' files are not shown, however a file spells them."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from localguard.clients.edit import plan
from localguard.clients.hiding import MARK, without
from localguard.telling.connections import diff_lines

ONE = "q9Zx/Lm27_vTr0pKsWe5"
PEM = "-----BEGIN KEY-----\nMIIEabcd efgh\n-----END KEY-----"
VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Zs"]), min_size=4
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'{"T": "q9Zx\/Lm27_vTr0pKsWe5"}', ONE),
        (r'{"T": "q9Zx/Lm27\u005fvTr0pKsWe5"}', ONE),
        (r'{"T": "\u00719Zx/Lm27_vTr0pKsWe\u0035"}', ONE),
        (r'T = "q9Zx/Lm27\U0000005fvTr0pKsWe5"', ONE),
        (r'T: "q9Zx/Lm27\x5fvTr0pKsWe5"', ONE),
        (r'{"T": "\ud83d\ude00 is my word"}', "\U0001f600 is my word"),
        ('T = """\nq9Zx/Lm27_\\\n    vTr0pKsWe5"""', ONE),
        ('T: "q9Zx/Lm27_\\\n   vTr0pKsWe5"', ONE),
        ("T: 'it''s a secret'", "it's a secret"),
        (f'T = """{PEM}"""', PEM),
        ("T = '''\n" + PEM.replace("\n", "\r\n") + "'''", PEM),
        ("T: |\n  " + PEM.replace("\n", "\n  ") + "\n", PEM),
        ("T: >\n  q9Zx secret\n  of two lines\n", "q9Zx secret of two lines\n"),
        ("T: q9Zx secret\n  of two lines\n", "q9Zx secret of two lines"),
        (json.dumps({"T": PEM}), PEM),
    ],
)
def test_a_value_is_hidden_in_every_way_of_writing_it(text: str, value: str) -> None:
    """What a change shows hid only what a line spelled as Python writes JSON, so a slash or an
    underscore with an escape, and each line of a key in PEM, stood in the terminal."""
    shown = without(text, (value,))
    for told in ("q9Zx", "vTr0pKsWe", "MIIE", "secret", "two", "word", "abcd", "efgh", "KEY"):
        assert told not in shown
    assert MARK in shown
    assert len(shown.splitlines()) == len(text.splitlines())
    removed = plan("f", text.encode(), b"")
    assert not any("vTr0pKsWe" in one or "MIIE" in one for one in diff_lines(removed, (value,)))


def test_a_line_of_a_value_is_hidden_by_itself() -> None:
    """A file may keep a part of a key that another file has whole."""
    assert without("a\nMIIEabcd efgh\nb", (PEM,)) == "a\n***\nb"


def test_what_is_short_is_no_secret() -> None:
    """`on` as a value would blacken half the file."""
    assert without('{"on": "on"}', ("on", "", " o n ")) == '{"on": "on"}'


def test_values_that_overlap_leave_nothing_between_them() -> None:
    """One replaced after the other would leave the end of the second."""
    assert without("abcdefgh", ("abcdef", "defgh")) == MARK


def test_a_value_that_changes_is_a_change_though_both_are_hidden() -> None:
    """A person must see that a line differs, even where its value is not to be seen."""
    change = plan("f", b'{\n"a": "first-value"\n}', b'{\n"a": "other-value"\n}')
    lines = list(change.diff(("first-value", "other-value")))
    assert lines[3:] == [" {", '-"a": "***"', '+"a": "***"', " }"]


@given(VALUES, st.booleans())
def test_what_a_format_writes_of_a_value_is_hidden(value: str, ascii_only: bool) -> None:
    """JSON, TOML and YAML, in which each character may be an escape."""
    escaped = "".join(f"\\U{ord(char):08x}" for char in value)
    assert tomllib.loads(f'T = "{escaped}"')["T"] == value
    assert YAML(typ="safe", pure=True).load(f'"{escaped}"') == value
    for text in (f'"{escaped}"', json.dumps(value, ensure_ascii=ascii_only)):
        assert without(text, (value,)) == f'"{MARK}"'


@given(st.text(), st.lists(st.text(), max_size=3))
def test_the_lines_stay_as_many_whatever_is_hidden(text: str, hidden: list[str]) -> None:
    """A line of a change stands for the same line of the file."""
    assert len(without(text, hidden).splitlines()) == len(text.splitlines())
