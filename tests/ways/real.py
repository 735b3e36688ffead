"""The real servers of the tests: how each is started, and what a client does with it.

The steps have the same answer each time, so that two sessions can be compared to the last byte.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ways.clients.python_sdk import Step

_MEASURING = [name for name in os.environ if name.startswith("COVERAGE_")]
_UNMEASURED = ["env", *(word for name in _MEASURING for word in ("-u", name))]
_MODERN = Path(__file__).resolve().parent.parent / "servers/sdk_modern.py"
SDK_MODERN = [*(_UNMEASURED if _MEASURING else ()), sys.executable, str(_MODERN)]
"""A server of both eras. Nothing of ours runs in it, so its coverage is not measured."""
HONEST = "h\u00e9\u2028\U0001f600\u200d <b>&amp; \\u0041 \\\\ \"'`"
"""What parsers and terminals trip over."""

Commands = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of the test's own, and where the published servers are."""

    folder: Path
    npm: Commands
    pypi: Commands
    package: Commands


@dataclass(frozen=True, slots=True)
class Server:
    """A command, what a client does with it, and the variables that the profile gives it."""

    argv: list[str]
    steps: list[Step]
    env: Mapping[str, str] = field(default_factory=dict)


def filesystem(at: Place) -> Server:
    files = at.folder / "files"
    (files / "sub").mkdir(parents=True, exist_ok=True)
    for name in ("a.txt", "sub/b.txt"):
        (files / name).write_text(f"one\ntwo {HONEST}\n", "utf-8")
    here = str(files)
    return Server(
        [*at.npm("filesystem"), here],
        [
            ["tools"],
            ["call", "list_allowed_directories", {}],
            ["call", "list_directory", {"path": here}],
            ["call", "directory_tree", {"path": here}],
            ["call", "read_text_file", {"path": f"{here}/a.txt"}],
            ["call", "write_file", {"path": f"{here}/sub/b.txt", "content": HONEST}],
            ["call", "read_text_file", {"path": f"{here}/sub/b.txt", "head": 1}],
            ["call", "search_files", {"path": here, "pattern": "*.txt"}],
            ["call", "read_text_file", {"path": "/etc/passwd"}],
            ["call", "read_text_file", {"path": 7}],
            ["call", "no_such_tool", {}],
            ["resources"],
        ],
    )


def everything(at: Place) -> Server:
    return Server(
        [*at.npm("everything"), "stdio"],
        [
            ["tools"],
            ["resources"],
            ["templates"],
            ["prompts"],
            ["call", "echo", {"message": HONEST}],
            ["call", "get-sum", {"a": 1e15, "b": 0.5}],
            ["call", "get-sum", {"a": "x"}],
            ["call", "get-tiny-image", {}],
            ["call", "get-structured-content", {"location": "Chicago"}],
            ["call", "get-annotated-message", {"messageType": "error", "includeImage": True}],
            ["call", "get-resource-links", {"count": 3}],
            ["call", "trigger-long-running-operation", {"duration": 0.2, "steps": 2}],
            ["read", "demo://resource/static/document/features.md"],
            ["read", "demo://resource/nowhere"],
            ["prompt", "simple-prompt", {}],
            ["prompt", "args-prompt", {"city": HONEST, "state": "x"}],
            ["prompt", "no-such-prompt", {}],
            ["complete", "completable-prompt", {"name": "department", "value": "E"}],
        ],
    )


def memory(at: Place) -> Server:
    ana = {"name": "Ana", "entityType": "person", "observations": [HONEST]}
    return Server(
        at.npm("memory"),
        [
            ["tools"],
            ["call", "create_entities", {"entities": [ana]}],
            ["call", "search_nodes", {"query": "ana"}],
            ["call", "read_graph", {}],
            ["call", "delete_entities", {"entityNames": ["Ana"]}],
            ["call", "read_graph", {}],
        ],
        {"MEMORY_FILE_PATH": str(at.folder / "memory.jsonl")},
    )


