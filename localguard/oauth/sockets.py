"""The sockets that a redirect comes to: on loopback alone, and ours as long as they are open."""

import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Literal

from localguard.errors import SignInFault

Host = Literal["127.0.0.1", "localhost"]

_BACKLOG: Final = 64
_TRIES: Final = 16


def listening(host: Host, ports: Iterable[int], *, again: str) -> tuple[socket.socket, ...]:
    """Sockets that listen at the first of the ports that is free; 0 takes any.

    `localhost` is both loopback addresses, as a browser may try either; one socket where the
    machine has no IPv6. Raises SignInFault where all of the ports are in use; `again` is the
    command for afterwards.
    """
    ports = tuple(ports)
    opened = _on_both if host == "localhost" else _on_one
    for port in ports:
        for _ in range(_TRIES if port == 0 else 1):
            with suppress(OSError):
                return opened(port)
    raise _busy(host, ports, again)


def _on_one(port: int) -> tuple[socket.socket, ...]:
    return (_bound(socket.AF_INET, ("127.0.0.1", port)),)


def _on_both(port: int) -> tuple[socket.socket, ...]:
    first = _bound(socket.AF_INET, ("127.0.0.1", port))
    if not _has_ipv6():
        return (first,)
    try:
        return (first, _bound(socket.AF_INET6, ("::1", first.getsockname()[1])))
    except OSError:
        first.close()
        raise


def _has_ipv6() -> bool:
    """Whether `::1` is an address of this machine."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _bound(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        _claim(bound)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound


def _exclusively(bound: socket.socket) -> None:
    """Windows: nobody else gets the port, which SO_REUSEADDR would hand to whoever asks."""
    bound.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", -5), 1)


def _at_once_again(bound: socket.socket) -> None:
    """POSIX: a sign-in right after another is not kept from a fixed port by TIME_WAIT."""
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


_claim: Final[Callable[[socket.socket], None]] = (
    _exclusively if sys.platform == "win32" else _at_once_again
)


def _busy(host: str, ports: tuple[int, ...], again: str) -> SignInFault:
    if not any(ports):
        what = "no port of this machine can be had for the browser to come back to"
        return SignInFault(what, where=host, fix=f"look what keeps them, then {again}")
    listed = ", ".join(map(str, ports))
    what = f"each port of the redirect address is in use: {listed}"
    fix = (
        f"end the program that has one of them, or add a port in the profile and at the provider,"
        f" then {again}"
    )
    return SignInFault(what, where=host, fix=fix)
