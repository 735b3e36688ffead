"""`[approvals]` of config.toml: how long a call is held, and whether a notification calls for you.

A missing table means the defaults. Its faults are told with those of the whole file; until they are
mended every call is denied, so what is read meanwhile is of no account. Knows no desk.
"""

import os
import re
from dataclasses import dataclass
from typing import Final

from localguard.config.load import read_document
from localguard.config.tables import Table, Unfit
from localguard.config.values import read_duration
from localguard.errors import ProfileFault

KEYS: Final = frozenset({"hold", "notify"})
_NOTIFY: Final = ("attention", "off")
_NOTHING: Final = re.compile(r"0s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ApprovalSettings:
    """How long an unanswered call is held for its client, in seconds; None is by client.

    `notify` says whether a desktop notification calls for a person who has no console open.
    """

    hold: int | None = None
    notify: bool = True


def read_approvals(table: Table | None) -> ApprovalSettings:
    """What a table says; its faults are noted on the way."""
    if table is None:
        return ApprovalSettings()
    table.only(KEYS)
    hold = table.parsed("hold", _hold)
    return ApprovalSettings(hold, table.choice("notify", _NOTIFY) != "off")


def approval_settings(path: str) -> ApprovalSettings:
    """What config.toml at a path says; the defaults where it says nothing that can be read."""
    if not os.path.lexists(path):
        return ApprovalSettings()
    try:
        document = read_document(path)
    except ProfileFault:
        return ApprovalSettings()
    return read_approvals(Table(document.tables, document, []).table("approvals"))


def _hold(text: str) -> int:
    """A duration, or `0s`: the client is told at once that its call waits for a person."""
    if _NOTHING.fullmatch(text):
        return 0
    try:
        return read_duration(text)
    except Unfit as unfit:
        fix = 'write for example "45s" or "4m", or "0s" to hold no client up'
        raise Unfit(f'hold cannot be "{text}"', fix) from unfit
