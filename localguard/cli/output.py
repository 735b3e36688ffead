"""How commands print: one JSON object, or lines made safe for a terminal."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, TextIO

from localguard.cli.exits import Exit
from localguard.cli.folding import columns_of, folded
from localguard.config.faults import faults_of
from localguard.errors import ProfileFault
from localguard.policy.examine import Finding
from localguard.telling.entries import SCHEMA_VERSION
from localguard.text import safe

LINE: Final = 500
"""Characters of one line; of a longer one the middle goes."""


def print_json(out: TextIO, fields: Mapping[str, object]) -> None:
    """Print one object that says which version of its shape it has."""
    print(json.dumps({"schema_version": SCHEMA_VERSION, **fields}, default=str), file=out)


def print_lines(out: TextIO, lines: Iterable[str]) -> None:
    """Print lines, each with everything hidden in it made visible; folded for a terminal."""
    columns = columns_of(out)
    for line in lines:
        for piece in folded(safe(line, LINE), columns):
            print(piece, file=out)


def print_fault(out: TextIO, fault: ProfileFault, *, as_json: bool) -> Exit:
    """Print everything that is wrong with a file; the exit code."""
    if as_json:
        print_json(out, {"faults": fault_fields(fault)})
    else:
        print_lines(out, (one.explain() for one in faults_of(fault)))
    return Exit.INVALID


def finding_fields(finding: Finding) -> dict[str, object]:
    """A rule that speaks of a call, as JSON."""
    return {
        "place": str(finding.rule.origin),
        "id": finding.rule.id,
        "verb": finding.rule.verb,
        "applied": finding.applied,
        "kept_by": finding.kept_by or None,
    }


def fault_fields(fault: ProfileFault) -> list[dict[str, object]]:
    """Every fault of a file, as JSON."""
    return [{"where": one.where, "what": one.what, "fix": one.fix} for one in faults_of(fault)]
