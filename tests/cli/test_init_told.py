"""How `init` lays out what it prints."""

from localguard.cli.init_told import aligned


def test_the_last_cell_goes_on_below_itself() -> None:
    """At 80 columns nothing is cut, and columns stay columns."""
    rows = [
        ("restart", "Cursor: it starts the servers again by itself; else turn each off and on"),
        ("type", "localguard", "the console"),
        ("", "localguard learn", "later: rules from what you answered, one at a time, as you like"),
    ]
    assert list(aligned(rows, 60)) == [
        "  restart  Cursor: it starts the servers again by itself;",
        "           else turn each off and on",
        "  type     localguard        the console",
        "           localguard learn  later: rules from what you",
        "                             answered, one at a time, as you",
        "                             like",
    ]


def test_where_there_is_no_room_a_text_begins_on_its_own_line() -> None:
    """A long path leaves none beside it."""
    path = "~/Library/Application Support/Claude/claude_desktop_config.json"
    assert list(aligned([("Claude Desktop", path, "2 servers: git, files")], 80)) == [
        f"  Claude Desktop  {path}",
        "                  2 servers: git, files",
    ]


def test_a_log_has_whole_lines() -> None:
    """Where it is no terminal nothing is folded."""
    text = "a " * 200
    assert list(aligned([("what", text)], 0)) == [f"  what  {text}".rstrip()]
    assert list(aligned([], 80)) == []
