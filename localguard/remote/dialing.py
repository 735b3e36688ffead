"""Connections to an address: the name looked up aside, the fastest of its addresses, TLS on top.

Names are looked up on a thread of `aside`, as the loop's own executor would hold up the exit of a
guard. Several addresses are tried as RFC 8305 has it: the next one begins while the last is quiet.
TLS is always verified, against the certificates that the system trusts.
"""

import socket
import ssl
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Final

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSStream

from localguard.aside import aside
from localguard.remote.address import Address
from localguard.remote.ports import Unanswered
from localguard.text import safe

PATIENCE: Final = 10.0
"""Seconds for the name, the connection and TLS together."""
_HEAD_START: Final = 0.25
_LOOPBACK: Final = ("127.0.0.1", "::1")


class Dialer:
    """Connects to one address."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._context: ssl.SSLContext | None = None

    async def dial(self) -> ByteStream:
        """A new connection. Raises Unanswered."""
        try:
            with anyio.fail_after(PATIENCE):
                return await self._dialled()
        except TimeoutError:
            raise self._fault(f"does not answer within {PATIENCE:.0f} s") from None
        except ssl.SSLCertVerificationError as error:
            raise self._untrusted(error) from None
        except ssl.SSLError as error:
            reason = (error.reason or "no reason").replace("_", " ").lower()
            raise self._fault(f"cannot be spoken to over TLS ({safe(reason, 80)})") from None
        except (OSError, anyio.EndOfStream, anyio.BrokenResourceError) as error:
            raise self._fault(f"cannot be reached ({_reason(error)})") from None

    async def _dialled(self) -> ByteStream:
        address = self._address
        hosts = await _looked_up(address.host.strip("[]"), address.port)
        stream = await _fastest(hosts, address.port)
        try:
            return await self._secured(stream) if address.secure else stream
        except BaseException:
            await anyio.aclose_forcefully(stream)
            raise

    async def _secured(self, stream: ByteStream) -> ByteStream:
        if self._context is None:
            self._context = await aside(_context)
        host = self._address.host.strip("[]")
        # The length or the last chunk says where an answer ends, and not how TLS does.
        return await TLSStream.wrap(
            stream,
            hostname=host,
            ssl_context=self._context,
            server_side=False,
            standard_compatible=False,
        )

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> Unanswered:
        why = safe(error.verify_message.rstrip("."), 120)
        return Unanswered(
            f"the server's certificate is not trusted ({why})",
            where=self._address.origin,
            fix="check the URL, and whether this machine trusts who has issued it",
            unreachable=True,
        )

    def _fault(self, what: str) -> Unanswered:
        return Unanswered(
            f"the server {what}, so nothing was asked of it",
            where=self._address.origin,
            fix="check that it runs, its URL and the network, then repeat the call",
            unreachable=True,
        )


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    text = error.strerror if isinstance(error, OSError) else None
    return safe(text or "the connection broke off", 80)


async def _looked_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, the two families in turns. Raises OSError."""
    if host == "localhost":
        # Whatever some file says of it: it stands for this machine alone (RFC 6761 section 6.3).
        return _LOOPBACK
    if ":" in host or host.replace(".", "").isdigit():
        return (host,)
    found = await aside(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    by_family: dict[int, list[str]] = {}
    for family, _, _, _, place in found:
        by_family.setdefault(family, []).append(str(place[0]))
    turns = chain.from_iterable(zip_longest(*by_family.values()))
    return list(dict.fromkeys(one for one in turns if one is not None))


async def _fastest(hosts: Sequence[str], port: int) -> ByteStream:
    """The first connection that comes about. Raises the last OSError."""
    if len(hosts) == 1:
        return await _connected(hosts[0], port)
    race = _Race()
    async with anyio.create_task_group() as group:
        for host in hosts:
            failed = anyio.Event()
            group.start_soon(race.run, host, port, failed)
            with anyio.move_on_after(_HEAD_START):
                await failed.wait()
            if race.won is not None:
                break
        if race.won is None and race.running:
            await race.over.wait()
        group.cancel_scope.cancel()
    if race.won is None:
        raise race.error
    return race.won


class _Race:
    """Connections that are tried side by side."""

    def __init__(self) -> None:
        self.won: ByteStream | None = None
        self.error = OSError("no address")
        self.running = 0
        self.over = anyio.Event()

    async def run(self, host: str, port: int, failed: anyio.Event) -> None:
        """Try one of them."""
        self.running += 1
        try:
            stream = await _connected(host, port)
        except OSError as error:
            self.error = error
        else:
            if self.won is None:
                self.won = stream
            else:
                await anyio.aclose_forcefully(stream)
        finally:
            self.running -= 1
            failed.set()
            if self.won is not None or not self.running:
                self.over.set()


async def _connected(host: str, port: int) -> ByteStream:
    try:
        stream = await anyio.connect_tcp(host, port)
    except OSError as error:
        raise _cause(error) from None
    raw = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 -- no query of Django's
    # A call may take its time, and a peer that has vanished says nothing.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):
            raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), seconds)
    return stream


def _cause(error: OSError) -> OSError:
    """What the system has said, without anyio's words around it."""
    inner = error.__cause__ or error.__context__
    if isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner if isinstance(inner, OSError) else error
