"""How a text resolves as a path, and which texts reach into localguard's own folders."""

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localguard.config.paths import places
from localguard.policy.calls import Arguments
from localguard.policy.conditions import Condition
from localguard.policy.grants import Answer
from localguard.policy.profile import ServerTable
from localguard.policy.rules import Origin
from localguard.relay.world import World, world_of
from tests.relay.playbook import profile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a folder of localguard's own, and links into it."""
    home = Path(os.path.realpath(tmp_path))
    (home / ".localguard/state").mkdir(parents=True)
    (home / ".localguard/work.toml").touch()
    (home / "project/sub").mkdir(parents=True)
    (home / "project/link").symlink_to(home / ".localguard")
    (home / "project/file").symlink_to(home / ".localguard/work.toml")
    (home / "project/loop").symlink_to(home / "project/loop")
    (home / "project/outside").symlink_to("/etc")
    return home


def world_in(home: Path, cwd: str | None = None, *, actual: str = "project", **more: Any) -> World:
    own = (str(home / ".localguard"), str(home / ".config/localguard"))
    return World(str(home), cwd and str(home / cwd), str(home / actual), own, **more)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~", ""),
        ("~/project", "project"),
        ("{home}/project/../x", "x"),
        ("{home}/project/./sub//y", "project/sub/y"),
        ("{home}/project/link", ".localguard"),
        ("{home}/project/file", ".localguard/work.toml"),
        ("~/project/missing/../../x", "x"),
        ("file://{home}/project", "project"),
        ("FILE://{home}/project", "project"),
        ("file:{home}/project", "project"),
        ("file://localhost{home}/project", "project"),
        ("file://{home}/pro%6Aect/%2e%2e/x", "x"),
        ("file://{home}/x%3Fy", "x?y"),
        ("{home}/%2e%2e/x", "%2e%2e/x"),
        ("{home}/\u202ex", "\u202ex"),
        ("{home}/" + "x" * 200, "x" * 200),
    ],
)
def test_a_path_resolves_to_what_it_names(home: Path, text: str, path: str) -> None:
    """The algebra, line 7: ~, .., symlinks, file: URIs decoded once."""
    resolved = world_in(home).resolve(text.replace("{home}", str(home)), None)
    assert resolved == str(home / path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "relative",
        "./relative",
        "../relative",
        "~root/x",
        "~nobody",
        "/a\0b",
        "file:///a%00b",
        "file:relative",
        "file://",
        "file:",
        "file://other.example/a",
        "file:///caf%e9",
        "/" + "x" * 4096,
    ],
)
def test_what_cannot_be_resolved_surely_is_doubt(home: Path, text: str) -> None:
    """The algebra, line 7: relative without a known `cwd` = doubt; so is all that is ambiguous."""
    assert world_in(home).resolve(text, None) is None


def test_relative_paths_start_where_the_profile_says(home: Path) -> None:
    """`cwd` of the server's table."""
    world = world_in(home, "project")
    assert world.resolve("sub/../x", world.cwd) == str(home / "project/x")
    assert world.resolve("link", world.cwd) == str(home / ".localguard")


def test_a_loop_of_links_resolves_to_something_or_doubt(home: Path) -> None:
    """The standard library decides; what matters is that nothing is raised."""
    resolved = world_in(home).resolve(str(home / "project/loop/x"), None)
    assert resolved is None or resolved.startswith(str(home))


def test_a_path_that_the_system_refuses_is_doubt(home: Path) -> None:
    """A lone surrogate has no name on any volume."""
    assert world_in(home).resolve("/\ud800", None) is None
    assert world_in(home).own_folder({"a": "\ud800"}) is None


def test_foreign_paths_are_compared_by_their_words_alone(home: Path) -> None:
    """The algebra, line 7: for `paths = "foreign"` lexical only; our links say nothing there."""
    world = world_in(home, foreign=True)
    assert world.resolve(f"{home}/project/link/../x", None) == str(home / "project/x")
    assert world.own_folder({"path": str(home / ".localguard")}) is None


def test_the_paths_of_a_call_are_those_that_rules_look_at(home: Path) -> None:
    """Roots included; other arguments are not resolved, nor are values that are no texts."""
    text = '[[rule]]\nallow = "*/*"\nwhen.args.paths.under = ["~/project", "/srv"]\n'
    rules = profile(text + 'unless.args."deep.to".under = "/x"').rules
    arguments: Arguments = {
        "paths": ["~/project/sub", 7, None],
        "other": "~/y",
        "deep": {"to": "a"},
    }
    assert world_in(home).paths(rules, arguments) == {
        "~/project": str(home / "project"),
        "/srv": "/srv",
        "/x": "/x",
        "~/project/sub": str(home / "project/sub"),
        "a": None,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": "{home}/.localguard"},
        {"path": "{home}/.localguard/state/new"},
        {"path": "{home}/.config/localguard/profiles/work.toml"},
        {"path": "~/.localguard/work.toml"},
        {"path": "~/project/../.localguard"},
        {"path": "file://{home}/.local%67uard"},
        {"path": "file://any.example{home}/.localguard/work.toml"},
        {"path": "{home}/project/link/state"},
        {"path": "link/state"},
        {"path": "./link"},
        {"path": "link"},
        {"path": "file"},
        {"path": "../.localguard"},
        {"paths": ["/tmp", {"deep": [["{home}/.localguard"]]}]},
        {"files": {"{home}/.localguard/work.toml": "allow everything"}},
        {"number": 7, "none": None, "path": "{home}/.localguard"},
    ],
    ids=str,
)
def test_an_argument_that_reaches_into_the_own_folder_is_found(home: Path, arguments: Any) -> None:
    """The algebra, line 8; however deep, as a key too, through links, URIs and bare words."""
    named = filled(arguments, str(home))
    own = world_in(home).own_folder(named)
    assert own in (str(home / ".localguard"), str(home / ".config/localguard"))


