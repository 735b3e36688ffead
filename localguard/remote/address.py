"""The address of a server: read strictly, compared in one spelling. Pure.

RFC 3986; plain http is for this machine alone. What two parsers could read differently is refused
(`policy.hosts`).
"""

import re
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from localguard.errors import ServerFault
from localguard.policy.hosts import host_of_url
from localguard.text import safe

_PORTS: Final = {"http": 80, "https": 443}
_URL: Final = re.compile(r"[\x21\x23-\x5b\x5d\x5f\x61-\x7a\x7e]{1,4096}")
_LOOPBACK: Final = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")


class Address(NamedTuple):
    """Where requests go. `host` is in lower case, an IPv6 address in brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def secure(self) -> bool:
        """Whether it is spoken to over TLS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port as the header `Host` has them (RFC 9110 section 7.2)."""
        default = self.port == _PORTS[self.scheme]
        return self.host if default else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port in one spelling (RFC 6454 section 6.2)."""
        return f"{self.scheme}://{self.authority}"

    @property
    def canonical(self) -> str:
        """The whole URL in one spelling."""
        return f"{self.origin}{self.target}"


def address_of(url: str) -> Address:
    """The address in a URL. Raises ServerFault."""
    host = host_of_url(url) if _URL.fullmatch(url) else None
    if host is None:
        raise _fault("the URL cannot be read surely", url, "write such as https://example.com/mcp")
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    port = _port(url) or _PORTS.get(scheme)
    if port is None:
        raise _fault("the URL is neither https nor http", url, "write one that begins with https")
    if scheme == "http" and not _LOOPBACK.fullmatch(host):
        raise _fault("plain http is for this machine alone", url, "write https")
    if parts.fragment or url.endswith("#"):
        raise _fault("the URL has a fragment, which no server sees", url, "remove # and the rest")
    query = f"?{parts.query}" if parts.query else ""
    return Address(scheme, host, port, f"{parts.path or '/'}{query}")


def redirected(address: Address, location: str) -> Address | None:
    """Where a redirect of the same origin leads; None for any other (Fetch "origin")."""
    try:
        found = address_of(urljoin(address.canonical, location))
    except (ServerFault, ValueError):
        return None
    return found if found.origin == address.origin else None


def _port(url: str) -> int | None:
    try:
        port = urlsplit(url).port
    except ValueError:
        raise _fault("the URL has no port that there is", url, "write 1 to 65535") from None
    if port == 0:
        raise _fault("the URL has no port that there is", url, "write 1 to 65535")
    return port


def _fault(what: str, url: str, fix: str) -> ServerFault:
    return ServerFault(what, where=safe(url), fix=fix)
