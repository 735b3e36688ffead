"""The host of a URL and the domain of an e-mail address, read strictly.

URL parsers disagree (RFC 3986, WHATWG). Whatever two of them could read differently is unreadable
here: user names, backslashes, blanks, percent signs in the host, numbers in odd spellings.
"""

import re
from ipaddress import IPv6Address

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)", re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{0,5})?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}")
_NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_DEVIATION = frozenset("\u00df\u03c2\u200c\u200d\u3002\uff0e\uff61")
"""Characters that IDNA 2003 and 2008 map differently (UTS 46 section 7), and foreign dots."""


def host_of_url(url: str) -> str | None:
    """The host of an absolute URL in lower-case ASCII, or None where it cannot be read surely."""
    found = _URL.match(url)
    if found is None or _UNSAFE.search(url):
        return None
    authority = _AUTHORITY.fullmatch(found[1])
    return None if authority is None else normal_host(authority[1])


def domain_of_address(address: str) -> str | None:
    """The domain of `local@domain`, or None: two @, display names and blanks are not read."""
    local, at, domain = address.partition("@")
    if (
        not (local and at)
        or "@" in domain
        or _UNSAFE.search(address)
        or set(address) & set('"<>,;()')
    ):
        return None
    return normal_host(domain)


def normal_host(host: str) -> str | None:
    """A host name as it is compared: IDNA applied, lower case, no final dot; None if unreadable."""
    if host.startswith("["):
        return _ipv6(host)
    ascii_host = _to_ascii(host)
    if ascii_host is None:
        return None
    labels = ascii_host.removesuffix(".").lower().split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return None
    name = ".".join(labels)
    return None if _NUMBER.fullmatch(labels[-1]) and not _IPV4.fullmatch(name) else name


def _ipv6(host: str) -> str | None:
    """One spelling for each address (RFC 5952); IPv4 in IPv6 clothes is IPv4."""
    try:
        address = IPv6Address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped
    return f"[{address}]" if mapped is None else str(mapped)


def _to_ascii(host: str) -> str | None:
    if host.isascii():
        return host
    if set(host) & _DEVIATION:
        return None
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return None


def within_domain(host: str, domain: str) -> bool:
    """True when `host` is `domain` or a name below it."""
    return host == domain or host.endswith("." + domain)
