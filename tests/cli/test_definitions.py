"""How definitions look to who reviews them: everything in sight, or said to be out of it."""

from typing import Any

from localguard.policy.pins import Change, Definition, Family
from localguard.telling.definitions import (
    TEXT,
    change_lines,
    definition_lines,
    text_lines,
    warnings,
)


def tool(**members: Any) -> Definition:
    return Definition(Family.TOOL, "read", {"name": "read", **members})


def test_every_leaf_is_shown_with_its_place() -> None:
    """Texts, numbers, empty objects, and lists of plain values on one line."""
    body = {
        "a": {"b.c": 1, "d": {}},
        "e": [{"f": True}, "g"],
        "h": ["i", "j"],
        "k": None,
        "l": "two\nlines",
    }
    assert list(definition_lines(tool(**body))) == [
        "  tool read  (open, write)",
        '    a["b.c"]: 1',
        "    a.d: {}",
        "    e[0].f: true",
        "    e[1]: g",
        '    h: ["i", "j"]',
        "    k: null",
        "    l:",
        "      | two",
        "      | lines",
    ]


def test_a_prompt_has_no_marks() -> None:
    prompt = Definition(Family.PROMPT, "ask", {"name": "another"})
    assert list(definition_lines(prompt)) == ["  prompt ask", "    name: another"]


def test_a_change_of_anything_shows_both_sides() -> None:
    """A member that came, one that went, and one of another type."""
    old, new = tool(a=1, b=[1]), tool(a="1", c={})
    assert list(change_lines(Change(old, new))) == [
        "  changed tool read  (open, write)",
        "    a",
        "      was:",
        "      | 1",
        "      now:",
        "      | 1",
        "    b",
        "      was:",
        "      | [1]",
        "      now not there",
        "    c",
        "      was not there",
        "      now:",
        "      | {}",
    ]


def test_what_is_too_much_is_said_to_be() -> None:
    """Attack: poison in the middle of a megabyte, or behind a thousand others."""
    many = tool(**{f"k{number:04}": "x" for number in range(1000)})
    lines = list(definition_lines(many))
    assert len(lines) == 402
    assert lines[-1] == "    ! 600 more places are not shown"
    changed = list(change_lines(Change(tool(), many)))
    assert changed[-1] == "    ! 600 more places are not shown"
    tall = list(text_lines("\n" * 1000))
    assert len(tall) == 201
    assert tall[-1] == "    ! 801 more lines are not shown"
    long = list(text_lines("x" * (TEXT + 7)))
    assert "      | … 7 characters …" in long
    assert max(map(len, long)) <= 128
    assert list(warnings(tool(a="x" * (TEXT + 7)), (), {})) == [
        f"    ! a is {TEXT + 7} characters long: not all is shown"
    ]


def test_an_empty_text_is_a_line() -> None:
    assert list(text_lines("")) == ["      | "]
