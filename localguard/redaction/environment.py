"""Which variables of an environment hold a secret, by their names. Knows no vault.

A name tells by one of its words (`GITHUB_TOKEN`, `PGPASSWORD`), unless its last word says that the
value only points to something (`TOKEN_URL`, `KEY_FILE`) or measures it (`TOKEN_LIMIT`). A URL with
a password in it is a secret under any name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

_WORDS: Final = frozenset({
    "TOKEN", "KEY", "APIKEY", "SECRET", "PASSWORD", "PASSWD", "PASS", "PASSPHRASE", "PAT",
    "DSN", "CREDENTIAL", "CREDENTIALS", "CREDS", "AUTH", "JWT", "BEARER", "COOKIE", "PWD",
})  # fmt: skip
_ENDS: Final = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "PASSPHRASE", "ACCESSKEY", "DSN")
_POINTS: Final = frozenset({
    "FILE", "PATH", "DIR", "FOLDER", "SOCK", "SOCKET", "URL", "URI", "ENDPOINT", "HOST", "PORT",
    "NAME", "TYPE", "KIND", "HEADER", "METHOD", "MODE", "LIMIT", "COUNT", "SIZE", "LENGTH",
    "TTL", "TIMEOUT", "EXPIRY", "EXPIRES", "ENABLED", "VERSION", "PROVIDER", "BACKEND",
    "ISSUER",
})  # fmt: skip
_NEVER: Final = frozenset({"PWD", "OLDPWD"})
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PASSWORD_IN_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@:\s]*:([^/?#\s]+)@")


def secret_names(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the variables whose values are secret, in the environment's order."""
    return tuple(name for name, value in environment.items() if _is_secret(name, value))


def password_in_url(value: str) -> str | None:
    """The password that a URL carries before its host (RFC 3986 section 3.2.1), as spelled."""
    found = _PASSWORD_IN_URL.match(value)
    return None if found is None else found[1]


def _is_secret(name: str, value: str) -> bool:
    if password_in_url(value) is not None:
        return True
    words = list(_words(name))
    if not words or name.upper() in _NEVER or words[-1] in _POINTS:
        return False
    return any(word in _WORDS or word.endswith(_ENDS) for word in words)


def _words(name: str) -> Iterator[str]:
    yield from filter(None, re.split("[^A-Z]+", _CAMEL.sub("_", name).upper()))
