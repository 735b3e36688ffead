"""The desk under any order of calls, answers, clocks and policies: what never happens."""

from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from localguard.approvals.happenings import Closed, Opened
from localguard.approvals.requests import (
    Answered,
    Expired,
    Pending,
    Released,
    Scope,
    Settled,
    Taken,
    Waiting,
)
from localguard.policy.calls import Call
from localguard.policy.decisions import Allow, Decision, Deny
from tests.approvals.makers import (
    ANN,
    ASK,
    DESTRUCTIVE,
    FACTS,
    LIMITED,
    PROFILE,
    World,
    call_of,
    matter_of,
)

ALLOW = Allow("work.toml:1", "an allow rule applies")
DENY = Deny("work.toml:8", "a deny rule applies")
TOOLS = st.sampled_from(["a", "b", "drop"])
DECISIONS: st.SearchStrategy[Decision] = st.sampled_from(
    [ASK, ASK, DESTRUCTIVE, LIMITED, ALLOW, DENY]
)


class Desk(RuleBasedStateMachine):
    """A model of the desk: who waits, who was answered, and what was allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(requests=4, calls=4)
        self.world.policy.decisions["drop"] = DESTRUCTIVE
        self.number = 0
        self.deadlines: dict[str, float] = {}
        self.settled: dict[str, Settled] = {}
        self.withdrawn: set[str] = set()
        self.yes = 0
        self.shown: list[Pending] = []
        self.revisions: dict[str, int] = {}
        self.untils: dict[str, float] = {}

    @rule(
        tool=TOOLS,
        value=st.integers(0, 1),
        budget=st.sampled_from([0.0, 1.0, 5.0, 45.0, 2000.0]),
        progress=st.booleans(),
    )
    def hold(self, tool: str, value: int, budget: float, progress: bool) -> None:
        """A call that is asked about comes in."""
        policy = self.world.policy
        call = call_of(tool, policy.facts or FACTS, value=value)
        _, matter = policy(call)
        if matter is None:
            return
        self.number += 1
        name = f"g-{self.number}"
        self.deadlines[name] = self.world.time.monotonic + budget

        def settle(settled: Settled) -> None:
            self._settle(name, call, settled)

        def beat(_: str) -> None:
            assert name not in self.settled
            assert name not in self.withdrawn

        self.world.desk.hold(
            matter, Waiting(name, budget, settle, beat if progress else None, size=100)
        )

    def _settle(self, name: str, call: Call, settled: Settled) -> None:
        assert name not in self.settled
        assert name not in self.withdrawn
        self.settled[name] = settled
        now = self.world.time.monotonic
        if isinstance(settled, Expired):
            assert now >= self.deadlines[name] or self.world.silent
        if isinstance(settled, Released):
            assert now < self.deadlines[name]
            self._released(call, settled)

    def _released(self, call: Call, released: Released) -> None:
        decision, matter = self.world.policy(call)
        if released.who == ANN:
            # What a person allowed is what was asked at the very moment.
            assert matter is not None
            assert matter.ask.duties == released.allow.duties
        else:
            assert decision == released.allow == ALLOW

    @precondition(lambda self: self.world.desk.requests() or self.shown)
    @rule(data=st.data(), allow=st.booleans(), scope=st.sampled_from(get_args(Scope)))
    def answer(self, data: st.DataObject, allow: bool, scope: Scope) -> None:
        """A person answers what is open now, or what was shown some time ago."""
        shown = data.draw(st.sampled_from([*self.world.desk.requests(), *self.shown]))
        arguments = data.draw(st.sampled_from([None, None, {"value": 7}]))
        answered = Answered(allow, ANN, scope, arguments=arguments)
        before = {request.id: request for request in self.world.desk.requests()}
        reply = self.world.answer_to(shown, answered)
        if isinstance(reply, Taken):
            self.yes += allow
            now = before[shown.id]
            assert (shown.matter.digest, shown.revision) == (now.matter.digest, now.revision)
            assert shown.matter.ask == now.matter.ask

    @precondition(lambda self: self.world.desk.requests())
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        """A person stops something, or tries to."""
        request = data.draw(st.sampled_from(self.world.desk.requests()))
        reply = self.world.desk.stop(request.id, ANN)
        if isinstance(reply, Taken):
            self.yes -= 1

    @precondition(lambda self: self.number > 0)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        """A client takes back a call, perhaps one that it no longer has."""
        name = data.draw(st.sampled_from([*sorted(self._live()), f"g-{self.number}"]))
        if name not in self.settled:
            self.withdrawn.add(name)
        self.world.desk.withdraw(name)

    @rule(seconds=st.sampled_from([0.5, 1.0, 2.0, 10.0, 50.0, 400.0]), stalled=st.booleans())
    def wait(self, seconds: float, stalled: bool) -> None:
        """Time passes, perhaps while the loop is busy."""
        (self.world.time.stall if stalled else self.world.time.move)(seconds)

    @rule(tool=TOOLS, decision=DECISIONS, told=st.booleans())
    def change(self, tool: str, decision: Decision, told: bool) -> None:
        """The policy changes, and the desk hears of it or not yet."""
        self.world.policy.decisions[tool] = decision
        if told:
            self.world.desk.rejudge(self.world.policy, switched=False)

    @rule(pin=st.sampled_from(["pin-1", "pin-2"]))
    def repin(self, pin: str) -> None:
        """The definitions of the tools change."""
        self.world.policy.facts = replace(FACTS, pin=pin)
        self.world.desk.rejudge(self.world.policy, switched=False)

    @rule(silent=st.booleans())
    def silence(self, silent: bool) -> None:
        """A person wants to be left alone, or not any more."""
        self.world.silent = silent

    @precondition(lambda self: self.number > 5)
    @rule(end=st.booleans())
    def switch(self, end: bool) -> None:
        """The profile is switched, or the client is gone."""
        live = self._live()
        if end:
            self.withdrawn |= live
            self.world.desk.end()
        else:
            self.world.desk.rejudge(self.world.policy, switched=True)
        assert self.world.desk.requests() == ()

    def _live(self) -> set[str]:
        return set(self.deadlines) - set(self.settled) - self.withdrawn

    @invariant()
    def every_call_is_somewhere(self) -> None:
        """Waiting, settled or taken back: none is lost, and none counted twice."""
        assert sum(one.count for one in self.world.desk.requests()) == len(self._live())

    @invariant()
    def one_yes_is_one_call(self) -> None:
        """Never more is let go or granted than a person has allowed."""
        released = [one for one in self.settled.values() if isinstance(one, Released)]
        by_person = sum(one.who == ANN for one in released)
        assert by_person + len(self.world.keeper.leaves) <= self.yes

    @invariant()
    def identical_calls_are_one_request(self) -> None:
        """And each request is in a state that its count bears out."""
        requests = self.world.desk.requests()
        assert len({one.matter.digest for one in requests}) == len(requests) <= 4
        for one in requests:
            assert (one.state == "held") is (one.count == 0)
            assert one.matter == matter_of(one.matter.call, one.matter.ask)
            assert one.matter.profile == PROFILE.name

    @invariant()
    def revisions_rise_and_ends_stay(self) -> None:
        """What is told of a request is never older than what was told before."""
        for one in self.world.desk.requests():
            assert one.revision >= self.revisions.get(one.id, 1)
            assert one.until == self.untils.setdefault(one.id, one.until)
            self.revisions[one.id] = one.revision
        self.shown = [*self.shown, *self.world.desk.requests()][-12:]

    @invariant()
    def what_is_opened_is_closed_once(self) -> None:
        """Listeners can keep books of their own."""
        opened = [one.request.id for one in self.world.happened(Opened)]
        closed = [one.finished.id for one in self.world.happened(Closed)]
        assert len(set(opened)) == len(opened)
        still = Counter(opened) - Counter(closed)
        assert still == Counter(one.id for one in self.world.desk.requests())

    def teardown(self) -> None:
        """Given time, everything comes to an end."""
        self.world.time.move(3000)
        assert self.world.desk.requests() == ()
        assert self._live() == set()


TestDesk = pytest.mark.slow(Desk.TestCase)
TestDesk.settings = settings(stateful_step_count=40)
