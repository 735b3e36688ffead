"""The keys of a provider: fetched when they are needed, and anew no more often than they may."""

import pytest

from localguard.errors import SignInFault
from localguard.identity.signing_keys import PAUSE, FetchedKeys
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import Provider, discover_openid
from localguard.oauth.wire import Wire
from tests.identity.op import KEY, Op


def test_they_are_fetched_once_and_anew_once_a_minute(op: Op) -> None:
    """Attack: whoever makes tokens chooses their `kid`, and must not choose our requests."""
    now = 100.0
    with Wire() as wire:
        keys = FetchedKeys(wire, discover_openid(wire, op.issuer), lambda: now)
        assert keys.known() == {"keys": [KEY.as_dict(private=False)]}
        keys.known()
        assert op.requests["jwks"] == 1
        assert keys.renewed() is not None
        assert [keys.renewed() for _ in range(10)] == [None] * 10
        assert op.requests["jwks"] == 2
        now += PAUSE
        assert keys.renewed() is not None
        op.fails["jwks"] = 503
        now += PAUSE
        with pytest.raises(Unreachable):
            keys.renewed()
        # What was fetched before still counts.
        assert keys.known()["keys"]


def test_a_provider_without_keys_is_no_provider() -> None:
    """Nothing that it says could be believed."""
    with Wire() as wire:
        keys = FetchedKeys(wire, Provider("https://x.example", None, "https://x.example/t"), float)
        with pytest.raises(SignInFault, match="by which keys it signs"):
            keys.known()
