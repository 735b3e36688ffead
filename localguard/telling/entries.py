"""One audit record as one line for a person, or as one JSON object for a program.

Every value goes through `text.safe`: a segment holds what servers, clients and models said, and may
itself have been edited. Knows the field names of `audit.records`, no file and no option.
"""

import json
from collections.abc import Mapping
from itertools import islice
from typing import Final, NamedTuple

from localguard.audit.reader import Entry
from localguard.telling.kinds import DESCRIPTIONS, OF_REQUESTS, anything, name_of
from localguard.telling.values import MOST_MEMBERS, Record, local_time, value
from localguard.text import safe

SCHEMA_VERSION: Final = 1

WORDS: Final[Mapping[str, str]] = {"intent": "allow", "held": "ask", "refused": "deny"}
_COLORS: Final[Mapping[str, int]] = {"allow": 32, "ask": 33, "deny": 31}
_WORD_WIDTH: Final = 10


class Line(NamedTuple):
    """An entry in the parts of its line, each safe: `word` is the decision, status or kind.

    `call` is the id of the call or request, `what` what it is about, `why` what else there is to
    say; each of the three may be empty.
    """

    word: str
    call: str
    what: str
    why: str


def as_json(entry: Entry) -> str:
    """Return the entry as one JSON object on one ASCII line, as it is in the log."""
    place: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "segment": entry.segment,
        "line": entry.line,
    }
    if entry.flaw is not None:
        return json.dumps(place | {"flaw": entry.flaw})
    return json.dumps({**entry.record, **place})


def as_line(entry: Entry, *, color: bool) -> str:
    """Return `time  word  what  why`, without the newline."""
    record = entry.record
    if entry.flaw is not None:
        place = f"{entry.segment} line {entry.line}"
        return f"{'-' * 19}  {entry.flaw:<{_WORD_WIDTH}}  {safe(place)}"
    line = parts(entry)
    code = _COLORS.get(line.word) if color else None
    shown = f"{line.word:<{_WORD_WIDTH}}"
    painted = shown if code is None else f"\x1b[{code}m{shown}\x1b[0m"
    columns = (local_time(record), painted, line.call, line.what, line.why)
    return "  ".join(column for column in columns if column)


def parts(entry: Entry) -> Line:
    """Return what there is to say of an entry without its time; of a damaged one, where it is."""
    record = entry.record
    if entry.flaw is not None:
        return Line(entry.flaw, "", "", safe(f"{entry.segment} line {entry.line}"))
    kind, call = value(record, "kind"), value(record, "call")
    if kind in WORDS:
        return Line(WORDS[kind], call, subject(record), ruling(record))
    if kind == "outcome":
        asked = subject(entry.asked) if entry.asked else ""
        return Line(value(record, "status"), call, asked, ending(record))
    if kind in OF_REQUESTS:
        what = subject(record) if record.get("server") else ""
        return Line(kind, value(record, "request"), what, OF_REQUESTS[kind](record))
    return Line(kind, "", DESCRIPTIONS.get(kind, anything)(record), "")


def subject(record: Record) -> str:
    """Return `server/item`, or the method where nothing is named."""
    item = value(record, "item") or value(record, "method")
    return f"{value(record, 'server')}/{item}"


def ruling(record: Record) -> str:
    """Return the rule, what its author or else the program says about it, and what else counts."""
    rule, approval = value(record, "rule"), value(record, "approval")
    obvious = rule and value(record, "kind") == "intent"
    why = value(record, "because") or ("" if obvious else value(record, "reason"))
    would_be, risk = value(record, "would_be"), value(record, "risk")
    parts = (
        rule,
        why,
        f"as {name_of(record)}" if name_of(record) else "",
        f"approval {approval}" if approval else "",
        risk,
        "observed" if record.get("observed") is True else "",
        f"not enforced: {would_be}" if would_be else "",
    )
    return ", ".join(part for part in parts if part)


def ending(record: Record) -> str:
    """Return how long it took, the error code if there is one, and what was redacted."""
    code, redacted = value(record, "code"), _counts(record, "redacted")
    parts = (
        f"{value(record, 'milliseconds')} ms",
        f"error {code}" if code else "",
        f"{redacted} redacted" if redacted else "",
    )
    return ", ".join(part for part in parts if part)


def _counts(record: Record, name: str) -> str:
    counts = record.get(name)
    if not isinstance(counts, Mapping):
        return ""
    some = islice(counts, MOST_MEMBERS)
    return " and ".join(f"{value(counts, kind)} {safe(kind, 40)}" for kind in some)


__all__ = [
    "SCHEMA_VERSION",
    "WORDS",
    "Line",
    "Record",
    "as_json",
    "as_line",
    "ending",
    "local_time",
    "parts",
    "ruling",
    "subject",
    "value",
]
