"""One call, from the request to the decision that stands in the log.

The numbers are those of the floor plan: (2) the call is built from the parsed request and the facts
of the moment, (3) policy decides (both in `judging`), (4) an Ask is settled by a leave or held at
the desk (`held_call`), (5) the decision is written before anything leaves (`verdicts`); what cannot
be written is denied. (6), sending, is the session's, and it takes the `Allow` that comes out here.
"""

from collections.abc import Callable
from datetime import datetime

from localguard.policy.calls import item_of
from localguard.policy.decide import Standing, could_pass
from localguard.policy.decisions import Ask, Deny
from localguard.policy.rules import Verb
from localguard.relay.exchange import Open
from localguard.relay.held_call import Holding, Progress
from localguard.relay.judged import Case, Judged, Quiet, Target
from localguard.relay.judging import Facts, Judging, Objection, PolicySource
from localguard.relay.recorded_call import decided
from localguard.relay.recorder import Recorder
from localguard.relay.told_arguments import Teller
from localguard.relay.verdicts import Verdicts


class Gate:
    """Judges the calls of one session."""

    def __init__(
        self,
        server: str,
        policy: PolicySource,
        recorder: Recorder,
        teller: Teller,
        *,
        judging: Judging,
        verdicts: Verdicts,
        holding: Holding,
    ) -> None:
        self.server = server
        self.calls = 0
        self.asked = 0
        self._policy = policy
        self._recorder = recorder
        self._tell = teller
        self._judging = judging
        self._verdicts = verdicts
        self._holding = holding

    @property
    def client(self) -> str | None:
        """What the client calls itself."""
        return self._judging.client

    @client.setter
    def client(self, name: str) -> None:
        self._judging.client = name

    def judge(
        self,
        standing: Standing,
        entry: Open,
        target: Target,
        then: Callable[[Judged], None],
        *,
        quiet: Quiet,
        listed: bool | None = None,
        progress: Progress | None = None,
        unheld: str | None = None,
    ) -> None:
        """Decide a request's call; `then` gets the verdict, once, after it is written.

        `standing` is the policy in force now, as the session looked it up for this request.
        `progress` tells a client that its call waits, and `quiet` ends that; `unheld` says why this
        one cannot wait.
        """
        self.calls += 1
        call = self._judging.call(standing, item_of(target.kind, target.name), target.arguments)
        call, reserved = self._judging.facts.counting.reserve(standing, call)  # (2)
        decision, leave = self._judging.decide(standing, call), None  # (3)
        if isinstance(decision, Ask):
            decision, leave = self._holding.settled(standing, call, decision)  # (4)
        record = decided(
            entry.request,
            standing,
            call,
            decision,
            told=self._tell(call.arguments),
            call_id=self._recorder.next_call(),
            size=self._recorder.size,
            listed=listed,
            approval=leave,
        )
        case = Case(entry, call, record, reserved, then, quiet)
        if not isinstance(decision, Ask):
            self._verdicts.close(case, decision)  # (5)
        elif unheld is not None or standing.profile is None:
            deny = Deny(decision.by, f"{decision.reason}, and {unheld}")
            self._verdicts.refused(case, deny)  # (5)
        else:
            self.asked += 1
            self._holding.hold(standing.profile, case, decision, progress)  # (4)

    def serve(self, facts: Facts, objection: Objection) -> None:
        """Judge calls to a server that was started anew."""
        self._judging.serve(facts, objection)

    def object(self, trouble: str | None) -> None:
        """Deny every call to the server that runs now; None takes that back."""
        self._judging.object(trouble)

    def withdraw(self, entry: Open) -> None:
        """The client has taken a request back."""
        self._holding.withdraw(entry)

    def end(self) -> None:
        """The client is gone."""
        self._holding.end()

    def follow(self, before: Standing, now: Standing) -> None:
        """Another policy is in force, or somebody else sits there: what waits is judged anew."""
        # Where no profile can be used that is what decides, and no switch.
        names = {one.profile.name for one in (before, now) if one.profile is not None}
        self._holding.rejudge(now, switched=len(names) > 1)

    def sent(self, judged: Judged, standing: Standing) -> None:
        """The call has left."""
        self._judging.facts.counting.sent(standing.profile, judged.call)

    def unsent(self, judged: Judged) -> None:
        """The call was allowed, and yet it is never sent."""
        self._judging.facts.counting.give_back(judged.reserved)

    @property
    def visible(self) -> Callable[[str, bool], bool]:
        """Tells whether a listing may show an item (or template), by one look at the policy."""
        standing = self._policy.standing()
        objected = standing.fault is None and self._judging.objection(standing) is not None
        known = self._judging.facts.definitions.known

        def shown(item: str, template: bool) -> bool:
            if objected:
                return False
            found = known(item)
            return could_pass(
                standing,
                self.server,
                item,
                template=template,
                marks=found.marks,
                confirmed=found.confirmed,
            )

        return shown

    def from_server(self, wish: str) -> Verb:
        """Whether servers may ask the client for `sampling`, `elicitation` or `roots`."""
        standing = self._policy.standing()
        barred = standing.profile is None or standing.locked
        if standing.profile is None or barred or self._judging.objection(standing) is not None:
            return Verb.DENY
        verb: Verb = getattr(standing.profile.from_server, wish)
        return Verb.ASK if standing.fault and verb is Verb.ALLOW else verb

    def trouble(self) -> str | None:
        """Why every call is denied or asked at present, if so: for the server's instructions."""
        standing = self._policy.standing()
        judging = self._judging
        lacking = judging.objection(standing) or judging.facts.lacking()
        return standing.fault or lacking or standing.unsigned

    def observed_until(self) -> datetime | None:
        """Until when what only the default denies is let through, for the instructions."""
        return self._policy.standing().observed_until

    def relays_unknown(self) -> bool:
        """Whether the profile says `unknown_methods = "relay"`."""
        standing = self._policy.standing()
        profile = standing.profile
        return profile is not None and standing.fault is None and profile.unknown_methods
