"""`localguard why ID`: one call, from what was asked to how it ended, and the facts that count."""

import json
import sys
from typing import Final, TextIO

from localguard.audit.reader import read
from localguard.cli.output import finding_fields
from localguard.config.paths import Places
from localguard.telling.entries import SCHEMA_VERSION
from localguard.telling.why import Recalled, Row, is_of, judged_again, rows
from localguard.text import safe

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
    records = [one.record for one in read(places.audit) if is_of(one.record, call_id)]
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
        out.writelines(f"{_line(row)}\n" for row in rows(records, again))
    return 0


def _line(row: Row) -> str:
    return f"  {row.name:<{_WIDTH}}{row.text}" if row.name else row.text
