"""A guard starts and decides whatever its folders and descriptors look like."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.audit.folders import segments
from localguard.config.links import guarded
from localguard.config.paths import places
from localguard.relay.frames import MAX_BATCH, split_batch
from tests.ways.stage import Stage

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX links and descriptors")


def to_nowhere(stage: Stage) -> None:
    stage.home.profiles.symlink_to(stage.folder / "nowhere")


def to_itself(stage: Stage) -> None:
    stage.home.profiles.symlink_to(stage.home.profiles)


def a_file(stage: Stage) -> None:
    stage.home.profiles.write_text("")


@pytest.mark.parametrize("put", [to_nowhere, to_itself, a_file])
def test_a_guard_denies_where_the_folder_of_profiles_is_none(
    stage: Stage, put: Callable[[Stage], None]
) -> None:
    """Attack: the folder becomes a link that leads nowhere, and the guard dies with a traceback."""
    stage.home.profiles.rename(stage.folder / "aside")
    put(stage)
    wire = stage.ready()
    assert "DENIED" in str(wire.call("echo")["result"])
    assert stage.calls() == []


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_a_guard_that_nobody_hears_serves(stage: Stage, stderr: str) -> None:
    """Attack: what cannot be said on stderr ends the guard, or goes to the wire instead."""
    stage.home.write("all", "version = 2\n")
    command = stage.home.argv("--name", "fake", "--", *stage.server())
    wire = stage.start(["/bin/sh", "-c", f'exec "$@" {stderr}', "sh", *command])
    wire.handshake()
    assert "DENIED" in str(wire.call("echo")["result"])


def test_a_guard_whose_folder_was_removed_serves(stage: Stage) -> None:
    """Attack: clients start servers in any folder, and one may be gone by then."""
    command = stage.home.argv("--name", "fake", "--", *stage.server())
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    root = str(Path(__file__).resolve().parents[2])
    stage.home.environment["PYTHONPATH"] = root
    wire = stage.start(["/bin/sh", "-c", script, "sh", *command])
    wire.handshake()
    assert "isError" not in wire.call("echo")["result"]


def test_a_pipe_in_the_audit_folder_holds_up_nobody(stage: Stage) -> None:
    """Attack: a FIFO with the name of a segment, which whoever opens it waits for."""
    day = stage.home.audit / "2999-12-31"
    day.mkdir(mode=0o700, parents=True)
    stage.home.audit.chmod(0o700)
    pipe = day / "235959-abcdef.jsonl"
    os.mkfifo(pipe)
    wire = stage.run("--name", "fake", "--", *stage.server()[:-1], str(stage.folder / "none"))
    wire.handshake()
    assert wire.ask("ping")["result"] == {}
    assert str(pipe) not in segments(str(stage.home.audit))
    pipe.unlink()


def test_what_a_profile_links_to_is_localguards_own(stage: Stage) -> None:
    """Attack: the model edits the file in the folder of dotfiles that the profile is a link to."""
    dotfiles = stage.folder / "dotfiles"
    dotfiles.mkdir()
    profile = stage.home.profiles / "all.toml"
    profile.rename(dotfiles / "all.toml")
    profile.symlink_to(dotfiles / "all.toml")
    wire = stage.ready()
    assert "own folder" in str(wire.call("echo", path=str(dotfiles / "all.toml"))["result"])
    assert "isError" not in wire.call("echo", path=str(dotfiles / "other.toml"))["result"]


def test_folders_that_are_not_there_are_guarded_all_the_same(tmp_path: Path) -> None:
    """Promise: what localguard will write later is its own already."""
    where = places({"HOME": str(tmp_path)}, "linux")
    assert guarded(where) == where.own_folders


def test_a_batch_has_an_end() -> None:
    """Attack: half a megabyte of commas keeps the guard busy and fills the log."""
    line = json.dumps([0] * MAX_BATCH).encode()
    assert len(split_batch(line) or ()) == MAX_BATCH
    assert split_batch(json.dumps([0] * (MAX_BATCH + 1)).encode()) is None
