"""Which entries `init` starts, and which it only tells of."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.clients.registry import read_registry
from localguard.onboarding.trying import altered, entries
from tests.doctor.patients import Patient, patient

Entry = dict[str, object]
SERVER = "SERVER"


def edit(at: Patient, change: Callable[[Entry], object]) -> None:
    """Change the first entry of the client's file."""
    raw = json.loads(at.file.read_text())
    change(next(iter(raw["mcpServers"].values())))
    at.file.write_text(json.dumps(raw))


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("/x/localguard", ["run", SERVER]),
        (None, ["run", "other"]),
        (None, ["run", SERVER, "--profile", "loose"]),
        ("/x/python", ["-m", "localguard", "run", SERVER]),
    ],
)
def test_an_entry_that_was_altered_is_told_of_and_not_started(
    tmp_path: Path, command: str | None, args: list[str]
) -> None:
    """Attack: a model edits the client's file, and init starts its program without a guard."""
    at = patient(tmp_path)
    scene = at.scene
    registry = read_registry(scene.places, scene.key)
    names = {one.server for one in registry.entries}
    whole = len(list(entries(scene.machine, registry, names)))
    assert list(altered(scene.machine, registry, names)) == []
    first = next(entries(scene.machine, registry, names))
    words = [first.server if one == SERVER else one for one in args]
    started = {"command": command or first.argv[0], "args": words}
    edit(at, lambda one: one.update(started))
    assert len(list(entries(scene.machine, registry, names))) == whole - 1
    (told,) = altered(scene.machine, registry, names)
    assert "was not tried. Fix: localguard disconnect" in told.fault


def test_variables_that_localguard_did_not_write_are_left_out(tmp_path: Path) -> None:
    """Attack: PYTHONPATH or LD_PRELOAD in the entry brings code into the guard on trial."""
    at = patient(tmp_path)
    edit(at, lambda one: one.update(env={"LD_PRELOAD": "/x.so", "LOCALGUARD_HOME": "/x"}))
    registry = read_registry(at.scene.places, at.scene.key)
    names = {one.server for one in registry.entries}
    assert all(one.env == {} for one in entries(at.scene.machine, registry, names))
