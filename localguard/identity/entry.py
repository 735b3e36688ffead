"""What the vault holds of a sign-in: its tokens, and what they must go on to say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from localguard.errors import VaultFault
from localguard.oauth.tokens import Tokens
from localguard.policy.calls import Json

_VERSION: Final = 1
_TOKENS: Final = ("access", "refresh", "id_token", "expires_at")


@dataclass(frozen=True, slots=True)
class Entry:
    """The tokens of one sign-in. `session` and `subject` are those of its card.

    `nonce` is that of its first ID token, which later ones may repeat and not change.
    """

    session: str
    subject: str
    tokens: Tokens
    nonce: str | None = field(default=None, repr=False)

    def renewed(self, tokens: Tokens) -> "Entry":
        """The entry with tokens in place of those before; an ID token is kept until another."""
        id_token = tokens.id_token or self.tokens.id_token
        return replace(self, tokens=replace(tokens, id_token=id_token))


def entry_bytes(entry: Entry) -> bytes:
    """An entry as it lies in the vault."""
    tokens = {name: getattr(entry.tokens, name) for name in _TOKENS}
    told = {"version": _VERSION, "session": entry.session, "subject": entry.subject}
    scope = entry.tokens.scope
    rest = {"nonce": entry.nonce, "scope": None if scope is None else list(scope)}
    return json.dumps({**told, **tokens, **rest}).encode()


def read_entry(data: bytes, where: str) -> Entry:
    """The entry that was kept. Raises VaultFault for what this version does not write."""
    try:
        told: Mapping[str, Json] = json.loads(data)
        if told["version"] != _VERSION:
            raise ValueError("another version")
        session, subject = _text(told, "session"), _text(told, "subject")
        return Entry(session, subject, _tokens(told), _maybe(told, "nonce"))
    except (ValueError, KeyError, TypeError) as error:
        what = "what the vault holds of your sign-in cannot be used by this localguard"
        raise VaultFault(what, where=where, fix="localguard login") from error


def _tokens(told: Mapping[str, Json]) -> Tokens:
    scope, ends = told.get("scope"), told.get("expires_at")
    return Tokens(
        access=_text(told, "access"),
        refresh=_maybe(told, "refresh"),
        id_token=_maybe(told, "id_token"),
        expires_at=float(ends) if isinstance(ends, int | float) else None,
        scope=tuple(map(str, scope)) if isinstance(scope, list) else None,
    )


def _text(told: Mapping[str, Json], name: str) -> str:
    value = told[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _maybe(told: Mapping[str, Json], name: str) -> str | None:
    return None if told.get(name) is None else _text(told, name)
