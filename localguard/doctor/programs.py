"""Which program the command of a server means, as far as that can be told from here.

A guard looks it up on the PATH that is stored with the server, or else on the one that its client
hands on, which nobody else knows.
"""

import os
import shutil
import sys
from dataclasses import dataclass

from localguard.config.paths import expanded
from localguard.doctor.check import Scene
from localguard.errors import SignInFault
from localguard.policy.pins import Identity
from localguard.policy.profile import ServerTable
from localguard.vault.bindings import Binding, binding_of_command, binding_of_url

PATH = "PATH"


@dataclass(frozen=True, slots=True)
class Program:
    """Where the first word of a command is looked for, and what is there.

    `certain` says that every client finds the same. `folder` is the one it is started in.
    """

    word: str
    search: str
    found: str | None
    certain: bool
    folder: str | None

    def words(self, table: ServerTable) -> tuple[str, ...]:
        """The words that the server is known by."""
        return (self.found or self.word, *(table.command or ())[1:])


def program_of(scene: Scene, table: ServerTable) -> Program | None:
    """The program of a server that a profile has a command for; None for any other."""
    if not table.command:
        return None
    home = scene.places.home
    word = expanded(table.command[0], home)
    folder = None if table.cwd is None else expanded(table.cwd, home)
    stored = _stored(table)
    search = scene.machine.environ.get(PATH, os.defpath) if stored is None else stored
    bare = not os.path.dirname(word)
    if bare:
        whole = os.pathsep.join(filter(os.path.isabs, search.split(os.pathsep)))
        found = shutil.which(word, path=whole)
    else:
        found = shutil.which(os.path.abspath(os.path.join(folder or "", word)))
    certain = stored is not None if bare else bool(folder) or os.path.isabs(word)
    return Program(word, search, found, certain, folder)


def identity_of(scene: Scene, table: ServerTable) -> Identity | None:
    """Which server it is to a guard, where that is certain."""
    program = program_of(scene, table)
    if program is None or program.found is None or not program.certain:
        return None
    return Identity(program.words(table))


def binding_of(scene: Scene, table: ServerTable) -> Binding | None:
    """What a secret of a server has to be bound to, where that is certain."""
    if table.url is not None:
        from localguard.oauth.addresses import resource_of  # noqa: PLC0415 -- for a URL alone

        try:
            return binding_of_url(table.name, resource_of(table.url))
        except (SignInFault, ValueError):
            return None
    program, identity = program_of(scene, table), identity_of(scene, table)
    if program is None or identity is None:
        return None
    words = identity.words
    return binding_of_command(table.name, words, program.folder, table.env, table.pass_env)


def _stored(table: ServerTable) -> str | None:
    """The PATH that the profile gives the server; Windows takes Path for the same variable."""
    folded = {key.upper(): value for key, value in table.env.items()}
    return (folded if sys.platform == "win32" else table.env).get(PATH)
