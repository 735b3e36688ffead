"""Files of the person that are no longer what they were: swapped, linked, locked, half-written.

The table of what may stand in a profile is `test_bad_input`'s. Here it is the file itself, and the
one that names the profile. Whatever it is, a guard that starts serves, denies and says why in one
line; never does it run with a part of a policy, and never does it wait for a file.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ways.home import ALL
from tests.ways.outage import passes, text_of, without_rights
from tests.ways.stage import Stage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="POSIX files and /dev")

NOBODY = 65534
Spoil = Callable[[Path], object]


def linked_to(target: str) -> Spoil:
    """A link in the file's place."""

    def spoil(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return spoil


def moved_behind_a_link(change: Spoil) -> Spoil:
    """The file moved away and changed, and a link to it in its place."""

    def spoil(path: Path) -> None:
        real = path.rename(path.parent.parent / "real.toml")
        change(real)
        path.symlink_to(real)

    return spoil


def pipe(path: Path) -> None:
    """A pipe that nobody ever writes to."""
    path.unlink()
    os.mkfifo(path, 0o600)


def given_away(path: Path) -> None:
    """The file belongs to someone else."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path.chmod(0o644)
    os.chown(path, NOBODY, -1)


def open_to_all(path: Path) -> None:
    """Everybody may write to it."""
    path.chmod(0o666)


def unreadable(path: Path) -> None:
    """Nobody may read it."""
    path.chmod(0)


def holding(data: bytes) -> Spoil:
    """Other bytes in the file."""
    return lambda path: path.write_bytes(data)


PROFILES: dict[str, tuple[Spoil, str]] = {
    "dangling": (linked_to("gone.toml"), "all.toml: there is no"),
    "circular": (linked_to("all.toml"), "symbolic links"),
    "endless": (linked_to("/dev/zero"), "a pipe or device, not a file"),
    "pipe": (pipe, "a pipe or device, not a file"),
    "linked-open": (moved_behind_a_link(open_to_all), "other users can write to it (mode 0666)"),
    "linked-foreign": (moved_behind_a_link(given_away), "belongs to another user (uid 65534)"),
    "group-open": (lambda path: path.chmod(0o660), "other users can write to it (mode 0660)"),
    "unreadable": (unreadable, "it cannot be read (Permission denied)"),
    "half-a-text": (holding(b'version = 1\n[[rule]]\nallow = "fa'), "all.toml:3: a text"),
    "half-a-key": (holding(b"version = 1\n[[rule]]\nall"), "all.toml:3: "),
    "half-a-rule": (holding(b"version = 1\n[[rule]]\n"), "all.toml:2: "),
    "zeros": (holding(bytes(4096)), "all.toml:1: "),
    "zeros-after": (holding(ALL.encode() + bytes(512)), "all.toml:5: "),
    "utf-16": (holding(ALL.encode("utf-16")), "is not UTF-8"),
    "huge": (holding(b"#" * (1 << 20) + ALL.encode()), "it is larger than 1 MiB"),
    "a-conflict": (holding(b"<<<<<<< HEAD\n" + ALL.encode()), "all.toml:1: "),
}
CHOICES: dict[str, tuple[Spoil, str]] = {
    "open": (open_to_all, "active.toml: other users can write to it (mode 0666)"),
    "foreign": (given_away, "active.toml: it belongs to another user (uid 65534)"),
    "unreadable": (unreadable, "active.toml: it cannot be read (Permission denied)"),
    "pipe": (pipe, "active.toml: it is a pipe or device, not a file"),
    "empty": (holding(b""), "active.toml"),
    "half": (holding(b'profile = "al'), "active.toml:1: a text"),
    "by-hand": (holding(b'profile = "all"\n'), "active.toml: it is not as localguard wrote it"),
    "a-number": (holding(b"profile = 1\n"), "active.toml"),
}


def denied_and_repaired(stage: Stage, spoil: Spoil, path: Path, words: str) -> None:
    """The guard starts, denies with these words on every way, and goes on after the repair."""
    spoil(path)
    wire = stage.start(without_rights(stage.home.argv("--name", "fake", "--", *stage.server())))
    found = wire.handshake()["result"]
    assert words in found["instructions"]
    text = text_of(wire.call("echo"))
    assert words in text
    assert "fake/echo was DENIED and not executed" in text
    assert "Fix: " in text
    told = [line for line in wire.complaints().splitlines() if words in line]
    assert len(told) == 1
    assert stage.calls() == []
    path.unlink()
    stage.home.write("all", ALL)
    stage.home.use("all")
    assert passes(wire)


@pytest.mark.parametrize("case", PROFILES)
def test_a_profile_that_cannot_be_trusted_or_read_denies_everything(
    stage: Stage, case: str
) -> None:
    """Promise: "never run with a partly read policy"; one line why, in three places."""
    spoil, words = PROFILES[case]
    denied_and_repaired(stage, spoil, stage.home.profiles / "all.toml", words)


@pytest.mark.parametrize("case", CHOICES)
def test_a_choice_that_cannot_be_trusted_or_read_denies_everything(stage: Stage, case: str) -> None:
    """Attack: state/active.toml decides which rules count, so it is guarded as they are."""
    spoil, words = CHOICES[case]
    denied_and_repaired(stage, spoil, stage.home.state / "active.toml", words)


def test_a_profile_behind_a_link_counts_and_is_followed(stage: Stage) -> None:
    """Promise: profiles often lie in a folder of dotfiles; a change there bites at once."""
    moved_behind_a_link(lambda _: None)(stage.home.profiles / "all.toml")
    wire = stage.ready()
    assert passes(wire)
    real = stage.home.path / "real.toml"
    real.write_text(ALL.replace("allow", "deny"))
    assert "a deny rule applies" in text_of(wire.call("echo"))
    real.write_text(ALL)
    assert passes(wire)
    open_to_all(real)
    assert "NOT EXECUTED" in text_of(wire.call("echo"))
    assert stage.calls() == ["echo", "echo"]
