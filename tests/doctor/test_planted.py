"""Each fault that is planted in a home is found, and what can be taken back is mended."""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.cli.doctor import How, doctor
from localguard.cli.exits import Exit
from localguard.control.endpoint import publish
from localguard.doctor import install
from localguard.doctor.check import Category, Scene
from localguard.doctor.clients import restarts
from localguard.doctor.examine import Examined
from localguard.doctor.sighted import sighted
from localguard.errors import ProfileFault
from tests.cli.persons import OUTSIDE, Visitor
from tests.clients.homes import CASES, TEXTS
from tests.control.board import guard_view
from tests.control.processes import python
from tests.doctor.patients import Patient, localguard, look, patient

posix = pytest.mark.skipif(os.name != "posix", reason="owner, mode and sockets of POSIX")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away"
)
PUBLISH = """
import os, sys
from localguard.control.endpoint import publish
from tests.control.board import guard_view
kept = publish(sys.argv[1], guard_view("abc123"), "/home/ana", None)
os._exit(0)
"""


def vanish(ana: Patient) -> None:
    """Claude Desktop writes its file anew, and its servers are gone (claude-code#85005)."""
    ana.file.write_text('{"theme": "dark"}')


def unwrap(ana: Patient) -> None:
    """A model with a shell writes the old command back."""
    ana.file.write_text(TEXTS[ana.at.client.name])


def go_around(ana: Patient) -> None:
    """A person adds a server in the client."""
    text = ana.file.read_text()
    servers, new = '"mcpServers": {', '"new": {"command": "npx", "args": []},'
    assert servers in text
    ana.file.write_text(text.replace(servers, servers + new, 1))


def mark(ana: Patient) -> None:
    """PowerShell saves the file."""
    ana.file.write_bytes(b"\xef\xbb\xbf" + ana.file.read_bytes())


def lose_program(ana: Patient) -> None:
    """The environment that localguard was installed in is removed."""
    ana.program.unlink()


def double(ana: Patient) -> None:
    """Two entries of one name: a client reads the last, or the first, and says nothing."""
    text = ana.file.read_text()
    ana.file.write_text(text.replace('"pg"', '"pg": {"command": "npx"}, "pg"', 1))


def open_vault(ana: Patient) -> None:
    """A backup program puts the folder back with other modes."""
    vault = Path(ana.at.where.vault)
    vault.chmod(0o755)
    for one in vault.rglob("*.key"):
        one.chmod(0o644)


def open_run(ana: Patient) -> None:
    """Everybody can see the sockets."""
    Path(ana.at.where.run).mkdir(exist_ok=True)
    Path(ana.at.where.run).chmod(0o750)


def leave_endpoint(ana: Patient) -> None:
    """A guard is killed."""
    process = python("-c", PUBLISH, ana.at.where.run)
    with process:
        assert process.wait() == 0
    assert "g-abc123.json" in os.listdir(ana.at.where.run)


Plant = Callable[[Patient], None]
FAULTS: dict[str, tuple[str, str, Plant, str, str]] = {
    "vanished": ("cursor", "linux", vanish, "clients.cursor.vanished.pg", "fail"),
    "vanished, YAML": ("goose", "linux", vanish, "clients.goose.vanished.pg", "fail"),
    "unwrapped": ("cursor", "darwin", unwrap, "clients.cursor.unwrapped.pg", "fail"),
    "unwrapped, TOML": ("codex", "linux", unwrap, "clients.codex.unwrapped.pg", "fail"),
    "bypass": ("claude-desktop", "win32", go_around, "clients.claude-desktop.bypass.new", "fail"),
    "mark": ("claude-desktop", "linux", mark, "clients.claude-desktop.byte_order_mark", "fail"),
    "stale path": ("windsurf", "linux", lose_program, "clients.windsurf.no_program.pg", "fail"),
    "open vault": ("cursor", "linux", open_vault, "runtime.mode.vault", "fail"),
    "open run": ("cursor", "linux", open_run, "runtime.mode.run", "fail"),
    "left over": ("cursor", "linux", leave_endpoint, "runtime.left", "warn"),
}


def examining(scene: Scene, category: Category) -> tuple[Examined, ...]:
    """The categories that are planted in."""
    return tuple(look(scene, category)) if category in ("clients", "runtime") else ()


