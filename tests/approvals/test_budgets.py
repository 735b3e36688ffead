"""How long each client waits, as far as it is known."""

import pytest

from localguard.approvals.budgets import TABLE, UNKNOWN, budget_of, limit_of


@pytest.mark.parametrize(
    ("client", "parent", "expected"),
    [
        (None, None, 45),
        ("", "", 45),
        ("some-agent", "Code", 45),
        (None, "Claude", 45),
        ("claude-ai", "Claude", 200),
        ("claude-code", "node", 100),
        ("claude-code", "Claude Helper (Renderer)", 45),
        ("claude-code", None, 100),
        ("codex-mcp-client", "codex", 50),
        ("gemini-cli-mcp-client", "node", 570),
        ("Visual Studio Code", "code", 300),
        ("Visual Studio Code - Insiders", "code", 300),
        ("cursor-vscode", "Cursor", 45),
        ("Zed", "zed", 50),
        ("cline", None, 45),
        ("goose", "goose", 45),
    ],
)
def test_the_lowest_row_that_fits_counts(
    client: str | None, parent: str | None, expected: float
) -> None:
    """Names are hints: an unknown one is held for what the shortest client bears."""
    assert budget_of(client, parent) == expected


@pytest.mark.parametrize(("override", "expected"), [(0, 0), (10, 10), (3600.5, 3600.5), (-1, 0)])
def test_what_the_person_says_counts_alone(override: float, expected: float) -> None:
    """The client's own limit, where it was set, is known better than any table."""
    assert budget_of("claude-ai", None, override) == expected


@pytest.mark.parametrize(
    ("client", "limit", "expected"),
    [
        ("codex-mcp-client", 900, 870),
        ("codex-mcp-client", 1200, 1170),
        ("codex-mcp-client", 40, 30),
        ("goose", 900, 870),
        ("goose-desktop", 60, 45),
        ("claude-ai", 900, 200),
        ("claude-ai", 100, 75),
        ("claude-code", 3600, 100),
        ("some-agent", 900, 45),
        (None, 20, 15),
    ],
)
def test_the_limit_in_its_entry_counts_where_a_client_goes_by_it(
    client: str | None, limit: float, expected: float
) -> None:
    """`connect` raises it for Codex and Goose; an entry that is copied elsewhere lengthens nothing.

    Something is left of it, so that the client gets the answer and no timeout of its own.
    """
    assert budget_of(client, None, None, limit) == expected
    assert budget_of(client, None, 10, limit) == 10


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("900", 900),
        ("3600", 3600),
        ("999999", 3600),
        (None, None),
        ("", None),
        ("0", None),
        ("-5", None),
        ("1e9", None),
        ("inf", None),
        ("nan", None),
        (" 900", None),
        ("900\n", None),
        ("\u0669\u0660\u0660", None),
        ("9" * 5000, None),
    ],
)
def test_what_an_entry_says_of_its_limit_is_bounded(
    said: str | None, expected: float | None
) -> None:
    """Attack: who edits a client's file says anything; it is a number of seconds, or nothing."""
    assert limit_of(said) == expected


def test_no_client_is_held_longer_than_it_waits() -> None:
    """Each row is below the limit that its sources name."""
    limits = {"claude-ai": 240, "claude-code": 120, "codex*": 60, "gemini-cli*": 600, "zed*": 60}
    for row in TABLE:
        assert 0 < row.seconds < limits.get(row.client, 3600)
    assert UNKNOWN < 60
