"""What commands share: the option --json, and standard output."""

import io
import os
import sys
from collections.abc import Callable
from typing import TextIO, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., object])


def with_json(command: _Command) -> _Command:
    """Give a command the option --json."""
    text = "Print JSON with a schema_version."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def standard_output() -> TextIO:
    """Standard output, where a character the terminal's encoding lacks is escaped, not fatal."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout


def colored(terminal: bool) -> bool:
    """NO_COLOR wins over FORCE_COLOR, which wins over what the terminal is (no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")
