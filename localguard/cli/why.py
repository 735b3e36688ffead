"""`localguard why ID`: one call, from what was asked to how it ended, and the facts that count.

Where the very profile that decided is still on disk, and the record holds the whole call, it is
judged again: that tells which rules came near, and which condition kept each from applying.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TextIO

from localguard.audit.reader import find
from localguard.cli.output import finding_fields, near
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.policy.calls import Call
from localguard.policy.examine import Finding, examine
from localguard.policy.profile import Profile
from localguard.telling.entries import (
    SCHEMA_VERSION,
    WORDS,
    Record,
    ending,
    local_time,
    subject,
    value,
)
from localguard.text import safe

Recalled = Callable[[Record], Call | None]
"""The call that a record holds, or None where it does not hold all of it."""

Again = Sequence[Finding] | str
"""What came near, or why that cannot be told."""

_WIDTH: Final = 10


def why(
    places: Places,
    call_id: str,
    recalled: Recalled,
    *,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> int:
    """Explain a call; return 0, or 1 when no such call is in the log. Raises AuditFault."""
    # Refusals end in "localguard why ID.", and who copies that takes the full stop along.
    call_id = call_id.rstrip(".")
    records = [entry.record for entry in find(places.audit, call_id)]
    if not records:
        missing = f"no call {safe(call_id)} in the audit log: {places.audit}"
        print(f"{missing}. Fix: take an ID from localguard logs.", file=err or sys.stderr)
        return 1
    again = judged_again(places, records, recalled)
    if as_json:
        found = {"schema_version": SCHEMA_VERSION, "call": call_id, "records": records}
        rules = None if isinstance(again, str) else [finding_fields(one) for one in again]
        print(json.dumps({**found, "rules": rules}), file=out)
    else:
        out.writelines(f"{line}\n" for line in _explanation(records, again))
    return 0


def judged_again(places: Places, records: Sequence[Record], recalled: Recalled) -> Again:
    """The rules that speak of the call, by the very profile that decided, if it is still there."""
    decided = next((one for one in records if value(one, "kind") in WORDS), None)
    name = decided.get("profile") if decided else None
    if decided is None or not isinstance(name, str):
        return ""
    profile = _on_disk(places, name)
    if profile is None or profile.digest != decided.get("profile_digest"):
        return f"{name} has changed since, so near misses are not shown"
    call = recalled(decided)
    if call is None:
        return "the record does not hold the whole call, so near misses are not shown"
    return examine(profile, call)


def _on_disk(places: Places, name: str) -> Profile | None:
    try:
        return joined(read_profile(places, name), read_managed(places))
    except ProfileFault:
        return None


def _explanation(records: Sequence[Record], again: Again) -> Iterator[str]:
    decided = [record for record in records if value(record, "kind") in WORDS]
    outcomes = [record for record in records if value(record, "kind") == "outcome"]
    for record in decided:
        yield from _decision(record)
    for record in outcomes:
        size = f"{value(record, 'bytes')} bytes"
        yield _row("outcome", f"{value(record, 'status')}, {ending(record)}, {size}")
    if not outcomes and decided and value(decided[-1], "kind") == "intent":
        yield _row("outcome", "unknown: none was recorded")
    if isinstance(again, str):
        yield from [_row("note", safe(again))] if again else ()
    else:
        yield from (_row("near miss", safe(near(one))) for one in again if not one.applied)


def _decision(record: Record) -> Iterator[str]:
    yield f"{value(record, 'call')}  {subject(record)}"
    client = value(record, "client") or "an unnamed client"
    yield _row("asked", f"{local_time(record)} by {client}, {value(record, 'method')}")
    yield _row("profile", value(record, "profile") or "none")
    yield _row("decision", WORDS[value(record, "kind")])
    for name in ("rule", "reason", "because", "approval", "risk", "would_be"):
        if value(record, name):
            yield _row(name.replace("_", " "), value(record, name))
    for name, used in _members(record, "facts"):
        yield _row("fact", f"{safe(name, 80)} = {safe(json.dumps(used, ensure_ascii=False))}")
    for name, kept in _members(record, "arguments"):
        yield _row("argument", f"{safe(name, 80)}: {_shape(kept)}")


def _members(record: Record, name: str) -> Iterator[tuple[str, object]]:
    members = record.get(name)
    if isinstance(members, Mapping):
        yield from members.items()


def _shape(kept: object) -> str:
    """The value, where the record has it; else its type and size."""
    if not isinstance(kept, Mapping) or not {"type"} <= set(kept) <= {"type", "size"}:
        return safe(json.dumps(kept, ensure_ascii=False))
    size = value(kept, "size")
    return value(kept, "type") + (f" of {size}" if size else "")


def _row(name: str, text: str) -> str:
    return f"  {name:<{_WIDTH}}{text}"
