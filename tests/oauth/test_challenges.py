"""`WWW-Authenticate`, as honest and as hostile servers write it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.oauth.challenges import (
    MAX_HEADER,
    MAX_SCOPES,
    Challenge,
    bearer_challenge,
    scopes_of,
)

METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Bearer", Challenge()),
        ('bearer realm="x"', Challenge()),
        (f'Bearer resource_metadata="{METADATA}"', Challenge(resource_metadata=METADATA)),
        (f"Bearer resource_metadata={METADATA}", Challenge(resource_metadata=METADATA)),
        (
            'Bearer error="insufficient_scope", scope="files:read files:write files:read"',
            Challenge("insufficient_scope", ("files:read", "files:write")),
        ),
        (
            'Bearer error=insufficient_user_authentication, acr_values="a b", max_age="5"',
            Challenge("insufficient_user_authentication", acr_values=("a", "b"), max_age=5),
        ),
        (
            'Newauth realm="apps", type=1, title="Login to \\"apps\\", Bearer error=x",'
            ' Negotiate YWJj==, Bearer error="invalid_token"',
            Challenge("invalid_token"),
        ),
        (",, ,Basic realm=a,Bearer", Challenge()),
        ('Bearer realm = "x" ,\tscope = "y"', Challenge(scopes=("y",))),
        ("Bearer abc.def==", Challenge()),
    ],
)
def test_a_challenge_is_read_as_the_grammar_has_it(header: str, expected: Challenge) -> None:
    """RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9728 section 5.1, RFC 9470 section 3."""
    assert bearer_challenge(header) == expected


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        'Basic realm="a"',
        'error="invalid_token"',
        'Bearer error="invalid_token',
        'Bearer realm="x" error="y"',
        'Bearer error="x"\x00',
        "Bearer, \u202eBearer",
        "Bearer a=1," * (MAX_HEADER // 11) + "xxxxxxxxxxxxxxxx",
        "Basic a=b, " * 40 + "Bearer",
    ],
)
def test_what_is_no_challenge_is_none(header: str | None) -> None:
    """Attack: a header that two readers could read differently is read by nobody."""
    assert bearer_challenge(header) is None


@pytest.mark.parametrize(
    "header",
    [
        'Bearer error="invalid_token", error="insufficient_scope"',
        'Bearer error="<script>"',
        'Bearer scope="a \x1b[2J"',
        'Bearer scope="a\\"b"',
        f'Bearer scope="{" ".join(map(str, range(MAX_SCOPES + 1)))}"',
        'Bearer resource_metadata="https://a/ b"',
        'Bearer resource_metadata="https://a/\u202eb"',
        f'Bearer resource_metadata="https://a/{"b" * 2048}"',
        'Bearer max_age="-1", acr_values="\u0661"',
        'Bearer max_age="\u0661"',
    ],
)
def test_a_member_that_is_not_of_its_form_was_not_said(header: str) -> None:
    """Attack: control characters, endless lists, two values for one name."""
    assert bearer_challenge(header) == Challenge()


@pytest.mark.parametrize(
    "header", ["Bearer " + "a=b," * 4000, " ,\t" * 5000, 'Bearer a="' + '\\"' * 8000, "a " * 8000]
)
def test_no_header_takes_long(header: str) -> None:
    """Attack: a header that is made to be slow to read."""
    start = time.process_time()
    bearer_challenge(header[:MAX_HEADER])
    assert time.process_time() - start < 1


@given(
    st.text(max_size=300), st.sampled_from(("", "Bearer ", 'Bearer scope="', "Basic x, Bearer "))
)
def test_no_header_raises(text: str, start: str) -> None:
    """Attack: whatever a server writes, it is a challenge or none."""
    found = bearer_challenge(start + text)
    assert found is None or all(scope.isascii() and scope.isprintable() for scope in found.scopes)


@given(st.lists(st.from_regex(r"[a-z:/.]{1,20}", fullmatch=True), max_size=MAX_SCOPES))
def test_scopes_come_back_once_and_in_order(words: list[str]) -> None:
    """RFC 6749 section 3.3."""
    scopes = tuple(dict.fromkeys(words))
    assert scopes_of(" ".join(words)) == scopes
    found = bearer_challenge(f'Bearer scope="{" ".join(words)}"')
    assert found is not None
    assert found.scopes == scopes


def test_what_a_challenge_wants_is_told_apart() -> None:
    """RFC 6750 section 3.1 and RFC 9470 section 3."""
    assert Challenge("insufficient_scope").wants_scopes
    assert not Challenge("invalid_token").wants_scopes
    assert Challenge("insufficient_user_authentication").wants_fresh_sign_in
