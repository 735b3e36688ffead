"""`[identity]`: which provider says who sits there, and how long that is believed."""

import re
from typing import Final, Literal, cast

from localguard.config import schema
from localguard.config.tables import Table, Unfit, type_word
from localguard.config.values import read_duration
from localguard.policy.hosts import host_of_url
from localguard.policy.people import SignIn
from localguard.policy.rules import Origin

ISSUER_FORM: Final = r"https?://[^\s?#@\\]+"
CLIENT_ID_FORM: Final = r"[\x21-\x7e]{1,255}"
WORD_FORM: Final = r"[\x21\x23-\x5b\x5d-\x7e]{1,256}"
"""A scope, or a value of `acr` (RFC 6749 section 3.3)."""
SECRET_FORM: Final = r"secret:[A-Za-z0-9._-]{1,100}"  # noqa: S105 -- the form of a name
_SECRET: Final = "secret:"  # noqa: S105 -- what stands before a name
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HIGHEST: Final = 65535
_NO_PORTS: Final = "write such as redirect_ports = [8400, 8401], or remove it for any free port"


def read_sign_in(table: Table) -> SignIn | None:
    """What a profile asks of a sign-in, if anything; faults are noted on the way."""
    identity = table.table("identity")
    if identity is None:
        return None
    identity.only(schema.IDENTITY)
    issuer = _needed(identity, "issuer", "https://login.example.com")
    client_id = _needed(identity, "client_id", "localguard")
    return SignIn(
        issuer=issuer,
        client_id=client_id,
        origin=Origin(identity.document.name, identity.line),
        required=identity.flag("required") or False,
        scopes=_scopes(identity),
        client_secret=identity.parsed("client_secret", _secret),
        host=_host(identity),
        ports=_ports(identity),
        max_session_age=identity.parsed("max_session_age", read_duration),
        claims_max_age=identity.parsed("claims_max_age", read_duration) or _default_age(),
        offline_grace=identity.parsed("offline_grace", read_duration) or 0,
        assume_pkce=identity.flag("assume_pkce") or False,
        acr=identity.each("acr", _acr),
        groups_claim=identity.text("groups_claim") or "groups",
    )


def _needed(table: Table, key: str, example: str) -> str:
    if key not in table:
        table.fault(f"{key} is missing", f'write such as {key} = "{example}"')
    read = _issuer if key == "issuer" else _client_id
    return table.parsed(key, read) or ""


def _issuer(text: str) -> str:
    """An issuer as OpenID Connect Core 1.0 section 2 has it: compared letter by letter, so kept."""
    host = host_of_url(text)
    fix = 'write the address that the provider calls itself, such as "https://login.example.com"'
    if host is None or re.fullmatch(ISSUER_FORM, text) is None:
        raise Unfit(f'issuer cannot be "{text}"', fix)
    if text.startswith("http://") and host not in _LOOPBACK:
        raise Unfit(f'issuer "{text}" would be asked in the clear', 'begin it with "https://"')
    return text


def _client_id(text: str) -> str:
    if re.fullmatch(CLIENT_ID_FORM, text) is None:
        raise Unfit("client_id has blanks or odd characters", "copy it from the provider")
    return text


def _scopes(table: Table) -> tuple[str, ...]:
    given = table.each("scopes", _scope)
    if not given:
        return SignIn("", "", Origin("", 0)).scopes
    if "openid" not in given:
        table.fault("scopes lack openid, without which nobody is named", 'add "openid"', "scopes")
    return tuple(dict.fromkeys(given))


def _scope(text: str) -> str:
    if re.fullmatch(WORD_FORM, text) is None:
        raise Unfit(f'"{text}" is not one scope', 'write each by itself, such as ["openid", "x"]')
    return text


def _acr(text: str) -> str:
    if re.fullmatch(WORD_FORM, text) is None:
        raise Unfit(f'"{text}" is not one value of acr', "write each by itself, in a list")
    return text


def _secret(text: str) -> str:
    if re.fullmatch(SECRET_FORM, text) is None:
        fix = 'put it into the vault and name it: localguard secret set NAME, then "secret:NAME"'
        # What was written here may be the secret itself, so it is not repeated.
        raise Unfit("client_secret does not name a secret of the vault", fix)
    return text.removeprefix(_SECRET)


def _host(table: Table) -> Literal["127.0.0.1", "localhost"]:
    found = table.choice("redirect_host", schema.REDIRECT_HOSTS)
    return cast(Literal["127.0.0.1", "localhost"], found or schema.REDIRECT_HOSTS[0])


def _ports(table: Table) -> tuple[int, ...]:
    value = table.values.get("redirect_ports")
    if value is None:
        return (0,)
    if not isinstance(value, list) or not value:
        what = f"redirect_ports must be a list of numbers, not {type_word(value)}"
        what = "redirect_ports is an empty list" if value == [] else what
        table.fault(what, _NO_PORTS, "redirect_ports")
        return (0,)
    for index, port in enumerate(value):
        if type(port) is not int or not 1 <= port <= _HIGHEST:
            table.fault("this is not a port", _NO_PORTS, "redirect_ports", index)
    return tuple(port for port in value if type(port) is int)


def _default_age() -> int | None:
    return SignIn("", "", Origin("", 0)).claims_max_age
