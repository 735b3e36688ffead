"""The official conformance suite as a program: what it requires, what it says, a second try alone.

It knows where the suite keeps its lists and results, and nothing of what is behind a URL.
"""

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

WORST_LAST = ("SUCCESS", "INFO", "SKIPPED", "WARNING", "FAILURE")
"""What a check may have for a status. A warning is a SHOULD that was not met."""
PATIENCE = 180.0
"""Seconds until a run is given up; an idle machine needs a tenth."""

Check = tuple[str, str]
"""A scenario and the id of a check in it."""
Checks = Mapping[Check, str]
"""The worst status that each check had; an id may occur more than once."""


class Suite:
    """The program, with a folder for what it finds."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command = command
        self._folder = folder
        self._runs = 0

    def required(self, revision: str) -> list[str]:
        """The scenarios for servers that a revision requires."""
        file = Path(self._command[-1]).parent.parent / f"requirements/{revision}.yaml"
        listed = file.read_text("utf-8").partition("\nserver:\n")[2].partition("\n\n")[0]
        return [line.removeprefix("  - ") for line in listed.splitlines()]

    def everything(self, url: str, revision: str) -> Checks:
        """All that a revision requires, and what the suite runs beside it."""
        return self._run(url, "--requirements", revision)

    def again(self, url: str, revision: str, checks: Checks, scenarios: Iterable[str]) -> Checks:
        """The checks with those of some scenarios taken anew, each scenario alone.

        On a small machine a scenario may be late for reasons of its own: it gives up after 5 s.
        """
        taken = {key: status for key, status in checks.items() if key[0] not in scenarios}
        for scenario in scenarios:
            alone = ("--scenario", scenario, "--spec-version", revision, "--force")
            taken |= self._run(url, *alone)
        return taken

    def _run(self, url: str, *what: str) -> Checks:
        self._runs += 1
        out = self._folder / str(self._runs)
        subprocess.run(
            [*self._command, "server", "--url", url, "--output-dir", str(out), *what],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        return _results(out)


def _results(folder: Path) -> Checks:
    checks: dict[Check, str] = {}
    for file in folder.glob("*/checks.json"):
        scenario = re.sub(r"^server-(.+)-\d{4}-\d\d-\d\dT.*$", r"\1", file.parent.name)
        for check in json.loads(file.read_bytes()):
            key = (scenario, check["id"])
            checks[key] = max(check["status"], checks.get(key, "SUCCESS"), key=WORST_LAST.index)
    return checks


def failures(checks: Checks, required: Iterable[str]) -> Checks:
    """What fails, or falls short of a SHOULD, in some scenarios; one without checks did not run."""
    ran = {scenario for scenario, _ in checks}
    absent = {(scenario, ""): "absent" for scenario in required if scenario not in ran}
    bad = {key: status for key, status in checks.items() if status in ("WARNING", "FAILURE")}
    return absent | {key: status for key, status in bad.items() if key[0] in required}


def passed(checks: Checks) -> set[Check]:
    """The checks that pass, each time they are made."""
    return {key for key, status in checks.items() if status == "SUCCESS"}
