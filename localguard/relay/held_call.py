"""Step 4 of a call: an Ask is settled by a leave that a person gave before, or waits at the desk.

Leaves are looked up for an Ask alone, so an allowed call never pays for them. What waits is judged
again whenever the policy or who is signed in changes, and once more before it is let go.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from localguard.approvals.desk import Desk
from localguard.approvals.requests import (
    Expired,
    Judge,
    Matter,
    Released,
    Settled,
    Waiting,
    question_of,
)
from localguard.approvals.verdicts import allowed
from localguard.policy.calls import Call
from localguard.policy.decide import BUILT_IN, Standing
from localguard.policy.decisions import Ask, Decision, Deny
from localguard.policy.grants import Answer, call_digest
from localguard.policy.profile import Profile
from localguard.relay.exchange import Open
from localguard.relay.judged import Case
from localguard.relay.judging import Judging, PolicySource
from localguard.relay.verdicts import Verdicts

OVERTAKEN: Final = Deny(
    BUILT_IN,
    "the policy was changed just when the call was to be sent, or someone has signed in or out;"
    " calling again judges anew",
)

Progress = Callable[[str], None]
"""Tells a client, in words, that its call still waits."""


class Leaves(Protocol):
    """What persons have given leave for, over all guards. Never raises: what is broken is none."""

    def answers(self) -> tuple[Answer, ...]:
        """The answers that hold now, beside those in the profile's files."""
        ...

    def claim(self, digest: str, question: str) -> str | None:
        """Use up the leave for one call: the request it was given for. One guard alone gets it.

        `question` is what would be asked (`question_of`).
        """
        ...


class Holding:
    """The calls of one session that wait for a person."""

    def __init__(
        self,
        judging: Judging,
        verdicts: Verdicts,
        *,
        policy: PolicySource,
        desk: Callable[[Judge], Desk],
        leaves: Leaves,
        budget: Callable[[str | None, int | None], float],
        used: Callable[[str, str], None] = lambda _request, _target: None,
    ) -> None:
        """`budget` gives the seconds that a client waits, by its name and the rule's `timeout`.

        `used` is told of leave that a call has used up: its request, and the target.
        """
        self.desk = desk(self._again)
        self._judging = judging
        self._policy = policy
        self._verdicts = verdicts
        self._leaves = leaves
        self._budget = budget
        self._used = used
        self._cases: dict[str, Case] = {}

    def settled(self, standing: Standing, call: Call, ask: Ask) -> tuple[Decision, str | None]:
        """What a leave makes of an Ask, and the request it was given for; else the Ask."""
        answers, profile = self._leaves.answers(), standing.profile
        decision: Decision = ask
        if answers:
            decision = self._judging.decide(replace(standing, answers=answers), call)
        if not isinstance(decision, Ask) or profile is None:
            return decision, None
        request = self._leaves.claim(call_digest(profile, call), question_of(decision))
        if request is None:
            return decision, None
        self._used(request, call.target)
        reason = f"a person allowed this call once, as {request}"
        return replace(allowed(decision), reason=reason), request

    def hold(self, profile: Profile, case: Case, ask: Ask, progress: Progress | None) -> None:
        """Have the call wait; that it does is written first."""
        deny = self._verdicts.held(case)
        if deny is not None:
            self._verdicts.unheld(case, deny)
            return
        timeout = None if ask.rule is None else ask.rule.timeout
        waiting = Waiting(
            case.record.call,
            self._budget(case.call.facts.client, timeout),
            lambda settled: self._settle(case, settled),
            progress,
            case.record.bytes,
        )
        case.entry.held = waiting.id
        self._cases[waiting.id] = case
        self.desk.hold(_matter(profile, case.call, ask), waiting)

    def withdraw(self, entry: Open) -> None:
        """The client has taken its request back, or is gone."""
        if entry.held is None:
            return
        case = self._cases.pop(entry.held)
        self.desk.withdraw(entry.held)
        entry.held = None
        self._verdicts.withdrawn(case)

    def rejudge(self, standing: Standing, *, switched: bool) -> None:
        """The policy in force has changed: so may what becomes of the calls that wait."""
        self.desk.rejudge(lambda call: self._judged(standing, call), switched=switched)

    def end(self) -> None:
        """The client is gone, and nobody would hear of an answer."""
        self.desk.end()

    def _again(self, call: Call, *, edited: bool = False) -> tuple[Decision, Matter | None]:
        return self._judged(self._policy.standing(), call, edited=edited)

    def _judged(
        self, standing: Standing, call: Call, *, edited: bool = False
    ) -> tuple[Decision, Matter | None]:
        """What the policy says now of a call that waits."""
        fresh = self._judging.again(standing, call, edited=edited)
        decision = self._judging.decide(standing, fresh)
        if isinstance(decision, Ask) and (answers := self._leaves.answers()):
            decision = self._judging.decide(replace(standing, answers=answers), fresh)
        profile = standing.profile
        if not isinstance(decision, Ask) or profile is None:
            return decision, None
        return decision, _matter(profile, fresh, decision)

    def _settle(self, case: Case, settled: Settled) -> None:
        standing = self._policy.standing()
        case.quiet(lambda: self._conclude(case, settled, standing))

    def _conclude(self, case: Case, settled: Settled, standing: Standing) -> None:
        """Write the verdict, unless the call was taken back in the quiet before it."""
        if self._cases.pop(case.record.call, None) is None:
            return
        case.entry.held = None
        identity = standing.identity
        signed_in = None if identity is None else identity.signed_in
        if isinstance(settled, Released):
            overtaken = self._policy.standing() is not standing
            verdict = OVERTAKEN if overtaken else settled.allow
            self._verdicts.answered(case, verdict, settled.request, settled.arguments, signed_in)
        elif isinstance(settled, Expired):
            self._verdicts.expired(case, settled)
        else:
            self._verdicts.answered(case, settled.deny, settled.request, signed_in=signed_in)


def _matter(profile: Profile, call: Call, ask: Ask) -> Matter:
    return Matter(call, ask, call_digest(profile, call), profile.name)
