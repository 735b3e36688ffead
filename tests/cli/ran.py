"""What came of a command that was run in this process."""

import io
from collections.abc import Callable
from dataclasses import dataclass

from localguard.cli.exits import Exit


@dataclass
class Ran:
    """Its exit code, and all that it wrote."""

    code: Exit
    out: str
    err: str


def ran(command: Callable[[io.StringIO, io.StringIO], Exit]) -> Ran:
    """Run a command that takes its two outputs."""
    out, err = io.StringIO(), io.StringIO()
    code = command(out, err)
    return Ran(code, out.getvalue(), err.getvalue())
