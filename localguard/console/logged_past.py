"""What the audit log says of calls like the one that waits: read from its end, and not far."""

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from anyio import to_thread

from localguard.console.services import Earlier
from localguard.control.messages import RequestView
from localguard.errors import LocalguardError
from localguard.policy.hosts import host_of_url
from localguard.telling.entries import Record
from localguard.telling.fatigue import STRAIGHT, straight
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import recent_calls

_FAR: Final = 5000
"""Records that are looked at."""
_HOSTS: Final = 200
_CALLS: Final = 500
"""Calls among which answers in a row are counted."""


class LoggedPast:
    """`Past` over the audit log in a folder."""

    def __init__(self, audit: str) -> None:
        self._audit = audit

    async def earlier(self, request: RequestView) -> Earlier:
        """The last call to the same target that was let through, and the hosts of its server."""
        return await to_thread.run_sync(self._earlier, request)

    def _earlier(self, request: RequestView) -> Earlier:
        last: Record | None = None
        hosts: set[str] = set()
        try:
            for record in islice(newest_first(self._audit), _FAR):
                if record is None or not _let_through(record, request.server):
                    continue
                if last is None and record.get("item") == request.item:
                    last = record
                if len(hosts) < _HOSTS:
                    hosts.update(_hosts(record.get("arguments")))
        except LocalguardError:
            # What cannot be read cannot be compared with; the call is shown without.
            return Earlier()
        if last is None:
            return Earlier(hosts=frozenset(hosts))
        return Earlier(
            json.dumps(last.get("arguments")), _at(last), frozenset(hosts), self._straight(request)
        )

    def _straight(self, request: RequestView) -> int:
        calls = recent_calls(newest_first(self._audit), _CALLS).calls
        run = straight(calls, request.server, request.item, request.by)
        return run if run >= STRAIGHT else 0


def _let_through(record: Record, server: str) -> bool:
    return record.get("kind") == "intent" and record.get("server") == server


def _hosts(arguments: object) -> set[str]:
    found: set[str] = set()
    if isinstance(arguments, Mapping):
        for value in arguments.values():
            host = host_of_url(value) if isinstance(value, str) and "://" in value else None
            if host is not None:
                found.add(host)
    return found


def _at(record: Record) -> float | None:
    try:
        return datetime.fromisoformat(str(record.get("t"))).timestamp()
    except ValueError:
        return None
