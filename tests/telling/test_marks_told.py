"""Marks on a few lines: every name is there once for each mark, and nothing a server says leaks."""

from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.calls import Json
from localguard.policy.pins import Definition, Family
from localguard.telling.marks_told import MOST, marks_lines, odd
from localguard.text import is_hidden

READ: dict[str, Json] = {"readOnlyHint": True, "openWorldHint": False}
OPEN: dict[str, Json] = {"readOnlyHint": True}
WRITE: dict[str, Json] = {"readOnlyHint": False, "openWorldHint": False}
GONE: dict[str, Json] = {"destructiveHint": True, "openWorldHint": False}


def tool(name: str, hints: Json = None) -> Definition:
    """A tool with these annotations."""
    body: dict[str, Json] = {"name": name, "description": "Never shown."}
    return Definition(Family.TOOL, name, body if hints is None else body | {"annotations": hints})


def test_tools_stand_by_their_marks() -> None:
    """Shown as a person types it: reads, writes, destructive, reaches out, none."""
    tools = [tool("a", READ), tool("b", OPEN), tool("c", WRITE), tool("d", GONE), tool("e")]
    tools.append(Definition(Family.PROMPT, "p", {"name": "p"}))
    assert [*marks_lines("files", tools, instructs=True)] == [
        "  files",
        "    reads        a, b (2)",
        "    writes       c (1)",
        "    destructive  d (1)",
        "    reaches out  b (1: open)",
        "    no marks     e (1: taken for write and open)",
        "    also         1 prompt, instructions for the model",
    ]


def test_what_is_said_of_all_is_said_once() -> None:
    """Most servers say nothing of the open world, which counts as open."""
    lines = [*marks_lines("web", [tool("a", OPEN), tool("b", OPEN)])]
    assert lines[-1] == "    reaches out  (open) all of these (2)"
    assert [*marks_lines("none", [])] == ["  none", "    no tools"]


def test_a_tool_that_says_both_stands_in_both_rows() -> None:
    """A rule for @read takes it, too, so a person sees it there."""
    lines = [*marks_lines("odd", [tool("x", {**READ, "destructiveHint": True})])]
    assert [line.split()[-2] for line in lines[1:]] == ["x", "x"]


def test_names_that_pretend_to_be_several_are_quoted_and_odd() -> None:
    """Attack: a name that ends the row and begins another."""
    tools = [tool("a, b (2)\n  files  writes  c", READ), tool("plain", READ)]
    lines = [*marks_lines("files", tools)]
    assert lines[1].startswith('    reads        "a, b (2)\\\\u{a}')
    assert [one.rpartition(": ")[2] for one in odd(tools)] == ["not a name as tools have them"]


def test_more_names_than_a_person_reads_are_odd() -> None:
    """Attack: one name among thousands."""
    tools = [tool(f"tool_{number}", READ) for number in range(MOST + 1)]
    assert [*odd(tools[:MOST])] == []
    assert [*odd(tools)] == [f"{MOST + 1} tools: not all names are shown"]
    assert len([*marks_lines("many", tools, width=80)]) < 40


def test_warnings_are_told_and_counted() -> None:
    """A flood of them does not push the question away."""
    lines = [*marks_lines("files", [], [f"w{number}" for number in range(20)])]
    assert lines[2] == "    ! w0"
    assert lines[-1] == "    ! and 12 more like these"


HINTS = st.one_of(
    st.none(),
    st.text(),
    st.dictionaries(
        st.sampled_from(["readOnlyHint", "destructiveHint", "openWorldHint"]),
        st.one_of(st.booleans(), st.none(), st.text()),
    ),
)


@given(
    st.text(),
    st.lists(st.tuples(st.text(), HINTS), unique_by=lambda one: one[0], max_size=30),
    st.lists(st.text(max_size=40), max_size=12),
    st.integers(0, 200),
)
def test_hostile_texts_are_one_line_each(
    server: str, tools: list[tuple[str, Json]], warned: list[str], width: int
) -> None:
    """Promise: whatever a server calls itself and its tools, a terminal obeys none of it."""
    lines = [*marks_lines(server, [tool(*one) for one in tools], warned, width)]
    assert not any(is_hidden(char) for line in lines for char in line)
    assert all(line.startswith("  ") for line in lines)
    assert "Never shown." not in "".join(lines)


@given(
    st.lists(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), min_size=1, unique=True),
    st.integers(60, 120),
)
def test_every_name_is_shown_within_the_width(names: list[str], width: int) -> None:
    """A yes is to what was seen."""
    lines = [*marks_lines("files", [tool(name, READ) for name in names], width=width)]
    said = " ".join(line[17:] for line in lines[1:]).split()
    assert [one.rstrip(",") for one in said[: len(names)]] == names
    assert max(map(len, lines)) <= width
