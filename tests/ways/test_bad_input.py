"""Bad policy, bad servers, bad command lines: what a person gets to read, and that nothing leaves.

A client shows no reason for an entry that exits. So a guard with a bad policy serves, denies and
explains, and a repair bites on the next call.
"""

import os
import sys
from collections.abc import Callable

import pytest

from tests.ways.home import ALL
from tests.ways.stage import Stage

BROKEN = [
    ("torn", '[[rule]\nallow = "*"\n', 'all.toml:1: a "]" is missing, at column 7'),
    ("no-value", "version = \n", "all.toml:1: this is not a value, at column 11"),
    ("key", 'version = 1\n[[rule]]\nalow = "*"\n', 'all.toml:3: unknown key "alow". Fix: did you'),
    ("table", "version = 1\n[rules]\n", 'all.toml:2: unknown key "rules"'),
    ("empty", "", "all.toml:1: the file is empty. Fix: begin with version = 1"),
    ("comment", "# soon\n", "all.toml:1: the file is empty"),
    ("bytes", b"version = 1\n# caf\xe9\n", "all.toml:2: byte 17 (0xe9) is not UTF-8. Fix: save"),
    ("mark", b"\xef\xbb\xbfversion = 1\n", "all.toml:1: it begins with a byte order mark"),
    ("future", "version = 2\n", "all.toml:1: version 2 is not known to this localguard"),
    ("name", 'version = 1\nprofile = "work"\n', 'the profile calls itself "work"'),
    (
        "own-test",
        'version = 1\n[[test]]\ncall = "fake/echo"\nexpect = "allow"\n',
        "all.toml:2: this test expects allow, but fake/echo gets deny",
    ),
]


def open_to_all(stage: Stage) -> None:
    (stage.home.profiles / "all.toml").chmod(0o666)


def gone(stage: Stage) -> None:
    (stage.home.profiles / "all.toml").unlink()


def folder(stage: Stage) -> None:
    gone(stage)
    (stage.home.profiles / "all.toml").mkdir()


def nameless(stage: Stage) -> None:
    (stage.home.state / "active.toml").write_text("profle = 3\n")


def switched_to_nothing(stage: Stage) -> None:
    stage.home.use("al")


def inactive(stage: Stage) -> None:
    (stage.home.state / "active.toml").unlink()


SPOILED = [
    (open_to_all, "all.toml: other users can write to it (mode 0666). Fix: chmod go-w"),
    (gone, 'all.toml: there is no profile "all". Fix: create'),
    (folder, "all.toml: it is a folder, not a file. Fix: move"),
    (nameless, "active.toml: it is not as localguard wrote it at a person's word, so it chooses"),
    (switched_to_nothing, 'al.toml: there is no profile "al". Fix: did you mean "all"'),
    (inactive, "active.toml: the choice of a profile is gone, and with it what was accepted"),
]


def denied_everywhere(stage: Stage, words: str) -> None:
    """A guard that starts in this state serves, lists, denies, and says why in three places."""
    wire = stage.guard()
    found = wire.handshake()["result"]
    assert words in found["instructions"]
    assert found["serverInfo"]["name"] == "scripted"
    assert "echo" in str(wire.ask("tools/list")["result"])
    answer = wire.call("echo")["result"]
    assert answer["isError"]
    assert "fake/echo was DENIED and not executed" in answer["content"][0]["text"]
    assert words in answer["content"][0]["text"]
    assert words in wire.complaints()
    assert stage.calls() == []


@pytest.mark.parametrize(
    ("text", "words"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_a_bad_profile_is_explained_and_a_repair_bites_at_once(
    stage: Stage, text: str | bytes, words: str
) -> None:
    """Promise: "Faults": a fresh start denies every call with the fix; no restart is needed."""
    stage.home.write("all", text)
    denied_everywhere(stage, words)
    stage.home.write("all", ALL)
    assert "isError" not in stage.wires[0].call("echo")["result"]
    assert [r["change"] for r in stage.home.records("profile")] == ["fault", "repaired"]


@pytest.mark.parametrize(("spoil", "words"), SPOILED, ids=[case[0].__name__ for case in SPOILED])
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_a_file_that_cannot_be_used_is_explained_and_a_repair_bites_at_once(
    stage: Stage, spoil: Callable[[Stage], None], words: str
) -> None:
    """Promise: wrong mode, no profile, no choice."""
    spoil(stage)
    denied_everywhere(stage, words)
    if spoil is folder:
        (stage.home.profiles / "all.toml").rmdir()
    stage.home.write("all", ALL)
    stage.home.use("all")
    assert "isError" not in stage.wires[0].call("echo")["result"]


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a file away"
)
def test_a_file_of_someone_else_is_explained(stage: Stage) -> None:
    """Promise: wrong owner."""
    os.chown(stage.home.profiles / "all.toml", 12345, -1)
    denied_everywhere(stage, "all.toml: it belongs to another user (uid 12345)")


@pytest.mark.parametrize("text", [None, "", "version = 1\nx = 2\n"], ids=["gone", "empty", "key"])
def test_a_profile_that_breaks_under_way_allows_nothing_any_more(
    stage: Stage, text: str | None
) -> None:
    """Promise: "Faults": a running guard keeps the last valid set, every allow lowered to Ask."""
    wire = stage.ready()
    assert "isError" not in wire.call("echo")["result"]
    if text is None:
        gone(stage)
    else:
        stage.home.write("all", text)
    answer = wire.call("echo")["result"]
    assert answer["isError"]
    assert "NOT EXECUTED" in answer["content"][0]["text"]
    assert "allowed by the last valid profile, but all.toml" in answer["content"][0]["text"]
    stage.home.write("all", ALL)
    assert "isError" not in wire.call("echo")["result"]
    assert stage.calls() == ["echo", "echo"]


def test_a_switch_to_a_broken_profile_denies(stage: Stage) -> None:
    """Attack: the last valid set of one profile is no policy for another."""
    stage.home.write("work", "version = 1\nx = 2\n")
    wire = stage.ready()
    stage.home.use("work")
    answer = wire.call("echo")["result"]
    assert "DENIED" in answer["content"][0]["text"]
    assert 'work.toml:2: unknown key "x"' in answer["content"][0]["text"]
    assert stage.calls() == []
