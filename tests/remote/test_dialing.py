"""Connections: over TLS, always verified; the way to a host that has several addresses."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.tls import TLSListener, TLSStream

from localguard.remote.address import address_of
from localguard.remote.dialing import Dialer
from localguard.remote.ports import Unanswered
from tests.remote.certificates import Authority


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine trusts, as OpenSSL is told."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@asynccontextmanager
async def listening(context: ssl.SSLContext | None, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """A server that says hello; its port."""
    plain = await anyio.create_tcp_listener(local_host=host)
    port = plain.extra(SocketAttribute.local_port)

    async def hello(stream: SocketStream | TLSStream) -> None:
        async with stream:
            await stream.send(b"hello")

    async with plain, anyio.create_task_group() as group:
        if context is None:
            group.start_soon(plain.serve, hello)
        else:
            secured = TLSListener(plain, context, standard_compatible=False)
            group.start_soon(secured.serve, hello)
        yield port
        group.cancel_scope.cancel()


async def heard(url: str) -> bytes:
    """What is heard at a URL."""
    stream = await Dialer(address_of(url)).dial()
    async with stream:
        return await stream.receive()


async def test_a_server_with_a_certificate_for_its_name_is_spoken_to(authority: Authority) -> None:
    """RFC 9110 section 4.3.4: the name in the URL is the name in the certificate."""
    async with listening(authority.context("localhost")) as port:
        assert await heard(f"https://localhost:{port}/mcp") == b"hello"


async def test_an_address_can_be_the_name(authority: Authority) -> None:
    """RFC 9525 section 6.5: an IP address is compared as such."""
    async with listening(authority.context("127.0.0.1")) as port:
        assert await heard(f"https://127.0.0.1:{port}/mcp") == b"hello"


@pytest.mark.parametrize("name", ["example.com", "127.0.0.2"])
async def test_a_certificate_for_another_name_is_refused(authority: Authority, name: str) -> None:
    """Attack: somebody else's certificate, soundly signed."""
    async with listening(authority.context(name)) as port:
        with pytest.raises(Unanswered, match="certificate is not trusted"):
            await heard(f"https://localhost:{port}/mcp")


async def test_a_certificate_by_somebody_unknown_is_refused(tmp_path: Path) -> None:
    """Promise: TLS is always verified; there is no switch against it."""
    unknown = Authority(tmp_path)
    async with listening(unknown.context("localhost")) as port:
        with pytest.raises(Unanswered) as caught:
            await heard(f"https://localhost:{port}/mcp")
    assert "certificate is not trusted" in caught.value.explain()
    assert caught.value.unreachable
    assert not caught.value.unknown


async def test_a_server_that_speaks_no_tls_is_told_apart() -> None:
    """A https URL of a http server."""
    async with listening(None) as port:
        with pytest.raises(Unanswered, match=r"over TLS|broke off"):
            await heard(f"https://localhost:{port}/mcp")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_localhost_is_this_machine_by_whichever_address_it_listens(host: str) -> None:
    """RFC 6761 section 6.3, and both families of addresses (RFC 8305)."""
    async with listening(None, host) as port:
        assert await heard(f"http://localhost:{port}/mcp") == b"hello"
        shown = f"[{host}]" if ":" in host else host
        assert await heard(f"http://{shown}:{port}/mcp") == b"hello"
