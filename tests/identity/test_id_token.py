"""Which ID tokens are believed: the table of identity.md 2 and 7, item 1."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256, sha512
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from localguard.errors import SignInFault
from localguard.identity.id_token import Expected, validate
from localguard.identity.signing_keys import public_keys
from localguard.policy.calls import Json
from tests.identity.makers import KeptKeys

NOW = 1_795_340_000.0
ISSUER = "https://login.example.com"
ACCESS = "an access token"
EXPECTED = Expected(ISSUER, "us", nonce="n-1", access_token=ACCESS)
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
SMALL_RSA = {"kty": "RSA", "kid": "small", "e": "AQAB", "n": "w" * 171}
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
FOR_ENCRYPTION = {**OTHER_RSA.as_dict(private=False), "kid": "enc", "use": "enc"}
KEYS: dict[str, Json] = public_keys(
    {"keys": [*(key.as_dict(private=False) for key in (RSA, EC, ED)), FOR_ENCRYPTION, SMALL_RSA]}
)
HALF = urlsafe_b64encode(sha256(ACCESS.encode()).digest()[:16]).rstrip(b"=").decode()
GOOD: Mapping[str, Any] = {
    "iss": ISSUER,
    "sub": "alice",
    "aud": "us",
    "iat": NOW - 5,
    "exp": NOW + 300,
    "nonce": "n-1",
    "at_hash": HALF,
}
Key = RSAKey | ECKey | OKPKey


class _Anything(jws.JWSRegistry):
    """Signs by any algorithm, without a warning."""

    max_header_length = 8192

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


ANYTHING = _Anything(strict_check_header=False)


def signed(key: Key, alg: str, claims: Mapping[str, Any] = GOOD, **header: Any) -> str:
    """A token; a claim that is None is left out."""
    said = {name: value for name, value in claims.items() if value is not None}
    protected = {"alg": alg, "kid": key.kid, **header}
    protected = {name: value for name, value in protected.items() if value is not None}
    return jws.serialize_compact(protected, json.dumps(said), key, registry=ANYTHING)


def unsigned() -> str:
    """A token under `alg` none, which some providers list."""
    parts = ({"alg": "none"}, GOOD)
    return ".".join(_part(json.dumps(part).encode()) for part in parts) + "."


def _part(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def with_public_key_as_secret() -> str:
    """HS256 with the provider's public key for a secret: what everybody can make."""
    parts = ({"alg": "HS256", "kid": "rsa"}, GOOD)
    text = ".".join(_part(json.dumps(part).encode()) for part in parts)
    mac = hmac.new(RSA.as_pem(private=False), text.encode(), "sha256").digest()
    return f"{text}.{_part(mac)}"


def said(**changes: Any) -> Callable[[], str]:
    """A token that is good but for some claims."""
    return lambda: signed(RSA, "RS256", {**GOOD, **changes})


