"""A person's home with a client that starts guards, for the doctor to look at."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from localguard import __version__
from localguard.clients.connecting import make
from localguard.clients.entry import Program
from localguard.clients.found import find_one
from localguard.clients.originals import FileOriginals
from localguard.clients.planning import Wanted, planned
from localguard.clients.registry import clients_folder
from localguard.doctor import clients, environment, install, runtime, terminal
from localguard.doctor.check import Category, Check, Finding, Scene
from localguard.doctor.examine import Examined, examine
from localguard.doctor.sighted import sighted
from localguard.vault.vault import Vault
from tests.clients.acts import registry
from tests.clients.homes import Home, home
from tests.config.makers import key_of
from tests.vault.makers import vault_in

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Patient:
    """A home, and what the doctor is given of it."""

    at: Home
    scene: Scene
    program: Path

    @property
    def file(self) -> Path:
        """The client's first file."""
        return self.at.files[0]

    def seen(self, *categories: Category) -> list[Examined]:
        """What is found in some categories."""
        found = [look(self.scene, one) for one in categories or ("install", "clients", "runtime")]
        return [one for each in found for one in each]

    def ill(self, *categories: Category) -> dict[str, str]:
        """The ids of what is not as it should be, and how bad that is."""
        found = [one.finding for one in self.seen(*categories)]
        return {one.id: one.status for one in found if one.status in ("warn", "fail")}

    def with_variables(self, **variables: str) -> "Patient":
        """The same with more variables in the shell."""
        machine = replace(self.scene.machine, environ={**self.scene.machine.environ, **variables})
        return replace(self, scene=replace(self.scene, machine=machine))


def patient(folder: Path, name: str = "cursor", system: str = "linux") -> Patient:
    """A home in which all of a client's servers are behind guards, and nothing is wrong."""
    at = home(folder, name, system)
    program = localguard(folder / "bin")
    machine = replace(at.machine, environ={**at.machine.environ, "PATH": str(program.parent)})
    at = replace(at, machine=machine)
    scene = Scene(at.where, machine, key_of(at.where), (str(program),), _vault(folder), lambda: AT)
    found = Patient(at, scene, program)
    connect(found)
    return found


def localguard(folder: Path, version: str = __version__) -> Path:
    """A program that says which version it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "localguard"
    path.write_text(f"#!/bin/sh\necho '{json.dumps({'version': version})}'\n")
    path.chmod(0o755)
    return path


def connect(found: Patient, *servers: str) -> None:
    """What a person does with `localguard connect`."""
    at = found.at
    wanted = Wanted("work", Program((str(found.program),)), "", servers, registry=registry(at))
    connection = planned(at.where, wanted, find_one(at.machine, at.client, "user").files)
    originals = FileOriginals(clients_folder(at.where))
    assert make(at.where, connection, key_of(at.where), originals, AT) == ()


def look(scene: Scene, category: Category) -> Sequence[Examined]:
    """What is found, wherever the tests' home lies and whatever runs on their machine."""
    return examine(scene, category, _CHECKS.get(category, ()))


def _vault(folder: Path) -> Callable[[], Vault]:
    return partial(vault_in, folder / "kept")


def _nothing_runs(_: Collection[str]) -> float | None:
    return None


def _named(check: Check, name: str) -> Check:
    """A check with its name, which a partial has none of."""

    def named(scene: Scene) -> Iterable[Finding]:
        return check(scene)

    named.__name__ = name
    return named


_INSTALL = (_named(partial(install.program, temporary=()), "program"), *install.checks[1:])
_CLIENTS = tuple(
    {
        sighted: _named(partial(sighted, running=frozenset, temporary=()), "sighted"),
        clients.restarts: _named(partial(clients.restarts, age=_nothing_runs), "restarts"),
    }.get(one, one)
    for one in clients.checks
)
_CHECKS: dict[str, Sequence[Check]] = {
    "install": _INSTALL,
    "clients": _CLIENTS,
    "runtime": runtime.checks,
    "environment": environment.checks,
    "terminal": terminal.checks,
}
