"""A profile that is observed: what only the default denies passes until a moment, and is noted.

A person who does not know yet which rules they need has their calls let through for some days and
learns from them. Whatever a rule, the organisation or a person has said holds as ever; what is new,
changed or destructive, and whatever a server offers that nobody has reviewed, is denied as ever. So
it is as long as anything is wrong with the files. Pure.
"""

from datetime import datetime
from typing import Final

from localguard.policy.calls import Call
from localguard.policy.decisions import Allow, Deny
from localguard.policy.docket import DESTRUCTIVE, Marks
from localguard.policy.profile import Profile
from localguard.policy.rules import Verb

_NEVER: Final = frozenset({"new", "changed", DESTRUCTIVE})


def observable(profile: Profile, server: str, marks: Marks, *, confirmed: bool) -> bool:
    """Whether calls to an item of a server may be let through, as far as no rule names them.

    Where the organisation denies, or alone may allow, nothing may.
    """
    return (
        confirmed
        and marks is not None
        and marks.isdisjoint(_NEVER)
        and profile.user_allow
        and profile.managed_default is not Verb.DENY
        and profile.default_for(server) is Verb.DENY
    )


def observed(
    profile: Profile, deny: Deny, call: Call, until: datetime, *, destructive: bool
) -> Allow | Deny:
    """The Allow of a call that only the default denies, until a moment; else the same Deny.

    `destructive` says that a rule calls it that.
    """
    facts = call.facts
    by_default = deny.rule is None and deny.by == profile.default_place(call.server)
    may = observable(profile, call.server, facts.marks, confirmed=facts.confirmed)
    if not (by_default and may) or destructive or facts.at >= until:
        return deny
    reason = f"{deny.reason}, which is only noted until {until.isoformat(timespec='minutes')}"
    return Allow(deny.by, reason, observed=True)
