"""Records of what persons did: answers, what follows from them, choices, and who may not answer.

Pure; knows no desk and no console. `records` names all kinds there are, these included.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from localguard.audit.named import Named

Decision: TypeAlias = Literal["allow", "ask", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Named):
    """A person answered an approval request. `who` names the process that said so.

    `scope` is how long the answer holds, `reason` what the model is told with a no; `edited` says
    that the person changed the arguments, which the decision that follows holds.
    """

    kind: ClassVar[str] = "answer"
    permits: ClassVar[bool] = True
    request: str
    server: str
    item: str
    decision: Decision
    scope: str
    who: str
    reason: str | None = None
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Named):
    """An approval request ended without an answer; `how` is a word such as `cancelled`, `lapsed`.

    `held` where nobody waits for it any more and an answer makes a grant.
    """

    kind: ClassVar[str] = "request"
    request: str
    server: str
    item: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Named):
    """Leave for one identical call, given after its client had stopped waiting.

    The call that uses it names the `request` as its approval. `until` is in ISO 8601, UTC.
    """

    kind: ClassVar[str] = "grant"
    permits: ClassVar[bool] = True
    request: str
    server: str
    item: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedApprover(Named):
    """A process that may not answer for the person tried to; `why` with the way out."""

    kind: ClassVar[str] = "approver"
    who: str
    why: str
    request: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen(Named):
    """A person chose. `what` is `profile`, `lockdown`, `silent`, `accepted`, `remembered` or
    `undone`, or `storm` where so many denials of one tool deny it for the session.

    `value` is what it is now, for example a profile's name or `on`.
    """

    kind: ClassVar[str] = "choice"
    permits: ClassVar[bool] = True
    what: str
    value: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(Named):
    """What a person asked for at the desk could not be done; `why` has the way out."""

    kind: ClassVar[str] = "trouble"
    request: str
    why: str
