"""Which variables a wrapped server gets: an allow-list, what the profile names, nothing else.

The guard's own environment may hold the client's secrets, so a server inherits only what every
desktop client passes on (the stdio transports of the MCP SDKs agree on the list). Pure.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Final

_WINDOWS: Final = sys.platform == "win32"

# The pattern language of `pass_env` is the list's own: a name, or a prefix with a star.
_INHERITED: Final = (
    (
        "APPDATA",
        "COMSPEC",
        "HOMEDRIVE",
        "HOMEPATH",
        "LOCALAPPDATA",
        "PATH",
        "PATHEXT",
        "PROCESSOR_ARCHITECTURE",
        "PROGRAMDATA",
        "PROGRAMFILES*",
        "PROGRAMW6432",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "USERNAME",
        "USERPROFILE",
        "WINDIR",
    )
    if _WINDOWS
    else (
        "HOME",
        "LOGNAME",
        "PATH",
        "SHELL",
        "TERM",
        "USER",
        "LANG",
        "LC_*",
        "TZ",
        "TMPDIR",
    )
)


def environment(
    inherited: Mapping[str, str], pass_env: Sequence[str], explicit: Mapping[str, str]
) -> dict[str, str]:
    """A server's environment: allowed and named (`NAME`, `PREFIX_*`) variables, then `explicit`.

    Inherited values that begin with "()" are shell functions (CVE-2014-6271) and left out.
    """
    patterns = [_folded(pattern) for pattern in (*_INHERITED, *pass_env)]
    chosen = {
        _folded(name): value
        for name, value in inherited.items()
        if not value.startswith("()") and any(_matches(_folded(name), p) for p in patterns)
    }
    return chosen | {_folded(name): value for name, value in explicit.items()}


def _matches(name: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern


def _folded(name: str) -> str:
    # Windows treats Path and PATH as one variable; two spellings in one block would race.
    return name.upper() if _WINDOWS else name
