"""The bytes that reach a real terminal: only what the console itself means to send."""

import os
import re
import select
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
# What Textual sends: cursor, colours, modes, and questions about the terminal (ECMA-48, xterm).
OWN = re.compile(
    rb"\x1b\[[0-9;?<>=$:]*[A-Za-z@`]|\x1b\[[0-9;?<>=$]*[$ ][a-z]|\x1b[=>78()B]"
    rb"|\x1b\]8;;\x1b\\|\x1bP=[12]s\x1b\\|\x1b\]22;[a-z]*\x07"
)
LINK = re.compile(rb"\x1b\]8;[^;]*;[^\x1b\x07]")
CONTROL = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")
HIDDEN = re.compile("[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\U000e0000-\U000e007f]")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys on Windows"),
]


def shown(
    keys: bytes, size: tuple[int, int], environment: Mapping[str, str], *first: bytes
) -> bytes:
    """All bytes that a console sends to a terminal of a size, while keys are typed.

    The first of them is typed when the keys are named on the screen, and what is `first` is there.
    """
    import fcntl  # noqa: PLC0415 -- only where there are ptys
    import pty  # noqa: PLC0415
    import termios  # noqa: PLC0415

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.console.pty_console"],
        cwd=PROJECT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPATH": str(PROJECT),
            **environment,
        },
        start_new_session=True,
    )
    os.close(slave)
    try:
        heard = _until_quiet(master, 30, b"keys", *first)
        for key in keys:
            os.write(master, bytes([key]))
            heard += _until_quiet(master, 5)
    finally:
        program.kill()
        program.wait(10)
        os.close(master)
    return heard


def _until_quiet(master: int, patience: float, *needed: bytes) -> bytes:
    """Read until nothing more comes for a moment, and what is needed has come."""
    heard, end = b"", time.monotonic() + patience
    while time.monotonic() < end:
        ready, _, _ = select.select([master], [], [], 0.5)
        if ready:
            heard += os.read(master, 65536)
        elif all(one in heard for one in needed):
            return heard
    assert all(one in heard for one in needed), heard[-2000:]
    return heard


def test_no_control_byte_of_anyones_reaches_a_terminal() -> None:
    """Attack: escapes, OSC, C1, bidi and tags in every field, measured where they would hurt."""
    heard = shown(b"jjkkr\x1bt\x1bv\x1bm\x1b?\x1bs", (110, 40), {})
    assert b"DESTRUCTIVE" in heard
    assert b"HIDDEN TEXT" in heard
    rest = OWN.sub(b"", heard)
    assert not CONTROL.search(rest), CONTROL.search(rest)
    assert b"\x1b]52" not in heard
    assert not LINK.search(heard)
    assert not HIDDEN.search(rest.decode("utf-8"))


def test_no_control_byte_of_a_providers_reaches_a_terminal() -> None:
    """Attack: names, groups, addresses and failures, in the screen of sign-ins and its boxes."""
    heard = shown(b"Ii\x1bjjxx\x1b?", (110, 40), {})
    assert b"sign-in" in heard
    rest = OWN.sub(b"", heard)
    assert not CONTROL.search(rest), CONTROL.search(rest)
    assert b"\x1b]52" not in heard
    assert not LINK.search(heard)
    assert not HIDDEN.search(rest.decode("utf-8"))


def test_without_colours_the_words_of_danger_and_the_profile_stay() -> None:
    """Promise: NO_COLOR works (no-color.org), and says as much."""
    heard = shown(b"jj", (140, 40), {"NO_COLOR": "1"}, b"profile")
    assert b"DESTRUCTIVE" in heard
    assert b"profile" in heard
    greys = re.findall(rb"\x1b\[[0-9;]*38;2;(\d+);(\d+);(\d+)", heard)
    assert greys
    assert all(red == green == blue for red, green, blue in greys)
