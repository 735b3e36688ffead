"""Whether this localguard is one that stays, and the only one there is.

A client starts for years what was written into its file, and a guard runs on with the version that
it began with.
"""

import glob
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
from localguard.text import safe

_SECONDS: Final = 10.0
_NAMES: Final = ("localguard.exe",) if sys.platform == "win32" else ("localguard",)
_PACKAGES: Final = ("lib/python3*/site-packages", "Lib/site-packages")
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
    """Whether a person and a script start the same localguard as the clients do.

    Nothing that is found is started: whoever put it there would be let into this terminal.
    """
    own = os.path.realpath(scene.program[0]) if scene.program else ""
    found = _on_path(scene.machine.environ.get("PATH", ""))
    others = _others(own, found)
    if not found:
        what = "no localguard is on the PATH of this shell"
        fix = f"add {os.path.dirname(scene.program[0])} to your PATH"
        yield Finding("install.path", "install", "warn", what, fix)
    elif others:
        listed = ", ".join(f"{path} ({version})" for path, version in others.items())
        this = found.get(own, f"this one, {__version__}, which is not")
        what = f"another localguard is on the PATH than {this}: {listed}"
        fix = "remove or rename each that you do not use, so that one is left"
        yield Finding("install.path", "install", "warn", what, fix, others)
    else:
        told = dict.fromkeys(found.values(), __version__)
        yield Finding(
            "install.path", "install", "ok", "one localguard is on the PATH", details=told
        )


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


def _on_path(search: str) -> dict[str, str]:
    """Every localguard in the folders of a PATH, by the file that it is: the first of its names."""
    found: dict[str, str] = {}
    for folder in filter(os.path.isabs, search.split(os.pathsep)):
        for path in (os.path.join(folder, name) for name in _NAMES):
            if _is_program(path):
                found.setdefault(os.path.realpath(path), path)
    return found


def _others(own: str, found: Mapping[str, str]) -> dict[str, str]:
    """Where those stand that are not the file `own`, and what is known of each."""
    reals = list(found)
    if own not in found:
        return {path: _said(path) for path in found.values()}
    first = reals.index(own)
    return {
        found[real]: f"{'earlier' if at < first else 'later'}, {_said(found[real])}"
        for at, real in enumerate(reals)
        if at != first
    }


def _said(path: str) -> str:
    """The version that the files of an installation beside a program have, where there are any."""
    environment = os.path.dirname(os.path.dirname(os.path.realpath(path)))
    for packages in _PACKAGES:
        pattern = os.path.join(glob.escape(environment), packages, "localguard-*.dist-info")
        for folder in sorted(glob.glob(pattern)):
            name = os.path.basename(folder).removesuffix(".dist-info")
            return f"installed as {safe(name.removeprefix('localguard-'), 40)}"
    return "of an unknown version"


def _version(words: Sequence[str], scene: Scene) -> str:
    """What a program of the sealed registry says of itself; it has no terminal to say more in."""
    environ: Mapping[str, str] = scene.machine.environ
    with suppress(OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        ended = subprocess.run(  # noqa: S603 -- what a client starts anyway, by the registry
            [*words, "version", "--json"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
            start_new_session=sys.platform != "win32",
        )
        return str(json.loads(ended.stdout)["version"])[:40]
    return "of an unknown version"


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
