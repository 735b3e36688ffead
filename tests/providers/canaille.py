"""The second provider of the tests: PyPI `canaille`, another implementation in every way.

Its client is `localguard`, public, with the redirect URIs of EXACT_PORTS and no others.
"""

import json
import os
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

_FIRST = 20_000 + os.getpid() % 4_000 * 3
EXACT_PORTS = (_FIRST, _FIRST + 1, _FIRST + 2)
"""Of this run alone, and below those that systems give out by themselves."""
_SERVER = Path(__file__).resolve().parents[1] / "servers/canaille_idp.py"


@contextmanager
def started(python: Path, log: Path, ports: Sequence[int] = EXACT_PORTS) -> Generator[str]:
    """Its issuer, as long as the block lasts. `python` is that of canaille's own environment."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(python), str(_SERVER), *map(str, ports)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        with process:
            try:
                yield _announced(process, log)
            finally:
                process.kill()


def _announced(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, log.read_text()
    return str(json.loads(line)["issuer"])
