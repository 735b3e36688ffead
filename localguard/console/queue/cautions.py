"""What a person should look at twice before answering, found by rules of thumb.

It knows the usual tricks and no more: no caution says that a call is safe. `needs_code` alone has
a consequence, a code to type. Pure.
"""

import base64
import binascii
import math
import os
import re
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from localguard.config.paths import lexical
from localguard.console.queue.arguments import UNREAD, Arguments, arguments_of, places, texts
from localguard.console.scripts import foreign_hosts, mixed_words
from localguard.console.services import Earlier
from localguard.control.messages import RequestView
from localguard.policy.calls import Json
from localguard.policy.hosts import domain_of_address, host_of_url
from localguard.policy.lookalikes import hidden_places
from localguard.telling.requests import unreviewed_risk

LARGE: Final = 8 * 1024
_END: Final = 10_000
_MOST: Final = 4
"""Places that one caution names."""
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s\"'<>]{1,400}")
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w.-]{3,200}")
_PATH: Final = re.compile(r"(?:/|~/|[A-Za-z]:[\\/]|\\\\)[^\0\n]{0,4096}")
_BLOB: Final = re.compile(r"[A-Za-z0-9+/_-]{120,}={0,2}")
_STATEMENT: Final = re.compile(
    r"\b(?:(?P<all>delete\s+from|update\s+[\w.\"`\[\]]{1,200}\s+set)\b[^;]{0,4000}"
    r"|(?P<ddl>drop|truncate|alter|grant|revoke)"
    r"\s+(?:table|database|schema|index|view|user|role|all|column|on)\b)",
    re.IGNORECASE,
)
_WHERE: Final = re.compile(r"\bwhere\b(?P<what>[^;]*)", re.IGNORECASE)
_NO_LIMIT: Final = re.compile(r"\s*\(?\s*(?:1\s*=\s*1|true|'(.*)'\s*=\s*'\1')", re.IGNORECASE)
_SECRET_NAME: Final = re.compile(
    r"passw(or)?d|passphrase|secret|api_?key|token|credential|private_?key", re.IGNORECASE
)
_SECRET: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}"
    r"|\bsk-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}"
)


class Grade(IntEnum):
    """How grave a caution is."""

    NOTE = 0
    ODD = 1
    GRAVE = 2


class Caution(NamedTuple):
    """One finding: `words` are ours, `about` is a text of anyone's."""

    grade: Grade
    words: str
    about: str = ""


def needs_code(view: RequestView) -> bool:
    """Whether a yes needs a typed code: destructive, or not all of it can be seen."""
    return view.risk == "destructive" or bool(unseen(view))


@lru_cache(512)
def unseen(view: RequestView) -> tuple[str, ...]:
    """Where characters stand that nobody sees; arguments that are not shown whole are one place."""
    value = arguments_of(view)
    named = {"server": view.server, "name": view.item}
    inside = ("the arguments",) if value is UNREAD else hidden_places(value)
    return (*hidden_places(named), *inside)


def cautions(view: RequestView, earlier: Earlier | None, home: str) -> tuple[Caution, ...]:
    """Everything found, the gravest first. No host is new while `earlier` is not known."""
    value = arguments_of(view)
    found = [*_of_request(view), *_of_texts(view, value)]
    if value is not UNREAD:
        found += _of_values(value, home)
        found += [] if earlier is None else _new_hosts(value, earlier)
    found += [] if earlier is None else _of_habit(view, earlier)
    return tuple(sorted(found, key=lambda one: -one.grade))


def _of_request(view: RequestView) -> Iterator[Caution]:
    if not view.whole:
        yield Caution(Grade.GRAVE, f"only a part of {view.size} bytes of arguments is shown")
    elif arguments_of(view) is UNREAD:
        yield Caution(Grade.GRAVE, "the arguments cannot be read as JSON")
    elif view.size > LARGE:
        yield Caution(Grade.ODD, f"large: {view.size} bytes of arguments")
    if "changed" in view.marks:
        yield Caution(Grade.GRAVE, "its definition has changed since it was reviewed: t shows how")
    elif "new" in view.marks:
        yield Caution(Grade.ODD, "a tool that nobody has reviewed: t shows it")
    if view.step_up is not None:
        yield Caution(Grade.ODD, "a yes takes a fresh sign-in: a leads to your browser")
    if not view.confirmed:
        yield _of_nobodys_review(view)


