"""The table of measurements, in suites: subjects that have something in common, and their parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.benchmark import calls, http_calls, memory, payloads, sign_in, startup
from scripts.benchmark.http_setting import http_setting
from scripts.benchmark.report import Table
from scripts.benchmark.setting import setting
from scripts.benchmark.sign_in_setting import sign_in_setting
from scripts.benchmark.subjects import HTTP_SUBJECTS, SIGN_IN_SUBJECTS, SUBJECTS, Subject


@dataclass(frozen=True, slots=True)
class Suite:
    """Subjects, what they share (a Run), and what is measured of them; a scenario gives tables."""

    subjects: Sequence[Subject]
    setting: Callable[..., Any]
    scenarios: Mapping[str, Callable[[Any], Iterator[Table]]]


SUITES = {
    "stdio": Suite(
        SUBJECTS,
        setting,
        {
            "startup": startup.startup,
            "latency": calls.latency,
            "listing": calls.listing,
            "throughput": calls.throughput,
            "payload": payloads.payload,
            "memory": memory.memory,
        },
    ),
    "http": Suite(
        HTTP_SUBJECTS,
        http_setting,
        {
            "startup": http_calls.startup,
            "latency": http_calls.latency,
            "parallel": http_calls.parallel,
            "memory": http_calls.memory,
        },
    ),
    "sign-in": Suite(
        SIGN_IN_SUBJECTS,
        sign_in_setting,
        {"login": sign_in.login, "startup": sign_in.startup},
    ),
}
