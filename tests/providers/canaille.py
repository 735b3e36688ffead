"""The second provider of the tests: PyPI `canaille`, another implementation in every way.

Its client is `localguard`, public, with the redirect URIs of EXACT_PORTS and no others.
"""

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.providers.announcing import announcing

_FIRST = 20_000 + os.getpid() % 4_000 * 3
EXACT_PORTS = (_FIRST, _FIRST + 1, _FIRST + 2)
"""Of this run alone, and below those that systems give out by themselves."""
_SERVER = Path(__file__).resolve().parents[1] / "servers/canaille_idp.py"


@contextmanager
def started(python: Path, log: Path, ports: Sequence[int] = EXACT_PORTS) -> Generator[str]:
    """Its issuer, as long as the block lasts. `python` is that of canaille's own environment."""
    with announcing([str(python), str(_SERVER), *map(str, ports)], log) as (said, _):
        yield said["issuer"]
