"""The endpoint file: where a guard listens, and the key that whoever connects must know.

`g-ID.json` (0600) in the run folder, beside the guard's socket and the lock that says that it
lives. It is there before the first console and goes with the guard; what a killed guard left is
cleared away by whoever finds it.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, NamedTuple

from localguard.control import alive, folder
from localguard.control.faults import ControlFault, VersionsDiffer
from localguard.control.handshake import fresh, protocol_of, told, untold
from localguard.control.listening import Address, Listen, Listening, listen, withdraw
from localguard.control.messages import PROTOCOL, GuardView
from localguard.control.wire import parse, wire

RESTART: Final = "restart the client's server"
ONE_VERSION: Final = "restart the client's server, so that both are of one version"
_TRIES: Final = 20
_PAUSE: Final = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What stands in an endpoint file.

    `born` tells the guard's process from another with its number; `key` is 32 bytes in base64;
    `home` is the folder of localguard's own files; `started` is in seconds since the epoch. Either
    `unix` is the path of a socket or `port` one of 127.0.0.1.
    """

    TYPE: ClassVar[str] = "endpoint"
    id: str
    pid: int
    born: str | None
    proto: int
    version: str
    server: str
    profile: str | None
    client: str | None
    unix: str | None
    port: int | None
    key: str = field(repr=False)
    home: str
    started: float

    @property
    def address(self) -> Address:
        """Where the guard listens."""
        return Address(self.unix, self.port)

    @property
    def secret(self) -> bytes:
        """The key itself; one that nobody knows where the file has none."""
        return untold(self.key) or fresh()


class Published:
    """The endpoint of this guard, from its beginning to its end."""

    def __init__(self, run: str, endpoint: Endpoint, listening: Listening, lock: int) -> None:
        self.endpoint = endpoint
        self.listener = listening.socket
        self._run = run
        self._lock = lock

    def follow(self, guard: GuardView) -> None:
        """Write the file anew where the guard serves another profile or client by now."""
        now = replace(self.endpoint, profile=guard.profile, client=guard.client)
        if now != self.endpoint:
            self.endpoint = now
            # Informative: a guard that cannot say it here says it to whoever connects.
            with suppress(OSError):
                folder.put(_path(self._run, now.id, "json"), wire(now))

    def withdraw(self) -> None:
        """Listen no more, and remove what was published."""
        self.listener.close()
        _clear(self._run, self.endpoint.id, self.endpoint.address)
        alive.let_go(_path(self._run, self.endpoint.id, "lock"), self._lock)


class Found(NamedTuple):
    """The endpoints in a run folder, and the ones that cannot be used, with the reason."""

    endpoints: dict[str, Endpoint]
    faults: dict[str, ControlFault]


def publish(
    run: str, guard: GuardView, home: str, born: str | None, listening_by: Listen = listen
) -> Published:
    """Listen for consoles, and write down where. Raises ControlFault where that cannot be done."""
    folder.make_private(run)
    if not folder.is_id(guard.id):
        raise ControlFault(f'"{guard.id}" cannot be the id of a guard')
    lock = _hold(_path(run, guard.id, "lock"))
    try:
        listening = listening_by(run, f"g-{guard.id}.sock")
        return _publish(run, _described(guard, home, born, listening), listening, lock)
    except OSError as error:
        _withdraw_lock(run, guard.id, lock)
        what = f"the endpoint file cannot be written ({error.strerror})"
        fix = f"make {run} a folder that you can write to"
        raise ControlFault(what, where=run, fix=fix) from error
    except ControlFault:
        _withdraw_lock(run, guard.id, lock)
        raise


def find(run: str) -> Found:
    """All endpoints in a run folder, none where it is missing. Raises ControlFault."""
    found = Found({}, {})
    for name in _named(run):
        try:
            found.endpoints[name] = load(run, name)
        except FileNotFoundError:
            continue
        except ControlFault as fault:
            found.faults[name] = fault
        except OSError as error:
            found.faults[name] = _unreadable(_path(run, name, "json"), error)
    return found


