"""What only a person may choose, against a model that can write any file and run any command.

Guards run; the files of the person are edited, copied, put back and removed beside them, and the
commands are run as a client's shell would run them, without a terminal.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.config.active import LOCKDOWN
from localguard.config.choice import read_choice
from localguard.config.switches import lock
from tests.config.makers import key_of, nobody_told
from tests.ways.home import ALL
from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

NONE = 'version = 1\ndefault = "deny"\n'
FEW = 'version = 1\n[[rule]]\nallow = "fake/echo"\n'


def command(stage: Stage, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as a model's shell runs it."""
    return subprocess.run(
        [sys.executable, "-m", "localguard", *arguments],
        env=stage.home.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def words_of(answer: Message) -> str:
    """What the model reads of a call that did not pass; nothing of one that did."""
    result = answer["result"]
    return str(result["content"][0]["text"]) if result.get("isError") else ""


def tools(wire: Wire) -> list[str]:
    """The tools that the client sees."""
    return [tool["name"] for tool in wire.ask("tools/list")["result"]["tools"]]


def choice_file(stage: Stage) -> Path:
    """The sealed file."""
    return Path(stage.home.places.active_file)


def test_lockdown_bites_on_the_next_call_of_every_guard(stage: Stage) -> None:
    """Promise: also in one with a fixed profile, and in those that start later."""
    running, fixed = stage.ready(), stage.ready(profile="all")
    listed = tools(running)
    for wire in (running, fixed):
        assert words_of(wire.call("echo")) == ""
    assert command(stage, "lockdown", "on").returncode == 0
    later = stage.guard()
    assert LOCKDOWN in later.handshake()["result"]["instructions"]
    for wire in (running, fixed, later):
        words = words_of(wire.call("echo"))
        assert f"fake/echo was DENIED and not executed: {LOCKDOWN}." in words
        assert "built in" not in words
        assert tools(wire) == listed
    off = command(stage, "lockdown", "off")
    assert off.returncode == 3
    assert off.stderr.startswith("localguard: lockdown is not lifted: an answer is taken from a")
    assert LOCKDOWN in words_of(running.call("echo"))
    lock(stage.home.places, key_of(stage.home.places), nobody_told, on=False)
    for wire in (running, fixed, later):
        assert words_of(wire.call("echo")) == ""
    changes = [record["change"] for record in stage.home.records("profile")]
    assert sorted(changes) == sorted(["loaded", "lockdown", "lifted"] * 3)
    (chosen,) = stage.home.records("choice")
    assert (chosen["what"], chosen["value"]) == ("lockdown", "on")
    (refused,) = stage.home.records("approver")
    assert "from a terminal only" in refused["why"]


def test_an_idle_guard_notices_lockdown(stage: Stage) -> None:
    """Promise: by watching, with nobody calling."""
    wire = stage.ready()
    wire.call("echo")
    command(stage, "lockdown", "on")
    stage.home.until("profile", change="lockdown")
    assert LOCKDOWN in words_of(wire.call("echo"))


def test_a_switch_by_hand_lets_nothing_pass(stage: Stage) -> None:
    """Attack: state/active.toml written by a model, for a profile of its own."""
    stage.home.write("few", FEW)
    stage.home.use("few")
    wire = stage.ready()
    stage.home.edit("evil", ALL)
    choice_file(stage).write_text('profile = "evil"\nlockdown = false\n')
    assert "NOT EXECUTED" in words_of(wire.call("echo"))
    assert "DENIED" in words_of(wire.call("notify", count=1))
    fresh = stage.ready()
    words = words_of(fresh.call("echo"))
    assert "DENIED" in words
    assert "active.toml: it is not as localguard wrote it at a person's word" in words
    assert "Fix: localguard profile use NAME" in words
    assert stage.calls() == []


def test_a_switch_by_command_is_refused(stage: Stage) -> None:
    """Attack: `profile use` and `profile accept` in the client's shell; each is recorded."""
    wire = stage.ready()
    stage.home.edit("evil", ALL)
    stage.home.edit("all", FEW)
    for arguments in (("use", "evil"), ("accept",), ("use", "evil", "--json")):
        found = command(stage, "profile", *arguments)
        assert found.returncode == 3
        assert "a terminal of your own" in found.stderr + found.stdout
    assert len(stage.home.records("approver")) == 3
    assert "DENIED" in words_of(wire.call("notify", count=1))
    assert read_choice(stage.home.places, key_of(stage.home.places)).profile == "all"


def test_an_older_copy_that_is_put_back_lets_nothing_pass(stage: Stage) -> None:
    """Attack: the choice for a laxer profile, kept and restored with its seal."""
    wire = stage.ready()
    kept = choice_file(stage).read_bytes()
    stage.home.write("none", NONE)
    stage.home.use("none")
    assert "DENIED" in words_of(wire.call("echo"))
    choice_file(stage).write_bytes(kept)
    assert "DENIED" in words_of(wire.call("echo"))
    stage.home.use("none")
    assert "DENIED" in words_of(wire.call("echo"))
    assert stage.calls() == []


@pytest.mark.parametrize("what", ["file", "folder"])
def test_removing_the_choice_does_not_lift_lockdown(stage: Stage, what: str) -> None:
    """Attack: what cannot be written is deleted."""
    wire, fixed = stage.ready(), stage.ready(profile="all")
    command(stage, "lockdown", "on")
    for one in (wire, fixed):
        assert LOCKDOWN in words_of(one.call("echo"))
    if what == "file":
        choice_file(stage).unlink()
    else:
        shutil.rmtree(stage.home.state)
    assert command(stage, "profile", "use", "all").returncode == 3
    for one in (wire, fixed):
        assert LOCKDOWN in words_of(one.call("echo"))
    words = words_of(stage.ready(profile="all").call("echo"))
    assert "active.toml: the choice of a profile is gone" in words
    assert stage.calls() == []


def test_a_profile_that_a_model_has_edited_allows_nothing_new(stage: Stage) -> None:
    """Attack: an edit to allow everything, with a restart of the guard and the store edited too."""
    stage.home.write("all", FEW)
    wire = stage.ready()
    assert words_of(wire.call("echo")) == ""
    stage.home.edit("all", ALL)
    for one in (wire, stage.ready()):
        assert words_of(one.call("echo")) == ""
        words = words_of(one.call("notify", count=1))
        assert "NOT EXECUTED" in words
        assert "all.toml changed since; look at it with: localguard profile accept all" in words
    for text in (stage.home.state / "accepted").glob("*/all.toml"):
        text.write_text(ALL)
    assert "NOT EXECUTED" in words_of(stage.ready().call("notify", count=1))
    assert stage.calls() == ["echo"] * 3
    stage.home.edit("all", NONE)
    assert "DENIED" in words_of(wire.call("echo"))
    stage.home.write("all", ALL)
    assert words_of(wire.call("notify", count=1)) == ""


def test_the_first_use_of_a_profile_is_in_the_log(stage: Stage) -> None:
    """Promise: what was accepted without a word is recorded as such, by its digest."""
    stage.home.edit("other", FEW)
    stage.ready(profile="other")
    (chosen,) = [r for r in stage.home.records("choice") if r["what"] == "accepted"]
    (loaded,) = stage.home.records("profile")
    assert chosen["value"] == f"other {loaded['digest']}"
    assert chosen["who"] == "its first use"


def test_the_commands_tell_what_is_chosen(stage: Stage) -> None:
    """`lockdown` alone, and the first choice, which a script can make."""
    for folder in (stage.home.state, stage.home.places.vault):
        shutil.rmtree(folder)
    found = command(stage, "profile", "use", "all", "--json")
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout)["changed"] is True
    found = command(stage, "lockdown")
    assert (found.returncode, found.stdout) == (0, "lockdown is off: calls are judged by all\n")
    found = command(stage, "lockdown", "on", "--json")
    assert json.loads(found.stdout)["changed"] is True
    found = command(stage, "lockdown", "--json")
    assert json.loads(found.stdout) == {"schema_version": 1, "lockdown": True, "profile": "all"}
