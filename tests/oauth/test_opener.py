"""The opener: no stream and no signal of ours, no shell, and no address that is not checked."""

import json
import os
import queue
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.errors import SignInFault
from localguard.oauth.opener import SystemBrowser, commands
from localguard.oauth.surroundings import why_no_browser

URL = "https://login.example.com/a?b=$(touch%20x)&c=d;e"
PROJECT = Path(__file__).resolve().parents[2]

NOISY = """
import json, os, sys
print("Opening in existing browser session.", flush=True)
print("libva error", file=sys.stderr, flush=True)
told = {"argv": sys.argv[2:], "read": sys.stdin.read(), "leads": os.getsid(0) == os.getpid()}
with open(sys.argv[1], "w") as pipe:
    json.dump(told, pipe)
"""
GUARD = """
import sys
from localguard.oauth.opener import SystemBrowser
SystemBrowser().open(sys.argv[1])
sys.stdin.read()
sys.stdout.write("the wire\\n")
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes with names are of POSIX")


@pytest.fixture
def noisy(tmp_path: Path) -> tuple[str, Path]:
    """A command that is noisy like a browser, and the pipe in which it tells what it got."""
    script, pipe = tmp_path / "browser.py", tmp_path / "pipe"
    script.write_text(NOISY)
    os.mkfifo(pipe)
    return shlex.join([sys.executable, str(script), str(pipe)]), pipe


@posix
def test_stdout_is_byte_exact_while_the_opener_prints(noisy: tuple[str, Path]) -> None:
    """Identity.md 7.8: in a guard, stdout is the protocol; Chromium writes there."""
    command, pipe = noisy
    program = subprocess.Popen(
        [sys.executable, "-c", GUARD, URL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "BROWSER": f"{command} first %s last"},
        cwd=PROJECT,
    )
    with program:
        told = json.loads(pipe.read_text())
        out, err = program.communicate()
    assert out == b"the wire\n"
    assert err == b""
    assert told == {"argv": ["first", URL, "last"], "read": "", "leads": True}


@posix
def test_no_shell_reads_what_browser_says(noisy: tuple[str, Path], tmp_path: Path) -> None:
    command, pipe = noisy
    witness = tmp_path / "witness"
    browser = SystemBrowser(environ={"BROWSER": f"{command} ; touch {witness} '$(id)' &"})
    browser.open(URL)
    assert json.loads(pipe.read_text())["argv"] == [";", "touch", str(witness), "$(id)", URL]
    assert not witness.exists()


@posix
def test_an_opener_that_fails_is_told_later() -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    command = shlex.join([sys.executable, "-c", "raise SystemExit(3)"])
    SystemBrowser(environ={"BROWSER": command}, told=told.put).open(URL)
    assert "(it ended with 3)" in told.get(timeout=20)


@posix
def test_the_next_browser_is_tried_where_one_is_not_there(noisy: tuple[str, Path]) -> None:
    command, pipe = noisy
    SystemBrowser(environ={"BROWSER": f"/nowhere/firefox::{command}"}).open(URL)
    assert json.loads(pipe.read_text())["argv"] == [URL]


@pytest.mark.skipif(sys.platform != "linux", reason="the opener is looked for on PATH there")
def test_the_opener_of_the_desktop_is_found_on_the_path(tmp_path: Path) -> None:
    opener = tmp_path / "xdg-open"
    opener.write_text("")
    opener.chmod(0o755)
    environ = {"PATH": str(tmp_path), "BROWSER": "broken 'quote"}
    assert list(commands(environ, URL)) == [[str(opener), URL]]


@pytest.mark.skipif(sys.platform != "linux", reason="others always have an opener")
def test_a_machine_without_an_opener_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SignInFault, match="no program") as error:
        SystemBrowser(environ={"PATH": str(tmp_path)}).open(URL)
    assert "--no-browser" in error.value.fix


@pytest.mark.parametrize(
    "url", ["http://a.example/", "javascript:alert(1)", "file:///x", "-h", "https://a/\n", ""]
)
def test_only_a_safe_address_is_opened(url: str, tmp_path: Path) -> None:
    """MCP security best practices, OAuth authorization URL validation."""
    environ = {"BROWSER": shlex.join([sys.executable, "-c", "raise SystemExit(0)"])}
    with pytest.raises(SignInFault, match="not safe"):
        SystemBrowser(environ={**environ, "PATH": str(tmp_path)}).open(url)


@pytest.mark.parametrize(
    ("environ", "clause"),
    [
        ({"DISPLAY": ":0"}, None),
        ({"WAYLAND_DISPLAY": "wayland-0"}, None),
        ({}, "no display"),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "a 1 b 2"}, "SSH"),
        ({"DISPLAY": ":0", "CODESPACES": "true"}, "workspace"),
        ({"SSH_CONNECTION": "a 1 b 2", "BROWSER": "code-helper"}, None),
        ({"WSL_DISTRO_NAME": "Debian", "PATH": "/nowhere"}, "WSL"),
    ],
)
def test_where_nobody_would_see_a_browser_none_is_opened(
    environ: Mapping[str, str], clause: str | None, tmp_path: Path
) -> None:
    """Identity.md 1, No browser."""
    why = why_no_browser(environ, root=str(tmp_path), platform="linux")
    assert why is None if clause is None else why is not None and clause in why


def test_a_container_and_wsl_are_known_by_their_marks(tmp_path: Path) -> None:
    shown = {"DISPLAY": ":0", "PATH": str(tmp_path)}
    (tmp_path / ".dockerenv").touch()
    assert why_no_browser(shown, root=str(tmp_path), platform="linux") == "this is a container"
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "version").write_text("Linux version 6 (Microsoft@Microsoft.com)")
    assert "WSL" in str(why_no_browser(shown, root=str(tmp_path), platform="linux"))
    opener = tmp_path / "wslview"
    opener.touch()
    opener.chmod(0o755)
    assert why_no_browser(shown, root=str(tmp_path), platform="linux") is None


def test_a_desktop_elsewhere_needs_no_display_variable() -> None:
    assert why_no_browser({}, platform="darwin") is None
    assert why_no_browser({}, platform="win32") is None
    assert why_no_browser({"SSH_TTY": "/dev/ttys001"}, platform="darwin") is not None
