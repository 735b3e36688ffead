"""`--help`: what a newcomer reads first."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from localguard.cli.commands import localguard


def groups(command: click.Command, *names: str) -> Iterator[tuple[str, ...]]:
    """The words of each command that has commands."""
    if isinstance(command, click.Group):
        yield names
        for name, below in command.commands.items():
            yield from groups(below, *names, name)


@pytest.mark.parametrize("names", tuple(groups(localguard)))
def test_no_line_of_a_list_of_commands_is_cut(names: tuple[str, ...]) -> None:
    """At 80 columns each says all that it has to say."""
    shown = CliRunner().invoke(localguard, [*names, "--help"], terminal_width=80).output
    _, _, commands = shown.partition("Commands:")
    assert commands
    assert [line for line in commands.splitlines() if line.endswith("...")] == []


def test_the_help_of_run_shows_each_of_its_forms() -> None:
    """A server of the profile, a command, and an address."""
    shown = CliRunner().invoke(localguard, ["run", "--help"], terminal_width=80).output
    for form in ("run NAME", "-- COMMAND", "--url URL"):
        assert form in shown
