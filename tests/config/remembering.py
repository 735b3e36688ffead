"""Approval requests for the tests of what is remembered, and the calls that they were made from."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localguard.config.paths import Places
from localguard.config.remembered import Asked, Author, Candidate, Wish, candidate
from localguard.config.tests import texts_in
from localguard.policy.calls import Call, Facts, Json
from tests.config.makers import places_in, put

NOON = datetime(2026, 11, 26, 12, 4, tzinfo=UTC)
AUTHOR = Author(NOON, "localguard console, pid 812")
ASKED = Asked(
    call="7f3a-1",
    profile="work",
    server="files",
    item="write",
    rule="work.toml#abc",
    identity="i",
    pin="p",
    client="cursor",
    arguments={"path": "/srv/a/b", "mode": "*", "n": 5},
)
WORK = 'version = 1\n[[rule]]\nask = "files/*"\n'
KEY = b"k" * 32


def key() -> bytes:
    """The key of the tests' seals."""
    return KEY


def asked(**changes: Any) -> Asked:
    """A request that differs from the usual one."""
    return replace(ASKED, **changes)


def call_of(request: Asked, roots: Iterable[str] = (), **changes: Json) -> Call:
    """The call of a request, with other arguments; None takes one away."""
    given: Mapping[str, Json] = request.arguments or {}
    arguments = {**given, **changes}
    return with_arguments(request, arguments, roots)


def with_arguments(
    request: Asked, arguments: Mapping[str, Json], roots: Iterable[str] = ()
) -> Call:
    """A call like that of a request, where each path leads to where it reads."""
    facts = Facts(
        NOON,
        client=request.client,
        identity=request.identity,
        pin=request.pin,
        person=request.person,
        paths={text: text for text in (*roots, *texts_in(arguments))},
    )
    return Call(request.server, request.item, arguments, facts)


def made(wish: Wish, **changes: Any) -> Candidate:
    """What becomes of a wish."""
    return candidate(asked(**changes), wish, AUTHOR)


def work_in(folder: Path, remembered: str | bytes | None = None) -> Places:
    """A folder with a profile `work` that asks."""
    folder.mkdir(exist_ok=True)
    where = places_in(folder)
    put(where, "work", WORK)
    if remembered is not None:
        put(where, "work", remembered, remembered=True)
    return where
