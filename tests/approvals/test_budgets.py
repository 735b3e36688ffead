"""How long each client waits, as far as it is known."""

import pytest

from localguard.approvals.budgets import TABLE, UNKNOWN, budget_of


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


def test_no_client_is_held_longer_than_it_waits() -> None:
    """Each row is below the limit that its sources name."""
    limits = {"claude-ai": 240, "claude-code": 120, "codex*": 60, "gemini-cli*": 600, "zed*": 60}
    for row in TABLE:
        assert 0 < row.seconds < limits.get(row.client, 3600)
    assert UNKNOWN < 60
