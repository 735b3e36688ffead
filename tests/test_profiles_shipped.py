"""The profiles that come with localguard: valid as they are, and good policies for real servers."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.config.build import read_profile
from localguard.config.json_schema import profile_schema_text
from localguard.config.lints import notes
from localguard.policy.decisions import word
from localguard.policy.profile import Profile
from localguard.telling.known import Known
from localguard.telling.outlook import Outlooks
from tests.config.makers import places_in, put

FOLDER = Path(__file__).resolve().parents[1] / "profiles"
SHIPPED = sorted(FOLDER.glob("*.toml"))
NAMES = [path.stem for path in SHIPPED]
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)

# What published servers said of their tools late in 2026: r read, w write, d destructive, o open.
# Of the servers for GitHub, browsers and PostgreSQL these are some; the mail server is made up.
SAID = {
    "files": "read_file:r read_text_file:r read_media_file:r read_multiple_files:r write_file:wd "
    "edit_file:wd create_directory:w list_directory:r list_directory_with_sizes:r "
    "directory_tree:r move_file:wd search_files:r get_file_info:r list_allowed_directories:r",
    "memory": "create_entities:w create_relations:w add_observations:w delete_entities:wd "
    "delete_observations:wd delete_relations:wd read_graph:r search_nodes:r open_nodes:r",
    "git": "git_status:r git_diff_unstaged:r git_diff_staged:r git_diff:r git_commit:w git_add:w "
    "git_reset:wd git_log:r git_create_branch:w git_checkout:w git_show:r git_branch:r",
    "github": "actions_get:ro actions_list:ro actions_run_trigger:wdo add_issue_comment:wo "
    "create_branch:wo create_gist:wo create_issue:wo create_or_update_file:wo "
    "create_pull_request:wo create_repository:wo delete_file:wdo delete_repository:wdo "
    "dismiss_notification:wo fork_repository:wo get_file_contents:ro get_me:ro "
    "get_secret_scanning_alert:ro issue_dependency_write:wo issue_read:ro issue_write:wo "
    "list_issues:ro list_secret_scanning_alerts:ro mark_all_notifications_read:wo "
    "merge_pull_request:wo projects_write:wdo pull_request_read:ro push_files:wo search_code:ro",
    "fetch": "fetch:ro",
    "browser": "browser_navigate:wdo browser_click:wdo browser_type:wdo browser_evaluate:wdo "
    "browser_run_code_unsafe:wdo browser_file_upload:wdo browser_cookie_get:ro "
    "browser_localstorage_get:ro browser_storage_state:ro browser_snapshot:ro "
    "browser_take_screenshot:ro browser_console_messages:ro",
    "db": "list_schemas:ro list_objects:ro get_object_details:ro explain_query:ro execute_sql:wdo",
    "mail": "search_messages:ro read_message:ro send_message:wo create_filter:wo",
}
MARKS = {"r": "read", "w": "write", "d": "destructive", "o": "open"}
PLAY = {"files/write_file", "files/edit_file", "files/create_directory"}
"""What the personal profile lets be written in one folder, while no stranger's words were read."""


def shipped(folder: Path, name: str) -> Profile:
    """A shipped profile, copied and read."""
    where = places_in(folder)
    put(where, name, (FOLDER / f"{name}.toml").read_bytes())
    return read_profile(where, name)


def tools() -> list[Known]:
    """The tools of the servers, reviewed."""
    return [
        Known(server, item, frozenset(MARKS[mark] for mark in marks), confirmed=True)
        for server, said in SAID.items()
        for item, _, marks in (one.partition(":") for one in said.split())
    ]


def at_best(folder: Path, name: str, server: str = "") -> dict[str, str]:
    """What each tool can get at best, by `server/tool`."""
    outlooks = Outlooks(shipped(folder, name), NOON)
    return {
        f"{known.server}/{known.item}": word(outlooks.of(known).best)
        for known in tools()
        if not server or known.server == server
    }


def marked(mark: str) -> set[str]:
    """The tools with a mark."""
    return {f"{known.server}/{known.item}" for known in tools() if mark in (known.marks or ())}


