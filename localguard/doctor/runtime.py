"""The folders that guards and consoles meet in: whose they are, where they lie, what is left there.

What only one side sees is the worst of it: a guard in another folder is in no console, and asks
nobody.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from localguard.clients.entry import Ours
from localguard.clients.found import Entry, Found, find
from localguard.clients.table import Client
from localguard.config.paths import Places
from localguard.control import endpoint
from localguard.control.listening import LONGEST
from localguard.doctor.check import Check, Finding, Scene
from localguard.doctor.guards import endpoints
from localguard.doctor.rights import rights
from localguard.doctor.volumes import NETWORK, kind_of
from localguard.processes.sessions import SYSTEM

_HOME: Final = "LOCALGUARD_HOME"
_SANDBOXES: Final[Mapping[str, str]] = {
    "SNAP": "a snap has a home folder and a run folder of its own",
    "FLATPAK_ID": "a Flatpak sees few programs and files of this machine",
}
_SOCKET: Final = "g-00000000.sock"


def volume(scene: Scene) -> Iterator[Finding]:
    """Whether locks and renames can be believed where the log and the state lie."""
    for name, path in (("audit", scene.places.audit), ("state", scene.places.state)):
        kind = kind_of(path)
        if kind in NETWORK:
            what = f"the {name} folder lies on a network ({kind}), where locks keep no promise"
            fix = f"set {_HOME} to a folder on this machine, in the shell and in each client"
            yield Finding(f"runtime.volume.{name}", "runtime", "warn", what, fix, {"path": path})
            return
    told = {} if kind is None else {"kind": kind}
    what = "the audit log lies on a disk of this machine"
    yield Finding("runtime.volume", "runtime", "ok" if kind else "skip", what, details=told)


def socket_path(scene: Scene) -> Iterator[Finding]:
    """Whether a guard can listen in the run folder; one with a long path makes a short one."""
    if sys.platform == "win32":
        return
    length = len(os.fsencode(os.path.join(scene.places.run, _SOCKET)))
    told = {"run": scene.places.run, "bytes": str(length), "most": str(LONGEST)}
    if length > LONGEST:
        what = f"the path of the run folder is long: a socket in it takes {length} bytes"
        fix = f"nothing needs to be done: guards listen in a short folder; or set {_HOME}"
        yield Finding("runtime.socket", "runtime", "ok", f"{what}; {fix}", details=told)
    else:
        yield Finding(
            "runtime.socket", "runtime", "ok", "sockets fit into the run folder", "", told
        )


def sandbox(scene: Scene) -> Iterator[Finding]:
    """Whether this shell, or a guard that runs, sees another home folder than the person does."""
    found = {"this shell": _marks(scene.machine.environ)}
    for one in endpoint.find(scene.places.run).endpoints.values():
        found[f"the guard of {one.server}"] = _marks(SYSTEM.environment(one.pid) or {})
    marked = {who: marks for who, marks in found.items() if marks}
    for who, marks in marked.items():
        what = f"{who} runs in a sandbox ({', '.join(marks)}): {_SANDBOXES[marks[0]]}"
        fix = f"set {_HOME} to one folder that both sides see, in the client's entry and here"
        id_ = f"runtime.sandbox.{who.rpartition(' ')[2]}"
        yield Finding(id_, "runtime", "warn", what, fix)
    if _is_packaged():
        what = "this Python is an app of the Store, which keeps AppData to itself"
        fix = "install localguard with uv or pipx and a Python from python.org"
        yield Finding("runtime.packaged", "runtime", "warn", what, fix)
    elif not marked:
        yield Finding("runtime.sandbox", "runtime", "ok", "no sandbox stands in between")


def one_home(scene: Scene) -> Iterator[Finding]:
    """Whether the guards that clients start look where this shell looks."""
    here = scene.machine.environ.get(_HOME, "")
    asked, odd = 0, list[Finding]()
    for found in find(scene.machine):
        homes = {_home_of(one, found.client.words.env) for one in _ours(found)}
        asked += len(homes)
        for home in sorted(homes - {here}):
            odd.append(_elsewhere(found.client, home, scene.places))
    yield from odd
    if asked and not odd:
        what = "clients and this shell look into the same folder"
        told = {_HOME: here or "not set", "folder": scene.places.profiles}
        yield Finding("runtime.home", "runtime", "ok", what, details=told)


checks: tuple[Check, ...] = (rights, endpoints, one_home, volume, socket_path, sandbox)


def _ours(found: Found) -> Iterator[Entry]:
    return (one for one in found.entries if isinstance(one.starts, Ours))


def _home_of(entry: Entry, words: str) -> str:
    """Where an entry of ours says that localguard's folder is; empty where it says nothing."""
    env = entry.value.get(words) if isinstance(entry.value, Mapping) else None
    home = env.get(_HOME) if isinstance(env, Mapping) else None
    return home if isinstance(home, str) else ""


def _elsewhere(known: Client, home: str, places: Places) -> Finding:
    said = f"{_HOME}={home}" if home else f"no {_HOME}"
    what = f"{known.title} starts guards with {said}, and this shell looks into {places.profiles}"
    fix = f"export {_HOME}={home}" if home else f"unset {_HOME}"
    fix = f"{fix}, or: localguard connect {known.name}"
    return Finding(f"runtime.home.{known.name}", "runtime", "fail", what, fix)


def _marks(environ: Mapping[str, str]) -> list[str]:
    return [name for name in _SANDBOXES if environ.get(name)]


def _is_packaged() -> bool:
    return sys.platform == "win32" and "\\WindowsApps\\" in sys.executable
