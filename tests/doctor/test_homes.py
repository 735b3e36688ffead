"""Homes that are neither well nor ill: nothing is there yet, or it is not localguard's to mend."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.control.endpoint import publish
from localguard.doctor.check import Scene
from localguard.doctor.clients import known
from localguard.doctor.install import guards
from localguard.doctor.rights import rights
from localguard.doctor.sighted import sighted
from tests.clients.homes import TEXTS
from tests.control.board import guard_view
from tests.doctor.patients import Patient, patient

posix = pytest.mark.skipif(os.name != "posix", reason="owner, mode and sockets of POSIX")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away"
)


@pytest.fixture
def ana(tmp_path: Path) -> Patient:
    """A home with Cursor."""
    return patient(tmp_path)


def elsewhere(ana: Patient, home: Path) -> Scene:
    """The same localguard, and another home with nothing in it."""
    home.mkdir()
    places = ana.at.where._replace(home=str(home), state=str(home / "state"))
    return replace(ana.scene, machine=replace(ana.scene.machine, home=str(home)), places=places)


def test_a_machine_without_clients_is_no_fault(ana: Patient, tmp_path: Path) -> None:
    """A server in a rack, or a client that localguard does not know."""
    (one,) = known(elsewhere(ana, tmp_path / "bare"))
    assert (one.id, one.status) == ("clients.none", "skip")


def test_a_home_before_init_is_told_the_first_step(ana: Patient, tmp_path: Path) -> None:
    """Nothing is behind a guard, and that is worth a warning once, not for each client."""
    scene = elsewhere(ana, tmp_path / "fresh")
    for path, text in ((".cursor/mcp.json", TEXTS["cursor"]), (".gemini/settings.json", "{}")):
        file = Path(scene.machine.home, path)
        file.parent.mkdir()
        file.write_text(text)
    found = [(one.status, one.summary, one.remedy) for one in known(scene)]
    assert found == [
        (
            "skip",
            "Cursor starts 1 server itself; 1 that localguard leaves alone",
            "localguard connect cursor",
        ),
        ("skip", "Gemini CLI has no servers", ""),
        ("warn", "no client starts its servers through localguard", "localguard init"),
    ]


def test_a_broken_file_of_a_client_that_is_not_registered_is_a_warning(ana: Patient) -> None:
    """It concerns no guard, and still nothing starts in that client."""
    file = Path(ana.scene.machine.home, ".gemini/settings.json")
    file.parent.mkdir()
    file.write_text('{"mcpServers": {"pg": 1, "pg": 2}}')
    found = {one.id: one for one in known(ana.scene)}
    broken = found["clients.gemini.broken"]
    assert broken.status == "warn"
    assert f'{file}:1:26: "pg" stands twice in one object' in broken.summary
    assert "Fix:" not in broken.summary


def test_why_an_entry_is_left_alone_is_a_detail(ana: Patient) -> None:
    """For -v: the person sees what `connect` has not taken over."""
    (one,) = known(ana.scene)
    assert one.summary == "Cursor: 1 server behind localguard; 1 that localguard leaves alone"
    assert "which only the client can fill in" in one.details["hub"]


@posix
def test_a_guard_of_another_version_is_told(ana: Patient) -> None:
    """It runs on with what it began with, until the client starts it anew."""
    old = replace(guard_view(), version="0.0.9")
    published = publish(ana.at.where.run, old, str(ana.at.where.home), None)
    try:
        (one,) = guards(ana.scene)
    finally:
        published.withdraw()
    assert (one.id, one.status) == ("install.guard.7f3a9c", "warn")
    assert one.summary == "the guard of files runs localguard 0.0.9, and this is 0.1.0"


@posix
def test_an_endpoint_that_is_damaged_is_told(ana: Patient) -> None:
    """While its guard lives the file is not removed; nobody finds the guard by it."""
    published = publish(ana.at.where.run, guard_view(), str(ana.at.where.home), None)
    try:
        Path(ana.at.where.run, "g-7f3a9c.json").write_text("{}")
        found = {one.finding.id: one.finding for one in ana.seen("runtime")}
    finally:
        published.withdraw()
    assert found["runtime.endpoint.7f3a9c"].status == "fail"
    assert found["runtime.endpoint.7f3a9c"].remedy


@as_root
def test_a_doctor_that_was_started_with_sudo_says_so(ana: Patient) -> None:
    """Each file would look like another's; the way out comes first."""
    os.chown(ana.at.where.home, 12345, -1)
    (one, *_) = rights(ana.scene)
    assert (one.id, one.remedy) == ("runtime.user", "run it as yourself, without sudo")


@as_root
def test_a_profile_that_an_administrator_wrote_is_fine(ana: Patient) -> None:
    """As guards take it: the person's or root's."""
    assert os.geteuid() == 0
    assert ana.ill("runtime") == {}
    os.chown(ana.at.where.profile_file("work"), 12345, -1)
    assert ana.ill("runtime") == {"runtime.owner.profiles": "fail"}


@posix
def test_without_a_program_that_stays_nothing_is_offered(ana: Patient) -> None:
    """`uvx localguard doctor --fix` would write a path that is gone the week after."""
    ana.program.unlink()
    (one,) = sighted(ana.scene, frozenset)
    assert (one.status, one.repair) == ("fail", None)
    assert one.remedy == "localguard connect cursor --server pg"


@posix
def test_without_a_profile_that_can_be_read_nothing_is_offered(ana: Patient) -> None:
    """The server's command belongs there; what is wrong with it is told by its own check."""
    ana.file.write_text(TEXTS["cursor"])
    Path(ana.at.where.profile_file("work")).write_text("version = ")
    found = [one for one in sighted(ana.scene, frozenset) if one.id.endswith("unwrapped.pg")]
    assert [one.repair for one in found] == [None]


@posix
def test_a_name_that_is_behind_the_guard_and_not_is_told(tmp_path: Path) -> None:
    """Claude Code: the entry of a project counts more than that of the person."""
    ana = patient(tmp_path, "claude-code")
    text = ana.file.read_text()
    assert '"run",' in text
    at = text.index('"/home/ana/shop"')
    ana.file.write_text(text[:at] + text[at:].replace("run", "walk"))
    found = ana.ill("clients")
    assert found["clients.claude-code.double.pg"] == "warn"
