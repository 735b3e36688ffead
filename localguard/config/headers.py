"""`headers` of a server with a URL: what the profile sends along with every request.

A value "secret:NAME" stands for what the vault holds; no fault repeats a value, which may be the
secret itself. RFC 9110 section 5 has the form. What HTTP or MCP says by itself is not to be set.
"""

import re
from typing import Final

from localguard.config.auth_values import is_misnamed
from localguard.config.tables import Table, type_word

NAME_FORM: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_RESERVED: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "last-event-id",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)


def read_headers(table: Table) -> dict[str, str]:
    """The headers of a server; faults are noted on the way."""
    headers = table.table("headers")
    if headers is None:
        return {}
    if "url" not in table:
        what = "headers are for a server that is reached by its url"
        table.fault(what, "remove them, or write url", "headers")
    found: dict[str, str] = {}
    for name, value in headers.values.items():
        if problem := _problem(name, value, {one.lower() for one in found}, "auth" in table):
            table.fault(*problem, "headers", name)
        elif isinstance(value, str):
            found[name] = value
    return found


def _problem(name: str, value: object, known: set[str], auth: bool) -> tuple[str, str] | None:
    """What is wrong with a header, and what to do."""
    word = name.lower()
    if NAME_FORM.fullmatch(name) is None or word in known:
        return f'"{name}" cannot be a header here', "use each name once, of letters, digits and -"
    if word in _RESERVED or word.startswith("mcp-"):
        return f"the header {name} is localguard's to set", "remove it"
    if word == "authorization" and auth:
        return "the header Authorization and auth both give a token", "keep one of the two"
    if not isinstance(value, str):
        return f"headers.{name} must be a text, not {type_word(value)}", "put it into quotes"
    if _VALUE.fullmatch(value) is None or is_misnamed(value):
        return f"headers.{name} cannot be sent", 'write a "value" of ASCII or "secret:NAME"'
    return None
