"""Connecting and disconnecting in a home of the tests, as a person who has agreed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from localguard.clients.connecting import make
from localguard.clients.disconnecting import make as give_back
from localguard.clients.disconnecting import planned as way_back
from localguard.clients.edit import Stale
from localguard.clients.entry import Program
from localguard.clients.found import Scope, find_one
from localguard.clients.originals import FileOriginals
from localguard.clients.planning import Connection, Wanted, planned
from localguard.clients.registry import Registry, clients_folder, read_registry
from tests.clients.homes import Home
from tests.config.makers import key_of

GUARD = Program(("/opt/localguard/bin/localguard",))
AT = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
SEARCH = "/opt/node/bin:/usr/bin"


def registry(at: Home) -> Registry:
    """What is registered, if it is sealed."""
    return read_registry(at.where, key_of(at.where))


def plan_connect(at: Home, *servers: str, add: bool = False, scope: Scope = "user") -> Connection:
    """What would be done."""
    wanted = Wanted("work", GUARD, SEARCH, servers, add, registry=registry(at))
    return planned(at.where, wanted, find_one(at.machine, at.client, scope).files)


def connect(at: Home, *servers: str, add: bool = False) -> Connection:
    """It is done, and nothing was stale."""
    connection = plan_connect(at, *servers, add=add)
    assert carry_out(at, connection) == ()
    return connection


def carry_out(at: Home, connection: Connection) -> Sequence[Stale]:
    """What was not done."""
    originals = FileOriginals(clients_folder(at.where))
    return make(at.where, connection, key_of(at.where), originals, AT)


def disconnect(at: Home, *servers: str) -> list[bool]:
    """The way back; whether each file is as it was to the byte."""
    originals = FileOriginals(clients_folder(at.where))
    known = registry(at)
    rows = [one for one in known.entries if not servers or one.name in servers]
    back = way_back(at.where, known, rows, originals)
    assert give_back(at.where, back, key_of(at.where), originals, AT) == ()
    return [one.exact for one in back.files]
