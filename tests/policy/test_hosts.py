"""Hosts and domains: whatever two parsers could read differently is not read."""

import pytest

from localguard.policy.hosts import domain_of_address, host_of_url, normal_host, within_domain


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com", "example.com"),
        ("HTTPS://Example.COM:443/a?b#c", "example.com"),
        ("https://example.com./", "example.com"),
        ("https://example.com:/", "example.com"),
        ("postgres://db_1.example.com/x", "db_1.example.com"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("http://b\u00fccher.example/", "xn--bcher-kva.example"),
        ("http://XN--BCHER-KVA.example/", "xn--bcher-kva.example"),
        ("http://\uff45xample.com/", "example.com"),
        ("http://[::1]:80/", "[::1]"),
        ("http://[0:0:0:0:0:0:0:1]/", "[::1]"),
        ("http://[2001:DB8::A]/", "[2001:db8::a]"),
        ("http://[::ffff:127.0.0.1]/", "127.0.0.1"),
        ("http://[::ffff:7f00:1]/", "127.0.0.1"),
    ],
)
def test_a_plain_url_has_a_host(url: str, host: str) -> None:
    """IDNA, case, final dot and the spellings of IPv6 are evened out (RFC 3986, 5891, 5952)."""
    assert host_of_url(url) == host


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "https:/example.com/",
        "https:example.com",
        "https:///example.com/",
        "https://",
        "mailto:ana@example.com",
        # a user name, before which or after which the host stands
        "https://example.com@evil.example/",
        "https://ana:secret@example.com/",
        "https://evil.example\\@example.com/",
        "https://example.com\\.evil.example/",
        # blanks and line ends, which some parsers drop
        "https://exa\tmple.com/",
        "https://example.com /",
        " https://example.com/",
        "https://example.com/\n",
        # percent signs in the host
        "https://example%2ecom/",
        "https://%65xample.com/",
        # numbers that some parsers take for an IPv4 address
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://127.0.0.01/",
        "http://0177.0.0.1/",
        "http://127.0.0.256/",
        "http://1.2.3.4.5/",
        "http://\u0661\u0662\u0667.0.0.1:x/",
        # characters that two versions of IDNA map differently, and foreign dots
        "http://stra\u00dfe.example/",
        "http://example\u3002com/",
        # no addresses and no names
        "http://[:::]/",
        "http://[1.2.3.4]/",
        "http://[::1/",
        "http://::1/",
        "http://a..b/",
        "http://-a.example/",
        "http://a-.example/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "\u00fc" * 64 + ".example/",
        "http://exam*ple.com/",
        "http://example.com:123456/",
        "http://example.com:8o/",
    ],
)
def test_a_url_that_could_be_read_in_two_ways_has_none(url: str) -> None:
    """Attack: policy and HTTP client see different hosts."""
    assert host_of_url(url) is None


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("ana@example.com", "example.com"),
        ("ana.b+c@Example.COM.", "example.com"),
        ("ana@b\u00fccher.example", "xn--bcher-kva.example"),
        ("evil@x@example.com", None),
        ('"evil@x"@example.com', None),
        ("Ana <ana@example.com>", None),
        ("<ana@example.com>", None),
        ("ana@example.com,evil@x.example", None),
        ("ana@example.com;evil@x.example", None),
        ("ana@example.com evil@x.example", None),
        ("ana@example.com\r\nBcc: evil@x.example", None),
        ("ana(evil@x.example)@example.com", None),
        ("ana@[127.0.0.1]", None),
        ("ana@", None),
        ("@example.com", None),
        ("ana", None),
        ("", None),
    ],
)
def test_an_address_has_one_domain_or_none(address: str, domain: str | None) -> None:
    """Attack: two @ and display names (research: `endswith` passes evil@x@acme.example)."""
    assert domain_of_address(address) == domain


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("example.com", True),
        ("a.b.example.com", True),
        ("notexample.com", False),
        ("example.com.evil.example", False),
        ("com", False),
    ],
)
def test_a_domain_holds_itself_and_names_below_it(host: str, expected: bool) -> None:
    """Whole labels only."""
    assert within_domain(host, "example.com") is expected


def test_a_normal_host_stays_as_it_is() -> None:
    """What is compared was made normal once."""
    for host in ("example.com", "[2001:db8::1]", "10.0.0.1", "xn--bcher-kva.example"):
        assert normal_host(host) == host
