"""Which addresses of providers and servers are fit to be asked, opened or compared. Pure.

No name is looked up here: an address that is not loopback is https, so whoever answers in place of
a name must have the name's certificate before anything is sent (TLS closes the race that a look-up
would leave open). What is checked is what an address says by its own words.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from localguard.errors import SignInFault
from localguard.text import safe

MAX_LENGTH: Final = 8192
"""Characters; above it no browser and no opener of any system is sure to take an address."""

_URL: Final = re.compile(r"[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+", re.ASCII)
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]", re.ASCII)
_NUMERIC: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?", re.ASCII)
_DEFAULT: Final = {"http": 80, "https": 443}
_LOCAL_NAMES: Final = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def require_safe_url(url: str, *, what: str, where: str, named_by: str | None = None) -> str:
    """The address itself, if it may be asked and opened. Raises SignInFault otherwise.

    It is https, or http to a literal loopback address or `localhost`, and has no user, no fragment
    and no character that a URL cannot have. `what` names the address in the fault ("the token
    endpoint"), `where` is whose it is. An address that another server has named (`named_by`, its
    URL) is neither loopback nor private, unless that server is so too.
    """
    wrong = _wrong(url) or (named_by is not None and _too_near(url, named_by)) or ""
    if wrong:
        words = f"the address of {what} is not safe to use: {wrong} ({safe(url, 120)})"
        fix = "check the address; if it is the provider's own, its operator has to correct it"
        raise SignInFault(words, where=safe(where, 120), fix=fix)
    return url


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine by its very words, without asking for a name."""
    try:
        return _is_local(_host(_split(url)))
    except ValueError:
        return False


def origin_of(url: str) -> str:
    """Scheme, host and port as RFC 6454 section 6.1 writes them. Raises ValueError for none."""
    parts = _split(url)
    host = _host(parts)
    return f"{parts.scheme}://{host}{_port(parts)}"


def resource_of(url: str) -> str:
    """The resource indicator of a server's URL (RFC 8707 section 2, as the MCP spec has it).

    Lower-case scheme and host, no default port, no fragment, no trailing slash.
    Raises ValueError for what is no http address.
    """
    parts = _split(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{origin_of(url)}{parts.path.rstrip('/')}{query}"


def _split(url: str) -> SplitResult:
    if not _URL.fullmatch(url):
        raise ValueError("not an address")
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT or not _HOST.fullmatch(_host(parts)):
        raise ValueError("not an http address")
    if "[" in parts.netloc and _literal(_host(parts)) is None:
        raise ValueError("not an address of IPv6")
    _ = parts.port
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    return f"[{host}]" if ":" in host else host


def _port(parts: SplitResult) -> str:
    port = parts.port
    return "" if port is None or port == _DEFAULT[parts.scheme] else f":{port}"


def _wrong(url: str) -> str | None:
    """What makes an address unfit, in words."""
    if len(url) > MAX_LENGTH:
        return "it is too long"
    if not _URL.fullmatch(url):
        return "it has characters that an address cannot have"
    try:
        parts = _split(url)
    except ValueError:
        return "it is not an https address"
    return _wrong_parts(url, parts)


def _wrong_parts(url: str, parts: SplitResult) -> str | None:
    if "@" in parts.netloc:
        return "it has a user name in it"
    if "#" in url:
        return "it has a fragment"
    host = _host(parts)
    if _NUMERIC.fullmatch(host.rstrip(".").rpartition(".")[2]) and _literal(host) is None:
        return "its host is a number that is not spelled out"
    if parts.scheme == "http" and not _is_local(host):
        return "it is not https, which only an address on this machine need not be"
    return None


def _too_near(url: str, named_by: str) -> str | None:
    """Why an address is nothing that this server may send others to (CWE-918)."""
    if not _is_near(url) or _is_near(named_by):
        return None
    return "a server elsewhere must not name an address on this machine or in a private network"


def _is_near(url: str) -> bool:
    host = _host(urlsplit(url)).rstrip(".")
    literal = _literal(host)
    if literal is not None:
        return not literal.is_global
    return host in _LOCAL_NAMES or host.endswith(".localhost")


def _is_local(host: str) -> bool:
    """Whether a host is this machine for sure; other names below `localhost` may be looked up."""
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback


def _literal(host: str) -> Address | None:
    try:
        found = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
