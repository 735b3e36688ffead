"""What the six steps hand to each other: what a request reaches for, a call with its verdict."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from localguard.approvals.requests import Expired
from localguard.audit.records import Decided
from localguard.ledger.charges import Reservation
from localguard.policy.calls import Arguments, Call, Kind
from localguard.policy.decisions import Allow, Deny
from localguard.relay.exchange import Open

Verdict = Allow | Deny | Expired

Quiet = Callable[[Callable[[], None]], None]
"""Says no more of a call that waits, and goes on once its client has taken in the last word."""


class Target(NamedTuple):
    """What a request reaches for."""

    kind: Kind
    name: str
    arguments: Arguments


class Judged(NamedTuple):
    """A call with its verdict, after the verdict was written: `id` is its id in the audit log.

    `reserved` is what its limits have counted, to be given back if it is allowed and never sent.
    `edited` are the arguments that a person has put in the place of the call's.
    """

    id: str
    call: Call
    verdict: Verdict
    reserved: Reservation | None = None
    edited: Arguments | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A call between its first decision and its verdict, which `then` gets, once.

    `record` is the decision as it was first made, `quiet` comes before the verdict of a held call.
    """

    entry: Open
    call: Call
    record: Decided
    reserved: Reservation | None
    then: Callable[[Judged], None]
    quiet: Quiet
