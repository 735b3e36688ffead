"""The ten lines of the algebra, for one call and the policy in force.

`judge` says what the rules say. Laid over it, each only ever stricter: limits, sign-ins that are
too old, marks and definitions that no person has reviewed, a fault of the files, files that nobody
has accepted, and a sign-in that is required and missing.
Above all of it stand lockdown, arguments that resolve into localguard's own folders or do not fit
their schema, and resources whose URI no rule can be sure of.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from localguard.policy.calls import Call, Kind, item_of
from localguard.policy.decisions import Allow, Ask, Decision, Deny, word
from localguard.policy.docket import Demands, Docket, Marks, demands_of
from localguard.policy.duties import NONE, Duties
from localguard.policy.grants import Answer
from localguard.policy.judge import judge
from localguard.policy.limits import demanding, demands, reached, words
from localguard.policy.observing import observable, observed
from localguard.policy.people import Identity, Nobody, Person, vouches_alike
from localguard.policy.profile import Profile
from localguard.policy.reauth import unmet
from localguard.policy.reauth import words as why_reauth
from localguard.policy.rules import Rule, Verb
from localguard.policy.uris import oddity

BUILT_IN = "built in"
_RESOURCE = item_of(Kind.RESOURCE, "")
_UNREVIEWED = {
    "new": "its definition is new since the server was reviewed",
    "changed": "its definition has changed since it was reviewed",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The policy in force, and who sits there.

    With a `fault`, `profile` is the last valid one, if there was any.
    `answers` are remembered answers beside those in the profile's files, as for one session. Where
    nobody has accepted the profile as it is, `accepted` is what it is held against and `unaccepted`
    what became of it and what to do; `confirmed` is that a person has accepted that, and not only
    a guard has used it first. `locked` is lockdown, and `fault` is then what is told.
    `person` is None where the profile asks for no sign-in; the facts of a call are made of it.
    `observing` is until when what only the default denies is let through, at a person's word.
    """

    profile: Profile | None
    fault: str | None = None
    answers: tuple[Answer, ...] = ()
    accepted: Profile | None = None
    unaccepted: str = "its files changed since"
    locked: bool = False
    person: Person | None = None
    observing: datetime | None = None
    confirmed: bool = False

    @property
    def observed_until(self) -> datetime | None:
        """Until when the profile is observed; None where something keeps it from that."""
        kept = self.fault is not None or self.accepted is not None or self.locked
        return None if kept else self.observing

    @property
    def identity(self) -> Identity | None:
        """Who is signed in, if anybody is."""
        return self.person if isinstance(self.person, Identity) else None

    @property
    def unsigned(self) -> str | None:
        """Why nobody is signed in where the profile requires it, and what to do."""
        sign_in = None if self.profile is None else self.profile.sign_in
        if sign_in is None or not sign_in.required or not isinstance(self.person, Nobody):
            return None
        return self.person.explain()


def decide(standing: Standing, call: Call) -> Decision:
    """The decision for a call. Total: every call and every standing gets one."""
    profile = standing.profile
    barred = _barred(call)
    if barred is not None or profile is None or standing.locked:
        return Deny(BUILT_IN, barred or standing.fault or "no profile is in force")
    decision = _decided(standing, profile, call)
    if standing.accepted is None or not isinstance(decision, Allow):
        return decision
    return _if_accepted(decision, standing, standing.accepted, call)


def would_be(standing: Standing, call: Call) -> Decision | None:
    """The decision if trial rules counted, where some concern the call and it would be another."""
    profile = standing.profile
    if profile is None or standing.locked or _barred(call) is not None:
        return None
    # Without marks, since a doubt about them may count too.
    if profile.docket(call.server, call.item).rehearsal is None:
        return None
    now = _decided(standing, profile, call)
    then = _decided(standing, profile, call, rehearsed=True)
    return None if _effect(now) == _effect(then) else then


