"""The benchmark runs, and its arithmetic is right. What it measures is for people: no test here
knows a duration.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.benchmark import processes
from scripts.benchmark.figures import (
    Unmeasured,
    added,
    added_ratio,
    plain,
    ratio,
    share,
    within,
)
from scripts.benchmark.goals import Goal, outcomes
from scripts.benchmark.report import Column, Table, goals_text
from scripts.benchmark.results import Result, quantile, quartiles
from scripts.benchmark.setting import trivial_server
from scripts.benchmark.subjects import PROGRAMS, SUBJECTS
from scripts.benchmark.turns import take_turns
from scripts.benchmark.wire import Broken, Wire, blob, echo

PROJECT = Path(__file__).resolve().parent.parent
FLOORS = [subject.name for subject in SUBJECTS if subject.name.startswith(("fd-", "streams-"))]
NUMBERS = st.floats(0.001, 1e9)


def result(**subjects: Sequence[float]) -> Result:
    """Two rounds or more of one measure, `time`."""
    return Result("a result", list(subjects), {"time": {n: list(v) for n, v in subjects.items()}})


# --- arithmetic ----------------------------------------------------------------------------------


@given(st.lists(NUMBERS, min_size=2))
def test_quartiles_are_those_of_the_standard_library(values: list[float]) -> None:
    """`statistics.quantiles` with the method `inclusive` is a second opinion."""
    found = quartiles(values)
    expected = statistics.quantiles(values, n=4, method="inclusive")
    assert [found.low, found.median, found.high] == pytest.approx(expected)


def test_quartiles_of_one_value_are_that_value_and_of_none_an_error() -> None:
    """A single round has no spread; no round has no median."""
    found = quartiles([7.0])
    assert (found.low, found.median, found.high) == (7.0, 7.0, 7.0)
    with pytest.raises(ValueError, match="no values"):
        quartiles([])


@given(st.lists(NUMBERS, min_size=1), st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_a_value_that_enough_values_do_not_exceed(
    values: list[float], part: float
) -> None:
    """Nearest rank: the smallest such value."""
    found = quantile(values, part)
    assert found in values
    assert sum(value <= found for value in values) >= part * len(values)
    assert sum(value < found for value in values) < part * len(values)


def test_a_p99_of_a_hundred_leaves_the_slowest_out() -> None:
    """One disturbed call in a hundred is not the p99."""
    assert quantile([*range(1, 100), 1000], 0.99) == 99


def test_ratios_are_formed_inside_a_round() -> None:
    """A machine that was slow for one round was slow for all: the ratio does not see it."""
    found = result(direct=[1, 100], floor=[3, 300], localguard=[5, 500])
    assert ratio("time", "direct")(found, "localguard") == [5, 5]
    assert added("time")(found, "localguard") == [4, 400]
    assert added_ratio("time", "floor")(found, "localguard") == [2, 2]
    assert added_ratio("time", "floor")(found, "floor") == [1, 1]
    assert share("time", 50)(found, "localguard") == [0.1, 10]


def test_one_measure_is_compared_with_another_of_the_same_subject() -> None:
    """The tail of a subject in units of its own median."""
    found = Result("a result", ["it"])
    found.record("it", {"p50": 10, "p99": 25})
    found.record("it", {"p50": 20, "p99": 30})
    assert within("p99", "p50")(found, "it") == [2.5, 1.5]


def test_what_adds_nothing_is_no_measure_for_others() -> None:
    """A floor that adds exactly nothing: beyond every bound, and no error."""
    found = result(direct=[1], floor=[1], localguard=[2])
    assert added_ratio("time", "floor")(found, "localguard") == [float("inf")]


def test_a_figure_without_values_names_the_subject_it_needs() -> None:
    """Never a ratio to something that was not there."""
    for figure in (plain("time", "peer"), ratio("time", "peer"), added_ratio("time", "peer")):
        with pytest.raises(Unmeasured) as gap:
            figure(result(direct=[1], localguard=[2]), "localguard")
        assert gap.value.subject == "peer"


# --- turns ---------------------------------------------------------------------------------------


def test_every_subject_has_its_turn_in_every_round() -> None:
    """So that what is compared was measured side by side."""
    asked: list[str] = []

    def ask(name: str) -> Mapping[str, float]:
        asked.append(name)
        return {"time": len(asked)}

    found = Result("a result", ["a", "b", "c"])
    take_turns(found, 20, ask)
    rounds = [asked[at : at + 3] for at in range(0, 60, 3)]
    assert all(sorted(names) == ["a", "b", "c"] for names in rounds)
    assert len({tuple(names) for names in rounds}) > 1
    assert all(len(values) == 20 for values in found.measures["time"].values())


def test_a_subject_that_breaks_is_left_out_and_the_others_stay() -> None:
    """A peer that loses a large message does not end the benchmark."""
    turns = iter(range(100))

    def ask(name: str) -> Mapping[str, float]:
        if name == "b" and next(turns) == 2:
            raise Broken("it ended")
        return {"time": 1}

    found = Result("a result", ["a", "b"])
    take_turns(found, 5, ask)
    assert found.subjects == ["a"]
    assert found.missing == {"b": "it ended"}
    assert found.measures == {"time": {"a": [1] * 5}}


# --- goals and tables ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (Goal("x", "a result", plain("time"), at_most=2), "met"),
        (Goal("x", "a result", plain("time"), at_most=1.9), "not met"),
        (Goal("x", "a result", plain("time"), at_least=2), "met"),
        (Goal("x", "a result", plain("time"), at_least=2.1), "not met"),
        (Goal("x", "a result", plain("time")), "shown"),
        (
            Goal("x", "a result", ratio("time", "peer"), at_most=2),
            "not measured (peer: not installed)",
        ),
        (
            Goal("x", "a result", ratio("time", "gone"), at_most=2),
            "not measured (gone: it ended)",
        ),
        (
            Goal("x", "a result", ratio("time", "else"), at_most=2),
            "not measured (else: not among the subjects)",
        ),
    ],
)
def test_a_goal_is_judged_by_the_median_of_the_rounds(goal: Goal, verdict: str) -> None:
    """Bounds are part of what is met; what was not measured is neither met nor missed."""
    found = result(gone=[1, 1, 1], localguard=[1, 2, 9])
    found.drop("gone", "it ended")
    (outcome,) = outcomes({"a result": found}, {"peer": "not installed"}, (goal,))
    assert outcome.verdict == verdict


def test_a_goal_of_a_scenario_that_did_not_run_is_not_spoken_of() -> None:
    """`--only` asks for less."""
    goal = Goal("x", "another result", plain("time"), at_most=2)
    assert outcomes({"a result": result(localguard=[1])}, {}, (goal,)) == []


def test_a_table_shows_medians_quartiles_gaps_and_who_is_missing() -> None:
    """Everything that is printed for a person."""
    found = result(direct=[1, 2, 3], localguard=[1500, 2500, 4500], gone=[1, 1, 1])
    found.drop("gone", "it ended")
    columns = (
        Column("ms", plain("time"), spread=True),
        Column("x direct", ratio("time", "direct")),
        Column("x gone", ratio("time", "gone")),
    )
    assert Table("A title", found, columns).text().splitlines() == [
        "",
        "A title",
        "                               ms  x direct  x gone",
        "  direct              2 (1.5-2.5)         1       -",
        "  localguard  2,500 (2,000-3,500)     1,500       -",
        "  gone: left out, it ended",
    ]


def test_the_goals_are_printed_with_what_was_found() -> None:
    """Bound, median, quartiles, verdict."""
    goals = (Goal("added", "a result", plain("time"), at_most=3), Goal("b", "a result", plain("b")))
    found = outcomes({"a result": result(localguard=[1, 2, 3])}, {}, goals)
    lines = goals_text(found).splitlines()
    assert lines[3].split() == ["a", "result", "added", "<=", "3", "2", "(1.5-2.5)", "met"]
    assert "not measured" in lines[4]


# --- programs ------------------------------------------------------------------------------------


def test_the_servers_in_c_and_in_python_answer_alike(client_environment: Mapping[str, str]) -> None:
    """Where no compiler is, another server is measured, and not another behaviour."""
    requests = b"".join(
        b'{"jsonrpc":"2.0","id":%d,"method":"%b","params":%b}\n' % (number, method, params)
        for number, (method, params) in enumerate(
            [
                (b"initialize", b"{}"),
                (b"ping", b"{}"),
                (b"tools/list", b"{}"),
                (b"tools/call", echo(100).encode()),
                (b"tools/call", blob(200_000).encode()),
                (b"tools/call", echo(200_000).encode()),
            ]
        )
    )
    python = (sys.executable, "-I", str(PROGRAMS / "upstream.py"))
    answers = [
        subprocess.run(
            [*server, "5"], input=requests, env=client_environment, capture_output=True, check=True
        ).stdout
        for server in (trivial_server(), python)
    ]
    one, other = ([json.loads(line) for line in answer.splitlines()] for answer in answers)
    assert len(one) == 6
    assert one == other


@pytest.mark.parametrize("kind", FLOORS)
def test_a_floor_relays_small_and_large(kind: str, client_environment: Mapping[str, str]) -> None:
    """A floor that lost something would be no floor."""
    command = (sys.executable, str(PROGRAMS / "floor.py"), kind, *trivial_server())
    with Wire(command, client_environment) as wire:
        wire.ready(2)
        assert all(seconds > 0 for seconds in wire.timed("tools/call", echo(300_000), 2))
        assert wire.flood(50, 16) > 0


@pytest.mark.skipif(not processes.PRESENT, reason="needs the /proc of Linux")
def test_the_memory_of_the_server_is_not_the_guards(client_environment: Mapping[str, str]) -> None:
    """Only the subject's own processes are counted."""
    server = trivial_server()
    floor = (sys.executable, str(PROGRAMS / "floor.py"), "fd-bytes")
    with Wire((*floor, *server), client_environment) as wire:
        wire.ready(2)
        assert processes.guards(wire.child.pid, server) == [wire.child.pid]
        assert len(processes.guards(wire.child.pid, ())) == 2
    with Wire(server, client_environment) as wire:
        wire.initialize()
        assert processes.guards(wire.child.pid, server) == []


