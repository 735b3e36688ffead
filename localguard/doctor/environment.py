"""What a sign-in and the keyring need of the desktop, and what this terminal runs in.

None of it is a fault: where there is no desktop there is another way, and it is told.
"""

import os
import sys
from collections.abc import Iterator
from typing import Final

from localguard.doctor.check import Check, Finding, Scene
from localguard.oauth.surroundings import why_no_browser
from localguard.vault.os_keyring import session_bus

_BUS: Final = "DBUS_SESSION_BUS_ADDRESS"
_DISPLAYS: Final = ("WAYLAND_DISPLAY", "DISPLAY")


def display(scene: Scene) -> Iterator[Finding]:
    """Whether there is a desktop that a window can open on."""
    if not scene.machine.platform.startswith("linux"):
        return
    named = [one for one in _DISPLAYS if scene.machine.environ.get(one)]
    if named:
        told = {one: scene.machine.environ[one] for one in named}
        what = f"there is a display ({named[0]})"
        yield Finding("environment.display", "environment", "ok", what, details=told)
    else:
        what = "there is no display"
        yield Finding("environment.display", "environment", "skip", what)


def browser(scene: Scene) -> Iterator[Finding]:
    """Whether a sign-in can open a page here."""
    why = why_no_browser(scene.machine.environ, platform=scene.machine.platform)
    if why is None:
        yield Finding("environment.browser", "environment", "ok", "sign-ins can open a browser")
    else:
        what = f"no browser can be opened: {why}"
        fix = "sign in with: localguard login --device"
        yield Finding("environment.browser", "environment", "skip", what, fix)


def bus(scene: Scene) -> Iterator[Finding]:
    """Whether the person's session bus is there, which the keyring of Linux speaks over."""
    if sys.platform == "win32" or not scene.machine.platform.startswith("linux"):
        return
    address = scene.machine.environ.get(_BUS) or session_bus(scene.machine.environ, os.geteuid())
    if address:
        told = {"address": address}
        yield Finding("environment.bus", "environment", "ok", "there is a session bus", "", told)
    else:
        what = "there is no session bus, which the keyring of a desktop needs"
        fix = 'on a machine without a desktop, write into config.toml: [vault] store = "passphrase"'
        yield Finding("environment.bus", "environment", "skip", what, fix)


def multiplexer(scene: Scene) -> Iterator[Finding]:
    """Whether this terminal runs in another program, which draws and types for it."""
    environ = scene.machine.environ
    inside = "tmux" if environ.get("TMUX") else "screen" if environ.get("STY") else None
    if inside is None:
        return
    if environ.get("TERM", "") in ("screen", "tmux"):
        what = f"{inside} shows 8 colours only (TERM={environ['TERM']})"
        fix = "add to ~/.tmux.conf: set -g default-terminal tmux-256color"
        yield Finding("environment.multiplexer", "environment", "warn", what, fix)
    else:
        what = f"this terminal runs in {inside}, where other programs of yours can type too"
        yield Finding("environment.multiplexer", "environment", "ok", what)


checks: tuple[Check, ...] = (display, browser, bus, multiplexer)
