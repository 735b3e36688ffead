"""Values whose name says that they are secret: `password=...`, `"api_key": "..."`, headers, URLs.

A name that can also stand for something harmless (`token`, `key`) needs a value that looks drawn by
chance; a password may be anything but a placeholder, a type or a piece of a program. Cursors of
listings are not secrets, whatever they are called.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from localguard.redaction.chance import looks_drawn, stands_for

Place = tuple[int, int]

_SURE: Final = ("password", "passwd", "passphrase", "pwd")
_PERHAPS: Final = ("token", "secret", "credential", "key")
_WHOSE_KEY: Final = (
    r"(?:api|access|private|account|auth|secret|encryption|signing|master|subscription)[_-]?$"
)
_KEY_OF: Final = re.compile(_WHOSE_KEY, re.IGNORECASE)
_VALUE: Final = re.compile(
    r"s?(?:[_-]?(?:access[_-]?)?key)?"
    r"(?:\\{0,3}[\"'])?\s{0,4}(?P<sign>=>|:=|==?|:)\s{0,4}"
    r"(?:\\{0,3}\"(?P<double>(?:[^\"\\\r\n]|\\[^\"'nrt]){1,512})"
    r"|\\{0,3}'(?P<single>(?:[^'\\\r\n]|\\[^\"'nrt]){1,512})"
    r"|(?P<bare>[^\s\"'`,;&<>()\[\]{}|\\]{4,512}))",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"(?:basic|bearer|token|digest|negotiate|apikey)\s{1,4}", re.IGNORECASE)
_HEADER: Final = re.compile(
    r"(?:\\{0,3}[\"'])?\s{0,4}[:=]\s{0,4}(?:\\{0,3}[\"'])?"
    rf"(?P<scheme>{_SCHEME.pattern})?"
    r"(?P<value>[^\s\"',;<>\\]{6,8192})",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"\s{1,4}(?P<value>[A-Za-z0-9._~+/=-]{16,8192})")
_URL: Final = re.compile(
    r"://[^\s/?#\"'<>@:\\]{0,128}:(?P<value>[^\s/?#\"'<>,;\\]{1,256})@(?=[\w\[$%{<-])"
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MEMBER: Final = re.compile(
    r"(?:.*[^a-z])?"
    r"(?:(?P<sure>password|passwd|passphrase|pwd)|(?P<header>(?:proxy-)?authorization)"
    rf"|(?P<perhaps>token|secret|credentials?|{_WHOSE_KEY[:-1]}key))",
    re.IGNORECASE,
)
_CURSOR: Final = re.compile(
    r"(?:next|prev(?:ious)?|page|paging|continu\w*|sync|cursor|start(?:ing)?|resume|csrf|max|min|"
    r"num|stop|special|pad|eos|bos|progress)[_-]?(?:page[_-]?)?$",
    re.IGNORECASE,
)
_PATH_OF_NAMES: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:\(.*)?")
_DIGIT: Final = re.compile(r"\d")
_UPPER: Final = re.compile("[A-Z]+")
_LOOK_BACK: Final = 24
_BARE_LENGTH: Final = 6
_QUOTED_LENGTH: Final = 4
_TOKEN_LENGTH: Final = 16
_SECRET_LENGTH: Final = 12
_MOST: Final = 100_000
"""Names of one text that are looked at; what stands after so many counts as secret."""


def may_hold(text: str) -> bool:
    """False where surely no such name and no URL with a password is in a text."""
    low = text.lower()
    # One character is searched for fastest, so it goes before words that have it.
    return (
        "pass" in low
        or "cre" in low
        or "bearer" in low
        or ("k" in low and ("token" in low or "key" in low))
        or ("w" in low and "pwd" in low)
        or ("z" in low and "authoriz" in low)
        or ("@" in text and "://" in text)
    )


def find(text: str) -> Iterator[Place]:
    """The places of such values in a text, without their names."""
    low = _lowered(text)
    for word, pattern, judge in _WORDS:
        for number, found in enumerate(_after(word, pattern, text, low)):
            if number == _MOST:
                yield found.start(), len(text)
                break
            if part := judge(text, found, word):
                yield found.span(part)
    for found in _URL.finditer(text):
        if not stands_for(found["value"]):
            yield found.span("value")


def tells(key: str, value: str) -> bool:
    """Whether a member's name says that its value is secret."""
    last = key[-64:]
    name = _MEMBER.fullmatch(last) or _MEMBER.fullmatch(_CAMEL.sub("_", last))
    if name is None or not value:
        return False
    if name["header"]:
        scheme = _SCHEME.match(value)
        return _is_header(value[scheme.end() :] if scheme else value, scheme=scheme is not None)
    if name["sure"]:
        return _is_password(value)
    return not _CURSOR.search(name[0][: name.start("perhaps")]) and _is_token(name[0], value)


