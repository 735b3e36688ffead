"""`headers` of a server with a URL: what may be set, and what a fault may not repeat."""

import pytest

from localguard.config.faults import ProfileFaults
from localguard.policy.profile import ServerTable
from tests.relay.playbook import profile

URL = '[servers.a]\nurl = "https://x.example/mcp"\n'
HUSH = "hush-hush-7"


def server(text: str) -> ServerTable:
    """The server of a profile."""
    return profile(URL + text).servers["a"]


def test_headers_are_read_as_they_stand() -> None:
    """Promise: `headers = {X = "secret:NAME"}`; a name is the vault's until a request is made."""
    found = server('headers = { X-Key = "secret:tenant-key", X-Tenant = "7 b" }')
    assert found.headers == {"X-Key": "secret:tenant-key", "X-Tenant": "7 b"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('headers = { Host = "x" }', "the header Host is localguard's to set"),
        ('headers = { mcp-session-id = "x" }', "is localguard's to set"),
        ('headers = { Cookie = "a=b" }', "is localguard's to set"),
        ('headers = { "X Y" = "x" }', '"X Y" cannot be a header here'),
        ('headers = { X = "1", x = "2" }', '"x" cannot be a header here'),
        (f'headers = {{ X = "{HUSH}\\r\\nY: 1" }}', "headers.X cannot be sent"),
        (f'headers = {{ X = "{HUSH}\u00e9" }}', "headers.X cannot be sent"),
        ('headers = { X = "secret:" }', "headers.X cannot be sent"),
        ('headers = { X = "secret:a b" }', "headers.X cannot be sent"),
        ("headers = { X = 1 }", "headers.X must be a text, not a number"),
        (
            f'auth = "oauth"\nheaders = {{ authorization = "Bearer {HUSH}" }}',
            "the header Authorization and auth both give a token",
        ),
    ],
)
def test_a_header_that_cannot_be_is_a_fault_without_its_value(line: str, words: str) -> None:
    """A value may be a secret that was put there by mistake: no fault repeats it."""
    with pytest.raises(ProfileFaults) as caught:
        server(line)
    assert words in str(caught.value.explain())
    assert HUSH not in str(caught.value.explain())


def test_headers_are_for_a_server_with_a_url() -> None:
    """A process gets variables."""
    with pytest.raises(ProfileFaults) as caught:
        profile('[servers.a]\ncommand = ["a"]\nheaders = { X = "1" }')
    assert "headers are for a server that is reached by its url" in caught.value.explain()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/mcp",
        "https://user@example.com/",
        "https://example.com/#part",
        "https://exam ple.com/",
        "ftp://example.com/",
        "//example.com/",
    ],
)
def test_a_url_that_cannot_be_asked_is_a_fault(url: str) -> None:
    """Promise: plain http is for this machine alone; nothing that two parsers read differently."""
    with pytest.raises(ProfileFaults):
        profile(f'[servers.a]\nurl = "{url}"')


@pytest.mark.parametrize("url", ["http://localhost:8000/mcp", "http://[::1]/", "HTTPS://X.example"])
def test_a_url_that_can_be_asked_is_none(url: str) -> None:
    """This machine, and any other over TLS."""
    assert profile(f'[servers.a]\nurl = "{url}"').servers["a"].url == url
