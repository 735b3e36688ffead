"""Who sits there: what of it becomes facts and records of calls, and what ends with a sign-in."""

from dataclasses import replace

import pytest

from localguard.audit.people import Person as Who
from localguard.audit.people import PersonChange, person
from localguard.audit.records import Decided, LateOutcome, Outcome, Record, RefusedFrame
from localguard.policy.decide import Standing
from localguard.policy.people import Nobody, Person
from localguard.policy.profile import Profile
from localguard.policy.rules import Verb
from localguard.relay.people import nobody
from localguard.relay.recorded_policy import Present
from localguard.relay.recorder import Recorder
from tests.relay.playbook import (
    EVERYTHING,
    NOON,
    Play,
    call,
    modern,
    profile,
    request,
    result,
)
from tests.relay.signing_in import ANA, BOB, GONE, IDENTITY

REQUIRED = f"{IDENTITY}required = true\n"
BY_USER = '[[rule]]\nallow = "db/*"\nwhen.user = "ana@*"\n'
ASK = '[[rule]]\nask = "db/*"\n'


def signed(rules: str, person: Person, *, budget: float = 0) -> Play:
    """A session in which a person may sit there."""
    play = Play(f"{IDENTITY}{rules}", budget=budget)
    play.sign(person)
    play.handshake()
    play.list_tools("read")
    return play


def last(play: Play) -> Decided:
    return play.recorded(Decided)[-1]


def test_a_call_is_judged_by_who_is_signed_in_and_its_record_says_who() -> None:
    """Issue 5.3: identity on every record as (issuer, subject) plus display name."""
    play = signed(BY_USER, ANA)
    assert [sent["id"] for sent in play.client(call(1, "read")).to_server] == [1]
    assert last(play).person == {"issuer": ANA.issuer, "subject": "1", "name": "Ana"}
    assert last(play).facts["user"] == ANA.user
    play.sign(BOB)
    assert play.client(call(2, "read")).to_server == []
    assert last(play).person == {"issuer": BOB.issuer, "subject": "2", "name": "Bob"}
    play.sign(GONE)
    assert play.client(call(3, "read")).to_server == []
    assert last(play).person is None
    assert last(play).facts["unsigned"] == GONE.explain()
    assert GONE.fix in last(play).reason


@pytest.mark.parametrize("other", [BOB, GONE, replace(ANA, session="s9")])
def test_a_call_that_was_judged_for_one_person_leaves_for_no_other(other: Person) -> None:
    """Attack: somebody else signs in between a decision and the moment that it is carried out, as
    while its record is written: the call would go out with a token of theirs.
    """
    play = signed(BY_USER, ANA)

    def meanwhile(record: Record) -> None:
        if isinstance(record, Decided):
            play.sign(other)

    play.log.before = meanwhile
    heard = play.client(call(1, "read"))
    assert heard.to_server == []
    (answer,) = heard.to_client
    text = answer["result"]["content"][0]["text"]
    assert text.endswith("who is signed in has changed; repeat the call.")
    assert last(play).decision == "allow"
    (outcome,) = [one for one in heard.records if isinstance(one, Outcome | LateOutcome)]
    assert outcome.status == "cancelled"


def test_a_call_has_only_the_claims_that_its_rules_look_at() -> None:
    """What a provider tells of a person is no business of the log's."""
    play = signed('[[rule]]\nallow = "db/*"\nwhen.claim.level.min = 3\n', replace(ANA, auth_time=5))
    play.client(call(1, "read"))
    assert last(play).decision == "allow"
    facts = last(play).facts
    assert facts["claims"] == {"level": 3}
    assert "groups" not in facts
    assert facts["signed_in_at"] == 5
    play = signed('[[rule]]\nallow = "db/*"\nwhen.args.team = "$group"\n', ANA)
    play.client(call(1, "read", team="ops"))
    play.client(call(2, "read", team="root"))
    assert [one.decision for one in play.recorded(Decided)] == ["allow", "deny"]
    assert last(play).facts["groups"] == ("dev", "ops")
    assert "claims" not in last(play).facts


