"""Whether a resource's URI is spelled as rules are: rules compare names, servers compare meanings.

`file:///docs/../etc`, `FILE:///etc` and `file:///%65tc` are other names for what a rule may name.
So a URI that is not in the normal form of RFC 3986 section 6.2.2 says nothing surely.
"""

import re

_SLASH = r"(?:[/\\]|%(?:25)?(?:2f|5c))"
_DOT = r"(?:\.|%(?:25)?2e)"
_ODDITIES = (
    (re.compile(rf"(?:^|:|{_SLASH}){_DOT}{{1,2}}(?:{_SLASH}|[?#]|$)", re.IGNORECASE), "a . or .."),
    (re.compile(r"%(?:2[DdEe]|3\d|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])", re.ASCII),
     "a letter, digit or sign that needs no percent sign"),
    (re.compile(r"^\s|\s$|[\x00-\x1f\x7f\\]"), "a backslash, control character or outer blank"),
    (re.compile(r"^(?=[A-Za-z0-9+.-]*[A-Z])[A-Za-z][A-Za-z0-9+.-]*:"), "a capital in its scheme"),
    (re.compile(r"^file:(?!///(?!/))"), "another beginning than file:/// and a name"),
)  # fmt: skip


def oddity(uri: str) -> str | None:
    """What in the URI keeps it from being in its normal form; None if nothing does."""
    return next((what for pattern, what in _ODDITIES if pattern.search(uri)), None)
