"""Whether this localguard is one that stays, and the only one there is.

A client starts for years what was written into its file, and a guard runs on with the version that
it began with.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from localguard import __version__
from localguard.clients.program import TEMPORARY, unstable
from localguard.clients.registry import read_registry
from localguard.control.endpoint import ONE_VERSION, find
from localguard.control.faults import VersionsDiffer
from localguard.doctor.check import Check, Finding, Scene

_SECONDS: Final = 10.0
_NAMES: Final = ("localguard.exe",) if sys.platform == "win32" else ("localguard",)
_AGAIN: Final = "install it for good: uv tool install localguard, or pipx install localguard"


def program(scene: Scene, temporary: Collection[str] = TEMPORARY) -> Iterator[Finding]:
    """Whether what clients are to start is there, and will be tomorrow."""
    path = scene.program[0] if scene.program else ""
    if not _is_program(path):
        what = f"the program {path or 'localguard'} is not there, or cannot be started"
        yield Finding("install.program", "install", "fail", what, _AGAIN)
        return
    told = {"path": path, "real": os.path.realpath(path), "version": __version__}
    why = unstable(path, temporary) or unstable(told["real"], temporary)
    if why is None:
        what = f"localguard {__version__} is {path}"
        yield Finding("install.program", "install", "ok", what, details=told)
    else:
        what = f"localguard {why}: {path}"
        yield Finding("install.program", "install", "warn", what, _AGAIN, told)


def python(_: Scene) -> Iterator[Finding]:
    """The interpreter that it runs in."""
    told = {"executable": sys.executable, "version": platform.python_version()}
    told |= {"implementation": platform.python_implementation(), "platform": platform.platform()}
    what = f"{told['implementation']} {told['version']}"
    yield Finding("install.python", "install", "ok", what, details=told)


def on_path(scene: Scene) -> Iterator[Finding]:
    """Whether a person and a script start the same localguard as the clients do."""
    found = _versions(_on_path(scene.machine.environ.get("PATH", "")), scene)
    if not found:
        what = "no localguard is on the PATH of this shell"
        fix = f"add {os.path.dirname(scene.program[0])} to your PATH"
        yield Finding("install.path", "install", "warn", what, fix)
    elif set(found.values()) != {__version__}:
        listed = ", ".join(f"{path} ({version})" for path, version in found.items())
        what = f"{len(found)} programs called localguard are on the PATH: {listed}"
        if len(found) == 1:
            what = f"another localguard than this one ({__version__}) is on the PATH: {listed}"
        fix = "uninstall those that you do not use, so that one version is left"
        yield Finding("install.path", "install", "warn", what, fix, found)
    else:
        what = "one localguard is on the PATH" if len(found) == 1 else "all on the PATH are equal"
        yield Finding("install.path", "install", "ok", what, details=found)


def registered(scene: Scene) -> Iterator[Finding]:
    """Whether what clients start is of this version; one that is gone is told with the client."""
    # Under its seal, for what it names is started: nobody else has a program run in this terminal.
    rows = read_registry(scene.places, scene.key).entries
    programs = [one.program for one in rows if _is_program(one.program[0])]
    for words in dict.fromkeys(programs):
        version = _version(words, scene)
        if version != __version__:
            names = list(dict.fromkeys(one.client for one in rows if one.program == words))
            who = f"{', '.join(names)} {'starts' if len(names) == 1 else 'start'}"
            what = f"{who} {words[0]}, which is localguard {version}, not {__version__}"
            fix = f"upgrade it, or: localguard connect {names[0]}"
            yield Finding(f"install.registered.{names[0]}", "install", "warn", what, fix)


def guards(scene: Scene) -> Iterator[Finding]:
    """Whether the guards that run are of this version."""
    found = find(scene.places.run)
    odd = {name: one.version for name, one in found.endpoints.items() if one.version != __version__}
    odd |= {name: "another" for name, why in found.faults.items() if type(why) is VersionsDiffer}
    for name, version in odd.items():
        endpoint = found.endpoints.get(name)
        who = f"the guard of {endpoint.server}" if endpoint else f"the guard {name}"
        what = f"{who} runs localguard {version}, and this is {__version__}"
        yield Finding(f"install.guard.{name}", "install", "warn", what, ONE_VERSION)
    if found.endpoints and not odd:
        what = f"every guard that runs is localguard {__version__}"
        yield Finding("install.guards", "install", "ok", what)


checks: tuple[Check, ...] = (program, python, on_path, registered, guards)


def _versions(paths: Sequence[str], scene: Scene) -> dict[str, str]:
    own = os.path.realpath(scene.program[0]) if scene.program else ""
    if [os.path.realpath(one) for one in paths] == [own]:
        return {paths[0]: __version__}
    return {one: _version((one,), scene) for one in paths}


def _on_path(search: str) -> list[str]:
    """Every localguard in the folders of a PATH, the first of those that are one file."""
    found: dict[str, str] = {}
    for folder in filter(os.path.isabs, search.split(os.pathsep)):
        for path in (os.path.join(folder, name) for name in _NAMES):
            if _is_program(path):
                found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _version(words: Sequence[str], scene: Scene) -> str:
    """What a program says of itself."""
    environ: Mapping[str, str] = scene.machine.environ
    with suppress(OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        ended = subprocess.run(  # noqa: S603 -- what the person's shell, or a client, starts anyway
            [*words, "version", "--json"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
        return str(json.loads(ended.stdout)["version"])[:40]
    return "of an unknown version"


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
