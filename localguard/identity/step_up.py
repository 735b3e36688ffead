"""A person proves once more that they are there, for one held call (OpenID Connect Core 3.1.2.1).

The nonce of the new ID token is the challenge of the call, so that the provider signs that this
person gave this kind of proof, now, for this call and no other: a receipt (`receipts`).
"""

import re
import time
from dataclasses import replace
from typing import Final

from localguard.errors import SignInFault
from localguard.identity.id_token import Expected, validate
from localguard.identity.prompts import prompts
from localguard.identity.session_policy import absence, login_of
from localguard.identity.sign_ins import SignIns
from localguard.identity.signing_keys import FetchedKeys
from localguard.identity.ways import Way
from localguard.oauth.authorize import Asked
from localguard.oauth.provider import discover_openid
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from localguard.policy.people import Nobody, SignIn
from localguard.text import safe

CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{32,128}")


def step_up(asked: SignIn, challenge: str, sign_ins: SignIns, wire: Wire, way: Way) -> str:
    """The receipt, an ID token, once the person who is signed in has given proof again.

    `way` is one that is bound (a browser). Raises SignInFault where that came to nothing, or
    another person gave it, and VaultFault; ValueError for a challenge that is none.
    """
    if CHALLENGE.fullmatch(challenge) is None or not way.bound:
        raise ValueError("not a challenge, or not by a browser")
    subject, started = _present(asked, sign_ins), sign_ins.now()
    provider = discover_openid(wire, asked.issuer, assume_pkce=asked.assume_pkce)
    keys, found = FetchedKeys(wire, provider, time.monotonic), list[str]()

    def settle(tokens: Tokens) -> str:
        now = sign_ins.now()
        # Whoever gave proof before this began has not given it for this call.
        age = max(now - started, 0.0)
        expected = Expected(
            asked.issuer,
            asked.client_id,
            nonce=challenge,
            access_token=tokens.access,
            max_age=age,
            acr=asked.acr,
        )
        found.append(_receipt(tokens, keys, expected, subject, now=now))
        return "That it is you is proven; the call is for you to answer"

    client = sign_ins.client(asked, provider)
    way.authorize(wire, _request(asked, Asked(provider, client), challenge), settle)
    return found[0]


def _present(asked: SignIn, sign_ins: SignIns) -> str:
    """The subject of who is signed in."""
    card = sign_ins.card(asked)
    absent = absence(card, asked, sign_ins.now())
    if absent is not None or card is None:
        nobody = absent or Nobody("nobody has signed in", login_of(asked))
        raise SignInFault(nobody.reason, where=asked.issuer, fix=nobody.fix)
    return card.subject


def _request(asked: SignIn, plain: Asked, challenge: str) -> Asked:
    extra = prompts(plain.provider, fresh=True)
    return replace(
        plain,
        scopes=("openid",),
        extra=extra | ({"acr_values": " ".join(asked.acr)} if asked.acr else {}),
        nonce=challenge,
        host=asked.host,
        ports=asked.ports,
        again="answer the call again",
    )


def _receipt(
    tokens: Tokens, keys: FetchedKeys, expected: Expected, subject: str, *, now: float
) -> str:
    """The ID token, if it is what was expected and the person's. Raises SignInFault."""
    issuer = expected.issuer
    if tokens.id_token is None:
        what = "the provider gave no ID token as proof"
        raise SignInFault(what, where=issuer, fix="ask who runs the provider")
    claims = validate(tokens.id_token, keys, expected, now)
    if claims.subject != subject:
        what = f"somebody else has given proof: {safe(claims.subject, 60)}"
        raise SignInFault(what, where=issuer, fix=f"give proof as {safe(subject, 60)}")
    return tokens.id_token