def load(run: str, guard: str) -> Endpoint:
    """The endpoint of one guard. Raises ControlFault, and OSError where it cannot be read."""
    path = _path(run, guard, "json")
    text = folder.get(path)
    if protocol_of(text) not in {None, PROTOCOL}:
        raise VersionsDiffer(
            f"the guard {guard} is of another version of localguard", where=path, fix=ONE_VERSION
        )
    endpoint = parse(text, Endpoint)
    if endpoint is None or endpoint.id != guard:
        raise ControlFault("this endpoint file is damaged", where=path, fix=RESTART)
    return endpoint


def sweep(run: str) -> None:
    """Clear away whatever guards left that have ended. Raises ControlFault."""
    for guard in _named(run):
        clear_if_dead(run, guard)


def left_over(run: str) -> dict[str, tuple[str, ...]]:
    """The files of guards that have ended, by their ids. Changes nothing. Raises ControlFault."""
    dead = [one for one in _named(run) if not alive.is_held(_path(run, one, "lock"))]
    return {one: tuple(_there(run, one)) for one in dead}


def clear_if_dead(run: str, guard: str) -> bool:
    """Remove what a guard left that has ended; whether it had. Never by its pid alone."""

    def clear() -> None:
        try:
            address = load(run, guard).address
        except (OSError, ControlFault):
            address = Address(_path(run, guard, "sock"), None)
        _clear(run, guard, address)

    return alive.clear_if_dead(_path(run, guard, "lock"), clear)


def _named(run: str) -> list[str]:
    if not os.path.lexists(run):
        return []
    folder.require_private(run)
    try:
        return sorted(set(folder.ids(run)))
    except OSError as error:
        what = f"the folder cannot be read ({error.strerror})"
        raise ControlFault(what, where=run, fix="make it a folder of your own") from error


def _publish(run: str, endpoint: Endpoint, listening: Listening, lock: int) -> Published:
    try:
        folder.put(_path(run, endpoint.id, "json"), wire(endpoint))
    except OSError:
        listening.socket.close()
        withdraw(listening.address, run)
        raise
    return Published(run, endpoint, listening, lock)


def _described(guard: GuardView, home: str, born: str | None, listening: Listening) -> Endpoint:
    unix, port = listening.address
    return Endpoint(
        id=guard.id,
        pid=guard.pid,
        born=born,
        proto=PROTOCOL,
        version=guard.version,
        server=guard.server,
        profile=guard.profile,
        client=guard.client,
        unix=unix,
        port=port,
        key=told(fresh()),
        home=home,
        started=guard.started,
    )


def _hold(path: str) -> int:
    """The lock of a new guard; somebody who clears up may hold it for a moment."""
    try:
        for _ in range(_TRIES):
            lock = alive.hold(path)
            if lock is not None:
                return lock
            time.sleep(_PAUSE)
    except OSError as error:
        raise _unreadable(path, error) from error
    what = "another guard has the same id"
    raise ControlFault(what, where=path, fix=RESTART)


def _withdraw_lock(run: str, guard: str, lock: int) -> None:
    alive.let_go(_path(run, guard, "lock"), lock)


def _clear(run: str, guard: str, address: Address) -> None:
    own = f"g-{guard}.sock"
    if address.unix is not None and os.path.basename(address.unix) == own:
        withdraw(address, run)
    folder.remove(_path(run, guard, "json"))
    folder.remove(_path(run, guard, "json.new"))


def _path(run: str, guard: str, kind: str) -> str:
    return os.path.join(run, f"g-{guard}.{kind}")


def _there(run: str, guard: str) -> Iterator[str]:
    paths = (_path(run, guard, kind) for kind in ("json", "sock", "lock"))
    return filter(os.path.lexists, paths)


def _unreadable(path: str, error: OSError) -> ControlFault:
    what = f"this file cannot be used ({error.strerror})"
    return ControlFault(what, where=path, fix=RESTART)
