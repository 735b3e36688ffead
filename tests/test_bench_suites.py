"""The benchmark's other suites: servers at a URL, and signing in. Both run, and what they measure
is what they say. No test here knows a duration.
"""

import json
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.benchmark.eras import LEGACY, MODERN, Era
from scripts.benchmark.goals import GOALS
from scripts.benchmark.http_calls import parallel
from scripts.benchmark.http_setting import HttpSetting, served
from scripts.benchmark.http_wire import HttpWire
from scripts.benchmark.setting import ONCE, Run, place
from scripts.benchmark.startup import timed_starts
from scripts.benchmark.wire import SMALL, Broken, Wire, need_good
from tests.providers.idp import Idp
from tests.providers.person import Person
from tests.test_bench import RESULTS, bench
from tests.ways.clients.python_sdk import Step, http_session

ERAS = pytest.mark.parametrize("era", [LEGACY, MODERN], ids=["legacy", "modern"])
ANSWERS = pytest.mark.parametrize("answers", ["json", "sse"])

# --- servers at a URL ----------------------------------------------------------------------------


@ERAS
def test_a_request_of_either_era_is_json_with_what_its_era_asks_for(era: Era) -> None:
    """2026-07-28 "_meta": revision, client and capabilities in every request, and in no other."""
    for params in ("{}", SMALL):
        request = json.loads(era.frame(7, "tools/call", params))
        assert (request["id"], request["method"]) == (7, "tools/call")
        meta = request["params"].pop("_meta", {})
        assert request["params"] == json.loads(params)
        version = meta.get("io.modelcontextprotocol/protocolVersion")
        assert version == (None if era is LEGACY else "2026-07-28")


@ERAS
@ANSWERS
def test_the_client_without_anything_between_is_served(answers: str, era: Era) -> None:
    """Whole answers, one at a time and several at once; one that is not good would be told."""
    with served(answers) as url, HttpWire(url, era) as client:
        client.ready(2)
        assert all(seconds > 0 for seconds in client.timed("tools/call", SMALL, 3))
        assert client.together(SMALL, 4) > 0


@ANSWERS
@pytest.mark.parametrize(("mode", "era"), [("legacy", "2025-11-25"), ("auto", "2026-07-28")])
async def test_the_official_client_is_served_in_the_era_that_is_measured(
    answers: str, mode: str, era: str
) -> None:
    """The SDK's client is a second opinion on the server that does nothing."""
    with served(answers) as url:
        steps: list[Step] = [["tools"], ["call", "echo", {"text": "x"}]]
        got = await http_session(url, None, mode=mode, steps=steps)
    assert got["era"] == era
    assert '"echo"' in json.dumps(got)


@pytest.fixture
def closing() -> Iterator[str]:
    """A URL where every connection is closed as soon as something was said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def close() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(1)

        closer = threading.Thread(target=close)
        closer.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        closer.join()


def test_a_server_that_says_nothing_is_broken(closing: str) -> None:
    """The benchmark says so, and goes on."""
    with HttpWire(closing) as client, pytest.raises(Broken, match="broke off"):
        client.initialize()


def test_a_server_that_is_not_there_is_broken() -> None:
    """Never a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/mcp"
    with HttpWire(url) as client, pytest.raises(Broken, match="cannot be reached"):
        client.initialize()


@pytest.mark.parametrize(
    "answer", [b'{"id":1,"error":{"code":-32603}}', b'{"id":1,"result":{"isError": true}}', b""]
)
def test_an_answer_that_tells_of_an_error_is_broken(answer: bytes) -> None:
    """A refusal takes less time than a call, and is not one."""
    need_good("tools/call", b'data: {"id": 1, "result": {}}')
    with pytest.raises(Broken, match="tools/call"):
        need_good("tools/call", answer)


HASTY = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        answer = %s
        print(json.dumps({"id": message["id"], **answer}), flush=True)
