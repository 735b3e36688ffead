"""Whether a browser that opens here would be seen by the person who asked for it."""

import os
import sys
from collections.abc import Mapping
from typing import Final

_REMOTE_SHELL: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_WORKSPACES: Final = ("CODESPACES", "GITPOD_WORKSPACE_ID", "REMOTE_CONTAINERS")
_CONTAINER_MARKS: Final = ("/.dockerenv", "/run/.containerenv")


def why_no_browser(
    environ: Mapping[str, str] | None = None, *, root: str = "/", platform: str = sys.platform
) -> str | None:
    """Why no browser can be opened here, as a clause; None where one can.

    $BROWSER overrules all of it: whoever sets it says how pages are to be opened. `root` is where
    the marks of containers are looked for.
    """
    environ = os.environ if environ is None else environ
    if environ.get("BROWSER"):
        return None
    if any(environ.get(name) for name in _REMOTE_SHELL):
        return "this is a shell over SSH"
    if any(environ.get(name) for name in _WORKSPACES):
        return "this is a workspace in a container"
    return _why_not_on_linux(environ, root) if platform.startswith("linux") else None


def _why_not_on_linux(environ: Mapping[str, str], root: str) -> str | None:
    if _in_wsl(environ, root):
        return None if _has_windows_opener(environ) else "this is WSL, and wslview is not there"
    if any(os.path.exists(os.path.join(root, mark.lstrip("/"))) for mark in _CONTAINER_MARKS):
        return "this is a container"
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return "there is no display"
    return None


def _in_wsl(environ: Mapping[str, str], root: str) -> bool:
    if environ.get("WSL_DISTRO_NAME"):
        return True
    try:
        with open(os.path.join(root, "proc/version"), encoding="utf-8", errors="replace") as file:
            return "microsoft" in file.read(512).lower()
    except OSError:
        return False


def _has_windows_opener(environ: Mapping[str, str]) -> bool:
    folders = environ.get("PATH", "").split(os.pathsep)
    return any(os.access(os.path.join(folder, "wslview"), os.X_OK) for folder in folders if folder)
