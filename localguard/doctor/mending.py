"""How an entry of a client's that is not as it was left starts its guard again.

What `connect` would do, for the entries of one file that belong to one profile; worked out to be
looked at, and worked out once more when it is done.
"""

import os
from collections.abc import Callable, Collection, Sequence
from functools import partial

from localguard.clients.connecting import make
from localguard.clients.edit import must_apply, plan
from localguard.clients.entry import Program
from localguard.clients.found import ConfigFile, read_config
from localguard.clients.login_path import login_path
from localguard.clients.originals import VaultOriginals
from localguard.clients.planning import Connection, Wanted, planned
from localguard.clients.program import TEMPORARY, find_program, variables
from localguard.clients.registry import Registry, clients_folder, read_registry
from localguard.config.faults import FileFault
from localguard.doctor.check import Repair, Scene
from localguard.errors import LocalguardError
from localguard.telling.connections import diff_lines

_BOM = b"\xef\xbb\xbf"


def registering(
    scene: Scene,
    file: ConfigFile,
    profile: str,
    servers: Sequence[str],
    temporary: Collection[str] = TEMPORARY,
) -> Repair | None:
    """What has some servers of a file start guards again; None where `connect` cannot do it.

    No client is given a program in one of the `temporary` folders.
    """
    work_out = partial(_connection, scene, file, profile, tuple(servers), temporary)
    try:
        connection = work_out()
    except LocalguardError:
        # The finding has the command, which says why.
        return None
    shown = _shown(connection)
    if not shown:
        return None
    after = f"  then, in {file.client.title}: {file.client.restart}"
    return Repair((*shown, after), lambda: _register(scene, work_out, shown))


def without_mark(scene: Scene, file: ConfigFile) -> Repair | None:
    """What takes the byte order mark from a file."""
    raw = file.raw or b""
    if not raw.startswith(_BOM):
        return None
    change = plan(file.path, raw, raw.removeprefix(_BOM))
    shown = (f"- {file.path}: EF BB BF before its first character", f"+ {file.path}: none")
    folder = clients_folder(scene.places)
    return Repair(shown, lambda: must_apply(change, folder, scene.now()))


def _connection(
    scene: Scene,
    file: ConfigFile,
    profile: str,
    servers: tuple[str, ...],
    temporary: Collection[str],
) -> Connection:
    registry = read_registry(scene.places, scene.key)
    wanted = Wanted(
        profile,
        _program(scene, registry, file.path, temporary),
        _search(scene, file, servers),
        servers,
        registry=registry,
        original=_originals(scene).back,
    )
    fresh = read_config(scene.machine, file.client, file.path, file.scope)
    return planned(scene.places, wanted, [fresh])


def _program(scene: Scene, registry: Registry, path: str, temporary: Collection[str]) -> Program:
    """What the client was given last, if it is there; else this one, if it stays where it is.

    Raises UsageFault.
    """
    env = variables(scene.machine.environ)
    near = sorted(registry.entries, key=lambda one: one.path != path)
    for row in near:
        if os.access(row.program[0], os.X_OK):
            return Program(row.program, env)
    return find_program(scene.program[0], "", env, temporary=temporary).program


def _register(scene: Scene, work_out: Callable[[], Connection], shown: tuple[str, ...]) -> None:
    connection = work_out()
    if _shown(connection) != shown:
        where = connection.files[0].path if connection.files else ""
        raise FileFault("it has changed meanwhile", where=where, fix="look at it once more")
    stale = make(scene.places, connection, scene.key, _originals(scene), scene.now())
    for one in stale:
        raise FileFault("it has changed meanwhile", where=one.path, fix="try again")


def _shown(connection: Connection) -> tuple[str, ...]:
    plans, hidden = connection.plans, connection.hidden
    return tuple(line for one in plans for line in diff_lines(one, hidden))


def _search(scene: Scene, file: ConfigFile, servers: tuple[str, ...]) -> str:
    """The PATH of a login shell, which only a server needs that is taken over."""
    there = {one.name for one in file.entries}
    return login_path(scene.machine.environ) if there.intersection(servers) else ""


def _originals(scene: Scene) -> VaultOriginals:
    return VaultOriginals(scene.vault, clients_folder(scene.places), in_files=True)