def test_each_of_them_is_there() -> None:
    """The README and `init` name these."""
    assert NAMES == ["balanced", "personal", "readonly", "strict", "work-oidc"]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_profile_is_valid_and_there_is_nothing_to_note(tmp_path: Path, name: str) -> None:
    """Promise: copied under any name it works, and its own tests pass."""
    profile = shipped(tmp_path, name)
    assert "profile" not in tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    assert {test.expect for test in profile.tests} == {"allow", "ask", "deny"} - (
        {"ask"} if name == "readonly" else set()
    )
    assert notes(profile) == []


def test_one_of_them_asks_who_sits_there(tmp_path: Path) -> None:
    """The others need no provider."""
    asking = [name for name in NAMES if shipped(tmp_path, name).sign_in is not None]
    assert asking == ["work-oidc"]


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_a_newcomer_can_read_it(path: Path) -> None:
    """Its first line is for editors, lines fit, and every rule has an id to speak of."""
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "#:schema ./profile.schema.json"
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith("#") for line in lines) >= 20
    rules = tomllib.loads("\n".join(lines))["rule"]
    assert all("id" in rule for rule in rules)


def test_the_shipped_schema_is_what_the_program_makes() -> None:
    """One source: localguard profile schema > profiles/profile.schema.json."""
    text = (FOLDER / "profile.schema.json").read_text("utf-8")
    assert text == profile_schema_text()
    assert json.loads(text)["$schema"].endswith("2020-12/schema")


def test_readonly_lets_nothing_through_that_writes(tmp_path: Path) -> None:
    """Promise: a model may look, and change nothing."""
    found = at_best(tmp_path, "readonly")
    assert {found[target] for target in marked("write")} == {"deny"}
    assert set(found.values()) == {"allow", "deny"}
    assert found["files/read_text_file"] == "allow"
    assert found["github/get_secret_scanning_alert"] == "deny"
    assert found["mail/read_message"] == "deny"


def test_balanced_asks_before_anything_is_written(tmp_path: Path) -> None:
    """Promise: one exception, which is to open a page of this machine's."""
    found = at_best(tmp_path, "balanced")
    allowed = {target for target in marked("write") if found[target] == "allow"}
    assert allowed == {"browser/browser_navigate"}
    for target in ("browser/browser_cookie_get", "browser/browser_storage_state"):
        assert found[target] == "deny"
    assert found["db/explain_query"] == "ask"


def test_balanced_and_personal_never_remember_an_answer_for_what_destroys(tmp_path: Path) -> None:
    """Promise: each is asked anew; files are the exception, whose mark says little."""
    for name in ("balanced", "personal"):
        profile = shipped(tmp_path, name)
        outlooks = Outlooks(profile, NOON)
        for known in tools():
            target = f"{known.server}/{known.item}"
            best = outlooks.of(known).best
            if "destructive" in (known.marks or ()) and word(best) == "ask":
                remembers = best.rule is None or best.rule.remember != "never"
                assert target in PLAY or not remembers, (name, target)


def test_personal_lets_only_notes_and_memories_be_written(tmp_path: Path) -> None:
    """Promise: nothing leaves the house unasked, but the address of a page."""
    found = at_best(tmp_path, "personal")
    allowed = {target for target in marked("write") if found[target] == "allow"}
    memory = {"memory/create_entities", "memory/create_relations", "memory/add_observations"}
    assert allowed == PLAY | memory
    assert found["git/git_log"] == "ask"


def test_strict_allows_what_it_names_in_full(tmp_path: Path) -> None:
    """Promise: no tool that comes later, whatever it is called, and all changes asked."""
    found = at_best(tmp_path, "strict")
    assert {found[target] for target in marked("write")} == {"ask", "deny"}
    profile = shipped(tmp_path, "strict")
    patterns = [one for rule in profile.rules if rule.verb == "allow" for one in rule.patterns]
    assert all(one.item is not None and one.item.literal for one in patterns)


def test_work_oidc_says_what_its_rules_will_do(tmp_path: Path) -> None:
    """Without a sign-in every call is denied in this version, also what its tests allow."""
    assert set(at_best(tmp_path, "work-oidc").values()) == {"deny"}