def test_without_a_required_sign_in_calls_are_denied_and_tools_stay_listed() -> None:
    """Issue 5.3: denied with the way to sign in, told in the instructions."""
    play = Play(f"{REQUIRED}{EVERYTHING}")
    play.sign(GONE)
    play.client(request("hello", "initialize", protocolVersion="2025-11-25", capabilities={}))
    answer = result("hello", protocolVersion="2025-11-25", capabilities={}, instructions="hi")
    (told,) = play.server(answer).to_client
    assert GONE.fix in told["result"]["instructions"]
    play.client(request(1, "tools/list"))
    tools = [{"name": "read", "inputSchema": {"type": "object"}}]
    (listed,) = play.server(result(1, tools=tools)).to_client
    assert [tool["name"] for tool in listed["result"]["tools"]] == ["read"]
    heard = play.client(call(2, "read"))
    assert heard.to_server == []
    (denied,) = heard.to_client
    assert GONE.fix in denied["result"]["content"][0]["text"]
    play.sign(ANA)
    assert [sent["id"] for sent in play.client(call(3, "read")).to_server] == [3]
    assert play.gate.trouble() is None


def test_held_calls_are_judged_again_when_somebody_else_sits_there() -> None:
    """Promise: a change of identity re-judges everything held."""
    play = signed(f"required = true\n{ASK}", ANA, budget=45)
    play.client(call(7, "read"))
    before = play.desk.requests()[0].matter
    play.sign(BOB)
    play.said(play.session.refresh)
    (request_now,) = play.desk.requests()
    assert request_now.matter.digest != before.digest
    assert request_now.matter.call.facts.user == BOB.user
    play.sign(GONE)
    heard = play.said(play.session.refresh)
    assert heard.to_server == []
    (denied,) = play.to_client[-1:]
    assert GONE.fix in denied["result"]["content"][0]["text"]
    assert last(play).person is None


def test_an_outcome_is_of_who_made_the_call_whoever_is_there_by_then() -> None:
    """Issue 5.3: what a server did for one person is never told as another's."""
    play = signed(EVERYTHING, ANA)
    play.client(call(1, "read"))
    play.client(call(2, "read"))
    play.server(result(1, content=[]))
    play.sign(BOB)
    play.server(result(2, content=[]))
    play.client(call(3, "read"))
    play.sign(GONE)
    play.server(result(3, content=[]))
    at_once, for_ana, for_bob = play.recorded(Outcome)
    assert not isinstance(at_once, LateOutcome)
    assert isinstance(for_ana, LateOutcome)
    assert isinstance(for_bob, LateOutcome)
    assert for_ana.person == person(ANA.signed_in)
    assert for_bob.person == person(BOB.signed_in)
    assert (for_ana.call, for_ana.status) == ("7f3a-2", "ok")


def began(play: Play) -> None:
    """A call that goes on as the task t1."""
    asked = call(1, "read")
    asked["params"] |= {"task": {"ttl": 1000}}
    play.client(asked)
    play.server(result(1, task={"taskId": "t1", "status": "working"}))


@pytest.mark.parametrize("other", [BOB, GONE, replace(ANA, issuer="https://other.example")])
@pytest.mark.parametrize("method", ["tasks/get", "tasks/result", "tasks/cancel", "tasks/update"])
def test_a_task_that_another_person_has_begun_is_neither_fetched_nor_ended(
    other: Person, method: str
) -> None:
    """Attack: on a shared machine the next person fetches what a server made for the one before,
    with that one's token. Another issuer's "1" is another person (OpenID Connect Core 5.7).
    """
    play = signed(EVERYTHING, ANA)
    began(play)
    play.sign(other)
    heard = play.client(request(3, method, taskId="t1"))
    assert heard.to_server == []
    (refused,) = heard.to_client
    assert "another person has begun that task" in refused["error"]["message"]
    frames = [one.reason for one in heard.records if isinstance(one, RefusedFrame)]
    assert frames == ["task-of-another"]


