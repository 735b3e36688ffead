"""What `init` works on, and what it was asked for."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from localguard.cli.choosing import Person, person_of
from localguard.cli.clients import this_machine
from localguard.cli.init_asking import Line, typed
from localguard.cli.init_vault import Wallet, usable
from localguard.cli.secret_vault import vault_of
from localguard.clients.entry import Program
from localguard.clients.found import Scope
from localguard.clients.login_path import login_path
from localguard.clients.running import names
from localguard.clients.table import Machine
from localguard.config.paths import Places
from localguard.onboarding.choosing_profile import Wish


@dataclass(frozen=True, slots=True)
class How:
    """Which clients (none named: all that are here), which of their files, and what is done."""

    wish: Wish = field(default_factory=Wish)
    clients: tuple[str, ...] = ()
    scope: Scope = "user"
    dry_run: bool = False
    yes: bool = False
    keep_secrets: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What it works on. `running` has the names of programs that run, `search` the PATH to store.

    `attended`: a person sits at the terminal and can be asked; `line` is what they type.
    """

    places: Places
    machine: Machine
    person: Person
    wallet: Wallet
    program: Program
    search: Callable[[], str]
    running: Callable[[], frozenset[str]]
    attended: bool
    line: Line = typed


def desk_of(places: Places, program: Program, *, attended: bool) -> Desk:
    """This machine, and the person at its terminal."""
    vault = vault_of(places)
    return Desk(
        places,
        this_machine(places),
        person_of(places),
        Wallet(places, vault, lambda: usable(places, vault)),
        program,
        lambda: login_path(os.environ),
        names,
        attended,
    )