def limited(standing: Standing, call: Call) -> tuple[Rule, ...]:
    """The rules with a limit that apply to the call, to be counted before it is decided."""
    profile = standing.profile
    if profile is None or standing.locked or _barred(call) is not None:
        return ()
    if _unsigned(profile, call) is not None:
        return ()
    return _demands(profile, call).limited


def _barred(call: Call) -> str | None:
    """Why no profile could let the call through."""
    facts, item = call.facts, call.item
    if facts.own_folder is not None:
        return f"an argument reaches into localguard's own folder {facts.own_folder}"
    odd = oddity(item[len(_RESOURCE) :]) if item.startswith(_RESOURCE) else None
    if odd is not None:
        return f"its URI has {odd}, which servers read differently"
    return facts.misfit


def _unsigned(profile: Profile, call: Call) -> Deny | None:
    """The denial of a call by nobody, where the profile requires a sign-in."""
    sign_in = profile.sign_in
    if sign_in is None or not sign_in.required or call.facts.user is not None:
        return None
    why = call.facts.unsigned or "it is not known who is signed in"
    return Deny(str(sign_in.origin), f"the profile requires a sign-in, and {why}")


def _docket(profile: Profile, call: Call, marks: Marks, *, rehearsed: bool) -> Docket:
    docket = profile.docket(call.server, call.item, marks)
    return (docket.rehearsal or docket) if rehearsed else docket


def _decided(
    standing: Standing, profile: Profile, call: Call, *, rehearsed: bool = False
) -> Decision:
    if (unsigned := _unsigned(profile, call)) is not None:
        return unsigned
    docket = _docket(profile, call, call.facts.marks, rehearsed=rehearsed)
    decision = judge(profile, standing.answers, docket, call)
    demands = _demands(profile, call, rehearsed=rehearsed)
    if demands.duties.destructive and isinstance(decision, Allow):
        # Nobody can have meant every destructive call there will be, whenever they said so.
        decision = judge(profile, standing.answers, docket, call, at_large=False)
    if isinstance(decision, Deny):
        until, destructive = standing.observed_until, demands.duties.destructive
        if until is not None:
            decision = observed(profile, decision, call, until, destructive=destructive)
        if isinstance(decision, Deny):
            return decision
    if not call.facts.confirmed and isinstance(decision, Allow):
        decision = _unless_by_claim(decision, standing, profile, call, rehearsed=rehearsed)
    if demands.duties is not NONE:
        decision = _under(decision, demands, call)
    decision = _pinned(decision, profile, call.facts.marks)
    return decision if standing.fault is None else _lowered(decision, standing.fault)


def _unless_by_claim(
    allow: Allow, standing: Standing, profile: Profile, call: Call, *, rehearsed: bool
) -> Allow | Ask:
    """The Allow, if it is one whatever the marks of the tool are."""
    docket = _docket(profile, call, None, rehearsed=rehearsed)
    if docket.always_allows:
        return allow
    if isinstance(judge(profile, standing.answers, docket, _in_doubt(call)), Allow):
        return allow
    reason = (
        "marks are the server's own claim until a person reviews it:"
        f" localguard server review {call.server}"
    )
    return Ask(allow.by, reason, allow.rule)


def _of_nobody(call: Call) -> Call:
    facts = replace(call.facts, user=None, groups=None, claims=None, signed_in_at=None, person=None)
    return replace(call, facts=facts)


def _in_doubt(call: Call) -> Call:
    return replace(call, facts=replace(call.facts, marks=None))


def _demands(profile: Profile, call: Call, *, rehearsed: bool = False) -> Demands:
    """What the rules demand, whether the server's claims of marks hold or not."""
    docket = _docket(profile, call, call.facts.marks, rehearsed=rehearsed)
    in_doubt = _docket(profile, call, None, rehearsed=rehearsed)
    if call.facts.confirmed or not in_doubt.demanding:
        return demands(docket, call)
    found = demanding(docket, call)
    others = demanding(in_doubt, _in_doubt(call))
    found += [rule for rule in others if rule not in found]
    return demands_of(found, call.facts.marks)


