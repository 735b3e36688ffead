"""What a start costs: nothing heavy is loaded, and the server starts before our own libraries."""

import json
import re
import sys

from tests.ways.home import ALL
from tests.ways.stage import Stage

HEAVY = {
    *("anthropic", "authlib", "click", "cryptography", "httpx", "httpx2", "joserfc", "keyring"),
    *("h11", "mcp", "mcp_types", "platformdirs", "pydantic", "pydantic_core", "rich", "sqlite3"),
    *("textual", "tomlkit", "unittest", "http"),
}
LOOP = {"anyio", "asyncio", "concurrent.futures", "logging", "socket", "ssl"}

# Python's own audit events tell of each new process, and of what was loaded by then.
WITNESS = """
import atexit, json, runpy, sys
out = open(sys.argv.pop(1), "w")
def note(event, args):
    if event == "subprocess.Popen":
        print(json.dumps([args[0], sorted(sys.modules)]), file=out, flush=True)
sys.addaudithook(note)
atexit.register(lambda: note("subprocess.Popen", ["the end"]))
runpy.run_module("localguard", run_name="__main__", alter_sys=True)
"""


def unmeasured(stage: Stage) -> None:
    """Coverage would load modules of its own into the guard."""
    kept = stage.home.environment.items()
    stage.home.environment = {name: value for name, value in kept if "COVERAGE" not in name}


def test_a_session_loads_nothing_heavy(stage: Stage) -> None:
    """Promise: as `-X importtime` tells, from the start to the end."""
    unmeasured(stage)
    command = stage.home.argv("--name", "fake", "--", *stage.server())
    wire = stage.start([command[0], "-X", "importtime", *command[1:]])
    wire.handshake()
    wire.ask("tools/list")
    wire.call("echo")
    wire.finish()
    loaded = {name.strip() for name in re.findall(r"\|([^|\n]+)$", wire.complaints(), re.MULTILINE)}
    assert "localguard.relay.session" in loaded
    assert {name for name in loaded if name.partition(".")[0] in HEAVY} == set()


def test_a_second_start_reads_the_profile_after_the_server_was_spawned(stage: Stage) -> None:
    """Promise: what started a server before starts it at once, as long as no file has changed."""
    unmeasured(stage)
    stage.home.age()
    log = stage.folder / "processes"
    command = stage.home.argv("--name", "fake", "--", *stage.server())
    for _ in range(2):
        wire = stage.start([sys.executable, "-c", WITNESS, str(log), *command[3:]])
        wire.handshake()
        wire.finish()
    first, *_ = map(json.loads, log.read_text().splitlines())
    assert first[0] == sys.executable
    assert {"dataclasses", "tomllib", "localguard.config.active"} & set(first[1]) == set()


def test_an_edit_of_the_profile_starts_another_server(stage: Stage) -> None:
    """Promise: what is noted of the last start never outlives the profile that it followed from."""
    witness = stage.folder / "started"
    for word, edited in (("one", True), ("one", False), ("two", True)):
        script = f'echo {word} >> "$0"; exec "$@"'
        if edited:
            command = json.dumps(["/bin/sh", "-c", script, str(witness), *stage.server()])
            stage.home.write("all", f"{ALL}[servers.fake]\ncommand = {command}\n")
            stage.home.age()
        wire = stage.run("fake")
        wire.handshake()
        wire.finish()
    assert witness.read_text().split() == ["one", "one", "two"]


def test_the_server_is_spawned_before_the_loop_is_loaded(stage: Stage) -> None:
    """Promise: its start hides ours."""
    unmeasured(stage)
    log = stage.folder / "processes"
    command = stage.home.argv("--name", "fake", "--", *stage.server())
    wire = stage.start([sys.executable, "-c", WITNESS, str(log), *command[3:]])
    wire.handshake()
    wire.finish()
    events = [json.loads(line) for line in log.read_text().splitlines()]
    started = {program: set(modules) for program, modules in events[:1]}
    assert list(started) == [sys.executable]
    assert started[sys.executable] & (LOOP | HEAVY) == set()
    assert {"anyio", "asyncio"} <= set(events[-1][1])
    assert {name for name in events[-1][1] if name.partition(".")[0] in HEAVY} == set()
