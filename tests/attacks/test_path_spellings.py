"""Paths that one program reads differently from another must not slip past a condition on paths."""

import os
import sys
from pathlib import Path

import pytest

from localguard.relay.world import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A home with a link into the folder for work, and localguard's own folder beside it."""
    base = Path(os.path.realpath(tmp_path))
    for folder in ("me/.config", "desk/project", "own/profiles"):
        (base / folder).mkdir(parents=True)
    (base / "me/project").symlink_to(base / "desk/project")
    (base / "me/.config/elsewhere").symlink_to(base / "desk/project")
    return base


def world(base: Path) -> World:
    """A world whose server runs in the folder for work."""
    desk = str(base / "desk")
    return World(str(base / "me"), desk, desk, (str(base / "own"),))


@pytest.mark.parametrize(
    "text",
    [
        "{base}/me/project/../.ssh/id",
        "~/project/../.ssh/id",
        "file://{base}/desk/..\\..\\etc/passwd",
        "file://{base}/desk/.\t./.\t./etc/passwd",
        "file://{base}/desk/a?/../../../etc/passwd",
        "file://{base}/desk/a#/../../../etc/passwd",
        "file://{base}/desk/%252e%252e/%252e%252e/etc/passwd",
        "file:etc/passwd",
        " /etc/passwd",
        "/etc/passwd\n",
        '"/etc/passwd"',
    ],
)
def test_a_path_that_servers_read_differently_is_doubt(base: Path, text: str) -> None:
    """Attack: a server that trims, decodes twice, follows WHATWG or takes `..` out by the words
    opens a file outside `under`, while the guard saw one inside.
    """
    there = world(base)
    assert there.resolve(text.replace("{base}", str(base)), there.cwd) is None


def test_dots_without_a_link_before_them_stay_known(base: Path) -> None:
    """Promise: doubt is for what differs; an ordinary `..` is resolved."""
    there = world(base)
    assert there.resolve("project/../notes", there.cwd) == str(base / "desk/notes")
    assert there.resolve(f"{base}/me/project", None) == str(base / "desk/project")


@pytest.mark.parametrize(
    "text",
    [
        "/" + "./" * 4096 + "{base}/own/profiles/work.toml",
        "{base}/" + "x/../" * 2000 + "own/profiles/work.toml",
        "{base}/me/.config/elsewhere/../../../own/profiles/work.toml",
        " {base}/own/profiles/work.toml",
        "'{base}/own/profiles/work.toml'",
        "fs://{base}/own/profiles/work.toml",
        "vscode-file://vscode-app{base}/own/profiles/work.toml",
        "file:{slashes}\\own\\profiles\\work.toml",
        "file://{base}/o\twn/profiles/work.toml",
        "file://{base}/%256fwn/profiles/work.toml",
        "file://{base}/x?/../own/profiles/work.toml",
    ],
)
def test_no_spelling_reaches_localguards_own_folder(base: Path, text: str) -> None:
    """Attack: line 8 of the algebra evaded by length, links, quotes, schemes, double encoding."""
    slashes = str(base).replace("/", "\\")
    spelled = text.replace("{base}", str(base)).replace("{slashes}", slashes)
    assert world(base).own_folder({"path": spelled}) == str(base / "own")
