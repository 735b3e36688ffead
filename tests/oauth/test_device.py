"""The device code (RFC 8628): what is shown, how often it is asked, and how it ends."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from localguard.errors import SignInFault
from localguard.oauth.asked import Asked
from localguard.oauth.client import Client
from localguard.oauth.device import authorize_by_device
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.provider import read_provider
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from tests.oauth.site import Reply, Site, metadata, said

TOKENS = said({"access_token": "t", "token_type": "Bearer"})


class Waits(threading.Event):
    """A clock without the waiting: it keeps how long it was to wait, and never does."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return self.is_set()


def _error(code: str, status: int = 400) -> Reply:
    return said({"error": code}, status)


def _grant(op: Site, **changes: object) -> dict[str, Any]:
    return {
        "device_code": "d",
        "user_code": "WDJB-MJHT",
        "verification_uri": f"{op.url}/device",
        "verification_uri_complete": f"{op.url}/device?user_code=WDJB-MJHT",
        "expires_in": 300,
        "interval": 2,
        **changes,
    }


def _answers(op: Site, *answers: Reply) -> None:
    following: Iterator[Reply] = iter(answers)
    op.at["/token"] = lambda _: next(following)


@pytest.fixture
def asked(op: Site) -> Asked:
    op.at["/code"] = said(_grant(op))
    document = metadata(op.url, device_authorization_endpoint=f"{op.url}/code")
    return Asked(read_provider(document, op.url), Client("me"), ("openid",))


def test_a_person_enters_the_code_elsewhere(op: Site, wire: Wire, asked: Asked) -> None:
    """Slower by 5 s from each slow_down on (section 3.5), and from each failure to connect."""
    pending, slow = _error("authorization_pending"), _error("slow_down")
    _answers(op, pending, slow, pending, said({}, 503), TOKENS)
    shown: list[str] = []
    stop, settled = Waits(), list[Tokens]()

    def settle(tokens: Tokens) -> str:
        settled.append(tokens)
        return "Alice"

    tokens = authorize_by_device(wire, asked, shown.append, settle=settle, stop=stop)
    assert settled == [tokens]
    assert stop.waited == [2, 2, 7, 7, 12]
    assert op.forms("/code") == [{"scope": "openid", "client_id": "me"}]
    assert op.forms("/token")[0] == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "d",
        "client_id": "me",
    }


def test_the_code_is_shown_beside_the_plain_address(op: Site, wire: Wire, asked: Asked) -> None:
    """Section 5.4: an address with the code in it would take the look at the code away."""
    op.at["/code"] = said(_grant(op, user_code="WDJB\x1b[2J"))
    _answers(op, TOKENS)
    shown: list[str] = []
    authorize_by_device(wire, asked, shown.append, settle=lambda _: "Alice", stop=Waits())
    text = "\n".join(shown)
    assert f"{op.url}/device\n" in text
    assert "WDJB\\u{1b}[2J" in text
    assert "user_code=" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("code", ["access_denied", "invalid_grant", "unauthorized_client"])
def test_a_no_ends_it(op: Site, wire: Wire, asked: Asked, code: str) -> None:
    _answers(op, _error("authorization_pending"), _error(code))
    with pytest.raises(Refused) as error:
        authorize_by_device(wire, asked, lambda _: None, settle=lambda _: "", stop=Waits())
    assert error.value.error == code


def test_a_code_that_the_provider_calls_expired_is_said_to_be(
    op: Site, wire: Wire, asked: Asked
) -> None:
    _answers(op, _error("expired_token"))
    with pytest.raises(SignInFault, match="expired") as error:
        authorize_by_device(wire, asked, lambda _: None, settle=lambda _: "", stop=Waits())
    assert error.value.fix == "localguard login"


def test_a_code_expires_by_our_own_clock(op: Site, wire: Wire, asked: Asked) -> None:
    """A provider that says "pending" for ever holds nobody for ever."""
    op.at["/code"] = said(_grant(op, expires_in=0.05, interval=0.01))
    op.at["/token"] = _error("authorization_pending")
    with pytest.raises(SignInFault, match="expired"):
        authorize_by_device(wire, asked, lambda _: None, settle=lambda _: "")


def test_it_can_be_given_up(wire: Wire, asked: Asked) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(SignInFault, match="given up"):
        authorize_by_device(wire, asked, lambda _: None, settle=lambda _: "", stop=stop)


def test_tokens_that_are_not_good_are_not_handed_on(op: Site, wire: Wire, asked: Asked) -> None:
    def settle(_: Tokens) -> str:
        raise SignInFault("the ID token is for someone else")

    _answers(op, TOKENS)
    with pytest.raises(SignInFault, match="someone else"):
        authorize_by_device(wire, asked, lambda _: None, settle=settle, stop=Waits())


@pytest.mark.parametrize(
    "changes",
    [
        {"device_code": None},
        {"device_code": "a b"},
        {"user_code": ""},
        {"user_code": 7},
        {"verification_uri": None},
        {"verification_uri": "http://example.com/device"},
        {"verification_uri": "javascript:alert(1)"},
    ],
)
def test_an_answer_that_is_not_of_the_form_is_a_fault(
    op: Site, wire: Wire, asked: Asked, changes: dict[str, object]
) -> None:
    op.at["/code"] = said(_grant(op, **changes))
    shown: list[str] = []
    with pytest.raises(SignInFault):
        authorize_by_device(wire, asked, shown.append, settle=lambda _: "", stop=Waits())
    assert shown == []


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"interval": None}, 5),
        ({"interval": -3}, 5),
        ({"interval": True}, 5),
        ({"interval": 9e9}, 60),
    ],
)
def test_a_pause_that_makes_no_sense_is_five_seconds_or_a_minute(
    op: Site, wire: Wire, asked: Asked, changes: dict[str, object], first: float
) -> None:
    op.at["/code"] = said(_grant(op, **changes))
    _answers(op, TOKENS)
    stop = Waits()
    authorize_by_device(wire, asked, lambda _: None, settle=lambda _: "", stop=stop)
    assert stop.waited == [first]


def test_a_provider_without_it_says_how_else(wire: Wire, asked: Asked) -> None:
    asked = replace(asked, provider=replace(asked.provider, device_authorization_endpoint=None))
    with pytest.raises(SignInFault, match="no sign-in by a code") as error:
        authorize_by_device(wire, asked, lambda _: None, settle=lambda _: "")
    assert "--no-browser" in error.value.fix


def test_a_provider_that_is_ill_at_the_start_is_out_of_reach(
    op: Site, wire: Wire, asked: Asked
) -> None:
    op.at["/code"] = said({}, 503)
    with pytest.raises(Unreachable):
        authorize_by_device(wire, asked, lambda _: None, settle=lambda _: "")