def _of_nobodys_review(view: RequestView) -> Caution:
    why = unreviewed_risk(view)
    if why:
        return Caution(Grade.NOTE, f"{why}:", f"localguard server review {view.server}")
    return Caution(Grade.NOTE, "nobody has reviewed this server")


def _of_texts(view: RequestView, value: Arguments) -> Iterator[Caution]:
    hidden = [place for place in unseen(view) if place != "the arguments" or value is not UNREAD]
    if hidden:
        yield Caution(Grade.GRAVE, "hidden characters in", _named(hidden))
    every = [view.server, view.item, *([] if value is UNREAD else texts(value))]
    mixed = [text[a:b] for text in every for a, b in mixed_words(text)]
    if mixed:
        yield Caution(Grade.ODD, "letters of two scripts in one word:", _named(mixed))
    foreign = [host for text in every for host in foreign_hosts(text)]
    if foreign:
        yield Caution(Grade.ODD, "a host in other letters than it seems:", _named(foreign))


def _of_values(value: Json, home: str) -> Iterator[Caution]:
    every = [
        (path or "the value", _ends(text)) for path, one in places(value) for text in texts(one)
    ]
    for name, text in every:
        yield from _sql(name, text)
    finds = (
        ("a path outside your home folder:", [t for _, t in every if _leaves_home(t, home)]),
        ("a long coded text in", [name for name, text in every if _is_blob(text)]),
        ("looks like a secret:", [name for name, text in every if _is_secret(name, text)]),
    )
    for words, found in finds:
        if found:
            yield Caution(Grade.ODD, words, _named(found))


def _sql(name: str, text: str) -> Iterator[Caution]:
    for found in _STATEMENT.finditer(text):
        if found["ddl"]:
            yield Caution(Grade.GRAVE, f"SQL {found['ddl'].upper()} in", name)
        elif _is_unlimited(found[0]):
            verb = found["all"].split()[0].upper()
            yield Caution(Grade.GRAVE, f"SQL {verb} with no limiting WHERE in", name)


def _ends(text: str) -> str:
    """What is looked at of a text: of a very long one both ends, which are what is shown of it."""
    return text if len(text) <= 2 * _END else f"{text[:_END]}\n{text[-_END:]}"


def _is_unlimited(statement: str) -> bool:
    where = _WHERE.search(statement)
    return where is None or _NO_LIMIT.match(where["what"]) is not None


def _leaves_home(text: str, home: str) -> bool:
    """Whether a text is a path that leads out of the home folder, by its words alone."""
    if _PATH.fullmatch(text) is None or text.startswith("//"):
        return False
    if text.startswith("~"):
        text = os.path.join(home, text[2:])
    inside = lexical(text)
    return inside != home and not inside.startswith((home + "/", home + "\\"))


def _is_blob(text: str) -> bool:
    return any(_has_many_letters(found[0]) for found in _BLOB.finditer(text))


def _has_many_letters(text: str) -> bool:
    """Whether it looks coded: base64 that decodes, and more than a repeated word or a path."""
    try:
        base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        return False
    return _entropy(text[:2000]) > 3.5


def _is_secret(name: str, text: str) -> bool:
    if _SECRET.search(text):
        return True
    named = _SECRET_NAME.search(name[-200:]) is not None
    return named and len(text) >= 6 and " " not in text


def _entropy(text: str) -> float:
    """Bits for each character (Shannon)."""
    shares = [number / len(text) for number in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def _new_hosts(value: Json, earlier: Earlier) -> Iterator[Caution]:
    new = [host for host in hosts_in(value) if host not in earlier.hosts]
    if new:
        yield Caution(Grade.ODD, "the first use of", _named(new))


def _of_habit(view: RequestView, earlier: Earlier) -> Iterator[Caution]:
    """Whoever says yes time after time no longer reads, and a rule would do it better."""
    if earlier.straight:
        way = "s writes a rule for this" if view.remembered_as else "read this one all the same"
        yield Caution(Grade.NOTE, f"yes {earlier.straight} times in a row: {way}")


def hosts_in(value: Json) -> tuple[str, ...]:
    """The hosts of URLs and of addresses in a value, each once."""
    found: list[str | None] = []
    for text in map(_ends, texts(value)):
        if "://" in text:
            found += [host_of_url(one[0]) for one in _URL.finditer(text)]
        if "@" in text:
            found += [domain_of_address(one[0].rstrip(".")) for one in _ADDRESS.finditer(text)]
    return tuple(dict.fromkeys(host for host in found if host is not None))


def _named(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - _MOST} more" if len(distinct) > _MOST else ""
    return ", ".join(distinct[:_MOST]) + more
