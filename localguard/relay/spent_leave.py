"""Whether leave for one call was used already, by the audit log.

A program of the person's can copy a leave and put it back after use. The log cannot be changed
unnoticed, so it has the last word; where it cannot be read, the leave counts as used.
"""

from datetime import datetime

from localguard.approvals.kept import Leave
from localguard.errors import AuditFault
from localguard.telling.newest import newest_first


def is_spent(audit: str, leave: Leave) -> bool:
    """Whether some call that left after it was given names its request as the approval."""
    try:
        for record in newest_first(audit):
            if record is None:
                continue
            if _moment(record.get("t")) < leave.made:
                return False
            if record.get("kind") == "intent" and record.get("approval") == leave.request:
                return True
    except AuditFault:
        return True
    return False


def _moment(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError):
        # What has no moment is no reason to stop looking.
        return float("inf")