ANSWER = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"id": json.loads(line)["id"], "result": {}}), end="", flush=True)
    %s
"""


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("pass", "it ended$"),
        ("raise SystemExit('no licence')", "it ended, saying: no licence$"),
        ('print(input().replace("method", "error"))', "initialize: "),
        (ANSWER % "break", "it ended"),
    ],
)
def test_a_subject_that_does_not_serve_is_broken(
    program: str, why: str, client_environment: Mapping[str, str]
) -> None:
    """What is wrong is said."""
    with (
        Wire((sys.executable, "-c", program), client_environment) as wire,
        pytest.raises(Broken, match=why),
    ):
        wire.initialize()


def test_a_subject_that_never_answers_is_ended(client_environment: Mapping[str, str]) -> None:
    """The benchmark ends, whatever a peer does."""
    silent = (sys.executable, "-c", "import sys; sys.stdin.read()")
    with (
        Wire(silent, client_environment, patience=0.1) as wire,
        pytest.raises(Broken, match="no answer within 0"),
    ):
        wire.initialize()


def test_a_program_that_is_not_there_is_broken(client_environment: Mapping[str, str]) -> None:
    """Never a traceback."""
    with pytest.raises(Broken, match="could not be started"):
        Wire(("/no/such/program",), client_environment)


def test_notifications_are_not_taken_for_answers(client_environment: Mapping[str, str]) -> None:
    """A peer may say more than it was asked for: it is passed over, and never counted."""
    chatty = ANSWER.replace("for line", 'print("{}")\nfor line') % 'print("\\n{}", flush=True)'
    with Wire((sys.executable, "-c", chatty), client_environment) as wire:
        wire.initialize()
        assert len(wire.timed("ping", "{}", 3)) == 3
        with pytest.raises(Broken, match="more than what it was asked for"):
            wire.flood(10, 4)


# --- the whole -----------------------------------------------------------------------------------


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `scripts/bench` as a person does."""
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    return subprocess.run(
        [PROJECT / "scripts/bench", *arguments],
        check=False,
        cwd=PROJECT,
        env=unmeasured,
        capture_output=True,
        text=True,
        timeout=55,
    )