def visit(ana: Patient, visitor: Visitor, **how: object) -> tuple[Exit, str]:
    """The command, as it exits and what it prints."""
    out = io.StringIO()
    chosen = How(**how)  # type: ignore[arg-type]
    found = doctor(ana.scene, visitor.person, chosen, out=out, err=out, examining=examining)
    return found, out.getvalue()


@pytest.fixture
def ana(tmp_path: Path) -> Patient:
    """A home with Cursor."""
    return patient(tmp_path)


@posix
@pytest.mark.parametrize(("name", "system"), CASES)
def test_a_home_that_is_well_has_nothing_to_tell(tmp_path: Path, name: str, system: str) -> None:
    """A doctor that cries wolf is not asked again; each client, each system."""
    found = patient(tmp_path, name, system)
    assert found.ill() == {}
    ids = [one.finding.id for one in found.seen()]
    assert f"clients.{name}.files" in ids
    assert len(set(ids)) == len(ids)


@posix
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_mended_and_gone(tmp_path: Path, fault: str) -> None:
    """Issue 6, 4: found, shown, asked, mended; the second look is clean."""
    name, system, plant, id_, status = FAULTS[fault]
    found = patient(tmp_path, name, system)
    plant(found)
    if fault == "stale path":
        again = localguard(tmp_path / "again")
        found = replace(found, scene=replace(found.scene, program=(str(again),)))
    assert found.ill("clients", "runtime")[id_] == status
    visitor = Visitor(found.at.where)
    code, printed = visit(found, visitor, fix=True)
    assert "Mended." in printed
    assert set(visitor.questions) == {"Mend it so?"}
    assert len(visitor.questions) == len(found.at.files if name == "windsurf" else ("one",))
    assert {getattr(one, "what", None) for one in visitor.records} == {"mended"}
    assert found.ill("clients", "runtime") == {}
    assert code == Exit.OK
    assert visit(found, visitor)[0] == Exit.OK


@posix
def test_a_planted_duplicate_is_found_and_left_to_the_person(ana: Patient) -> None:
    """Which of the two is meant only a person knows; the line and column are told."""
    double(ana)
    assert ana.ill("clients") == {"clients.cursor.duplicate": "fail"}
    before = ana.file.read_bytes()
    code, printed = visit(ana, Visitor(ana.at.where), fix=True, yes=True)
    assert code == Exit.FAILURE
    assert '"pg" stands twice in one object' in printed
    assert f"{ana.file}:1:" in printed
    assert "Nothing of it is mended by itself." in printed
    assert ana.file.read_bytes() == before


TWICE = {
    "goose": ("  pg:\n", "  pg:\n    env: {TOKEN: hunter22}\n  pg:\n"),
    "codex": ("[mcp_servers.pg]\n", "[mcp_servers.pg]\nx = 'hunter22'\n[mcp_servers.pg]\n"),
    "zed": ('"pg": {', '"pg": {"env": {"TOKEN": "hunter22"}}, "pg": {'),
}


@posix
@pytest.mark.parametrize("name", TWICE)
def test_a_duplicate_is_found_in_each_format_and_quoted_in_none(tmp_path: Path, name: str) -> None:
    """Of two entries the value of neither is shown: it may be a token."""
    found = patient(tmp_path, name)
    before, after = TWICE[name]
    text = found.file.read_text()
    assert before in text
    found.file.write_text(text.replace(before, after, 1))
    assert found.ill("clients") == {f"clients.{name}.duplicate": "fail"}
    _, printed = visit(found, Visitor(found.at.where))
    assert "twice" in printed
    assert "hunter22" not in printed
    assert printed.count("correct it") + printed.count("keep one") == 1


@as_root
def test_a_planted_owner_is_found_with_what_to_type(ana: Patient) -> None:
    """After a `sudo localguard`: what is root's, or another's, guards will not touch."""
    path = os.path.join(ana.at.where.vault, "state-seal.key")
    os.chown(path, 12345, -1)
    (one,) = [one.finding for one in ana.seen("runtime") if one.finding.status == "fail"]
    assert (one.id, one.repair) == ("runtime.owner.vault", None)
    assert "of another user (uid 12345)" in one.summary
    assert one.remedy == f"sudo chown -R 0 {ana.at.where.vault}"


@posix
def test_a_guard_that_lives_and_does_not_answer_is_found(ana: Patient) -> None:
    """A guard that was stopped, or hangs, denies nothing and asks nobody."""
    published = publish(ana.at.where.run, guard_view(), "/home/ana", None)
    try:
        published.listener.close()
        assert ana.ill("runtime") == {"runtime.silent.7f3a9c": "fail"}
        assert os.listdir(ana.at.where.run), "what lives is not removed"
    finally:
        published.withdraw()
    assert ana.ill("runtime") == {}