def test_a_task_of_another_person_is_neither_listed_nor_told_of() -> None:
    """Its status may say what it is about."""
    play = signed(EVERYTHING, ANA)
    began(play)
    status = {"jsonrpc": "2.0", "method": "notifications/tasks/status", "params": {"taskId": "t1"}}
    assert play.server(status).to_client != []
    play.sign(BOB)
    play.client(request(3, "tasks/list"))
    (listed,) = play.server(result(3, tasks=[{"taskId": "t1"}])).to_client
    assert listed["result"]["tasks"] == []
    assert play.server(status).to_client == []


@pytest.mark.parametrize("again", [ANA, replace(ANA, session="s9", name="Ana B.")])
def test_a_person_fetches_what_they_have_begun_after_another_sign_in_too(again: Person) -> None:
    """Issuer and subject name a person, and nothing else does."""
    play = signed(EVERYTHING, ANA)
    began(play)
    play.sign(BOB)
    play.client(request(2, "tasks/result", taskId="t1"))
    play.sign(again)
    assert [
        one["id"] for one in play.client(request(3, "tasks/result", taskId="t1")).to_server
    ] == [3]


def test_what_was_begun_while_nobody_was_signed_in_is_nobodys_alone() -> None:
    """Where a sign-in is not required, it may come later than the call."""
    play = signed(EVERYTHING, GONE)
    began(play)
    play.sign(ANA)
    assert play.client(request(3, "tasks/get", taskId="t1")).to_server != []


def test_a_task_is_of_who_started_it_and_a_subscription_of_who_made_it() -> None:
    """Their outcomes come when somebody asks for them, or at the end."""
    play = signed(EVERYTHING, ANA)
    began(play)
    wanted = {"notifications": {"resourceSubscriptions": ["file:///a"]}}
    play.client(modern(request(2, "subscriptions/listen", **wanted)))
    play.client(request(3, "tasks/result", taskId="t1"))
    play.sign(BOB)
    play.server(result(3, content=[]))
    play.server(result(2))
    _, fetched, listened = play.recorded(Outcome)
    assert isinstance(fetched, LateOutcome)
    assert isinstance(listened, LateOutcome)
    assert fetched.person == listened.person == person(ANA.signed_in)


def test_signing_in_again_lets_go_what_waited_for_that() -> None:
    """`reauth = "15m"` is satisfied by a fresh sign-in."""
    fresh, old = (replace(ANA, auth_time=NOON.timestamp() - age) for age in (10, 1000))
    play = signed('[[rule]]\nallow = "db/*"\nreauth = "15m"\n', old, budget=45)
    play.client(call(7, "read"))
    (held,) = play.desk.requests()
    assert held.matter.ask.duties.reauth
    assert "sign in again" in held.matter.ask.reason
    play.sign(fresh)
    play.said(play.session.refresh)
    assert [sent["id"] for sent in play.wait(0.1).to_server or play.to_server[-1:]] == [7]
    assert last(play).person == {"issuer": ANA.issuer, "subject": "1", "name": "Ana"}


def test_a_limit_counts_for_one_sign_in() -> None:
    """Issue 5.3: grants and limits die with the sign-in."""
    play = signed('[[rule]]\nid = "all"\nallow = "db/*"\nlimit = "1/hour"\n', ANA)
    for number, who in enumerate((ANA, ANA, replace(ANA, session="s9"), BOB, BOB)):
        play.sign(who)
        play.client(call(number, "read"))
    kinds = [one.decision for one in play.recorded(Decided)]
    assert kinds == ["allow", "deny", "allow", "allow", "deny"]
    assert all(key.startswith("work/all/") for key in play.ledger.spent)
    assert all(ANA.subject + "#" not in key for key in play.ledger.spent)


