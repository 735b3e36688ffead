"""Secrets that stand in plain text in a client's entry: variables, headers, arguments. Pure.

A name tells, or the look of a value. What other programs fill in (`${TOKEN}`) is no secret.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from localguard.clients.entry import Wrapped
from localguard.redaction.environment import password_in_url, secret_names
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets
from localguard.vault.bindings import REFERENCE

Place = Literal["variable", "header", "token", "argument"]

_STANDS_FOR: Final = re.compile(r"\$\{.*\}|\$[A-Za-z_]\w*|<.*>|op://.*")
_BEARER: Final = re.compile(r"[Bb]earer +(\S+)")
_NAMED: Final = re.compile(r"(-{0,2}([A-Za-z_][A-Za-z0-9_.-]*)=)(.+)", re.DOTALL)
_HEADER: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*): *(?:(?:[Bb]earer|[Bb]asic|token) +)?(\S.*)")
_FLAG: Final = re.compile(r"--?([A-Za-z][A-Za-z0-9_.-]*)")
_QUERY: Final = re.compile(r"[?&]([^=&#?]+)=([^&#]+)")
_LEAST: Final = 6
"""Characters of a word after a flag: a shorter one is a mode, and no secret (`--auth none`)."""
_REDACTOR: Final = Redactor(frozenset({"secret"}), Secrets())


@dataclass(frozen=True, slots=True)
class Plain:
    """One secret: the `place` it stands in, what that is called, and its value.

    `at` is the name of a variable or header, or the number of a word, of which `before` stays.
    """

    place: Place
    at: str | int
    called: str
    value: str = field(repr=False)
    before: str = ""


def found_in(taken: Wrapped) -> tuple[Plain, ...]:
    """The secrets of an entry that a profile can refer to, in their order."""
    if taken.url is not None:
        return tuple(_headers(taken))
    return (*_variables(taken), *arguments(taken.command))


def arguments(command: Sequence[str]) -> Iterator[Plain]:
    """The secrets among the words of a command, of which the first is the program."""
    for at, word in enumerate(command[1:], 1):
        if not is_plain(word):
            continue
        found = _by_name(at, word) or _by_flag(at, command[at - 1], word) or _whole(at, word)
        if found is not None and is_plain(found.value):
            yield found


def address_tells(taken: Wrapped) -> bool:
    """Whether the address of a server holds a secret, which no profile can keep apart from it."""
    return taken.url is not None and _url_tells(taken.url)


def is_plain(value: str) -> bool:
    """Whether a value is the thing itself, and stands for nothing else."""
    return bool(value) and not value.startswith(REFERENCE) and not _STANDS_FOR.fullmatch(value)


def looks_secret(text: str) -> bool:
    """Whether the look of a text tells that a secret is in it."""
    return _REDACTOR.text(text)[0] != text


def bearer(value: str) -> str | None:
    """The token of a header `Authorization: Bearer TOKEN` (RFC 6750 section 2.1)."""
    found = _BEARER.fullmatch(value)
    return None if found is None else found[1]


def word_of(text: str) -> str:
    """A text as a part of the name of a secret."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-")[:90] or "secret"


def _variables(taken: Wrapped) -> Iterator[Plain]:
    named = secret_names(taken.env)
    for name, value in taken.env.items():
        if is_plain(value) and (name in named or looks_secret(value)):
            yield Plain("variable", name, name, value)


def _headers(taken: Wrapped) -> Iterator[Plain]:
    named = secret_names(taken.headers)
    for name, value in taken.headers.items():
        credential = name.lower() == "authorization"
        token = bearer(value) if credential else None
        if token is not None and is_plain(token):
            yield Plain("token", name, "token", token)
            continue
        tells = credential or name in named or looks_secret(value)
        if token is None and tells and is_plain(value):
            yield Plain("header", name, name, value)


def _by_name(at: int, word: str) -> Plain | None:
    """`--token=VALUE` and `TOKEN=VALUE`."""
    found = _NAMED.fullmatch(word)
    if found is None or not _tells(found[2], found[3]):
        return None
    return Plain("argument", at, found[2], found[3], found[1])


def _by_flag(at: int, before: str, word: str) -> Plain | None:
    """The word after `--token`."""
    flag = _FLAG.fullmatch(before) if at > 1 else None
    if flag is None or word.startswith("-") or len(word) < _LEAST:
        return None
    return Plain("argument", at, flag[1], word) if secret_names({flag[1]: word}) else None


def _whole(at: int, word: str) -> Plain | None:
    """`Authorization: Bearer VALUE`, an address with a secret in it, and what looks like one."""
    header = _HEADER.fullmatch(word)
    if header is not None and "://" not in word:
        named = header[1].lower() == "authorization" or secret_names({header[1]: header[2]})
        return Plain("argument", at, header[1], word) if named and is_plain(header[2]) else None
    if "://" in word and _url_tells(word):
        return Plain("argument", at, "url", word)
    return Plain("argument", at, f"argument-{at}", word) if looks_secret(word) else None


def _url_tells(url: str) -> bool:
    pairs = [(one[1], one[2]) for one in _QUERY.finditer(url)]
    queried = any(is_plain(value) and _tells(name, value) for name, value in pairs)
    return password_in_url(url) is not None or queried or looks_secret(url)


def _tells(name: str, value: str) -> bool:
    return bool(secret_names({name: value})) or looks_secret(value)
