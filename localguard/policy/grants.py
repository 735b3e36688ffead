"""What a person's answer covers, and until when, as pure values.

An `Answer` is looked up only when the decision is Ask, and settles the ask of the one rule it was
given for. A `Grant` is one leave for one identical call. Both bind to all that the person saw: the
profile, the rule, the server's identity, the tool's pin, the client and the arguments.
"""

from dataclasses import dataclass
from datetime import datetime

from localguard.policy.conditions import Condition


@dataclass(frozen=True, slots=True)
class Answer:
    """A remembered yes. `when` is the pattern of arguments that the person saw; all must hold."""

    rule: str
    profile: str
    target: str
    identity: str
    pin: str | None
    client: str | None
    when: tuple[Condition, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for one call, by the digest of everything it consists of, until a moment."""

    call: str
    until: datetime
