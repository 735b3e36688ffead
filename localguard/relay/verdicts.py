"""Step 5 of a call: the verdict is in the audit log before anything leaves.

What cannot be written is denied. What does not leave gives back what its limits have counted.
"""

from dataclasses import replace

from localguard.approvals.requests import Expired
from localguard.audit.people import person
from localguard.audit.records import Decided
from localguard.errors import AuditFault
from localguard.policy.calls import Arguments, Call, SignedIn
from localguard.policy.decide import BUILT_IN
from localguard.policy.decisions import Allow, Deny
from localguard.relay.counting import Counting
from localguard.relay.judged import Case, Judged
from localguard.relay.recorder import Recorder
from localguard.relay.told_arguments import Teller


class Verdicts:
    """Writes the verdicts of one session."""

    def __init__(self, recorder: Recorder, counting: Counting, tell: Teller) -> None:
        self._recorder = recorder
        self._counting = counting
        self._tell = tell

    def close(self, case: Case, verdict: Allow | Deny) -> None:
        """The verdict of a call that nobody has to be asked about now."""
        approved = case.record.approval is not None
        durable = isinstance(verdict, Allow) and (approved or verdict.duties.destructive)
        self._write(case, case.record, case.call, verdict, durable=durable)

    def refused(self, case: Case, deny: Deny) -> None:
        """The verdict of a call that would be asked for, and cannot wait."""
        self._write(case, _decision(case.record, deny), case.call, deny, durable=False)

    def answered(
        self,
        case: Case,
        verdict: Allow | Deny,
        request: str,
        edited: Arguments | None = None,
        signed_in: SignedIn | None = None,
    ) -> None:
        """The verdict of a call that a person was asked about: on disk before it leaves.

        `signed_in` is who is signed in by now.
        """
        record = replace(
            _decision(case.record, verdict),
            approval=request,
            rule=verdict.by,
            listed=None,
            person=person(signed_in),
        )
        call = replace(case.call, facts=replace(case.call.facts, person=signed_in))
        if edited is not None:
            call, told = replace(call, arguments=edited), self._tell(edited)
            record = replace(
                record,
                arguments=told.arguments,
                arguments_hash=told.hash,
                complete=told.complete,
            )
        self._write(case, record, call, verdict, edited, durable=isinstance(verdict, Allow))

    def expired(self, case: Case, verdict: Expired) -> None:
        """Its client waits no longer. That it is held was written when it was."""
        self._counting.give_back(case.reserved)
        case.then(Judged(case.record.call, case.call, verdict))

    def withdrawn(self, case: Case) -> None:
        """Its client has taken it back before anyone answered."""
        self._counting.give_back(case.reserved)

    def held(self, case: Case) -> Deny | None:
        """Write that a person is asked; why the call is denied instead where it cannot be."""
        try:
            self._recorder.must(case.record)
        except AuditFault as fault:
            return Deny(BUILT_IN, fault.explain())
        return None

    def unheld(self, case: Case, deny: Deny) -> None:
        """Deny a call that could not even be held, without a second try to write."""
        self._counting.give_back(case.reserved)
        case.then(Judged(case.record.call, case.call, deny))

    def _write(
        self,
        case: Case,
        record: Decided,
        call: Call,
        verdict: Allow | Deny,
        edited: Arguments | None = None,
        *,
        durable: bool,
    ) -> None:
        try:
            self._recorder.must(record, durable=durable)
        except AuditFault as fault:
            verdict = Deny(BUILT_IN, fault.explain())
        if isinstance(verdict, Allow):
            case.then(Judged(record.call, call, verdict, case.reserved, edited))
            return
        self._counting.give_back(case.reserved)
        case.then(Judged(record.call, call, verdict))


def _decision(record: Decided, verdict: Allow | Deny) -> Decided:
    if isinstance(verdict, Allow):
        return replace(record, decision="allow", reason=verdict.reason)
    return replace(record, decision="deny", reason=verdict.reason, because=verdict.because)
