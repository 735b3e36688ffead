"""What a person has answered for a while, in words: leaves as lines of a list. Pure."""

from datetime import UTC, datetime
from typing import Final

from localguard.approvals.kept import Leave, Remembered
from localguard.policy.conditions import Whole
from localguard.telling.live_rules import Passing

_MOST: Final = 4
"""Arguments that are named."""
_ENDS: Final = {
    "session": ", while that client runs",
    "switch": ", until the profile is switched",
}


def passing(kept: Leave | Remembered) -> Passing:
    """One of them; its texts are of servers and clients."""
    if isinstance(kept, Leave):
        text = f"{kept.target} once, as in {kept.request}, for {_client(kept.client)}"
        return Passing(text, kept.grant.until, id=kept.request)
    answer = kept.answer
    ends = _ENDS.get(kept.scope, "")
    text = f"{answer.target}{_which(kept)}, for {_client(answer.client)}{ends}"
    return Passing(text, _local(kept.until), answer.allows, kept.request)


def _which(kept: Remembered) -> str:
    when = kept.answer.when
    if not when:
        return ", whatever its arguments"
    if any(isinstance(one, Whole) for one in when):
        return f" with exactly the arguments of {kept.request}"
    names = [one.name.removeprefix("args.") for one in when]
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f" with {', '.join(names[:_MOST])}{more} as in {kept.request}"


def _client(name: str | None) -> str:
    return name or "an unnamed client"


def _local(epoch: float | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).astimezone()
