"""A program that serves, and says where in one line of JSON; it runs as long as a block."""

import json
import os
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Nothing of ours runs in a provider, or in a server of others.
_UNMEASURED = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}


@contextmanager
def announcing(
    command: Sequence[str], log: Path
) -> Generator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """What the program has announced, and its process. Its stderr is added to the log."""
    with log.open("a") as errors:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=_UNMEASURED,
        )
        with process:
            try:
                yield _announced(process, log), process
            finally:
                process.kill()


def _announced(process: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, log.read_text()
    said: dict[str, Any] = json.loads(line)
    return said