"""


def test_a_bridge_that_does_not_wait_for_the_server_is_left_out() -> None:
    """Who answers a call that takes a second at once has not passed it on."""
    hasty = (sys.executable, "-c", HASTY % '{"result": {}}')
    with place() as (_, env):
        run = HttpSetting({"direct": (), "hasty": hasty}, {}, env, ONCE)
        (table,) = parallel(run)
    assert list(table.result.missing) == ["hasty"]
    assert len(table.result.measures["together"]["direct"]) == 1


def test_a_start_counts_only_where_a_call_passes_afterwards() -> None:
    """A guard that starts soon and denies everything is not measured."""
    answers = '{"result": {}} if message["method"] == "initialize" else {"error": {}}'
    denying = (sys.executable, "-c", HASTY % answers)
    with place() as (_, env):
        run = Run({"denying": denying}, {}, env, ONCE)
        result = timed_starts(run, "start-up", 1, lambda name: Wire(run.subjects[name], env))
    assert "error" in result.missing["denying"]


# --- signing in ----------------------------------------------------------------------------------


def test_what_a_provider_takes_is_told_by_endpoint(idp: Idp) -> None:
    """It is what is taken off the time of a sign-in."""
    idp.fault("discovery", delay=0.2, times=1)
    assert idp.spent() == {}
    Person().visit(f"{idp.issuer}/.well-known/openid-configuration")
    (endpoint,) = idp.spent()
    assert endpoint == "discovery"
    assert idp.spent()["discovery"] > 0.1


# --- the whole -----------------------------------------------------------------------------------

SUITES = {
    ("--http", "latency"): {
        *(
            f"URL, {era}, {answers}, {regime}"
            for era in ("2025-11-25", "2026-07-28")
            for answers in ("JSON", "SSE")
            for regime in ("one core", "cores free")
        ),
        "URL, 2025-11-25, JSON, 20 ms apart",
    },
    ("--http", "startup,parallel,memory"): {
        "URL, start-up",
        "URL, 4 calls at once",
        "URL, memory",
    },
    ("--sign-in", "login,startup"): {"sign-in", "start-up, signed in"},
}


def test_every_goal_is_about_a_result_that_there_is() -> None:
    """A goal with a name of its own would never be spoken of."""
    known = set().union(*RESULTS.values(), *SUITES.values())
    assert {goal.result for goal in GOALS} <= known


@pytest.mark.slow
@pytest.mark.parametrize("suite", SUITES, ids=" ".join)
def test_a_suite_measures_all_that_localguard_promises(
    suite: tuple[str, str], tmp_path: Path, node_clients: Path
) -> None:
    """Promise: anyone can measure servers at a URL and signing in, and see which goals are met."""
    if any(shutil.which(name) is None for name in ("tmux", "gnome-keyring-daemon", "dbus-daemon")):
        pytest.skip("tmux or gnome-keyring is not installed")
    assert node_clients.is_dir()
    file = tmp_path / "figures.json"
    option, scenarios = suite
    ran = bench(option, "--once", "--json", str(file), "--only", scenarios)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(file.read_text("utf-8"))
    assert {result["name"] for result in found["results"]} == SUITES[suite]
    for result in found["results"]:
        assert result["missing"] == {}
        subjects = {name for series in result["measures"].values() for name in series}
        assert "localguard" in subjects
        _check_parts(result["measures"])
    for goal in found["goals"]:
        unmeasured = goal["verdict"].startswith("not measured (")
        assert unmeasured == goal["goal"].endswith((" mcp-remote", " mcp-sdk"))


def _check_parts(measures: dict[str, dict[str, dict[str, list[float]]]]) -> None:
    """The parts of a sign-in are all of it, and none is less than nothing."""
    if "whole" not in measures:
        return
    parts = [measures[name]["localguard"]["rounds"][0] for name in ("own", "person", "provider")]
    assert min(parts) > 0
    assert sum(parts) == pytest.approx(measures["whole"]["localguard"]["rounds"][0])


@pytest.mark.parametrize(("option", "other"), [("--http", "listing"), ("--sign-in", "memory")])
def test_what_another_suite_measures_is_unknown_to_this_one(option: str, other: str) -> None:
    """Exit code 2, and the names that there are."""
    ran = bench(option, "--only", other)
    assert ran.returncode == 2
    assert f"unknown: {other}" in ran.stderr
    assert "startup" in ran.stderr
