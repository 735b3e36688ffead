"""A log that cannot be written, and a disk that a test can fill, lock and repair."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

from tests.ways.stage import Stage
from tests.ways.wire import PATIENCE, Message, Wire


class Disk:
    """A small file system in memory, mounted at a folder (tmpfs(5)). Mounting needs root."""

    def __init__(self, folder: Path, size: str = "256k") -> None:
        folder.mkdir(mode=0o700, parents=True)
        self.folder = folder
        self._ballast = folder / "ballast"
        _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "localguard-test", str(folder))

    def fill(self) -> None:
        """Leave not a byte."""
        with contextlib.suppress(OSError), self._ballast.open("ab", 0) as file:
            while file.write(b"x" * 4096):
                pass

    def free(self) -> None:
        """Give the space back."""
        self._ballast.unlink()

    def lock(self) -> None:
        """Make it read-only."""
        _run("mount", "-o", "remount,ro", str(self.folder))

    def unlock(self) -> None:
        """Make it writable again."""
        _run("mount", "-o", "remount,rw", str(self.folder))

    def close(self) -> None:
        """Take it away, whoever still uses it."""
        _run("umount", "-l", str(self.folder))


def _run(*command: str) -> None:
    """Raises OSError with what the command said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    if done.returncode:
        raise OSError(done.stderr.strip())


def text_of(answer: Message) -> str:
    """What the model reads."""
    return str(answer["result"]["content"][0]["text"])


def passes(wire: Wire, **arguments: str) -> bool:
    """Whether a call comes through now; what comes back instead is a denial."""
    answer = wire.call("echo", **arguments)
    if "isError" in answer["result"]:
        assert "fake/echo was DENIED and not executed" in text_of(answer)
        return False
    return True


def pass_until_denied(wire: Wire) -> None:
    """Call until a call is denied: a page may have room for more, or the fault show up later."""
    deadline = time.monotonic() + PATIENCE
    while passes(wire):
        assert time.monotonic() < deadline, "every call comes through"


def denied(stage: Stage, wire: Wire, *words: str) -> None:
    """A call is denied for one of these reasons, with a remedy, and does not reach the server."""
    before = len(stage.calls())
    text = text_of(wire.call("echo"))
    assert "fake/echo was DENIED and not executed" in text
    assert any(each in text for each in words), text
    assert str(stage.home.path) in text
    assert "calls go on by themselves once that is done" in text
    assert len(stage.calls()) == before


def without_rights(argv: list[str]) -> list[str]:
    """The command, run without root's right to pass over the modes of files (capabilities(7))."""
    if os.geteuid() != 0:
        return argv
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--", *argv]
