"""Texts of `auth` and its tables that have a form of their own.

Each reader takes one text and returns what it means, or raises `Unfit` with how to write it.
"""

import re
from typing import Final

from localguard.config.client_metadata import read_https
from localguard.config.tables import Unfit

SECRET: Final = "secret:"  # noqa: S105 -- the mark of a name
SECRET_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
_VISIBLE: Final = re.compile(r"[\x20-\x7e]{1,512}")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x24-\x5b\x5d\x5f\x61-\x7a\x7e]{1,2048}")


def read_secret(text: str) -> str:
    """The name in `secret:NAME`; what stands there instead may be the secret, and is not told."""
    name = text.removeprefix(SECRET)
    if not text.startswith(SECRET):
        fix = 'localguard secret set NAME, then write "secret:NAME"'
        raise Unfit("a secret does not belong into a profile, only its name does", fix)
    if SECRET_NAME.fullmatch(name) is None:
        fix = 'use letters, digits, "-", "_" and ".", at most 100, as in "secret:github"'
        raise Unfit('what follows "secret:" cannot be the name of a secret', fix)
    return name


def is_misnamed(value: str) -> bool:
    """Whether a value stands for a secret, and none can be called that."""
    name = value.removeprefix(SECRET)
    return name != value and SECRET_NAME.fullmatch(name) is None


def read_issuer(text: str) -> str:
    """The address of an authorization server."""
    return read_https(text, "issuer")


def read_scope(text: str) -> str:
    """One scope (RFC 6749 section 3.3)."""
    if _SCOPE.fullmatch(text) is None:
        fix = "write each in a text of its own, without blanks and quotes"
        raise Unfit(f'scopes cannot hold "{text}"', fix)
    return text


def read_client(text: str) -> str:
    """A client id (RFC 6749 appendix A.1); what stands there may be a secret, and is not told."""
    if _VISIBLE.fullmatch(text) is None:
        raise Unfit("client_id has characters that no client has", "copy it from the provider")
    return text


def read_audience(text: str) -> str:
    """The name that a provider knows a server by (RFC 8693 section 2.1)."""
    if _VISIBLE.fullmatch(text) is None:
        fix = "write the name that the provider knows the server by"
        raise Unfit(f'audience cannot be "{text}"', fix)
    return text


def read_resource(text: str) -> str:
    """An absolute URI without a fragment (RFC 8707 section 2)."""
    if _URI.fullmatch(text) is None:
        fix = 'write an address without "#", such as "https://api.example.com/mcp"'
        raise Unfit(f'resource cannot be "{text}"', fix)
    return text
