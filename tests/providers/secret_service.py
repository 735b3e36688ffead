"""A real Secret Service: gnome-keyring-daemon on a bus of its own, with no desktop and no display.

The daemon takes an empty or a wrong password without a word and stays locked, so a test that needs
it open sees that for itself. `locked` begins with a keyring that another password has made.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

__all__ = ["SecretService", "locked_service", "prompting_service", "running", "secret_service"]

CI: Final = os.environ.get("CI") == "true"
PASSWORD: Final = "correct horse"
_PATIENCE: Final = 20.0
_KEPT: Final = ("PATH", "LANG", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")

_ANOTHER_PROGRAM: Final = """
from keyring.backends.SecretService import Keyring
Keyring().set_password("of another program", "x", "y")
"""
_SILENT_PROMPTER: Final = """
from jeepney import DBusAddress, MessageType, new_method_call, new_method_return
from jeepney.io.blocking import open_dbus_connection
bus = open_dbus_connection()
desk = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
bus.send_and_get_reply(
    new_method_call(desk, "RequestName", "su", ("org.gnome.keyring.SystemPrompter", 4))
)
print("there", flush=True)
while True:
    asked = bus.receive()
    if asked.header.message_type is MessageType.method_call:
        # Takes the wish to prompt, and never says that it can be shown.
        bus.send(new_method_return(asked))
"""


@dataclass(frozen=True)
class SecretService:
    """A bus with a keyring on it. `environment` has its address and a HOME of its own."""

    environment: Mapping[str, str]
    address: str

    def python(self, code: str, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """A program that has this Secret Service, and what else its environment is to hold."""
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def secret_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[SecretService]:
    """A Secret Service whose keyring is open; this process has it too."""
    with running(tmp_path / "desktop", PASSWORD) as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        yield service


@pytest.fixture
def locked_service(tmp_path: Path) -> Generator[SecretService]:
    """A Secret Service whose keyring is locked, and where no prompt can be shown."""
    with _locked(tmp_path / "desktop") as service:
        yield service


@pytest.fixture
def prompting_service(tmp_path: Path) -> Generator[SecretService]:
    """A Secret Service whose keyring is locked, on a desktop where nobody answers its prompt."""
    with _locked(tmp_path / "desktop") as service:
        prompter = service.python(_SILENT_PROMPTER)
        assert prompter.stdout is not None
        assert prompter.stdout.readline() == "there\n"
        try:
            yield service
        finally:
            prompter.kill()
            prompter.communicate()


@contextmanager
def _locked(home: Path) -> Generator[SecretService]:
    """A keyring that one password has made, and a daemon that was given another."""
    with running(home, PASSWORD) as service:
        made = service.python(_ANOTHER_PROGRAM)
        assert made.communicate(timeout=_PATIENCE) == ("", "")
    with running(home, "another password") as service:
        yield service


@contextmanager
def running(home: Path, password: str = PASSWORD) -> Generator[SecretService]:
    """A Secret Service whose keyring that password opens or makes, as long as the block lasts."""
    bus_program, keyring = _need("dbus-daemon"), _need("gnome-keyring-daemon")
    # Sockets lie in a short path, whatever the length of the test's.
    with TemporaryDirectory(prefix="lg-", dir="/tmp") as run:
        environment = _environment(home, run)
        bus = _started_bus(bus_program, run, environment)
        assert bus.stdout is not None
        try:
            address = environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
            _start_daemon(keyring, environment, password)
            yield SecretService(environment, address)
        finally:
            _kill_daemon(run)
            bus.kill()
            bus.communicate()


def _started_bus(program: str, run: str, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [program, "--session", "--print-address", "--nofork", f"--address=unix:path={run}/bus"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _start_daemon(program: str, environment: Mapping[str, str], password: str) -> None:
    """Start the daemon, which serves once it has gone to the background."""
    # Whatever follows the password, a newline too, would belong to it.
    subprocess.run(
        [program, "--daemonize", "--unlock", "--components=secrets"],
        env=environment,
        input=password.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_PATIENCE,
        check=True,
        start_new_session=True,
    )


def _kill_daemon(run: str) -> None:
    """End what has this folder of sockets in its environment, but for the bus itself."""
    mark = f"\0XDG_RUNTIME_DIR={run}\0".encode()
    until = time.monotonic() + _PATIENCE
    while left := [pid for pid in os.listdir("/proc") if pid.isdecimal() and _is_daemon(pid, mark)]:
        assert time.monotonic() < until, f"the keyring's processes {left} do not end"
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def _is_daemon(pid: str, mark: bytes) -> bool:
    """A process that has ended and is not collected has no environment any more."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text("utf-8").strip()
        environment = b"\0" + Path(f"/proc/{pid}/environ").read_bytes() + b"\0"
    except OSError:
        return False
    return name.startswith("gnome-keyring") and mark in environment


def _environment(home: Path, run: str) -> dict[str, str]:
    folders = {
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
    }
    for folder in folders.values():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    places = {name: str(path) for name, path in folders.items()}
    return {**kept, **places, "HOME": str(home), "XDG_RUNTIME_DIR": run}


def _need(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        reason = f"{name} is not installed: apt-get install gnome-keyring dbus"
        if CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return program
