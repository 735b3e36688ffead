"""Which addresses may be asked and opened (RFC 9700, CWE-918, MCP security best practices)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.errors import SignInFault
from localguard.oauth.addresses import is_loopback, origin_of, require_safe_url, resource_of


def _safe(url: str, named_by: str | None = None) -> bool:
    try:
        require_safe_url(url, what="the token endpoint", where="test", named_by=named_by)
    except SignInFault:
        return False
    return True


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example.com/token",
        "https://login.example.com:8443/a?b=c%20d",
        "https://xn--bcher-kva.example/",
        "https://10.1.2.3/token",
        "https://[2001:db8::1]/token",
        "http://127.0.0.1:9/",
        "http://127.9.9.9/",
        "http://[::1]:8000/x",
        "http://localhost:8000",
    ],
)
def test_addresses_of_https_and_of_this_machine_are_safe(url: str) -> None:
    assert _safe(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "login.example.com",
        "http://login.example.com/token",
        "HTTP://login.example.com/",
        "http://evil.localhost/",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://2130706433/",
        "http://0x7f.1/",
        "https://127.1/",
        "https://017700000001/",
        "https://user@login.example.com/",
        "https://login.example.com@evil.example/",
        "https://login.example.com/#here",
        "https://login.example.com/ ",
        "https://login.example.com/\n",
        "https://login.example.com\\@evil.example/",
        "https://login.exämple.com/",
        "https://login.example.com:99999/",
        "https://login.example.com:port/",
        "https:///token",
        "https://",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "ftp://login.example.com/",
        "ms-settings:x",
        "https://[::1",
        "https://[v1.x]/",
        "https://a/" + "b" * 9000,
    ],
)
def test_whatever_else_is_no_address_to_use(url: str) -> None:
    """Schemes that run code, hosts in disguise, and what parsers read in two ways."""
    assert not _safe(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://localhost/",
        "https://router.localhost/",
    ],
)
def test_a_server_elsewhere_cannot_send_us_to_this_machine_or_into_its_network(url: str) -> None:
    """SSRF: metadata of a public server names link-local, private and loopback addresses."""
    assert not _safe(url, named_by="https://mcp.example.com/mcp")


def test_a_server_on_this_machine_may_name_its_neighbours() -> None:
    assert _safe("http://127.0.0.1:9/", named_by="http://127.0.0.1:8/")
    assert _safe("http://localhost:9/", named_by="http://127.0.0.1:8/")


def test_the_fault_says_what_is_wrong_without_obeying_the_address() -> None:
    """An escape sequence in an address reaches no terminal."""
    with pytest.raises(SignInFault) as error:
        require_safe_url("https://a\x1b[2J/", what="the token endpoint", where="https://op\x1b[1m")
    assert "\x1b" not in error.value.explain()
    assert error.value.fix


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF), max_size=40))
def test_no_text_makes_the_check_stumble(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.example/{text}"):
        if _safe(url):
            assert origin_of(url).startswith(("https://", "http://"))
            assert url.isascii()
            assert url.isprintable()


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.Example.com:443/x?y", "https://a.example.com"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("http://[::1]:9/", "http://[::1]:9"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        ("https://MCP.example.com/", "https://mcp.example.com"),
        ("https://mcp.example.com", "https://mcp.example.com"),
        ("https://mcp.example.com:443/mcp/", "https://mcp.example.com/mcp"),
        ("https://mcp.example.com/Server?tenant=A", "https://mcp.example.com/Server?tenant=A"),
        ("http://localhost:3000/mcp", "http://localhost:3000/mcp"),
    ],
)
def test_a_resource_is_canonical(url: str, resource: str) -> None:
    """MCP basic/authorization, canonical server URI; RFC 8707 section 2."""
    assert resource_of(url) == resource
    assert resource_of(resource) == resource


@pytest.mark.parametrize("url", ["", "mcp.example.com", "ftp://a/", "https://", "https://a b/"])
def test_what_is_no_http_address_has_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match="not an"):
        origin_of(url)


def test_loopback_is_told_by_the_words_alone() -> None:
    assert is_loopback("http://127.0.0.1:1/")
    assert is_loopback("https://localhost/")
    assert not is_loopback("https://evil.localhost.example/")
    assert not is_loopback("nothing")
