"""What localguard is to reach, as a table. Each outcome comes out of the results of one run."""

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.benchmark.figures import (
    DIRECT,
    Figure,
    Unmeasured,
    added_ratio,
    plain,
    ratio,
    share,
    within,
)
from scripts.benchmark.results import Quartiles, Result, quartiles

GUARD = "localguard"
NO_IDENTITY = "no identity"
SECRET = "with a secret"
MIB = 1 << 20
LARGE = 50_000_000
"""Bytes of text in the largest payload."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of localguard, and the bound of its median. Without a bound it is only shown."""

    says: str
    result: str
    figure: Figure
    at_most: float | None = None
    at_least: float | None = None

    @property
    def bound(self) -> str:
        """The bound for a person."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return "-" if self.at_least is None else f">= {self.at_least:g}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a goal: `met`, `not met`, `shown`, or why it could not be measured."""

    goal: Goal
    found: Quartiles | None
    verdict: str


REGIMES = ("one core", "cores free")
URL_KINDS = tuple(
    f"URL, {era}, {answers}, {regime}"
    for era in ("2025-11-25", "2026-07-28")
    for answers in ("JSON", "SSE")
    for regime in REGIMES
)
URL_PEERS = (("mcp-remote", 0.6), ("mcp-sdk", 0.5))

GOALS = (
    Goal("added p50, x fd-parse", "latency, one core", added_ratio("p50", "fd-parse"), 3),
    Goal("added p50, x fd-bytes", "latency, one core", added_ratio("p50", "fd-bytes")),
    Goal("added p50, x fd-json", "latency, one core", added_ratio("p50", "fd-json")),
    Goal("added p50, x fastmcp", "latency, one core", added_ratio("p50", "fastmcp"), 0.06),
    Goal("p99, x its p50", "latency, one core", within("p99", "p50"), 4),
    Goal("start, x direct", "start-up, server-everything", ratio("start", DIRECT), 1.10),
    Goal("start, x munio", "start-up, trivial server", ratio("start", "munio"), 0.5),
    Goal("idle, MiB", "memory", plain("idle"), 28),
    Goal(
        "calls/s at depth 16, x streams-json",
        "throughput, one core",
        ratio("depth 16", "streams-json"),
        at_least=0.9,
    ),
    Goal(
        "calls/s at depth 16, x streams-json",
        "throughput, cores free",
        ratio("depth 16", "streams-json"),
        at_least=0.9,
    ),
    Goal("time, x fd-parse", "list of 1,000 tools", ratio("list", "fd-parse"), 3),
    Goal("result, x direct", "payload of 50 MB", ratio("result", DIRECT), 4),
    Goal("echo, x direct", "payload of 50 MB", ratio("echo", DIRECT), 4),
    Goal("result, x fd-parse", "payload of 50 MB", ratio("result", "fd-parse")),
    Goal("echo, x fd-parse", "payload of 50 MB", ratio("echo", "fd-parse")),
    Goal("peak of a result, x payload", "payload of 50 MB", share("result peak", LARGE / MIB), 6),
    Goal("peak of an echo, x payload", "payload of 50 MB", share("echo peak", LARGE / MIB), 6),
    Goal("memory afterwards, x before", "payload of 50 MB", within("after", "before"), 1.2),
    *(
        Goal(f"added p50, x {peer}", kind, added_ratio("p50", peer), bound)
        for kind in URL_KINDS
        for peer, bound in URL_PEERS
    ),
    Goal("seconds", "URL, 4 calls at once", plain("together"), 1.5),
    Goal("start, x mcp-remote", "URL, start-up", ratio("start", "mcp-remote")),
    Goal("idle, MiB", "URL, memory", plain("idle")),
    Goal("our own time, ms", "sign-in", plain("own"), 1000),
    Goal("start, x no identity", "start-up, signed in", ratio("start", NO_IDENTITY), 1.05),
    Goal(
        "start with a secret, x no identity",
        "start-up, signed in",
        ratio("start", NO_IDENTITY, SECRET),
    ),
)


def outcomes(
    results: Mapping[str, Result], left_out: Mapping[str, str], goals: tuple[Goal, ...] = GOALS
) -> list[Outcome]:
    """What became of the goals whose scenarios ran; `left_out` says why subjects were not there."""
    return [
        _outcome(goal, results[goal.result], left_out) for goal in goals if goal.result in results
    ]


def _outcome(goal: Goal, result: Result, left_out: Mapping[str, str]) -> Outcome:
    try:
        found = quartiles(goal.figure(result, GUARD))
    except Unmeasured as gap:
        reasons = {**left_out, **result.missing}
        why = reasons.get(gap.subject, "not among the subjects")
        return Outcome(goal, None, f"not measured ({gap.subject}: {why})")
    return Outcome(goal, found, _verdict(goal, found.median))


def _verdict(goal: Goal, value: float) -> str:
    if goal.at_most is None and goal.at_least is None:
        return "shown"
    high_enough = goal.at_least is None or value >= goal.at_least
    low_enough = goal.at_most is None or value <= goal.at_most
    return "met" if high_enough and low_enough else "not met"
