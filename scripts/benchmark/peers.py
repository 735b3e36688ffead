"""Peers from the registry, each in an environment of its own under `.tools/peers`."""

import shutil
import subprocess
import sys
from pathlib import Path

from scripts.benchmark.subjects import PROJECT

LOCKS = PROJECT / "scripts/benchmark/peers"


class NotInstalled(Exception):
    """A peer could not be installed. The text says why."""


def installed(peer: str) -> Path:
    """The peer's environment, made when it is missing or locked otherwise. Raises NotInstalled."""
    folder = PROJECT / ".tools/peers" / peer
    lock = LOCKS / f"{peer}.txt"
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        pip = str(folder / "bin/pip")
        _run(pip, "install", "-qq", "--require-hashes", "-r", str(lock))
        stamp.write_bytes(lock.read_bytes())
    return folder


def _run(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        last = (ran.stderr.strip() or ran.stdout.strip() or "no output").splitlines()[-1]
        raise NotInstalled(f"{Path(command[0]).name} {command[1]} failed: {last}")
