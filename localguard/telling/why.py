"""Why a call was decided as it was: its records as labelled rows, from question to outcome.

Where the very profile that decided is still on disk, and the record holds the whole call, it is
judged again: that tells which rules came near, and which condition kept each from applying. Every
text of a row is safe.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.policy.calls import Call
from localguard.policy.examine import Finding, examine
from localguard.policy.profile import Profile
from localguard.telling.entries import WORDS, ending, subject
from localguard.telling.kinds import OF_REQUESTS, person, sign_in
from localguard.telling.values import Record, local_time, value
from localguard.text import safe

Recalled = Callable[[Record], Call | None]
"""The call that a record holds, or None where it does not hold all of it."""

Again = Sequence[Finding] | str
"""What came near, or why that cannot be told."""

_MOST_MEMBERS: Final = 200


class Row(NamedTuple):
    """A text and what it is called; one without a name is the heading of what follows."""

    name: str
    text: str


def is_of(record: Record, call: str) -> bool:
    """Whether a record is one of a call, or of the approval request that it opened."""
    return call in (record.get("call"), record.get("request"))


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


def near(finding: Finding) -> str:
    """A rule that did not apply, and what kept it from doing so."""
    return f"{finding.rule.name} ({finding.rule.verb}): {finding.kept_by}"


def rows(records: Sequence[Record], again: Again) -> Iterator[Row]:
    """The records of a call in their order, its outcome where there is one, and what came near."""
    kinds = [value(record, "kind") for record in records]
    for record, kind in zip(records, kinds, strict=True):
        yield from _decision(record) if kind in WORDS else _event(record, kind)
    decided = [kind for kind in kinds if kind in WORDS]
    if "outcome" not in kinds and decided and decided[-1] == "intent":
        yield Row("outcome", "unknown: none was recorded")
    if isinstance(again, str):
        yield from [Row("note", safe(again))] if again else ()
    else:
        yield from (Row("near miss", safe(near(one))) for one in again if not one.applied)


def _decision(record: Record) -> Iterator[Row]:
    yield Row("", f"{value(record, 'call')}  {subject(record)}")
    client = value(record, "client") or "an unnamed client"
    yield Row("asked", f"{local_time(record)} by {client}, {value(record, 'method')}")
    if person(record):
        yield Row("person", person(record))
    yield Row("profile", value(record, "profile") or "none")
    yield Row("decision", WORDS[value(record, "kind")])
    for name in ("rule", "reason", "because", "approval", "risk", "would_be"):
        if value(record, name):
            yield Row(name.replace("_", " "), value(record, name))
    if record.get("observed") is True:
        yield Row("observed", "nothing else let it through: the profile was observed")
    for name, used in _members(record, "facts"):
        yield Row("fact", f"{safe(name, 80)} = {safe(json.dumps(used, ensure_ascii=False))}")
    for name, kept in _members(record, "arguments"):
        yield Row("argument", f"{safe(name, 80)}: {_shape(kept)}")


def _event(record: Record, kind: str) -> Iterator[Row]:
    """What happened to the call, or to its approval request."""
    if kind == "outcome":
        size = f"{value(record, 'bytes')} bytes"
        yield Row("outcome", f"{value(record, 'status')}, {ending(record)}, {size}")
    elif kind in OF_REQUESTS:
        yield Row(kind, f"{local_time(record)} {OF_REQUESTS[kind](record)}")
    elif kind == "sign_in":
        yield Row("sign-in", f"{local_time(record)} {sign_in(record)}")


def _members(record: Record, name: str) -> Iterator[tuple[str, object]]:
    members = record.get(name)
    if isinstance(members, Mapping):
        yield from islice(members.items(), _MOST_MEMBERS)


def _shape(kept: object) -> str:
    """The value, where the record has it; else its type and size."""
    if not isinstance(kept, Mapping) or not {"type"} <= set(kept) <= {"type", "size"}:
        return safe(json.dumps(kept, ensure_ascii=False))
    size = value(kept, "size")
    return value(kept, "type") + (f" of {size}" if size else "")