@posix
def test_what_lies_in_a_private_folder_may_have_any_mode_but_a_key(ana: Patient) -> None:
    """Nobody reaches it; what others could write, and an open key, are refused by guards."""
    state = Path(ana.at.where.state)
    (state / "session").mkdir(mode=0o755)
    (state / "session/store.sqlite").touch(mode=0o644)
    assert ana.ill("runtime") == {}
    (state / "session/store.sqlite").chmod(0o666)
    assert ana.ill("runtime") == {"runtime.mode.state": "fail"}
    (state / "session/store.sqlite").chmod(0o600)
    state.chmod(0o755)
    assert ana.ill("runtime") == {"runtime.mode.state": "warn"}


@posix
def test_what_clients_start_is_believed_under_its_seal_alone(ana: Patient, tmp_path: Path) -> None:
    """Attack: a model writes a program of its own into state/clients.json, for doctor to start."""
    trap = tmp_path / "trap"
    evil = localguard(tmp_path / "evil")
    evil.write_text(f"#!/bin/sh\ntouch {trap}\n")
    file = Path(ana.at.where.state, "clients.json")
    file.write_text(file.read_text().replace(str(ana.program), str(evil)))
    assert ana.ill("install") == {"install.registered": "fail"}
    assert not trap.exists()


@posix
def test_guards_that_look_elsewhere_are_found(ana: Patient) -> None:
    """With LOCALGUARD_HOME in one shell only, a console shows no guard and no question."""
    elsewhere = ana.with_variables(LOCALGUARD_HOME="/srv/other")
    (one,) = [
        one.finding for one in elsewhere.seen("runtime") if one.finding.id == "runtime.home.cursor"
    ]
    assert one.status == "fail"
    assert "Cursor starts guards with no LOCALGUARD_HOME" in one.summary
    assert one.remedy.startswith("unset LOCALGUARD_HOME")


@posix
def test_what_is_planted_on_the_path_is_told_and_not_started(ana: Patient, tmp_path: Path) -> None:
    """A file called localguard in a folder that others write to was asked for its version, with the
    person's own terminal."""
    planted, ran = localguard(tmp_path / "late"), tmp_path / "ran"
    planted.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    for folders in ((ana.program.parent, planted.parent), (planted.parent, ana.program.parent)):
        there = ana.with_variables(PATH=os.pathsep.join(map(str, folders)))
        (found,) = install.on_path(there.scene)
        assert found.status == "warn"
        where = "earlier" if folders[0] == planted.parent else "later"
        assert f"{planted} ({where}, of an unknown version)" in found.summary
        assert found.remedy.startswith("remove or rename")
    assert not ran.exists()


@posix
def test_the_version_of_another_is_read_from_its_installation(ana: Patient, tmp_path: Path) -> None:
    """A tool's environment has the metadata of what is installed (core metadata, dist-info)."""
    other = localguard(tmp_path / "tool/bin")
    (tmp_path / "tool/lib/python3.13/site-packages/localguard-0.0.9.dist-info").mkdir(parents=True)
    (found,) = install.on_path(ana.with_variables(PATH=str(other.parent)).scene)
    assert f"{other} (installed as 0.0.9)" in found.summary


@posix
def test_another_version_on_the_path_is_found(ana: Patient, tmp_path: Path) -> None:
    """pipx upgraded one of two installations; guards and the shell differ."""
    old = localguard(tmp_path / "old", "0.0.9")
    both = f"{ana.program.parent}{os.pathsep}{old.parent}"
    assert ana.with_variables(PATH=both).ill("install") == {"install.path": "warn"}
    alone = ana.with_variables(PATH=str(old.parent))
    assert alone.ill("install") == {"install.path": "warn"}
    assert ana.with_variables(PATH="/nowhere").ill("install") == {"install.path": "warn"}
    localguard(ana.program.parent, "0.0.8")
    scene = replace(ana.scene, program=(str(localguard(tmp_path / "new")),))
    found = replace(ana, scene=scene).ill("install")
    assert found["install.registered.cursor"] == "warn"


@posix
def test_a_repair_waits_for_a_yes(ana: Patient) -> None:
    """Shown first, and a no leaves every byte as it is."""
    unwrap(ana)
    before = ana.file.read_bytes()
    visitor = Visitor(ana.at.where, yes=False)
    code, printed = visit(ana, visitor, fix=True)
    assert code == Exit.FAILURE
    assert "It is left as it is." in printed
    assert str(ana.program) in printed
    assert ana.file.read_bytes() == before
    assert visitor.records == []


