"""A card: what a guard knows of a sign-in, in one text under a seal. No secret is in it.

The seal is by the key `person-seal.key` in the folder of the vault, which is a file. So a program
that can write files and not read that one signs nobody in; one that reads it can forge cards, with
any subject and groups, which count until the provider is asked (`renewal`). A receipt of a step-up
cannot be forged so (`receipts`). Pure; knows no file and no clock.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from typing import Any, Final

from localguard import seals
from localguard.policy.calls import Json

LARGEST: Final = 512 * 1024
"""Bytes of a card. What a provider says of a person beyond that is not kept."""
SIGNED_OUT: Final = "you have signed out"
"""Why a sign-in is over that the person has ended."""
_VERSION: Final = 1
_PURPOSE: Final = "identity-card"
_MARK: Final = "identity-mark"
_TEXTS: Final = ("issuer", "client_id", "subject", "session")
_TIMES: Final = ("signed_in_at", "confirmed_at")
_MAYBE_TIMES: Final = ("auth_time", "out_of_reach")
_MAYBE_TEXTS: Final = ("acr", "ended")


@dataclass(frozen=True, slots=True)
class Card:
    """One sign-in at one provider. Times are seconds since the epoch.

    `serial` rises with each card that is written for an issuer and client. `session` is new with
    each sign-in. `confirmed_at` is when the provider last vouched for the claims, `out_of_reach`
    since when it could not be asked. `ended` says why the sign-in is over; such a card has no
    claims any more.
    """

    issuer: str
    client_id: str
    subject: str
    session: str
    signed_in_at: float
    confirmed_at: float
    auth_time: float | None = None
    acr: str | None = None
    claims: Mapping[str, Json] = field(default_factory=dict)
    out_of_reach: float | None = None
    ended: str | None = None
    serial: int = 0

    @property
    def name(self) -> str:
        """The name of its file, and of the tokens in the vault."""
        return name_of(self.issuer, self.client_id)


def name_of(issuer: str, client_id: str) -> str:
    """What the sign-in at a provider is kept under: 32 hexadecimal digits."""
    return sha256(f"{issuer}\0{client_id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def fields_of(card: Card) -> dict[str, Json]:
    """A card as JSON."""
    return {"version": _VERSION, **asdict(card)}


def card_of(told: Mapping[str, object]) -> Card:
    """The card that an object is. Raises ValueError for what this version does not write."""
    known = {one.name for one in fields(Card)}
    if told.get("version") != _VERSION or set(told) != {"version", *known}:
        raise ValueError("it is not a card of this version")
    if not _typed(told):
        raise ValueError("it is not a whole card")
    values: Any = {name: told[name] for name in known}
    return Card(**values)


def card_text(card: Card, key: bytes) -> str:
    """A card under its seal."""
    return _sealed(json.dumps(fields_of(card), separators=(",", ":")), key, _PURPOSE)


def read_card(text: str, key: bytes) -> Card:
    """The card that was sealed. Raises ValueError for anything else."""
    told = json.loads(_unsealed(text, key, _PURPOSE))
    if not isinstance(told, dict):
        raise ValueError("it is not a card")
    return card_of(told)


def mark_text(name: str, serial: int, key: bytes) -> str:
    """The mark under its seal: cards of a name that are older than a serial are void."""
    return _sealed(str(serial), key, f"{_MARK}/{name}")


def read_mark(name: str, text: str, key: bytes) -> int:
    """The serial of a mark that was sealed. Raises ValueError for anything else."""
    return int(_unsealed(text, key, f"{_MARK}/{name}"))


def _sealed(body: str, key: bytes, purpose: str) -> str:
    return f"{body}\n{seals.seal(key, purpose, body)}\n"


def _unsealed(text: str, key: bytes, purpose: str) -> str:
    body, _, mark = text.removesuffix("\n").rpartition("\n")
    if not seals.holds(key, purpose, body, mark):
        raise ValueError("it is not as localguard wrote it")
    return body


def _typed(told: Mapping[str, object]) -> bool:
    return (
        all(isinstance(told[name], str) and told[name] for name in _TEXTS)
        and all(_is_number(told[name]) for name in _TIMES)
        and all(told[name] is None or _is_number(told[name]) for name in _MAYBE_TIMES)
        and all(told[name] is None or isinstance(told[name], str) for name in _MAYBE_TEXTS)
        and isinstance(told["claims"], dict)
        and type(told["serial"]) is int
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
