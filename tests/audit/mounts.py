"""File systems of a test's own, where the machine lets a test mount them."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def require(*command: str) -> None:
    """Run a program of the system, or skip the test because it may not."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"{command[0]} is not allowed here: {done.stderr.decode().strip()}")


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """Mount a file system at a new folder for as long as the block lasts."""
    place.mkdir()
    require("mount", *options, str(place))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def fill(ballast: Path) -> None:
    """Write a file until there is no room for it, and for nothing else."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