class People:
    """Who is signed in, as a test says; counts how often it is asked."""

    def __init__(self) -> None:
        self.now: Person = GONE
        self.asked = 0

    def __call__(self, _: Profile) -> Person:
        self.asked += 1
        return self.now


class Log:
    """Keeps what is recorded."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.people: list[Who | None] = []

    def belong_to(self, person: Who | None) -> None:
        self.people.append(person)

    def write(self, record: Record, *, durable: bool = False) -> int:
        assert not durable
        self.records.append(record)
        return len(self.records)


def test_each_change_of_person_is_in_the_log() -> None:
    """Issue 5.3: signed in, signed out, grown too old, other claims; nothing that is no change."""
    people, log = People(), Log()
    present = Present(people, Recorder(log, "7f3a", lambda: 0.0))
    standing = Standing(profile(f"{IDENTITY}{EVERYTHING}"))
    renewed = replace(ANA, groups=("dev",))
    steps: list[Person] = [
        *(GONE, replace(GONE, reason="the provider refuses"), ANA, ANA, renewed),
        *(Nobody("your sign-in is too old", "localguard login", expired=True), ANA, BOB),
        *(replace(BOB, session="s3"), GONE),
    ]
    seen = [present.at(standing) for people.now in steps]
    changes = [one for one in log.records if isinstance(one, PersonChange)]
    told = [(one.change, (one.person or {}).get("name"), one.reason) for one in changes]
    assert told == [
        ("signed_in", "Ana", None),
        ("claims", "Ana", None),
        ("expired", "Ana", "your sign-in is too old"),
        ("signed_in", "Ana", None),
        ("signed_in", "Bob", None),
        ("signed_in", "Bob", None),
        ("signed_out", "Bob", "nobody is signed in"),
    ]
    assert {one.profile for one in changes} == {"work"}
    assert seen[2] is seen[3]
    assert [one.person for one in seen] == steps
    assert all(one.profile is standing.profile for one in seen)


def test_whoever_is_there_at_the_beginning_is_told_as_present() -> None:
    """So that the log says who it was without a sign-in of that day."""
    people, log = People(), Log()
    people.now = ANA
    present = Present(people, Recorder(log, "7f3a", lambda: 0.0))
    plain = Standing(profile(EVERYTHING))
    assert present.at(plain) is plain
    assert present.at(Standing(None)).person is None
    assert people.asked == 0
    standing = Standing(profile(f"{IDENTITY}{EVERYTHING}"))
    other = replace(standing, profile=replace(profile(f"{IDENTITY}{ASK}"), name="home"))
    for one in (standing, plain, standing, other):
        present.at(one)
    (*_, home) = [one for one in log.records if isinstance(one, PersonChange)]
    assert [type(one) for one in log.records] == [PersonChange] * 3
    assert log.people == [person(ANA.signed_in), None, person(ANA.signed_in)]
    assert (home.change, home.profile) == ("present", "home")


def test_another_policy_is_another_standing_of_the_same_person() -> None:
    """An edit of the profile is no sign-in."""
    people, log = People(), Log()
    people.now = ANA
    present = Present(people, Recorder(log, "7f3a", lambda: 0.0))
    one, other = (Standing(profile(f"{IDENTITY}{rules}")) for rules in (EVERYTHING, ASK))
    assert present.at(one).person == present.at(other).person == ANA
    assert present.at(other).profile is other.profile
    assert len(log.records) == 1


@pytest.mark.parametrize("verb", [Verb.ALLOW, Verb.DENY])
def test_where_nothing_can_tell_who_it_is_it_is_nobody(verb: Verb) -> None:
    """Fail closed, with the way to sign in."""
    found = nobody(profile(f'[[rule]]\n{verb} = "*/*"'))
    assert found.explain() == "nobody is signed in: localguard login --profile work"
