"""The self-test: a call that must be denied, and how it is told that localguard has denied it.

What is believed is the denial in its own words, and that the audit log has it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from localguard.audit.folders import name_of, segments
from localguard.audit.reader import read
from localguard.clients.definitions import profile_with
from localguard.config.paths import Places
from localguard.errors import AuditFault
from localguard.policy.decisions import word
from localguard.telling.known import Known
from localguard.telling.outlook import Outlooks
from localguard.text import safe

TOOL: Final = "localguard_self_test"
"""No server has a tool of this name, and no rule allows it; the templates deny it by one."""
_MOST: Final = 4096
"""Characters of a denial; a longer text is none, and is not searched."""
NOBODY: Final = "localguard-self-test"
"""No profile defines a server of this name: its guard has none, and denies every call."""
_DENIED: Final = re.compile(
    rf"localguard: \S+/{TOOL} was DENIED and not executed: (.*)\. Do not repeat.* why (\S+?)\.?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Denied:
    """The self-test was denied: by which reason, and which call it is in the audit log."""

    server: str
    reason: str
    call: str


def arguments(places: Places, profile: str, now: datetime) -> Mapping[str, str]:
    """The arguments of the self-test: with these it has to be denied, and at once.

    Where the profile does not surely deny it, it reaches into localguard's own folder, which no
    profile can allow: else a person would be asked.
    """
    outlook = Outlooks(profile_with(places, profile), now).of(Known("any", TOOL))
    denied = {word(outlook.best), word(outlook.worst)} == {"deny"}
    return {} if denied else {"path": places.active_file}


def written_before(places: Places) -> frozenset[str]:
    """The segments of the audit log that are there now: a guard that starts begins its own.

    Raises AuditFault.
    """
    return frozenset(name_of(path) for path in segments(places.audit))


def judged(
    places: Places,
    server: str,
    answer: Mapping[str, object] | None,
    before: Collection[str] = (),
) -> tuple[Denied | None, str]:
    """The denial, if it is localguard's and in the audit log; else what was answered.

    What is in the segments `before` was written by other guards, and is believed for none.
    """
    if answer is None:
        return None, ""
    result = answer.get("result")
    texts = list(_texts(result)) if isinstance(result, Mapping) else []
    failed = isinstance(result, Mapping) and result.get("isError") is True
    found = _denial(texts[0]) if failed and len(texts) == 1 else None
    if found is None:
        return None, safe(texts[0] if texts else str(answer.get("error")), 300)
    if not _is_recorded(places, server, found[2], before):
        return None, f"it was denied as {found[2]}, and the audit log does not have that"
    return Denied(server, safe(found[1], 300), found[2]), ""


def _denial(text: str) -> re.Match[str] | None:
    return _DENIED.fullmatch(text) if len(text) <= _MOST else None


def _texts(result: Mapping[object, object]) -> Iterator[str]:
    content = result.get("content")
    for one in content if isinstance(content, list) else []:
        if isinstance(one, Mapping):
            yield str(one.get("text"))


def _is_recorded(places: Places, server: str, call: str, before: Collection[str]) -> bool:
    try:
        for entry in read(places.audit):
            record = entry.record
            fresh = entry.segment not in before
            if fresh and (record.get("kind"), record.get("call")) == ("refused", call):
                return (record.get("server"), record.get("item")) == (server, TOOL)
    except AuditFault:
        return False
    return False
