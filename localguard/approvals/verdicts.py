"""What becomes of a held call when it is judged again, and what a person's yes makes of an ask.

A yes is given to what was asked. If the policy denies it by now, the yes is worth nothing; if it
asks something else, that has to be answered anew.
"""

from dataclasses import replace

from localguard.approvals.requests import Answered, Judge, Matter, Rejudge
from localguard.policy.calls import Call
from localguard.policy.decide import BUILT_IN
from localguard.policy.decisions import Allow, Ask, Decision, Deny

Verdict = Allow | Deny | Matter

_LOST = Deny(BUILT_IN, "it cannot be told what is to be asked about the call now")


def again(judge: Rejudge, call: Call) -> Verdict:
    """What the policy makes of a held call now. An Ask without its matter is a Deny."""
    return _verdict(*judge(call))


def differs(matter: Matter, other: Matter) -> bool:
    """Whether a person who was shown one has not been asked the other."""
    return (matter.digest, matter.ask) != (other.digest, other.ask)


def allowed(ask: Ask) -> Allow:
    """The Allow that a person's yes to an ask is, under the same duties."""
    return Allow(ask.by, "a person allowed it", ask.rule, ask.duties)


def permit(judge: Judge, matter: Matter, answered: Answered) -> Allow | str:
    """The Allow for what is to be sent after a yes; or why it cannot be.

    Arguments that a person wrote are judged like any others. They cannot make a call destructive,
    nor one that takes a new sign-in: for that the person was not asked.
    """
    if answered.arguments is None:
        return allowed(matter.ask)
    edited = replace(matter.call, arguments=answered.arguments)
    verdict = _verdict(*judge(edited, edited=True))
    if isinstance(verdict, Deny):
        why = verdict.because or verdict.reason
        return f"with these arguments the call is denied: {why} ({verdict.by})"
    allow = allowed(verdict.ask) if isinstance(verdict, Matter) else verdict
    if allow.duties.destructive and not matter.ask.duties.destructive:
        return "with these arguments the call would be destructive: have the model ask for it"
    if allow.duties.reauth and not matter.ask.duties.reauth:
        return "with these arguments the call takes a new sign-in: have the model ask for it"
    return allow


def _verdict(decision: Decision, matter: Matter | None) -> Verdict:
    if not isinstance(decision, Ask):
        return decision
    return _LOST if matter is None else matter
