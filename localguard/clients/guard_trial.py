"""What is known of the trial of an entry that starts a guard: its variables, and its stand-in."""

import sys
from collections.abc import Mapping
from typing import Final

_OURS: Final = "localguard"
_HANDED_ON: Final = (
    (
        "APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT",
        "PROCESSOR_ARCHITECTURE", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE",
    )
    if sys.platform == "win32"
    else (
        "HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER",
        "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR",
    )
)  # fmt: skip
"""What clients hand on at the least, and what the keyring of Linux is found by."""


def handed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of a person's that a guard gets from a client."""
    return {name: environ[name] for name in _HANDED_ON if name in environ}


def stands_in(greeting: Mapping[str, object]) -> str | None:
    """Why a guard greets in place of a server that it did not start; it says so as itself."""
    info, said = greeting.get("serverInfo"), greeting.get("instructions")
    name = info.get("name") if isinstance(info, Mapping) else None
    if name == _OURS and isinstance(said, str) and said.startswith(f"{_OURS}: "):
        return said.removeprefix(f"{_OURS}: ")
    return None
