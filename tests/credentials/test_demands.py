"""Which resources speak for a server's URL (RFC 9728 section 3.3, RFC 8707 section 2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.credentials.demands import speaks_for
from localguard.oauth.addresses import resource_of

URL = "https://api.example.com/v1/mcp"


@pytest.mark.parametrize(
    "resource",
    [
        URL,
        f"{URL}/",
        "HTTPS://API.Example.com:443/v1/mcp",
        "https://api.example.com/v1",
        "https://api.example.com",
        "https://api.example.com/",
    ],
)
def test_the_url_and_what_it_lies_in_speak_for_it(resource: str) -> None:
    """Servers publish their origin, or a folder, as often as their very URL."""
    assert speaks_for(resource, URL)


@pytest.mark.parametrize(
    "resource",
    [
        "https://api.example.com/v1/mc",
        "https://api.example.com/v1/mcp/deeper",
        "https://api.example.com/V1/mcp",
        "https://api.example.com/v2",
        "https://api.example.com/v1/mcp?tenant=2",
        "https://api.example.com:8443/v1/mcp",
        "http://api.example.com/v1/mcp",
        "https://api.example.com.evil.example/v1/mcp",
        "https://evil.example",
        "https://api.example.com@evil.example/v1/mcp",
        "https://api.example.com\\@evil.example/v1/mcp",
        "https://api.example.com/v1/mcp\u202e",
        "urn:example:api",
        "api.example.com",
        "https://",
        "",
    ],
)
def test_nothing_else_speaks_for_it(resource: str) -> None:
    """Attack: a token that is asked for in the name of somebody else's server."""
    assert not speaks_for(resource, URL)


def test_a_query_is_part_of_what_a_server_is() -> None:
    """RFC 8707 section 2: a query may tell tenants apart."""
    assert speaks_for(f"{URL}?tenant=1", f"{URL}?tenant=1")
    assert speaks_for(URL, f"{URL}?tenant=1")
    assert not speaks_for(f"{URL}?tenant=1", URL)


@given(st.lists(st.from_regex(r"[a-z0-9]{1,5}", fullmatch=True), max_size=4))
def test_every_url_speaks_for_itself_and_for_what_is_below(parts: list[str]) -> None:
    """The one spelling of a URL is the URL itself."""
    url = "https://a.example/" + "/".join(parts)
    assert speaks_for(resource_of(url), url)
    assert speaks_for(url, f"{url.rstrip('/')}/more")


@given(st.text(max_size=60))
def test_no_text_raises(resource: str) -> None:
    """Attack: whatever a server publishes, it speaks for the URL or it does not."""
    assert speaks_for(resource, URL) in (True, False)
