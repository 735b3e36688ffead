"""The keys by which a provider signs (RFC 7517), and which of them a token says it is signed by.

Whoever makes a token chooses its `kid`, so an unknown one has the keys fetched anew once, and not
again for a while. Raises SignInFault, and Unreachable where the provider cannot be asked.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol

from localguard.errors import SignInFault
from localguard.oauth.provider import Provider
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json

PAUSE: Final = 60.0
"""Seconds in which keys are fetched anew once at most."""
ALGORITHMS: Final[Mapping[str, tuple[str, str | None]]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
"""Each algorithm that a signature may have, all of them asymmetric, with the kind of its key."""
_PUBLIC: Final = frozenset({"kty", "kid", "use", "alg", "crv", "n", "e", "x", "y"})
_SMALLEST_RSA: Final = 2048 // 6
"""Characters of a modulus in base64url (RFC 7518 section 3.3 wants 2048 bits)."""
_MOST: Final = 100


class SigningKeys(Protocol):
    """Where the keys of a provider come from."""

    def known(self) -> Mapping[str, Json]:
        """A JWK Set."""
        ...

    def renewed(self) -> Mapping[str, Json] | None:
        """A JWK Set that is newer; None where there is none to be had."""
        ...


class FetchedKeys:
    """Keys as the provider has them now. `monotonic` is seconds on a clock that nobody sets."""

    def __init__(self, wire: Wire, provider: Provider, monotonic: Callable[[], float]) -> None:
        self._wire = wire
        self._provider = provider
        self._monotonic = monotonic
        self._found: Mapping[str, Json] | None = None
        self._asked_anew: float | None = None

    def known(self) -> Mapping[str, Json]:
        """The keys, fetched the first time."""
        if self._found is None:
            self._found = self._fetched()
        return self._found

    def renewed(self) -> Mapping[str, Json] | None:
        """The keys, fetched anew if that was not done just now."""
        now, last = self._monotonic(), self._asked_anew
        if last is not None and now - last < PAUSE:
            return None
        self._asked_anew = now
        self._found = self._fetched()
        return self._found

    def _fetched(self) -> Mapping[str, Json]:
        if self._provider.jwks_uri is None:
            what = "the provider does not say by which keys it signs"
            fix = "look whether the issuer is that of an OpenID provider"
            raise SignInFault(what, where=self._provider.issuer, fix=fix)
        return public_keys(self._wire.get_json(self._provider.jwks_uri))


def public_keys(keys: Mapping[str, Json]) -> dict[str, Json]:
    """A JWK Set with nothing in it but public keys that can sign."""
    return {"keys": [_public(one) for one in _signing(keys)]}


def key_for(keys: Mapping[str, Json], header: Mapping[str, Any]) -> Mapping[str, Json] | None:
    """The key that a header (RFC 7515 section 4.1) names; None for none, and for two."""
    kind, curve = ALGORITHMS.get(str(header.get("alg")), ("", None))
    fitting = [
        one
        for one in _signing(keys)
        if (one.get("kty"), one.get("alg", header["alg"])) == (kind, header["alg"])
        and (curve is None or one.get("crv") == curve)
        and ("kid" not in header or one.get("kid") == header["kid"])
    ]
    return fitting[0] if len(fitting) == 1 else None


def _signing(keys: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    listed = keys.get("keys")
    kinds = {kind for kind, _ in ALGORITHMS.values()}
    for one in listed[:_MOST] if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("kty") in kinds and one.get("use", "sig") == "sig":
            modulus = one.get("n")
            if not isinstance(modulus, str) or len(modulus) > _SMALLEST_RSA:
                yield one


def _public(key: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in key.items() if name in _PUBLIC}
