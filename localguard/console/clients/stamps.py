"""Which files say how clients start servers, and a mark of each that changes when it does.

A look at marks costs microseconds and reads nothing, so it can be had every few seconds.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from localguard.clients.registry import Registry, registry_path
from localguard.clients.table import Machine, client
from localguard.config.paths import Places

Stamp = tuple[int, int, int] | None
"""Moment of the last change in nanoseconds, size in bytes, and number of the file; None if none."""


def stamps(paths: Iterable[str]) -> Mapping[str, Stamp]:
    """The mark of each file now."""
    return {path: _stamp(path) for path in paths}


def watched(machine: Machine, places: Places, registry: Registry) -> Iterator[str]:
    """The registry, the files of each client in it, what they start, what defines that."""
    yield registry_path(places)
    for name in dict.fromkeys(one.client for one in registry.entries):
        known = client(name)
        if known is not None:
            yield from known.user_files(machine)
            yield known.project_file(machine) or ""
    for row in registry.entries:
        yield from (row.path, row.program[0])
        yield from (places.profile_file(row.profile), places.servers_file(row.profile))


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