@posix
def test_whoever_is_no_person_mends_nothing(ana: Patient) -> None:
    """Attack: a model with a shell runs `localguard doctor --fix --yes`."""
    vanish(ana)
    before = ana.file.read_bytes()
    code, printed = visit(ana, Visitor(ana.at.where, may=False), fix=True, yes=True)
    assert code == Exit.FAILURE
    assert f"nothing is mended: {OUTSIDE}" in printed
    assert ana.file.read_bytes() == before


@posix
def test_what_cannot_be_recorded_is_not_mended_unless_it_tightens(ana: Patient) -> None:
    """The log comes first, but for what may keep it from being written: a key that is open."""
    vanish(ana)
    open_vault(ana)
    _, printed = visit(ana, Visitor(ana.at.where, deaf=True), fix=True, yes=True)
    assert "the audit log cannot be written" in printed
    assert "Mended, and not recorded." in printed
    assert ana.ill("clients", "runtime") == {"clients.cursor.vanished.pg": "fail"}


@posix
def test_a_fault_that_hides_another_is_mended_first(ana: Patient) -> None:
    """With the key open to others nobody tells of a client; both are mended in one visit."""
    vanish(ana)
    open_vault(ana)
    assert ana.ill("clients") == {"clients.sighted": "fail"}
    visitor = Visitor(ana.at.where)
    code, printed = visit(ana, visitor, fix=True)
    assert code == Exit.OK
    assert len(visitor.questions) == 2
    assert "2 repairs made. Looked at again:" in printed


@posix
def test_a_file_that_changes_after_it_was_shown_is_left(ana: Patient) -> None:
    """A client writes its file while a person reads the change."""
    unwrap(ana)
    repair = next(filter(None, (one.finding.repair for one in ana.seen("clients"))))
    ana.file.write_text(ana.file.read_text().replace("postgres-mcp", "other-mcp"))
    with pytest.raises(ProfileFault, match="changed meanwhile"):
        repair.act()
    assert "other-mcp" in ana.file.read_text()


@posix
def test_a_client_that_runs_and_writes_its_file_is_to_be_ended_first(tmp_path: Path) -> None:
    """What is mended under Claude Desktop is gone with its next write."""
    ana = patient(tmp_path, "claude-desktop")
    vanish(ana)
    found = list(sighted(ana.scene, lambda: frozenset({"claude"})))
    assert {one.repair for one in found} == {None}
    assert {one.remedy for one in found} == {"quit it fully, then: localguard doctor --fix"}


@posix
def test_a_client_that_runs_since_before_it_was_connected_is_told(tmp_path: Path) -> None:
    """It starts its servers as they were: around the guard, until it is started again."""
    ana = patient(tmp_path, "claude-desktop")
    (one,) = restarts(ana.scene, lambda _: 3600.0)
    assert (one.id, one.status) == ("clients.claude-desktop.restart", "warn")
    assert list(restarts(ana.scene, lambda _: 0.0)) == []


@posix
def test_the_packaged_twin_that_goes_around_is_found(tmp_path: Path) -> None:
    """Windows: the packaged Claude Desktop reads another file than the documented one."""
    ana = patient(tmp_path, "claude-desktop", "win32")
    ana.at.files[1].write_text("{}")
    found = ana.ill("clients")
    assert found["clients.claude-desktop.twin"] == "fail"


@posix
def test_a_project_that_goes_around_is_found(ana: Patient, tmp_path: Path) -> None:
    """A repository brings a file of its own, which the client reads as well."""
    project = tmp_path / "project"
    (project / ".cursor").mkdir(parents=True)
    (project / ".cursor/mcp.json").write_text('{"mcpServers": {"pg": {"command": "npx"}}}')
    machine = replace(ana.scene.machine, project=str(project))
    there = replace(ana, scene=replace(ana.scene, machine=machine))
    assert there.ill("clients") == {
        "clients.cursor.bypass.pg": "fail",
        "clients.cursor.double.pg": "warn",
    }
    found = {one.finding.id: one.finding for one in there.seen("clients")}
    around = found["clients.cursor.bypass.pg"]
    assert around.remedy == "localguard connect cursor --server pg --scope project"
    assert around.repair is None, "what others share is not mended without a thought"