RESULTS = {
    "startup,memory": {"start-up, trivial server", "start-up, server-everything", "memory"},
    "latency,listing,throughput": {
        "latency, one core",
        "latency, cores free",
        "latency, 20 ms apart",
        "list of 1,000 tools",
        "throughput, one core",
        "throughput, cores free",
    },
    "payload": {"payload of 10 KB", "payload of 1 MB", "payload of 50 MB"},
}
SOMETIMES = {"start-up, server-everything"}


@pytest.mark.slow
@pytest.mark.parametrize("scenarios", RESULTS)
def test_the_benchmark_measures_all_that_localguard_promises(
    scenarios: str, tmp_path: Path
) -> None:
    """Promise: anyone can measure what a guard costs, and see which goals it meets."""
    file = tmp_path / "figures.json"
    subjects = "fd-bytes,fd-parse,streams-json,localguard,munio"
    ran = bench("--once", "--json", str(file), "--only", scenarios, "--subjects", subjects)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "munio: left out: a peer, only with --peers" in " ".join(ran.stdout.split())
    found = json.loads(file.read_text("utf-8"))
    assert all(not result["missing"] for result in found["results"])
    values = [
        value
        for result in found["results"]
        for series in result["measures"].values()
        for subject in series.values()
        for value in subject["rounds"]
    ]
    assert min(values) >= 0
    names = {result["name"] for result in found["results"]}
    assert RESULTS[scenarios] - SOMETIMES <= names <= RESULTS[scenarios]
    for goal in found["goals"]:
        unmeasured = goal["verdict"].startswith("not measured (")
        assert unmeasured == goal["goal"].endswith((" fastmcp", " munio", " fd-json"))


def test_an_unknown_name_is_a_usage_error_that_names_the_known_ones() -> None:
    """Exit code 2, as everywhere."""
    ran = bench("--only", "latency,speed")
    assert ran.returncode == 2
    assert "speed" in ran.stderr
