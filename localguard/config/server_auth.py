"""How a profile says that a server is given a token: `auth`, `oauth`, `exchange` and `minted`.

    auth = "oauth"               oauth = { issuer, client_id, client_secret, scopes, ports }
    auth = "secret:NAME"
    auth = "token-exchange"      exchange = { kind, issuer, audience, resource, scopes, ... }
    minted = { VARIABLE = { the keys of an exchange } }        for a server that is started

A secret never stands in a profile, only its name does; so no fault repeats a text that stands where
a secret may have been put by mistake.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from localguard.config.auth_values import (
    SECRET,
    read_audience,
    read_client,
    read_issuer,
    read_resource,
    read_scope,
    read_secret,
)
from localguard.config.faults import nearest
from localguard.config.tables import Table, type_word
from localguard.policy.server_auth import OAuth, ServerAuth, StaticToken, TokenExchange

KEYS: Final = frozenset({"auth", "oauth", "exchange", "minted"})
"""What of `[servers.NAME]` is read here."""
OAUTH: Final = frozenset({"issuer", "client_id", "client_secret", "scopes", "ports"})
EXCHANGE: Final = frozenset(
    {"kind", "issuer", "audience", "resource", "scopes", "client_id", "client_secret"}
)
KINDS: Final = ("rfc8693", "id-jag")
WORDS: Final = ("oauth", "token-exchange", "none")
"""What `auth` can be, beside "secret:NAME"."""
VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)


class Authorized(NamedTuple):
    """How a server is given tokens: by its URL with `auth`, in its variables with `minted`."""

    auth: ServerAuth | None
    minted: Mapping[str, TokenExchange]


def read_authorized(table: Table) -> Authorized:
    """What a table of a server says; faults are noted on the way."""
    word = _word(table)
    oauth, exchange = table.table("oauth"), table.table("exchange")
    _require(table, "oauth", word)
    _require(table, "exchange", word)
    auth: ServerAuth | None = None
    match word:
        case "oauth":
            auth = OAuth() if oauth is None else _oauth(oauth)
        case "token-exchange":
            _require_sign_in(table, "auth")
            auth = TokenExchange() if exchange is None else _exchange(exchange)
        case str() if word.startswith(SECRET):
            auth = StaticToken(word.removeprefix(SECRET))
        case _:
            pass
    return Authorized(auth, _minted(table))


def _word(table: Table) -> str | None:
    """What `auth` says, if it is one of its forms."""
    value = table.text("auth")
    if value is None:
        return None
    if "url" not in table:
        what = "auth is for a server that is reached by its url"
        table.fault(what, "remove auth, or give a server that is started minted variables", "auth")
    if value in WORDS:
        return value
    if value.startswith(SECRET):
        name = table.parsed("auth", read_secret)
        return None if name is None else f"{SECRET}{name}"
    near = nearest(value, WORDS)
    forms = 'write "oauth", "token-exchange" or "secret:NAME"'
    what = f'auth cannot be "{value}"' if near else "auth is none of its forms"
    table.fault(what, f'did you mean "{near}"?' if near else f"{forms}; never a token", "auth")
    return None


def _require(table: Table, key: str, word: str | None) -> None:
    """A table of details says nothing without the word that it details."""
    wanted = "oauth" if key == "oauth" else "token-exchange"
    if key in table and word is not None and word != wanted:
        table.fault(f'{key} is for auth = "{wanted}"', f'write auth = "{wanted}"', key)
    elif key in table and "auth" not in table:
        table.fault(f'{key} without auth = "{wanted}"', f'add auth = "{wanted}"', key)


def _require_sign_in(table: Table, *at: str) -> None:
    if "identity" not in table.document.tables:
        what = "a token can only be traded for a person's sign-in, and the profile asks for none"
        table.fault(what, "add [identity] with issuer and client_id", *at)


def _oauth(table: Table) -> OAuth:
    table.only(OAUTH)
    return OAuth(
        issuer=table.parsed("issuer", read_issuer),
        client_id=_client_id(table),
        client_secret=_client_secret(table),
        scopes=table.each("scopes", read_scope),
        ports=_ports(table),
    )


def _exchange(table: Table) -> TokenExchange:
    table.only(EXCHANGE)
    kind: Literal["rfc8693", "id-jag"] = "rfc8693"
    if table.choice("kind", KINDS) == "id-jag":
        kind = "id-jag"
        if "issuer" not in table:
            what = "id-jag needs the authorization server of the server, which is never guessed"
            table.fault(what, 'add issuer = "https://…"', "kind")
    return TokenExchange(
        kind=kind,
        issuer=table.parsed("issuer", read_issuer),
        audience=table.parsed("audience", read_audience),
        resource=table.parsed("resource", read_resource),
        scopes=table.each("scopes", read_scope),
        client_id=_client_id(table),
        client_secret=_client_secret(table),
    )


def _minted(table: Table) -> dict[str, TokenExchange]:
    minted = table.table("minted")
    if minted is None:
        return {}
    if "url" in table:
        what = "minted is for a server that is started, and this one is reached by its url"
        table.fault(what, 'write auth = "token-exchange"', "minted")
    _require_sign_in(table, "minted")
    return {name: _minting(one) for name, one in minted.subtables() if _variable(table, name)}


def _minting(table: Table) -> TokenExchange:
    """A token for something that has no address to be told by."""
    if "audience" not in table and "resource" not in table:
        what = "a minted token without audience and resource could be good for anything"
        table.fault(what, 'add audience = "…", the name that the provider knows the service by')
    return _exchange(table)


def _variable(table: Table, name: str) -> bool:
    if VARIABLE.fullmatch(name) is None:
        fix = "use letters, digits and underscores"
        table.fault(f'"{name}" cannot be a variable', fix, "minted", name)
        return False
    env = table.values.get("env")
    if isinstance(env, dict) and name in env:
        fix = "keep it in one of the two"
        table.fault(f"{name} is in env and in minted", fix, "minted", name)
        return False
    return True


def _client_id(table: Table) -> str | None:
    """A client that was registered before; it belongs to one issuer, which must be named."""
    if "client_id" in table and "issuer" not in table:
        what = "client_id says nothing without the issuer that it is registered at"
        table.fault(what, 'add issuer = "https://…"', "client_id")
    return table.parsed("client_id", read_client)


def _client_secret(table: Table) -> str | None:
    for key in ("issuer", "client_id"):
        if "client_secret" in table and key not in table:
            what = f"client_secret needs {key}: it is shown to that issuer and nobody else"
            table.fault(what, f'add {key} = "…"', "client_secret")
    return table.parsed("client_secret", read_secret)


def _ports(table: Table) -> tuple[int, ...]:
    """The ports of the redirect URI; one, or a list of at least one."""
    value = table.values.get("ports")
    ports = value if isinstance(value, list) else [0] if value is None else [value]
    if not ports:
        table.fault("ports is an empty list", "name at least one, or remove ports", "ports")
    found = (_port(table, port) for port in ports)
    return tuple(port for port in found if port is not None) or (0,)


def _port(table: Table, port: object) -> int | None:
    if isinstance(port, bool) or not isinstance(port, int):
        fix = "write whole numbers without quotes, such as ports = [47811]"
        table.fault(f"ports must hold numbers, not {type_word(port)}", fix, "ports")
        return None
    if not 0 <= port <= 65535:
        fix = "write numbers from 1024 to 65535, or 0 for any"
        table.fault(f"ports cannot hold {port}", fix, "ports")
        return None
    return port
