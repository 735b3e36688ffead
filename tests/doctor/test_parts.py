"""What doctor reads of systems, terminals and desktops, each in the words of its own."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.clients.table import Machine
from localguard.doctor import environment, install, runtime, terminal
from localguard.doctor.check import Finding, Scene
from localguard.doctor.started import oldest, read_ps, read_tasklist
from localguard.doctor.volumes import NETWORK, deepest, kind_of, read_mount, read_mountinfo
from tests.control.processes import holder
from tests.doctor.patients import Patient, patient

posix = pytest.mark.skipif(os.name != "posix", reason="sockets of POSIX")
MOUNTINFO = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /srv/ana/My\\040Files rw - cifs //nas/ana rw
31 22 0:27 / /srv/ana rw shared:2 master:3 - nfs4 nas:/ana rw
32 22 0:28 / /srv/anabel rw - ext4 /dev/sdb1 rw
broken
"""
MOUNT = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//ana@nas._smb._tcp.local/My Files on /Volumes/My Files (smbfs, nodev, nosuid, mounted by ana)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
broken
"""


@pytest.fixture
def ana(tmp_path: Path) -> Patient:
    """Somebody's home."""
    return patient(tmp_path)


def scene(ana: Patient, **variables: str) -> Scene:
    """The same with these variables alone, on Linux."""
    return replace(ana.scene, machine=Machine(ana.at.where.home, variables, "linux"))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/ana/x", "nfs4"),
        ("/srv/ana", "nfs4"),
        ("/srv/ana/My Files/x", "cifs"),
        ("/srv/anabel/x", "ext4"),
        ("/srv/anna", "ext4"),
    ],
)
def test_the_deepest_mount_of_linux_counts(path: str, kind: str) -> None:
    """proc(5), mountinfo: blanks are octal, and fields before the dash are of any number."""
    assert deepest(path, read_mountinfo(MOUNTINFO)) == kind


def test_the_mounts_of_macos_are_read() -> None:
    """mount(8): the kind is the first word in the brackets at the end."""
    assert deepest("/Volumes/My Files/x", read_mount(MOUNT)) == "smbfs"
    assert deepest("/Users/ana", read_mount(MOUNT)) == "apfs"
    assert deepest("/Users/ana", ()) is None
    assert "smbfs" in NETWORK


@given(st.text())
def test_no_text_breaks_the_readers_of_listings(text: str) -> None:
    """What a system prints some day is not what it prints today."""
    for reader in (read_mountinfo, read_mount, read_ps, read_tasklist):
        list(reader(text))


def test_this_disk_has_a_kind(tmp_path: Path) -> None:
    """On every system that is tested."""
    assert kind_of(str(tmp_path))


def test_processes_are_listed_by_each_system() -> None:
    """ps and tasklist: a path goes, and so does .exe."""
    ps = "  1 /sbin/launchd\n 77 /Applications/Claude.app/Contents/MacOS/Claude\n"
    assert list(read_ps(ps)) == [(1, "launchd"), (77, "Claude")]
    tasklist = '"claude.exe","4711","Console","1","12,000 K"\r\n"x"\r\n'
    assert list(read_tasklist(tasklist)) == [(4711, "claude")]


def test_the_age_of_a_program_is_that_of_its_oldest_process() -> None:
    """This one runs, and one of no name does not."""
    with open("/proc/self/comm", encoding="utf-8") as file:
        age = oldest({file.read().strip().casefold()})
    assert age is not None
    assert age >= 0
    assert oldest({"no-such-program"}) is None


@posix
def test_a_guard_that_answers_is_well(ana: Patient) -> None:
    """Joined as a console that only looks; its version is compared."""
    run = Path(ana.at.where.run)
    run.mkdir(mode=0o700, exist_ok=True)
    with holder(run, "abc123", os.getpid()):
        found = {one.finding.id: one.finding for one in ana.seen("runtime", "install")}
        assert found["runtime.guards"].summary == "the one guard that runs answers"
        assert "runtime.left" not in found
        assert found["install.guards"].status == "ok"


@posix
def test_a_guard_in_a_sandbox_is_told(ana: Patient) -> None:
    """By the variables of this shell: a snap rewrites where everything lies."""
    (one,) = runtime.sandbox(scene(ana, SNAP="/snap/code/1"))
    assert (one.id, one.status) == ("runtime.sandbox.shell", "warn")
    assert "SNAP" in one.summary
    assert [one.status for one in runtime.sandbox(scene(ana))] == ["ok"]


@pytest.mark.parametrize(
    ("variables", "status", "said"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0"}, "ok", "there is a display (WAYLAND_DISPLAY)"),
        ({}, "skip", "there is no display"),
    ],
)
def test_a_display_is_looked_for(
    ana: Patient, variables: Mapping[str, str], status: str, said: str
) -> None:
    """On Linux; elsewhere there is one always."""
    (one,) = environment.display(scene(ana, **variables))
    assert (one.status, one.summary) == (status, said)


