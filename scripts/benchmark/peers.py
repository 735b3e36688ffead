"""Peers from the registries, each in an environment of its own under `.tools/peers`."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.benchmark.subjects import PROJECT

LOCKS = PROJECT / "scripts/benchmark/peers"
NODE_MANIFESTS = ("package.json", "package-lock.json")


class NotInstalled(Exception):
    """A peer could not be installed. The text says why."""


def installed(peer: str) -> Path:
    """The peer's environment, made when it is missing or locked otherwise. Raises NotInstalled."""
    if (LOCKS / peer).is_dir():
        return _kept(peer, LOCKS / peer / "package-lock.json", _install_npm)
    return _kept(peer, LOCKS / f"{peer}.txt", _install_pypi)


def node() -> str:
    """The program that runs JavaScript here, as for a client. Raises NotInstalled."""
    return _found(shutil.which("node") or _of_the_tests())


def newest_node() -> str:
    """That of the tests where they have one, which their provider needs. Raises NotInstalled."""
    return _found(_of_the_tests() or shutil.which("node"))


def _of_the_tests() -> str | None:
    locked = (PROJECT / ".tools/npm/node_modules").glob("node-linux-*/bin/node")
    return next(map(str, locked), None)


def _found(program: str | None) -> str:
    if program is None:
        raise NotInstalled("node is not installed")
    return program


def _kept(peer: str, lock: Path, install: Callable[[Path, Path], None]) -> Path:
    folder = PROJECT / ".tools/peers" / peer
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        install(folder, lock)
        stamp.write_bytes(lock.read_bytes())
    return folder


def _install_pypi(folder: Path, lock: Path) -> None:
    _run(sys.executable, "-m", "venv", str(folder))
    _run(str(folder / "bin/pip"), "install", "-qq", "--require-hashes", "-r", str(lock))


def _install_npm(folder: Path, lock: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalled("npm is not installed")
    folder.mkdir(parents=True)
    for manifest in NODE_MANIFESTS:
        shutil.copy(lock.with_name(manifest), folder)
    _run(npm, "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts")


def _run(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        last = (ran.stderr.strip() or ran.stdout.strip() or "no output").splitlines()[-1]
        raise NotInstalled(f"{Path(command[0]).name} {command[1]} failed: {last}")
