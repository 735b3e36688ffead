"""The redirect by which a browser brings the answer back; whoever else brings one is not believed.

RFC 6749 section 4.1.2 (the parameters), section 10.12 (state), RFC 9207 (who answers).
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from localguard.errors import SignInFault
from localguard.oauth.faults import Refused
from localguard.oauth.provider import Provider
from localguard.oauth.refusals import refused

PATH: Final = "/callback"

_MAX_FIELDS: Final = 50
_TARGET: Final = re.compile(r"[\x21-\x7e]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Redirect:
    """What came back with the right state: its parameters, each of which was there once."""

    parameters: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotOurs:
    """Something that is no answer to this sign-in: an HTTP status and why, in words of ours."""

    status: int
    why: str


def read_redirect(query: str, state: str) -> Redirect | NotOurs:
    """What a query brings. Nothing of it is trusted yet but that someone knew the state."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return NotOurs(400, "This address has more in it than an answer has.")
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        return NotOurs(400, "This address says something twice.")
    brought = parameters.get("state", "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(brought, state.encode()):
        return NotOurs(400, "This address belongs to no sign-in that is under way.")
    if not parameters.get("code") and not parameters.get("error"):
        return NotOurs(400, "This address has no answer in it.")
    return Redirect(parameters)


def read_pasted(text: str, redirect_uri: str, state: str) -> Redirect | NotOurs:
    """What a person brings who copied the address at which the browser ended."""
    text = text.strip()
    if not _TARGET.fullmatch(text):
        return NotOurs(400, "That is not one whole address.")
    try:
        brought, ours = urlsplit(text), urlsplit(redirect_uri)
    except ValueError:
        return NotOurs(400, "That is not an address.")
    same = (brought.scheme, brought.netloc, brought.path) == (ours.scheme, ours.netloc, ours.path)
    if not same:
        return NotOurs(400, f"That is another address: the one to bring begins with {redirect_uri}")
    return read_redirect(brought.query, state)


def code_of(redirect: Redirect, provider: Provider) -> str:
    """The code, once it is sure that this provider gave it.

    Raises SignInFault where the answer is another provider's (mix-up, RFC 9207 section 2.4):
    nothing of that answer, no error text either, is used or told. Raises Refused for an error.
    """
    said = redirect.parameters
    issuer = said.get("iss")
    if issuer is None and provider.iss_parameter:
        raise _mixed_up(provider, "the answer does not say which provider gave it, as it should")
    if issuer is not None and issuer != provider.issuer:
        raise _mixed_up(provider, "the answer came from another provider than was asked")
    if "error" in said:
        raise _refusal(said, provider)
    return said["code"]


def _refusal(said: Mapping[str, str], provider: Provider) -> Refused:
    return refused(0, {**said}, provider.issuer)


def _mixed_up(provider: Provider, what: str) -> SignInFault:
    fix = "sign in again; if it stays so, do not: someone may be between you and the provider"
    return SignInFault(what, where=provider.issuer, fix=fix)
