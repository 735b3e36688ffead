"""What a person's answer covers, and until when, as pure values.

An `Answer` is looked up only when the decision is Ask, and settles the ask of the one rule it was
given for. A `Grant` is one leave for one identical call. Both bind to all that the person saw: the
profile, the rule, the server's identity, the tool's pin, the client, the arguments; and to who was
signed in, a grant to that very sign-in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from localguard.policy.calls import Call, Kind, item_of
from localguard.policy.canonical import digest_of
from localguard.policy.conditions import Argument, Condition
from localguard.policy.decisions import Ask
from localguard.policy.matchers import path_roots
from localguard.policy.truth import Truth

ANY_RULE = "any rule"
_RESOURCE = item_of(Kind.RESOURCE, "")


@dataclass(frozen=True, slots=True)
class Answer:
    """A remembered yes, or a no. `when` is the pattern of arguments the person saw; all must hold.

    `rule` is the `Ask.remembered_as` of the ask that was answered; ANY_RULE, which no rule is
    called, makes it a no to whatever is asked. None in `until` is for as long as it is kept.
    `person` is who was signed in (`SignedIn.id`): nobody, where it is None.
    """

    rule: str
    profile: str
    target: str
    identity: str
    pin: str | None
    client: str | None
    when: tuple[Condition, ...]
    until: datetime | None
    allows: bool = True
    person: str | None = None

    @property
    def roots(self) -> frozenset[str]:
        """The folders that it compares paths with, as they are written."""
        return frozenset(root for one in self._looking for root in path_roots(one.matchers))

    @property
    def path_arguments(self) -> tuple[tuple[str, ...], ...]:
        """The arguments that are paths to it."""
        return tuple(one.path for one in self._looking if path_roots(one.matchers))

    @property
    def _looking(self) -> list[Argument]:
        return [one for one in self.when if isinstance(one, Argument)]

    def covers(self, profile: str, call: Call) -> bool:
        """Whether the call is one that the person meant. Doubt is no."""
        facts = call.facts
        return (
            (self.profile, self.target) == (profile, call.target)
            and (self.identity, self.client) == (facts.identity, facts.client)
            and self.person == (None if facts.person is None else facts.person.id)
            and self._same_definition(call)
            and (self.until is None or facts.at < self.until)
            and all(one.judge(call, lets_more=True) is Truth.YES for one in self.when)
        )

    def _same_definition(self, call: Call) -> bool:
        # Of resources only templates have a definition. What else has no pin is not known.
        known = self.pin is not None or call.item.startswith(_RESOURCE)
        return known and self.pin == call.facts.pin


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for one call, by the digest of everything it consists of, until a moment."""

    call: str
    until: datetime

    def covers(self, digest: str, at: datetime) -> bool:
        """Whether a call with this digest (`call_digest`) is the one, and it is still time."""
        return self.call == digest and at < self.until


class Named(Protocol):
    """A profile, as far as a grant binds to it."""

    @property
    def name(self) -> str:
        """The profile's name."""
        ...


class Remembering(Named, Protocol):
    """A profile, as far as answers are looked up in it."""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The remembered answers that stand in its files."""
        ...

    @property
    def user_allow(self) -> bool:
        """False where only the organisation may allow."""
        ...


def settling(
    profile: Remembering,
    ask: Ask,
    call: Call,
    others: Sequence[Answer] = (),
    *,
    at_large: bool = True,
) -> Answer | None:
    """The answer that settles this ask of this call, among the profile's and `others`; a no first.

    A no needs no leave to be remembered: it lets nothing through. Unless `at_large`, a yes has to
    look at the arguments.
    """
    candidates: Iterable[Answer] = (*profile.answers, *others)
    covering = [one for one in candidates if one.covers(profile.name, call)]
    for answer in covering:
        if not answer.allows and answer.rule in (ask.remembered_as, ANY_RULE):
            return answer
    if ask.remembered_as is None or not profile.user_allow:
        return None
    for answer in covering:
        if answer.allows and answer.rule == ask.remembered_as and (at_large or answer.when):
            return answer
    return None


def call_digest(profile: Named, call: Call) -> str:
    """SHA-256 in hex over all that a leave for one call binds to.

    The profile's name, the server's identity, the target, its pin, the client, the arguments and,
    where somebody is signed in, the person and the very sign-in; no two that differ in one of them
    have the same.
    """
    facts, person = call.facts, call.facts.person
    whole = (profile.name, facts.identity, call.target, facts.pin, facts.client, call.arguments)
    return digest_of(whole if person is None else (*whole, person.id, person.session))
