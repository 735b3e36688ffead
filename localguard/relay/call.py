"""One call, from the request to the decision that stands in the log.

The numbers are those of the floor plan: (2) the call is built from the parsed request and the facts
of the moment, (3) policy decides, (4) an Ask is held at the desk, (5) the decision is written
before anything leaves; what cannot be written is denied. (6), sending, is the session's, and it
takes the `Allow` that comes out here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from localguard.approvals.unheld import Desk, Expired
from localguard.audit.records import Decided
from localguard.errors import AuditFault
from localguard.ledger.charges import Reservation
from localguard.policy.calls import Arguments, Call, Kind, item_of
from localguard.policy.decide import BUILT_IN, Standing, could_pass, decide
from localguard.policy.decisions import Allow, Ask, Decision, Deny
from localguard.policy.rules import Verb
from localguard.relay.counting import Counting
from localguard.relay.frames import Request
from localguard.relay.recorded_call import decided
from localguard.relay.recorder import Recorder
from localguard.relay.told_arguments import Teller
from localguard.relay.world import Known, World

Verdict = Allow | Deny | Expired


class PolicySource(Protocol):
    """Where the policy in force comes from; asked anew for every call."""

    def standing(self) -> Standing:
        """The policy in force now."""
        ...


class Definitions(Protocol):
    """What is known of the server's items from its listings and from the person's review."""

    def known(self, item: str) -> Known:
        """The marks and the pin of an item, as calls to it are judged by."""
        ...

    def misfit(self, item: str, arguments: Arguments) -> str | None:
        """Why the arguments do not fit the pinned schema of a tool; None where they do."""
        ...


class Target(NamedTuple):
    """What a request reaches for."""

    kind: Kind
    name: str
    arguments: Arguments


class Judged(NamedTuple):
    """A call with its verdict, after the verdict was written: `id` is its id in the audit log.

    `reserved` is what its limits have counted, to be given back if it is allowed and never sent.
    """

    id: str
    call: Call
    verdict: Verdict
    reserved: Reservation | None = None


Objection = Callable[[Standing], str | None]
"""Why no call may reach the server as it was started, whatever the rules say; None if it may."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Where the facts of a call come from."""

    world: World
    definitions: Definitions
    counting: Counting
    now: Callable[[], datetime]


class Gate:
    """Judges the calls of one session."""

    def __init__(
        self,
        server: str,
        policy: PolicySource,
        facts: Facts,
        recorder: Recorder,
        teller: Teller,
        *,
        objection: Objection,
    ) -> None:
        self.server = server
        self.client: str | None = None
        self._policy = policy
        self._facts = facts
        self._recorder = recorder
        self._tell = teller
        self._objection = objection
        self._desk = Desk()

    def judge(
        self,
        standing: Standing,
        request: Request,
        target: Target,
        then: Callable[[Judged], None],
        *,
        listed: bool | None = None,
        hold: bool = True,
    ) -> None:
        """Decide a request's call; `then` gets the verdict, once, after it is written.

        `standing` is the policy in force now, as the session looked it up for this request.
        """
        call, reserved = self._facts.counting.reserve(standing, self._call(standing, target))  # (2)
        decision = self._decide(standing, call)  # (3)
        record = decided(
            request,
            standing,
            call,
            decision,
            told=self._tell(call.arguments),
            call_id=self._recorder.next_call(),
            size=self._recorder.size,
            listed=listed,
        )

        def settle(expired: Expired) -> None:
            held = replace(record, approval=expired.request.id)
            then(self._written(held, call, expired, reserved))  # (5)

        if not isinstance(decision, Ask):
            then(self._written(record, call, decision, reserved))  # (5)
        elif hold:
            self._desk.hold(call, decision, settle)  # (4)
        else:
            deny = _unheld(decision)
            refused = replace(record, decision="deny", reason=deny.reason)
            then(self._written(refused, call, deny, reserved))  # (5)

    def sent(self, judged: Judged, standing: Standing) -> None:
        """The call has left."""
        self._facts.counting.sent(standing.profile, judged.call)

    def unsent(self, judged: Judged) -> None:
        """The call was allowed, and yet it is never sent."""
        self._facts.counting.give_back(judged.reserved)

    @property
    def visible(self) -> Callable[[str, bool], bool]:
        """Tells whether a listing may show an item (or template), by one look at the policy."""
        standing = self._policy.standing()
        objected = standing.fault is None and self._objection(standing) is not None
        known = self._facts.definitions.known
        return lambda item, template: (
            not objected
            and could_pass(standing, self.server, item, template=template, marks=known(item).marks)
        )

    def from_server(self, wish: str) -> Verb:
        """Whether servers may ask the client for `sampling`, `elicitation` or `roots`."""
        standing = self._policy.standing()
        if standing.profile is None or self._objection(standing) is not None:
            return Verb.DENY
        verb: Verb = getattr(standing.profile.from_server, wish)
        return Verb.ASK if standing.fault and verb is Verb.ALLOW else verb

    def trouble(self) -> str | None:
        """Why every call is denied or asked at present, if so: for the server's instructions."""
        standing = self._policy.standing()
        return standing.fault or self._objection(standing)

    def relays_unknown(self) -> bool:
        """Whether the profile says `unknown_methods = "relay"`."""
        standing = self._policy.standing()
        profile = standing.profile
        return profile is not None and standing.fault is None and profile.unknown_methods

    def _call(self, standing: Standing, target: Target) -> Call:
        made, profile = self._facts, standing.profile
        item = item_of(target.kind, target.name)
        strict = profile is not None and profile.strict_arguments
        return made.world.call(
            profile,
            (self.server, item),
            target.arguments,
            at=made.now(),
            client=self.client,
            known=made.definitions.known(item),
            seen=made.counting.seen(profile, self.server, item),
            misfit=made.definitions.misfit(item, target.arguments) if strict else None,
        )

    def _decide(self, standing: Standing, call: Call) -> Decision:
        objection = None if standing.profile is None else self._objection(standing)
        return decide(standing, call) if objection is None else Deny(BUILT_IN, objection)

    def _written(
        self, record: Decided, call: Call, verdict: Verdict, reserved: Reservation | None
    ) -> Judged:
        destructive = isinstance(verdict, Allow) and verdict.duties.destructive
        try:
            self._recorder.must(record, durable=destructive)
        except AuditFault as fault:
            verdict = Deny(BUILT_IN, fault.explain())
        if isinstance(verdict, Allow):
            return Judged(record.call, call, verdict, reserved)
        self._facts.counting.give_back(reserved)
        return Judged(record.call, call, verdict)


def _unheld(ask: Ask) -> Deny:
    return Deny(ask.by, f"{ask.reason}, and this kind of request cannot be held")