def critical() -> str:
    """A token whose header must be understood and is not (RFC 7515 section 4.1.11)."""
    head = _part(json.dumps({"alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1}).encode())
    return ".".join((head, *signed(RSA, "RS256").split(".")[1:]))


def jws_of(payload: str) -> str:
    """Any payload, well signed."""
    return jws.serialize_compact({"alg": "RS256", "kid": "rsa"}, payload, RSA, registry=ANYTHING)


BAD: list[tuple[str, Callable[[], str], Expected, str]] = [
    ("1 unsigned", unsigned, EXPECTED, "not signed by the provider"),
    ("2 signed with the public key", with_public_key_as_secret, EXPECTED, "not signed"),
    ("3 another's key under the same id", lambda: signed(OTHER_RSA, "RS256"), EXPECTED, "signed"),
    ("4 another issuer", said(iss=f"{ISSUER}/"), EXPECTED, "another issuer"),
    ("5 for another client", said(aud="other", azp="us"), EXPECTED, "meant for another"),
    ("6 for several, given to another", said(aud=["us", "x"], azp="x"), EXPECTED, "azp"),
    ("7 expired", said(exp=NOW - 61), EXPECTED, "expired"),
    ("8 of the future", said(iat=NOW + 61), EXPECTED, "future"),
    ("9 of another sign-in", said(nonce="n-2"), EXPECTED, "nonce"),
    ("10 with another access token", said(at_hash="AAAA"), EXPECTED, "at_hash"),
    ("11 no time of proof", said(), Expected(ISSUER, "us", max_age=0), "auth_time"),
    (
        "12 a stale proof",
        said(auth_time=NOW - 61),
        Expected(ISSUER, "us", nonce="n-1", max_age=0),
        "too long ago",
    ),
    ("13 no acr", said(), Expected(ISSUER, "us", nonce="n-1", acr=("urn:mfa",)), "acr"),
    # And what the same table would let slip by.
    ("several, and no azp", said(aud=["us", "x"]), EXPECTED, "azp"),
    ("one, and another azp", said(azp="x"), EXPECTED, "azp"),
    ("no audience", said(aud=None), EXPECTED, "aud"),
    ("nobody", said(sub=None), EXPECTED, "sub"),
    ("an empty subject", said(sub=""), EXPECTED, "sub"),
    ("a subject that is a number", said(sub=7), EXPECTED, "sub"),
    ("no end", said(exp=None), EXPECTED, "exp"),
    ("no beginning", said(iat=None), EXPECTED, "iat"),
    ("an end that is a text", said(exp=str(NOW + 9)), EXPECTED, "exp"),
    ("an end that is true", said(exp=True), EXPECTED, "exp"),
    ("not yet", said(nbf=NOW + 61), EXPECTED, "nbf"),
    ("no nonce", said(nonce=None), EXPECTED, "nonce"),
    ("a proof of the future", said(auth_time=NOW + 61), EXPECTED, "auth_time"),
    ("another acr", said(acr="urn:pwd"), Expected(ISSUER, "us", acr=("urn:mfa",)), "acr"),
    ("an unknown key", lambda: signed(RSA, "RS256", kid="no"), EXPECTED, "none of the provider's"),
    ("a key for encryption", lambda: signed(OTHER_RSA, "RS256", kid="enc"), EXPECTED, "none of"),
    ("an algorithm of another key", lambda: signed(EC, "ES256", kid="rsa"), EXPECTED, "none of"),
    ("an unknown critical header", critical, EXPECTED, "signed"),
    ("no token at all", lambda: "", EXPECTED, "not signed"),
    ("five parts", lambda: "a.b.c.d.e", EXPECTED, "not signed"),
    ("a list of claims", lambda: jws_of("[]"), EXPECTED, "not signed"),
    ("claims that are no JSON", lambda: jws_of('{"exp": Infinity}'), EXPECTED, "not signed"),
]


@pytest.mark.parametrize(
    ("make", "expected", "why"), [one[1:] for one in BAD], ids=[one[0] for one in BAD]
)
def test_the_table_of_tokens_that_are_not_believed(
    make: Callable[[], str], expected: Expected, why: str
) -> None:
    """Identity.md 7, 1: the 13 cases, of which authlib takes four; and their neighbours."""
    token = make()
    with pytest.raises(SignInFault, match=why) as caught:
        validate(token, KeptKeys(KEYS), expected, NOW)
    assert not token or token not in caught.value.explain()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(signed(RSA, "RS256"), id="RS256"),
        pytest.param(signed(RSA, "RS512", {**GOOD, "at_hash": None}), id="RS512, as Canaille"),
        pytest.param(signed(RSA, "PS384", {**GOOD, "at_hash": None}), id="PS384"),
        pytest.param(signed(EC, "ES256"), id="ES256"),
        pytest.param(signed(ED, "EdDSA", {**GOOD, "at_hash": None}), id="EdDSA"),
        pytest.param(signed(EC, "ES256", kid=None), id="no key id, and one that fits"),
        pytest.param(signed(RSA, "RS256", {**GOOD, "aud": ["us"]}), id="a list of one"),
        pytest.param(signed(RSA, "RS256", {**GOOD, "aud": ["us", "x"], "azp": "us"}), id="azp"),
        pytest.param(signed(RSA, "RS256", {**GOOD, "auth_time": NOW - 1.5}), id="a float"),
        pytest.param(signed(RSA, "RS256", {**GOOD, "exp": NOW - 59}), id="a clock that is off"),
        pytest.param(signed(RSA, "RS256", {**GOOD, "iat": NOW + 59}), id="a clock that is behind"),
        pytest.param(signed(RSA, "RS256", {**GOOD, "acr": "urn:mfa"}), id="acr"),
        pytest.param(signed(RSA, "RS256", x5c=["M" * 2000]), id="a large header"),
    ],
)
def test_good_tokens_are_believed(token: str) -> None:
    """Two providers that differ on purpose (identity.md 5)."""
    found = validate(token, KeptKeys(KEYS), EXPECTED, NOW)
    assert (found.subject, found.nonce) == ("alice", "n-1")


def test_no_key_id_and_two_keys_that_fit_is_no_signature() -> None:
    """OpenID Connect Core 1.0 section 10.1: with several keys a token names its own."""
    both = public_keys({"keys": [RSA.as_dict(private=False), FOR_ENCRYPTION]})
    twice = public_keys({"keys": [RSA.as_dict(private=False), OTHER_RSA.as_dict(private=False)]})
    token = signed(RSA, "RS256", kid=None)
    assert validate(token, KeptKeys(both), EXPECTED, NOW).subject == "alice"
    with pytest.raises(SignInFault, match="none of the provider's keys"):
        validate(token, KeptKeys(twice), EXPECTED, NOW)


def test_at_hash_follows_the_algorithm() -> None:
    """OpenID Connect Core 1.0 section 3.1.3.6: SHA-512 with RS512 and Ed25519."""
    half = urlsafe_b64encode(sha512(ACCESS.encode()).digest()[:32]).rstrip(b"=").decode()
    for key, alg in ((RSA, "RS512"), (ED, "EdDSA")):
        good = signed(key, alg, {**GOOD, "at_hash": half})
        assert validate(good, KeptKeys(KEYS), EXPECTED, NOW).subject == "alice"
        with pytest.raises(SignInFault, match="at_hash"):
            validate(signed(key, alg), KeptKeys(KEYS), EXPECTED, NOW)


def test_a_small_key_signs_nothing() -> None:
    """RFC 7518 section 3.3: 2048 bits or more."""
    assert SMALL_RSA["kid"] not in json.dumps(KEYS)
    assert all(f'"{kid}"' in json.dumps(KEYS) for kid in ("rsa", "ec", "ed"))


def test_private_parts_of_keys_are_not_kept() -> None:
    """A provider that publishes them is broken, and our card is no place for them."""
    found = public_keys({"keys": [RSA.as_dict(private=True), {"kty": "oct", "k": "AAAA"}]})
    assert found == {"keys": [RSA.as_dict(private=False)]}


class Renewing:
    """Keys of which newer ones can be had."""

    def __init__(self, *sets: dict[str, Json]) -> None:
        self.sets = list(sets)
        self.asked = 0

    def known(self) -> Mapping[str, Json]:
        return self.sets[0]

    def renewed(self) -> Mapping[str, Json] | None:
        self.asked += 1
        return self.sets[-1]


def test_an_unknown_key_has_keys_fetched_anew_once() -> None:
    """Keys rotate; a key that nobody has is asked for once and no more."""
    keys = Renewing(public_keys({"keys": [EC.as_dict(private=False)]}), KEYS)
    assert validate(signed(RSA, "RS256"), keys, EXPECTED, NOW).subject == "alice"
    assert keys.asked == 1
    with pytest.raises(SignInFault, match="none of the provider's keys"):
        validate(signed(RSA, "RS256", kid="made up"), keys, EXPECTED, NOW)
    assert keys.asked == 2


def test_a_hopeless_token_fetches_nothing() -> None:
    """Attack: what needs no key of the provider's must not make us ask for one."""
    keys = Renewing(KEYS)
    with pytest.raises(SignInFault):
        validate(unsigned(), keys, EXPECTED, NOW)
    assert keys.asked == 0


@given(st.text(max_size=200))
def test_no_text_is_more_than_a_fault(text: str) -> None:
    """Whatever comes in place of a token ends as a SignInFault."""
    with pytest.raises(SignInFault):
        validate(text, KeptKeys(KEYS), EXPECTED, NOW)