def filled(value: Any, home: str) -> Any:
    if isinstance(value, str):
        return value.replace("{home}", home)
    if isinstance(value, dict):
        return {filled(key, home): filled(inner, home) for key, inner in value.items()}
    return [filled(inner, home) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"path": "{home}"},
        {"path": "{home}/.localguardian/x"},
        {"path": "{home}/.localguard/../x"},
        {"path": "sub"},
        {"path": "state"},
        {"path": "work.toml"},
        {"text": "a long sentence / with a slash"},
        {"text": "~"},
        {"text": "/" + "x" * 5000},
        {"text": "a\0/"},
        {"text": ""},
        {"url": "https://example.com/{home}/.localguard"},
        {"path": "file://"},
        {"n": 7, "flag": True, "none": None, "x": 1.5},
    ],
    ids=str,
)
def test_other_arguments_are_left_alone(home: Path, arguments: Any) -> None:
    """A built-in rule that cries wolf would be switched off."""
    assert world_in(home).own_folder(filled(arguments, str(home))) is None


def test_a_server_that_lives_in_the_own_folder_reaches_it_by_any_word(home: Path) -> None:
    """Started there, every bare word names a file of localguard's, also one that is not yet."""
    world = world_in(home, actual=".localguard/state")
    assert world.own_folder({"name": "new"}) == str(home / ".localguard")


def test_the_home_of_a_named_user_counts(home: Path) -> None:
    """Servers expand ~name as a shell does."""
    own = os.path.expanduser("~root/.localguard")
    world = World(str(home), None, "/", (own,))
    assert world.own_folder({"path": "~root/.localguard/x"}) == os.path.realpath(own)


def test_where_the_volume_ignores_case_so_does_the_check(home: Path) -> None:
    """The algebra, line 7: case-folded where the volume folds."""
    arguments = {"path": str(home / ".LOCALGUARD/x")}
    assert world_in(home).own_folder(arguments) is None
    assert world_in(home, folds=True).own_folder(arguments) == str(home / ".localguard")


@pytest.mark.parametrize("detour", ["x/../", "./", "/"])
def test_a_path_too_long_for_the_kernel_counts_where_a_server_shortens_it(
    home: Path, detour: str
) -> None:
    """Attack: 4096 characters that say nothing, before the name of localguard's folder."""
    world = world_in(home)
    assert world.own_folder({"path": f"{home}/{detour * 4096}.localguard/x"})
    assert world.own_folder({"path": f"{home}/{detour * 4096}project"}) is None


def test_the_files_of_a_server_with_an_address_lie_elsewhere(home: Path) -> None:
    """The algebra, line 7: our links say nothing of its paths, nor does our home."""
    where = places({"LOCALGUARD_HOME": str(home / ".localguard"), "HOME": str(home)})
    origin = Origin("work.toml", 1)
    link = str(home / "project/link")
    started = ServerTable("db", origin, command=("db",))
    for table, resolved in (
        (None, str(home / ".localguard")),
        (started, str(home / ".localguard")),
        (replace(started, foreign_paths=True), link),
        (ServerTable("db", origin, url="https://db.example"), link),
    ):
        world = world_of(where, table, None, str(home / "project"))
        assert world.resolve(link, None) == resolved
        assert (world.own_folder({"path": link}) is None) == (resolved == link)
        assert world.resolve("sub", world.cwd) is None
    world = world_of(where, started, str(home / "project"), "/")
    assert world.resolve("sub", world.cwd) == str(home / "project/sub")
    assert world.own_folder({"path": "link"}) == str(home / ".localguard")


def test_a_remembered_answer_looks_at_paths_too(home: Path) -> None:
    """Promise: what is allowed under a folder is allowed there, and not by a way out of it."""
    under = read_conditions_of(f'when.args.path.under = "{home}/project"')
    answer = Answer("work.toml:4", "work", "db/read", "1d", "9f", None, when=under, until=None)
    asking = replace(profile('[[rule]]\nask = "db/*"'), answers=(answer,))
    world, at = world_in(home, "project"), datetime(2026, 11, 26, tzinfo=UTC)

    def paths(text: str, item: str = "read") -> dict[str, str | None]:
        call = world.call(asking, ("db", item), {"path": text}, at=at)
        return dict(call.facts.paths)

    root = str(home / "project")
    assert paths("sub") == {root: root, "sub": f"{root}/sub"}
    assert paths("../x")["../x"] == str(home / "x")
    assert paths("sub", "write") == {}


def read_conditions_of(text: str) -> tuple[Condition, ...]:
    (rule,) = profile(f'[[rule]]\nallow = "db/*"\n{text}').rules
    return rule.when
