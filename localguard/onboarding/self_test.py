"""The self-test: a call that must be denied, and how it is told that localguard has denied it.

What is believed is the denial in its own words, and that the audit log has it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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


def judged(
    places: Places, server: str, answer: Mapping[str, object] | None
) -> tuple[Denied | None, str]:
    """The denial, if it is localguard's and in the audit log; else what was answered."""
    if answer is None:
        return None, ""
    result = answer.get("result")
    texts = list(_texts(result)) if isinstance(result, Mapping) else []
    failed = isinstance(result, Mapping) and result.get("isError") is True
    found = _DENIED.fullmatch(texts[0]) if failed and len(texts) == 1 else None
    if found is None:
        return None, safe(texts[0] if texts else str(answer.get("error")), 300)
    if not _is_recorded(places, server, found[2]):
        return None, f"it was denied as {found[2]}, and the audit log does not have that"
    return Denied(server, safe(found[1], 300), found[2]), ""


def _texts(result: Mapping[object, object]) -> Iterator[str]:
    content = result.get("content")
    for one in content if isinstance(content, list) else []:
        if isinstance(one, Mapping):
            yield str(one.get("text"))


def _is_recorded(places: Places, server: str, call: str) -> bool:
    try:
        for entry in read(places.audit):
            record = entry.record
            if (record.get("kind"), record.get("call")) == ("refused", call):
                return (record.get("server"), record.get("item")) == (server, TOOL)
    except AuditFault:
        return False
    return False
