"""Addresses of servers: one spelling each, and nothing that two parsers read differently."""

import pytest

from localguard.errors import ServerFault
from localguard.remote.address import address_of, redirected


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM:443/Mcp?a=b", "https://example.com/Mcp?a=b"),
        ("https://example.com:8443/mcp/", "https://example.com:8443/mcp/"),
        ("http://127.0.0.1:8000/mcp", "http://127.0.0.1:8000/mcp"),
        ("http://LOCALHOST:80/mcp", "http://localhost/mcp"),
        ("http://[::1]:8000/mcp", "http://[::1]:8000/mcp"),
        ("https://example.com./mcp", "https://example.com/mcp"),
    ],
)
def test_a_server_has_one_spelling(url: str, canonical: str) -> None:
    """RFC 3986 section 6.2.2: what is the same is one identity for pins."""
    assert address_of(url).canonical == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "http://example.com/",
        "http://127.0.0.1.example.com/",
        "http://0x7f.1/",
        "http://2130706433/",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com/#x",
        "https://example.com#",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\r\nX-Evil: 1",
        "https://example.com\\@evil.example/",
        "https://ex%61mple.com/",
        "https://[::1/",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_what_is_not_surely_one_server_is_refused(url: str) -> None:
    """Promise: plain http for this machine alone, no user, no fragment, no odd spelling."""
    with pytest.raises(ServerFault) as caught:
        address_of(url)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/mcp/", "/mcp/"),
        ("v2?x=1", "/v2?x=1"),
        ("https://example.com/other", "/other"),
        ("https://EXAMPLE.com:443/other", "/other"),
        ("//example.com/x", "/x"),
        ("http://example.com/mcp", None),
        ("https://example.com:444/mcp", None),
        ("https://sub.example.com/mcp", None),
        ("https://example.com@evil.example/", None),
        ("//evil.example/", None),
        ("javascript:alert(1)", None),
        ("https://example.com:bad/", None),
        ("/x\r\nSet-Cookie: a", None),
    ],
)
def test_a_redirect_stays_at_its_origin(location: str, target: str | None) -> None:
    """Attack: a header with a token is sent elsewhere, or without TLS."""
    there = redirected(address_of("https://example.com/mcp"), location)
    assert (None if there is None else there.target) == target
