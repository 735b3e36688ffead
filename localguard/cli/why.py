"""`localguard why ID`: one call, from what was asked to how it ended, and the facts that count."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TextIO

from localguard.audit.reader import find
from localguard.cli.entries import (
    SCHEMA_VERSION,
    WORDS,
    Record,
    ending,
    local_time,
    subject,
    value,
)
from localguard.text import safe

_WIDTH: Final = 10


def why(folder: str, call_id: str, *, as_json: bool, out: TextIO, err: TextIO | None = None) -> int:
    """Explain a call; return 0, or 1 when no such call is in the log. Raises AuditFault."""
    # Refusals end in "localguard why ID.", and who copies that takes the full stop along.
    call_id = call_id.rstrip(".")
    records = [entry.record for entry in find(folder, call_id)]
    if not records:
        missing = f"no call {safe(call_id)} in the audit log: {folder}"
        print(f"{missing}. Fix: take an ID from localguard logs.", file=err or sys.stderr)
        return 1
    if as_json:
        found = {"schema_version": SCHEMA_VERSION, "call": call_id, "records": records}
        print(json.dumps(found), file=out)
    else:
        out.writelines(f"{line}\n" for line in _explanation(records))
    return 0


def _explanation(records: Sequence[Record]) -> Iterator[str]:
    decided = [record for record in records if value(record, "kind") in WORDS]
    outcomes = [record for record in records if value(record, "kind") == "outcome"]
    for record in decided:
        yield from _decision(record)
    for record in outcomes:
        size = f"{value(record, 'bytes')} bytes"
        yield _row("outcome", f"{value(record, 'status')}, {ending(record)}, {size}")
    if not outcomes and decided and value(decided[-1], "kind") == "intent":
        yield _row("outcome", "unknown: none was recorded")


def _decision(record: Record) -> Iterator[str]:
    yield f"{value(record, 'call')}  {subject(record)}"
    client = value(record, "client") or "an unnamed client"
    yield _row("asked", f"{local_time(record)} by {client}, {value(record, 'method')}")
    yield _row("profile", value(record, "profile") or "none")
    yield _row("decision", WORDS[value(record, "kind")])
    for name in ("rule", "reason", "because", "approval"):
        if value(record, name):
            yield _row(name, value(record, name))
    for name, used in _members(record, "facts"):
        yield _row("fact", f"{safe(name, 80)} = {safe(json.dumps(used, ensure_ascii=False))}")
    for name, kept in _members(record, "arguments"):
        yield _row("argument", f"{safe(name, 80)}: {_shape(kept)}")


def _members(record: Record, name: str) -> Iterator[tuple[str, object]]:
    members = record.get(name)
    if isinstance(members, Mapping):
        yield from members.items()


def _shape(kept: object) -> str:
    if not isinstance(kept, Mapping):
        return safe(json.dumps(kept))
    size = value(kept, "size")
    return value(kept, "type") + (f" of {size}" if size else "")


def _row(name: str, text: str) -> str:
    return f"  {name:<{_WIDTH}}{text}"
