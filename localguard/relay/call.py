"""One call, from the request to the decision that stands in the log.

The numbers are those of the floor plan: (2) the call is built from the parsed request and the facts
of the moment, (3) policy decides, (4) an Ask is held at the desk, (5) the decision is written
before anything leaves; what cannot be written is denied. (6), sending, is the session's, and it
takes the `Allow` that comes out here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from localguard.approvals.desk import Desk, Expired
from localguard.audit.records import Decided
from localguard.audit.shape import shape
from localguard.errors import AuditFault
from localguard.policy.calls import Arguments, Call, Kind, item_of
from localguard.policy.conditions import Argument, Missing, reach
from localguard.policy.decide import BUILT_IN, Standing, could_pass, decide
from localguard.policy.decisions import Allow, Ask, Decision, Deny, word
from localguard.policy.profile import Profile
from localguard.policy.rules import Verb
from localguard.relay.frames import Request
from localguard.relay.methods import era
from localguard.relay.recorder import Recorder
from localguard.relay.world import World
from localguard.text import safe

Verdict = Allow | Deny | Expired


class PolicySource(Protocol):
    """Where the policy in force comes from; asked anew for every call."""

    def standing(self) -> Standing:
        """The policy in force now."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """What a request reaches for."""

    kind: Kind
    name: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Judged:
    """A call with its verdict, after the verdict was written: `id` is its id in the audit log."""

    id: str
    target: str
    verdict: Verdict


Objection = Callable[[Standing], str | None]
"""Why no call may reach the server as it was started, whatever the rules say; None if it may."""


class Gate:
    """Judges the calls of one session."""

    def __init__(
        self,
        server: str,
        policy: PolicySource,
        world: World,
        recorder: Recorder,
        *,
        objection: Objection,
        now: Callable[[], datetime],
    ) -> None:
        self.server = server
        self.client: str | None = None
        self._policy = policy
        self._world = world
        self._recorder = recorder
        self._objection = objection
        self._now = now
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
        call = self._call(standing, target)  # (2)
        decision = self._decide(standing, call)  # (3)
        record = self._record(request, standing, call, decision, listed)

        def settle(expired: Expired) -> None:
            held = replace(record, approval=expired.request.id)
            then(self._written(held, call, expired))  # (5)

        if not isinstance(decision, Ask):
            then(self._written(record, call, decision))  # (5)
        elif hold:
            self._desk.hold(call, decision, settle)  # (4)
        else:
            deny = _unheld(decision)
            refused = replace(record, decision="deny", reason=deny.reason)
            then(self._written(refused, call, deny))  # (5)

    @property
    def visible(self) -> Callable[[str, bool], bool]:
        """Tells whether a listing may show an item (or template), by one look at the policy."""
        standing = self._policy.standing()
        objected = standing.fault is None and self._objection(standing) is not None
        return lambda item, template: (
            not objected and could_pass(standing, self.server, item, template=template)
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
        item = item_of(target.kind, target.name)
        place, at = (self.server, item), self._now()
        return self._world.call(
            standing.profile, place, target.arguments, at=at, client=self.client
        )

    def _decide(self, standing: Standing, call: Call) -> Decision:
        objection = None if standing.profile is None else self._objection(standing)
        return decide(standing, call) if objection is None else Deny(BUILT_IN, objection)

    def _written(self, record: Decided, call: Call, verdict: Verdict) -> Judged:
        try:
            self._recorder.must(record)
        except AuditFault as fault:
            return Judged(record.call, call.target, Deny(BUILT_IN, fault.explain()))
        return Judged(record.call, call.target, verdict)

    def _record(
        self,
        request: Request,
        standing: Standing,
        call: Call,
        decision: Decision,
        listed: bool | None,
    ) -> Decided:
        profile = standing.profile
        return Decided(
            call=self._recorder.next_call(),
            direction="client",
            era="modern" if era(request.params) == "modern" else "legacy",
            method=safe(request.method, 80),
            server=self.server,
            item=safe(call.item, 300),
            request_id=request.id,
            client=None if self.client is None else safe(self.client, 80),
            profile=None if profile is None else profile.name,
            profile_digest=None if profile is None else profile.digest,
            decision=word(decision),
            rule=decision.by,
            reason=decision.reason,
            because=decision.because if isinstance(decision, Deny) else None,
            facts=used_facts(profile, call),
            arguments=shape(call.arguments),
            bytes=self._recorder.size,
            listed=listed,
        )


def _unheld(ask: Ask) -> Deny:
    return Deny(ask.by, f"{ask.reason}, and this kind of request cannot be held")


def used_facts(profile: Profile | None, call: Call) -> Mapping[str, object]:
    """The facts that the rules concerning a call look at, by the names the profile gives them."""
    used: dict[str, object] = {"at": call.facts.at.isoformat(timespec="seconds")}
    rules = profile.concerning(call.server, call.item) if profile else ()
    for rule in rules:
        for condition in rule.when + rule.unless:
            if isinstance(condition, Argument):
                leaves = reach(call.arguments, condition.path)
                used[condition.name] = [_shown(leaf) for leaf in list(leaves)[:20]]
    if call.facts.paths:
        used["paths"] = {_shown(raw): path for raw, path in call.facts.paths.items()}
    if call.facts.own_folder is not None:
        used["own_folder"] = call.facts.own_folder
    return used


def _shown(value: object) -> object:
    if isinstance(value, str):
        return safe(value, 300)
    if isinstance(value, Missing):
        return value.shown
    return value if isinstance(value, bool | int | float | None) else "an object"
