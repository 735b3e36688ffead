"""What path a text names, before the file system is asked, and what else a server may read in it.

Servers read paths by the rules of the kernel or by the words alone, URIs by RFC 8089 or the way
browsers do (WHATWG URL), and some trim, decode or expand what they are given. `sure` gives a path
only where all of them agree; `possible` gives each path that one of them may find. Pure but for
`~name` and variables, which are looked up as a server would.
"""

import os
import re
from collections.abc import Iterator
from urllib.parse import unquote

MAX_PATH = 4096
"""Characters; no longer text names a file (Linux PATH_MAX)."""

_TRIMMED = " \t\r\n\v\f\"'`"
_URI = re.compile(r"(?!https?:|wss?:)[a-z][a-z0-9+.-]*:(?=[/\\])|file:", re.IGNORECASE)
"""A URI that may name a file here: not one of the web."""
_BROWSERS_DIFFER = re.compile(r"[\x00-\x1f\x7f\\?#]")
_STILL_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_DECODINGS = 3


def sure(text: str, home: str) -> str | None:
    """The path, maybe relative, that every server reads in a text, or None for doubt."""
    if not text or len(text) > MAX_PATH or "\0" in text or text != text.strip(_TRIMMED):
        return None
    if text[:5].lower() == "file:":
        return _file_uri(text[5:])
    if text == "~" or text.startswith(("~/", "~\\")):
        return home + text[1:]
    return None if text.startswith("~") else text


def possible(text: str, home: str) -> Iterator[str]:
    """Each path, maybe relative, that some server may read in a text."""
    for words in dict.fromkeys((text, text.strip(_TRIMMED))):
        yield words
        if words.startswith("~"):
            yield home + words[1:] if words[1:2] in ("", "/") else os.path.expanduser(words)
        if "$" in words:
            yield os.path.expandvars(words)
        if found := _URI.match(words):
            yield from _in_uri(words[found.end() :])


def _file_uri(rest: str) -> str | None:
    """The path of a `file:` URI without its scheme, percent signs decoded once (RFC 8089)."""
    if _BROWSERS_DIFFER.search(rest):
        return None
    if rest.startswith("//"):
        host, slash, tail = rest[2:].partition("/")
        if host not in ("", "localhost"):
            return None
        rest = slash + tail
    try:
        path = unquote(rest, errors="strict")
    except UnicodeDecodeError:
        return None
    unsure = "\0" in path or not path.startswith("/") or _STILL_ENCODED.search(path)
    return None if unsure else path


def _in_uri(rest: str) -> Iterator[str]:
    """Paths in a URI without its scheme: with or without query, decoded up to three times."""
    plain = _CONTROLS.sub("", rest).replace("\\", "/")
    for path in dict.fromkeys((plain, re.split(r"[?#]", plain, maxsplit=1)[0])):
        decoded = path
        for _ in range(_DECODINGS):
            yield decoded
            if decoded.startswith("//"):
                yield f"/{decoded[2:].partition('/')[2]}"
            decoded = unquote(decoded)
