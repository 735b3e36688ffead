"""Records of who sat there and what persons did: sign-ins, answers, choices, who may not answer.

As long as somebody is signed in, every record has a member `person`: its own where it tells of
another moment than that in which it is written, else that of who it is then. Pure; knows no desk
and no console. `records` names all kinds there are, these included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

from localguard.audit import sealing
from localguard.audit.named import Named
from localguard.audit.shape import bounded
from localguard.policy.calls import SignedIn

Decision: TypeAlias = Literal["allow", "ask", "deny"]

Person: TypeAlias = Mapping[str, str]
"""Who is signed in, as `person` makes it."""

MOST_RECEIPT: Final = 12_288
"""Characters of a receipt, so that the record that it is in is never cut."""
_MOST_NAMED: Final = 2048
"""Bytes of a person as they are; what is longer is cut part by part."""


def person(signed_in: SignedIn | None) -> Person | None:
    """Who is signed in: `issuer` and `subject` name the person, `name` is for people to read."""
    if signed_in is None:
        return None
    return {"issuer": signed_in.issuer, "subject": signed_in.subject, "name": signed_in.name}


def member(named: Person | None) -> bytes:
    """What follows the last member of a record that names no person itself; nothing for nobody."""
    return b"" if named is None else b',"person":%b' % _encoded(named)


def _encoded(named: Person) -> bytes:
    try:
        text = sealing.encoded(named)
    except TypeError:
        # Half a character, which is no text of JSON.
        return sealing.encoded(bounded(named))
    return text if len(text) <= _MOST_NAMED else sealing.encoded(bounded(named))


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange(Named):
    """Another person sits there, or nobody does any more, or what is known of the person changed.

    `present` is who was signed in when the guard first looked. `person` is who it is now, and where
    nobody is who it was; `reason` says why nobody is.
    """

    kind: ClassVar[str] = "person"
    permits: ClassVar[bool] = True
    names_person: ClassVar[bool] = True
    change: Literal["present", "signed_in", "signed_out", "expired", "claims"]
    profile: str
    person: Person | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Named):
    """A person answered an approval request. `who` names the process that said so.

    `scope` is how long the answer holds, `reason` what the model is told with a no; `edited` says
    that the person changed the arguments, which the decision that follows holds. `person` is who
    was signed in. `receipt` is the ID token of the sign-in that the answer came with, kept whole:
    with the provider's keys it proves who said yes to this very call. It is evidence and opens
    nothing: its audience is localguard, the answer used its nonce up, and it ends within minutes.
    """

    kind: ClassVar[str] = "answer"
    permits: ClassVar[bool] = True
    names_person: ClassVar[bool] = True
    request: str
    server: str
    item: str
    decision: Decision
    scope: str
    who: str
    reason: str | None = None
    edited: bool = False
    person: Person | None = None
    receipt: str | None = None

    def fields(self) -> dict[str, object]:
        """Return the fields; a receipt that is cut would prove nothing."""
        return Named.fields(self) | {"receipt": self.receipt}


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