def git(at: Place) -> Server:
    repository = at.folder / "repository"
    _make_repository(repository)
    here = {"repo_path": str(repository)}
    return Server(
        [*at.pypi("git"), "--repository", str(repository)],
        [
            ["tools"],
            ["call", "git_status", here],
            ["call", "git_log", {**here, "max_count": 3}],
            ["call", "git_show", {**here, "revision": "HEAD"}],
            ["call", "git_diff_unstaged", here],
            ["call", "git_branch", {**here, "branch_type": "local"}],
            ["call", "git_show", {**here, "revision": "nowhere"}],
            ["call", "git_log", {"repo_path": "/"}],
        ],
    )


def time(at: Place) -> Server:
    zones = {"source_timezone": "Asia/Tokyo", "target_timezone": "Asia/Kolkata"}
    return Server(
        at.pypi("time"),
        [
            ["tools"],
            ["call", "convert_time", {**zones, "time": "12:00"}],
            ["call", "convert_time", {**zones, "time": "noon"}],
            ["call", "get_current_time", {"timezone": "Nowhere/Land"}],
        ],
    )


def modern(_: Place) -> Server:
    return Server(
        SDK_MODERN,
        [
            ["tools"],
            ["resources"],
            ["templates"],
            ["prompts"],
            ["call", "echo", {"text": HONEST}],
            ["call", "add", {"a": 2**53 - 1, "b": 0}],
            ["call", "add", {"a": "x"}],
            ["call", "weather", {"city": "Z\u00fcrich"}],
            ["call", "count", {"steps": 3}],
            ["call", "nothing", {}],
            ["read", "memo://motto"],
            ["read", "memo://notes/a"],
            ["read", "memo://nowhere"],
            ["prompt", "greet", {"name": HONEST}],
        ],
    )


SERVERS: Mapping[str, Callable[[Place], Server]] = {
    "filesystem": filesystem,
    "everything": everything,
    "memory": memory,
    "git": git,
    "time": time,
    "modern": modern,
}


PUBLISHED: Mapping[str, Callable[[Place], Server]] = {
    **{name: make for name, make in SERVERS.items() if name != "modern"},
    "context7": lambda at: Server(at.package("@upstash/context7-mcp"), []),
    "fetch": lambda at: Server(at.pypi("fetch"), []),
    "github": lambda at: Server(at.npm("github"), []),
    "notion": lambda at: Server(
        at.package("@notionhq/notion-mcp-server"), [], {"NOTION_TOKEN": "none"}
    ),
    "playwright": lambda at: Server([*at.package("@playwright/mcp"), "--headless"], []),
    "sequential-thinking": lambda at: Server(at.npm("sequential-thinking"), []),
    "tavily": lambda at: Server(at.package("tavily-mcp"), [], {"TAVILY_API_KEY": "none"}),
}
"""Servers that others wrote. Those without steps are only listed, and need no network for it."""


def _make_repository(folder: Path) -> None:
    if folder.exists():
        return
    folder.mkdir()
    (folder / "a.txt").write_text("one\n")
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]
    words: list[list[str]] = [["init", "-q", "-b", "main"], ["add", "."]]
    for command in (*words, [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True, timeout=10)
    (folder / "a.txt").write_text("one\ntwo\n")


def announced(got: dict[str, Any]) -> dict[str, Any]:
    """What a client gets, with the two differences that the guard makes on purpose.

    It announces changed lists itself, so each listing capability says `listChanged`; and a list
    that was cut for one person is `private` to every cache.
    """
    capabilities = dict(got["capabilities"])
    for kind in ("tools", "resources", "prompts"):
        if got.get("era") != "2026-07-28" and isinstance(capabilities.get(kind), dict):
            capabilities[kind] = {**capabilities[kind], "listChanged": True}
    return {**got, "capabilities": capabilities, "steps": [_private(step) for step in got["steps"]]}


def _private(step: Any) -> Any:
    pages = step if isinstance(step, list) else []
    return [{**p, "cacheScope": "private"} if "cacheScope" in p else p for p in pages] or step