def _under(decision: Allow | Ask, demands: Demands, call: Call) -> Decision:
    """The decision with its duties, unless a limit is reached or the sign-in is too old."""
    over, stale = reached(demands.limited, call), unmet(demands.reauth, call)
    duties = demands.duties if stale is None else replace(demands.duties, reauth=True)
    if over is not None:
        by, why = str(over.origin), words(over, call)
        if over.over is Verb.DENY:
            return Deny(by, why, over, over.because)
        return Ask(by, why, over, duties)
    if stale is not None:
        return _stepped_up(decision, stale, duties, call)
    return replace(decision, duties=duties)


def _stepped_up(decision: Allow | Ask, stale: Rule, duties: Duties, call: Call) -> Ask:
    """What is asked each time, since a yes to it takes a new sign-in."""
    why = why_reauth(stale, call)
    if isinstance(decision, Allow):
        return Ask(str(stale.origin), why, stale, duties)
    return replace(decision, reason=f"{decision.reason}; {why}", duties=duties, remembered_as=None)


def _pinned(decision: Decision, profile: Profile, marks: Marks) -> Decision:
    """What is new or changed is asked, however much it is allowed."""
    unreviewed = marks and next((why for mark, why in _UNREVIEWED.items() if mark in marks), None)
    if not unreviewed or isinstance(decision, Deny):
        return decision
    if profile.pins_strict:
        return Deny(decision.by, f"{unreviewed}, and pins are strict", decision.rule)
    if isinstance(decision, Ask):
        return decision
    return Ask(decision.by, unreviewed, decision.rule, decision.duties)


def _if_accepted(allow: Allow, standing: Standing, accepted: Profile, call: Call) -> Allow | Ask:
    """The Allow, if what a person has accepted gives it, too.

    What the provider of another sign-in says of a person is nothing that the accepted one knows.
    """
    current = None if standing.profile is None else standing.profile.sign_in
    if not vouches_alike(current, accepted.sign_in):
        call = _of_nobody(call)
    if isinstance(_decided(standing, accepted, call), Allow):
        return allow
    reason = f"not allowed by what a person has accepted: {standing.unaccepted}"
    return Ask(allow.by, reason, allow.rule, allow.duties)


def _lowered(decision: Decision, fault: str) -> Decision:
    """While the files are at fault, what the last valid profile allowed is asked."""
    if not isinstance(decision, Allow):
        return decision
    reason = f"allowed by the last valid profile, but {fault}"
    return Ask(decision.by, reason, decision.rule, decision.duties)


def _effect(decision: Decision) -> tuple[str, Duties | None]:
    return word(decision), None if isinstance(decision, Deny) else decision.duties


def could_pass(
    standing: Standing,
    server: str,
    item: str,
    *,
    template: bool = False,
    marks: Marks = None,
    confirmed: bool = True,
) -> bool:
    """False when no call to the item can ever be allowed or asked, whatever its arguments.

    `marks` are those that calls to it are judged by, where they are known, and `confirmed` says
    that a person has reviewed the server. A fault keeps everything visible, so that each call can
    be answered with the way out, and lockdown what there was.
    """
    profile = standing.profile
    if profile is None or (standing.fault is not None and not standing.locked):
        return True
    if profile.pins_strict and marks and not marks.isdisjoint(_UNREVIEWED):
        return False
    docket = profile.docket(server, item, marks)
    if any(entry.certain for entry in docket.denying):
        return False
    watched = standing.observed_until is not None
    if profile.default_for(server) is Verb.ASK or (
        watched and observable(profile, server, marks, confirmed=confirmed)
    ):
        return True
    if template:
        return any(_may_lift(profile, rule, server, item) for rule in profile.rules)
    return bool(docket.allowing or docket.asking)


def _may_lift(profile: Profile, rule: Rule, server: str, template: str) -> bool:
    if rule.trial or not profile.counts(rule):
        return False
    lifts = rule.verb in (Verb.ALLOW, Verb.ASK)
    return lifts and any(pattern.may_name(server, template) for pattern in rule.patterns)