def _lowered(text: str) -> str:
    low = text.lower()
    # Some capital letters have no small one of one character.
    return low if len(low) == len(text) else _UPPER.sub(lambda found: found[0].lower(), text)


def _after(word: str, pattern: re.Pattern[str], text: str, low: str) -> Iterator[re.Match[str]]:
    """Where the pattern fits right after a word; what it took is not looked at again."""
    start = low.find(word)
    while start >= 0:
        end = start + len(word)
        found = pattern.match(text, end)
        if found is not None:
            yield found
            end = found.end()
        start = low.find(word, end)


def _sure(text: str, found: re.Match[str], _: str) -> str | None:
    part = _part(found)
    if part == "bare":
        after = text[found.end() : found.end() + 1]
        # Names of a program that are set apart: to write that back as it is would break it.
        code = " = " in found[0] and found[part].isidentifier() and not _DIGIT.search(found[part])
        telling = not code and _is_bare_password(found[part], found["sign"], after)
        return part if telling else None
    return part if _is_password(found[part]) else None


def _perhaps(text: str, found: re.Match[str], word: str) -> str | None:
    part, end = _part(found), found.start() - len(word)
    if len(found[part]) < _SECRET_LENGTH:
        return None
    before = text[max(end - _LOOK_BACK, 0) : end]
    if word == "key" and not _KEY_OF.search(before):
        return None
    telling = _is_token(before + word + found[0], found[part]) and not _CURSOR.search(before)
    return part if telling else None


def _header(_: str, found: re.Match[str], __: str) -> str | None:
    telling = _is_header(found["value"], scheme=found["scheme"] is not None)
    return "value" if telling else None


def _bearer(_: str, found: re.Match[str], __: str) -> str | None:
    return "value" if looks_drawn(found["value"], _TOKEN_LENGTH) else None


def _part(found: re.Match[str]) -> str:
    return next(part for part in ("bare", "double", "single") if found[part] is not None)


def _is_token(name: str, value: str) -> bool:
    length = _SECRET_LENGTH if "secret" in name.lower() else _TOKEN_LENGTH
    return " " not in value and looks_drawn(value, length) and not _is_code(value)


def _is_password(value: str) -> bool:
    """Not what a form shows beside the field, and not a placeholder or a path."""
    words = value.replace("'", "").replace("-", " ").split()
    label = len(words) > 1 and all(word.strip(".,:!?()").isalpha() for word in words)
    return not (
        len(value) < _QUOTED_LENGTH
        or label
        or stands_for(value)
        or value.lower() in _SURE
        or _is_code(value)
    )


def _is_bare_password(value: str, sign: str, after: str) -> bool:
    """Not a word of a sentence, a type, a call or a name of a program."""
    if len(value) < _BARE_LENGTH or stands_for(value) or _is_code(value) or after in ("(", "["):
        return False
    if value.isidentifier() and any(word in value.lower() for word in _SURE):
        return False
    return sign == "=" or not value.rstrip(".!?:").isalpha()


def _is_code(value: str) -> bool:
    """A path of a file, a URL, or names of a program joined by points."""
    start = value.startswith(("/", "./", "~/", "http", "#"))
    return start or _PATH_OF_NAMES.fullmatch(value) is not None


def _is_header(value: str, *, scheme: bool) -> bool:
    drawn = scheme or (looks_drawn(value, _TOKEN_LENGTH) and not _is_code(value))
    return drawn and not stands_for(value)


Judge = Callable[[str, re.Match[str], str], str | None]
"""The group of a match that is secret, given the text and the word before it; None if none is."""

_WORDS: Final[tuple[tuple[str, re.Pattern[str], Judge], ...]] = (
    *((word, _VALUE, _sure) for word in _SURE),
    *((word, _VALUE, _perhaps) for word in _PERHAPS),
    ("authorization", _HEADER, _header),
    ("bearer", _BEARER, _bearer),
)