def test_where_no_browser_opens_the_other_way_is_told(ana: Patient) -> None:
    """A person over SSH types a code elsewhere."""
    (one,) = environment.browser(scene(ana, SSH_TTY="/dev/pts/1"))
    assert one.status == "skip"
    assert one.remedy == "sign in with: localguard login --device"
    assert [one.status for one in environment.browser(scene(ana, BROWSER="lynx"))] == ["ok"]


def test_the_session_bus_is_looked_for(ana: Patient) -> None:
    """What a keyring of Linux is spoken to over."""
    (one,) = environment.bus(scene(ana, DBUS_SESSION_BUS_ADDRESS="unix:path=/x"))
    assert one.status == "ok"


@pytest.mark.parametrize(
    ("variables", "statuses"),
    [
        ({}, []),
        ({"TMUX": "x", "TERM": "tmux-256color"}, ["ok"]),
        ({"TMUX": "x", "TERM": "screen"}, ["warn"]),
        ({"STY": "x", "TERM": "screen"}, ["warn"]),
    ],
)
def test_a_multiplexer_is_told(
    ana: Patient, variables: Mapping[str, str], statuses: list[str]
) -> None:
    """It draws fewer colours by its default, and lets others type."""
    assert [one.status for one in environment.multiplexer(scene(ana, **variables))] == statuses


@pytest.mark.parametrize(
    ("measured", "status"),
    [(None, "skip"), ((80, 24), "ok"), ((59, 40), "warn"), ((120, 15), "warn")],
)
def test_a_terminal_that_is_too_small_is_told(
    ana: Patient, measured: tuple[int, int] | None, status: str
) -> None:
    """The console draws a list and a detail."""
    (one,) = terminal.size(ana.scene, lambda: measured)
    assert one.status == status


@pytest.mark.parametrize(
    ("variables", "status", "said"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "ok", "16 million colours"),
        ({"TERM": "xterm-256color"}, "ok", "256 colours"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "ok", "no colours, as NO_COLOR wants it"),
        ({"TERM": "xterm"}, "ok", "the colours of the terminal"),
        ({"TERM": "dumb"}, "warn", "the terminal says that it can draw nothing (TERM=dumb)"),
        ({}, "warn", "the terminal says that it can draw nothing (TERM=not set)"),
    ],
)
def test_colours_are_told(
    ana: Patient, variables: Mapping[str, str], status: str, said: str
) -> None:
    """By what the terminal says of itself; without one there is nothing to say."""
    (one,) = terminal.colors(scene(ana, **variables), lambda: (80, 24))
    assert (one.status, one.summary) == (status, said)
    assert list(terminal.colors(scene(ana, **variables), lambda: None)) == []


@pytest.mark.parametrize(
    ("variables", "encoding", "status"),
    [
        ({"LANG": "de_DE.UTF-8"}, "UTF-8", "ok"),
        ({"LANG": "de_DE.utf8"}, "utf8", "ok"),
        ({"LANG": "de_DE.ISO-8859-1@euro"}, "ISO-8859-1", "warn"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "ru_RU.KOI8-R"}, "KOI8-R", "warn"),
        ({"LC_ALL": "C"}, "utf-8", "ok"),
        ({}, "utf-8", "ok"),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "latin-1:strict"}, "latin-1", "warn"),
    ],
)
def test_characters_are_told(
    ana: Patient, variables: Mapping[str, str], encoding: str, status: str
) -> None:
    """PEP 538 and 540: in the locale C Python writes UTF-8."""
    assert terminal.encoding(variables) == encoding
    (one,) = terminal.characters(scene(ana, **variables))
    assert one.status == status


def test_a_program_that_is_gone_or_will_be_is_told(ana: Patient, tmp_path: Path) -> None:
    """`uvx localguard doctor`: the next run has another path."""
    (one,) = install.program(ana.scene)
    assert (one.status, "temporary" in one.summary) == ("warn", True)
    (one,) = install.program(replace(ana.scene, program=(str(tmp_path / "none"),)))
    assert (one.status, one.remedy.startswith("install it for good")) == ("fail", True)
    (one,) = install.program(replace(ana.scene, program=()))
    assert one.status == "fail"


def test_a_program_that_does_not_say_its_version_is_of_none(ana: Patient) -> None:
    """A file of that name that is something else."""
    ana.program.write_text("#!/bin/sh\nexit 3\n")
    found = {one.id: one for one in install.registered(ana.scene)}
    (one,) = found.values()
    assert isinstance(one, Finding)
    assert "localguard of an unknown version" in one.summary
