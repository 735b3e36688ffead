"""One audit record as one line for a person, or as one JSON object for a program.

Every value goes through `text.safe`: a segment holds what servers, clients and models said, and may
itself have been edited. Knows the field names of `audit.records`, no file and no option.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from localguard.audit.reader import Entry
from localguard.text import safe

SCHEMA_VERSION: Final = 1

Record = Mapping[str, object]

WORDS: Final[Mapping[str, str]] = {"intent": "allow", "held": "ask", "refused": "deny"}
_COLORS: Final[Mapping[str, int]] = {"allow": 32, "ask": 33, "deny": 31}
_WORD_WIDTH: Final = 10


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
    word, what, why = _parts(entry, value(record, "kind"))
    code = _COLORS.get(word) if color else None
    shown = f"{word:<{_WORD_WIDTH}}"
    painted = shown if code is None else f"\x1b[{code}m{shown}\x1b[0m"
    return "  ".join(column for column in (local_time(record), painted, what, why) if column)


def _parts(entry: Entry, kind: str) -> tuple[str, str, str]:
    record, call = entry.record, value(entry.record, "call")
    if kind in WORDS:
        return WORDS[kind], f"{call}  {subject(record)}", ruling(record)
    if kind == "outcome":
        asked = subject(entry.asked) if entry.asked else ""
        return value(record, "status"), f"{call}  {asked}".rstrip(), ending(record)
    return kind, _DESCRIPTIONS.get(kind, _anything)(record), ""


def value(record: Record, name: str) -> str:
    """Return a field as safe text; nothing for a field that is null or not there."""
    found = record.get(name)
    if found is None:
        return ""
    return safe(found if isinstance(found, str) else json.dumps(found))


def local_time(record: Record) -> str:
    """Return when the record was written, to the second, in the zone of the one who reads."""
    text = value(record, "t")
    try:
        moment = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        return text
    return f"{moment:%Y-%m-%d %H:%M:%S}"


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
        f"approval {approval}" if approval else "",
        risk,
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
    return " and ".join(f"{value(counts, kind)} {safe(kind, 40)}" for kind in counts)


def _anything(record: Record) -> str:
    apart = {"v", "seq", "prev", "t", "m", "kind", "sum", "segment", "after", "prior"}
    names = [name for name in record if name not in apart and record[name] is not None]
    return ", ".join(f"{safe(name, 40)} {value(record, name)}" for name in names)


def _start(record: Record) -> str:
    profile = value(record, "profile") or "none"
    guard = f"localguard {value(record, 'version')}, profile {profile}"
    pids = f"pid {value(record, 'pid')}, client {value(record, 'client_pid')}"
    return f"{value(record, 'server')}  {guard}, {pids}"


def _profile(record: Record) -> str:
    words = (value(record, "name"), value(record, "change"), value(record, "fault"))
    return " ".join(word for word in words if word)


def _server(record: Record) -> str:
    pid, code = value(record, "pid"), value(record, "exit_code")
    process = (f"pid {pid}" if pid else "", f"exit code {code}" if code else "")
    parts = (value(record, "event"), *process, value(record, "detail"))
    return ", ".join(part for part in parts if part)


def _listing(record: Record) -> str:
    twice = value(record, "duplicates")
    more = f", {twice} listed twice" if twice not in ("", "0") else ""
    counts = f"{value(record, 'shown')} shown, {value(record, 'hidden')} hidden"
    return f"{value(record, 'method')}, {counts}{more}"


def _stop(record: Record) -> str:
    code = value(record, "exit_code")
    return value(record, "reason") + (f", exit code {code}" if code else "")


def _frame(record: Record) -> str:
    times = value(record, "count")
    what = f"{value(record, 'reason')} from the {value(record, 'direction')}"
    more = f" ({times} of them)" if times not in ("", "1") else ""
    return f"{what}{more}: {value(record, 'detail')}"


def _noise(record: Record) -> str:
    return f"{value(record, 'count')} lines that are not MCP: {value(record, 'sample')}"


def _gap(record: Record) -> str:
    since = local_time({"t": record.get("since")})
    return f"{value(record, 'lost')} records lost since {since}, {value(record, 'cause')}"


def _checkpoint(record: Record) -> str:
    key = f"key {value(record, 'key')}, {value(record, 'protection')}"
    return f"signed up to record {value(record, 'upto')} ({key})"


def _retention(record: Record) -> str:
    span = f"{value(record, 'first')} to {value(record, 'last')}"
    return (
        f"{value(record, 'segments')} segments removed: {span}, {value(record, 'records')} records"
    )


def _pin(record: Record) -> str:
    item, differs = value(record, "item"), record.get("differs")
    what = f"{value(record, 'server')}/{item}" if item else value(record, "server")
    names = [safe(str(name), 80) for name in differs] if isinstance(differs, list) else []
    return f"{what}  {value(record, 'event')}" + (f": {', '.join(names)}" if names else "")


def _witness(record: Record) -> str:
    words = (value(record, "event"), value(record, "detail"))
    return ": ".join(word for word in words if word)


_DESCRIPTIONS: Final[Mapping[str, Callable[[Record], str]]] = {
    "start": _start,
    "profile": _profile,
    "server": _server,
    "listing": _listing,
    "stop": _stop,
    "frame": _frame,
    "noise": _noise,
    "gap": _gap,
    "checkpoint": _checkpoint,
    "retention": _retention,
    "pin": _pin,
    "witness": _witness,
}
