"""How a client says who it is (RFC 6749 section 2.3.1)."""

from base64 import b64decode
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.errors import SignInFault
from localguard.oauth.client import Client, client_of, credentials


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_secret_in_the_header_reads_back_whatever_is_in_it(name: str, secret: str) -> None:
    """A colon or a percent sign in either part must not move the border between them."""
    try:
        name.encode(), secret.encode()
    except UnicodeEncodeError:
        return
    headers, form = credentials(Client(name, secret, "client_secret_basic"))
    assert form == {}
    user, _, password = b64decode(headers["Authorization"][6:]).decode().partition(":")
    assert (unquote_plus(user), unquote_plus(password)) == (name, secret)


def test_a_public_client_gives_its_name_alone() -> None:
    assert credentials(Client("me")) == ({}, {"client_id": "me"})


def test_a_secret_goes_into_the_form_where_the_header_is_not_taken() -> None:
    client = client_of("me", "s", ["client_secret_post", "none"], where="op")
    assert credentials(client) == ({}, {"client_id": "me", "client_secret": "s"})


def test_the_header_comes_before_the_form() -> None:
    both = ["client_secret_post", "client_secret_basic"]
    assert client_of("me", "s", both, where="op").auth_method == "client_secret_basic"


def test_a_client_without_a_secret_is_public_whatever_the_provider_lists() -> None:
    assert client_of("me", None, ["client_secret_basic"], where="op") == Client("me")


def test_a_provider_that_takes_secrets_in_no_way_of_ours_is_a_fault() -> None:
    with pytest.raises(SignInFault, match="private_key_jwt"):
        client_of("me", "s3cret", ["private_key_jwt"], where="op")


def test_the_secret_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Client("me", "s3cret", "client_secret_post"))
