"""A program that serves, and says where in one line of JSON; it runs as long as a block."""

import json
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
