"""Allow, Ask, Deny: the only outcomes. Permission is the `Allow` itself, and sending takes one.

Each says which rule decided (`by`: `file:line`, a default, or `built in`) and why, in words for a
person.
"""

from dataclasses import dataclass
from typing import Literal

from localguard.policy.duties import NONE, Duties
from localguard.policy.rules import Rule


@dataclass(frozen=True, slots=True)
class Allow:
    """The call may be sent, under its duties. `observed` says that the default would deny it."""

    by: str
    reason: str
    rule: Rule | None = None
    duties: Duties = NONE
    observed: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """The call waits for a person; once allowed it is under its duties.

    `remembered_as` is what an answer may be remembered for (`Answer.rule`); None where the next
    such call must be asked anew.
    """

    by: str
    reason: str
    rule: Rule | None = None
    duties: Duties = NONE
    remembered_as: str | None = None


@dataclass(frozen=True, slots=True)
class Deny:
    """The call is refused. `because` is the person's own explanation from the rule."""

    by: str
    reason: str
    rule: Rule | None = None
    because: str | None = None


Decision = Allow | Ask | Deny


Word = Literal["allow", "ask", "deny"]


def word(decision: Decision) -> Word:
    """`allow`, `ask` or `deny`."""
    if isinstance(decision, Allow):
        return "allow"
    return "ask" if isinstance(decision, Ask) else "deny"
