"""Whether an ID token is to be believed (OpenID Connect Core 1.0 sections 2, 3.1.3.7 and 12.2).

Our own, since what is left out here lets somebody in as somebody else: only asymmetric signatures
by the provider's keys, for this client, of this sign-in, now, and as fresh as was asked for. Raises
SignInFault; nothing of a token is in its words.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256, sha384, sha512
from hmac import compare_digest
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import JWKRegistry, Key

from localguard.errors import SignInFault
from localguard.identity.signing_keys import ALGORITHMS, SigningKeys, key_for
from localguard.policy.calls import Json

LEEWAY: Final = 60.0
"""Seconds by which two clocks may differ."""
_HEADER: Final = 8192
_HASHES: Final = {"256": sha256, "384": sha384, "512": sha512}


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token must be. `nonce`, `access_token`, `max_age`, `acr`: None or empty for any.

    `max_age` is seconds since the person gave proof, and `acr` are values any of which will do.
    """

    issuer: str
    client_id: str
    nonce: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    max_age: float | None = None
    acr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says that was believed. `auth_time` is seconds since the epoch."""

    subject: str
    auth_time: float | None
    acr: str | None
    nonce: str | None = field(repr=False)
    all: Mapping[str, Json] = field(repr=False)


def validate(id_token: str, keys: SigningKeys, expected: Expected, now: float) -> Claims:
    """What the token says, if it is to be believed at a moment (seconds since the epoch).

    Raises SignInFault; Unreachable where the keys of the provider cannot be had.
    """
    header, said = _signed(id_token, keys, expected.issuer)
    for look in (_issued, _meant, _timely, _bound, _fresh):
        trouble = look(said, expected, now)
        if trouble is not None:
            raise _bad(trouble, expected.issuer)
    if not _hash_holds(said, expected.access_token, str(header["alg"])):
        raise _bad("it belongs to another access token (at_hash)", expected.issuer)
    acr, nonce = said.get("acr"), said.get("nonce")
    return Claims(
        said["sub"],
        _number(said.get("auth_time")),
        acr if isinstance(acr, str) else None,
        nonce if isinstance(nonce, str) else None,
        said,
    )


class _Registry(jws.JWSRegistry):
    """Knows our algorithms and no others. Larger headers than usual: some carry certificates."""

    max_header_length = _HEADER

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError("it is not signed in a way that can be believed")
        return self.algorithms[name]


class _UnknownKey(Exception):
    """Raised inside this module where no key is the one that a token names."""


def _signed(
    token: str, keys: SigningKeys, issuer: str
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The header and the claims of a token that one of the keys has signed."""
    try:
        try:
            return _read(token, keys.known())
        except _UnknownKey:
            return _read(token, keys.renewed() or {})
    except _UnknownKey as unknown:
        raise _bad("none of the provider's keys is the one it names", issuer) from unknown
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise _bad("it is not signed by the provider", issuer) from error


def _read(token: str, keys: Mapping[str, Json]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    def pick(signature: Any) -> Key:
        found = key_for(keys, signature.headers())
        if found is None:
            raise _UnknownKey
        key: Any = dict(found)
        return JWKRegistry.import_key(key)

    registry = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)
    # Looked at before the key is, so that a hopeless token has no keys fetched.
    registry.get_alg(str(jws.extract_compact(token.encode(), registry=registry).protected["alg"]))
    signed = jws.deserialize_compact(token, pick, registry=registry)
    said = json.loads(signed.payload, parse_constant=_no_number)
    if not isinstance(said, dict):
        raise TypeError("the claims are no object")
    return signed.protected, said


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _issued(said: Mapping[str, Any], expected: Expected, _: float) -> str | None:
    subject = said.get("sub")
    if said.get("iss") != expected.issuer:
        return "it is of another issuer (iss)"
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        return "it names nobody (sub)"
    return None


def _meant(said: Mapping[str, Any], expected: Expected, _: float) -> str | None:
    audience, party = said.get("aud"), said.get("azp")
    meant = audience if isinstance(audience, list) else [audience]
    if expected.client_id not in meant:
        return "it is meant for another client (aud)"
    if (len(meant) > 1 or party is not None) and party != expected.client_id:
        return "it was given to another client (azp)"
    return None


def _timely(said: Mapping[str, Any], _: Expected, now: float) -> str | None:
    ends, issued = _number(said.get("exp")), _number(said.get("iat"))
    if ends is None or issued is None:
        return "it does not say when it was issued and ends (iat, exp)"
    if ends + LEEWAY <= now:
        return "it has expired (exp); look at the clock of this machine"
    begins = _number(said.get("nbf", issued))
    if begins is None or max(begins, issued) - LEEWAY > now:
        return "it is of the future (iat, nbf); look at the clock of this machine"
    return None


def _bound(said: Mapping[str, Any], expected: Expected, _: float) -> str | None:
    if expected.nonce is None:
        return None
    nonce = said.get("nonce")
    if not isinstance(nonce, str) or not compare_digest(nonce.encode(), expected.nonce.encode()):
        return "it is of another sign-in (nonce)"
    return None


def _fresh(said: Mapping[str, Any], expected: Expected, now: float) -> str | None:
    proof = _number(said.get("auth_time"))
    if expected.max_age is not None and proof is None:
        return "it does not say when you gave proof (auth_time)"
    if expected.max_age is not None and now - (proof or 0) > expected.max_age + LEEWAY:
        return "you gave proof too long ago (auth_time)"
    if proof is not None and proof - LEEWAY > now:
        return "it is of the future (auth_time)"
    if expected.acr and said.get("acr") not in expected.acr:
        return "the proof that you gave is not of the kind that is asked for (acr)"
    return None


def _hash_holds(said: Mapping[str, Any], access_token: str | None, algorithm: str) -> bool:
    """Whether `at_hash` is that of the access token (Core section 3.1.3.6), where both are there.

    Ed25519 hashes with SHA-512, and so does what goes by its name.
    """
    if access_token is None or "at_hash" not in said:
        return True
    digest = _HASHES.get(algorithm[-3:], sha512)(access_token.encode()).digest()
    half = urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    return compare_digest(half, str(said["at_hash"]).encode())


def _number(value: object) -> float | None:
    sound = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53
    return float(value) if sound else None  # type: ignore[arg-type]


def _bad(why: str, issuer: str) -> SignInFault:
    what = f"the provider's ID token is not to be believed: {why}"
    return SignInFault(
        what, where=issuer, fix="sign in again; if that repeats, ask who runs the provider"
    )
