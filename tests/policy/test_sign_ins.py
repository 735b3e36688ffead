"""Who sits there, in policy: required sign-ins, fresh ones, and what is known of the person."""

from dataclasses import replace

import pytest

from localguard.policy.calls import Call, Facts, SignedIn
from localguard.policy.conditions import Argument, Condition, Fact, SignedInWithin
from localguard.policy.decide import Standing, could_pass, decide, limited, would_be
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.duties import Duties, Limit
from localguard.policy.examine import examine
from localguard.policy.globs import Glob
from localguard.policy.grants import Answer
from localguard.policy.lowering import floor, tempered
from localguard.policy.matchers import Same, Text
from localguard.policy.people import Identity, Nobody, SignIn, vouches_alike
from localguard.policy.profile import Profile
from localguard.policy.reauth import EACH_CALL
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import ANA, AT_NOON, NOON, SIGN_IN, call_of, profile_of

ALL = (Pattern(Glob("*"), Glob("*")),)
ALLOW = Rule(Verb.ALLOW, ALL, Origin("p.toml", 1))
ASK = replace(ALLOW, verb=Verb.ASK)
TOOLS = replace(ALLOW, verb=Verb.TOOLS)
DENY = replace(ALLOW, verb=Verb.DENY)
REQUIRED = replace(SIGN_IN, required=True)
GONE = Nobody("nobody is signed in", "localguard login --profile p")
WHO = Identity("https://login.example", "1", "ana@acme.example", "Ana", "s1", auth_time=5.0)
SIGNED = replace(AT_NOON, user="ana@acme.example", person=ANA)


def profile(*rules: Rule, sign_in: SignIn | None = REQUIRED) -> Profile:
    return replace(profile_of(rules), sign_in=sign_in)


def call(facts: Facts = AT_NOON, **arguments: str) -> Call:
    return call_of("a", "r", dict(arguments), facts)


def signed_in(seconds_ago: float) -> Facts:
    return replace(SIGNED, signed_in_at=NOON.timestamp() - seconds_ago)


def test_without_a_required_sign_in_every_call_is_denied_with_the_way_to_sign_in() -> None:
    """Issue 5.3: `required = true`; the tools stay listed, and nothing is counted."""
    standing = Standing(profile(replace(ALLOW, limit=Limit(3, 60))))
    denied = decide(standing, call(replace(AT_NOON, unsigned=GONE.explain())))
    assert denied == Deny(
        "p.toml:98",
        "the profile requires a sign-in, and nobody is signed in: localguard login --profile p",
    )
    unknown = decide(standing, call())
    assert isinstance(unknown, Deny)
    assert "it is not known who is signed in" in unknown.reason
    assert limited(standing, call()) == ()
    assert could_pass(standing, "a", "r")
    assert isinstance(decide(standing, call(SIGNED)), Allow)
    assert len(limited(standing, call(SIGNED))) == 1


def test_a_sign_in_that_is_not_required_only_tells_who_it_is() -> None:
    """What rules do not ask for needs nobody."""
    standing = Standing(profile(ALLOW, sign_in=SIGN_IN), person=GONE)
    assert isinstance(decide(standing, call(replace(AT_NOON, unsigned=GONE.explain()))), Allow)
    assert standing.unsigned is None
    assert would_be(Standing(profile(replace(DENY, trial=True))), call()) is None


def test_a_standing_tells_who_is_signed_in_and_why_nobody_is() -> None:
    """For the server's instructions and for consoles."""
    required = profile(ALLOW)
    assert Standing(required, person=GONE).unsigned == GONE.explain()
    assert Standing(required, person=GONE).identity is None
    assert Standing(required, person=WHO).unsigned is None
    assert Standing(required, person=WHO).identity == WHO
    assert Standing(None).unsigned is None
    assert Standing(profile(ALLOW, sign_in=None)).unsigned is None


@pytest.mark.parametrize(
    "rules", [(replace(ALLOW, reauth=900),), (ALLOW, replace(TOOLS, reauth=900))]
)
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (signed_in(0), "allow"),
        (signed_in(900), "allow"),
        (signed_in(901), "ask"),
        (signed_in(-1), "ask"),
        (SIGNED, "ask"),
        (AT_NOON, "ask"),
    ],
)
def test_an_older_sign_in_is_not_enough(
    rules: tuple[Rule, ...], facts: Facts, expected: str
) -> None:
    """`reauth = "15m"`: as a duty it joins, whatever the verb of its rule."""
    decision = decide(Standing(profile(*rules, sign_in=SIGN_IN)), call(facts))
    assert word(decision) == expected
    assert not isinstance(decision, Deny)
    assert decision.duties.reauth is (expected == "ask")
    assert isinstance(decision, Allow) or decision.remembered_as is None


@pytest.mark.parametrize(
    ("reauth", "facts", "why"),
    [
        (EACH_CALL, signed_in(0), "takes a new sign-in for each such call"),
        (900, signed_in(901), "takes a sign-in of the last 15m, and yours is older: sign in again"),
        (
            3600,
            SIGNED,
            "takes a sign-in of the last 1h, and it is not known when yours was: sign in again",
        ),
        (
            86400,
            replace(AT_NOON, unsigned=GONE.explain()),
            f"takes a sign-in, and {GONE.explain()}",
        ),
        (90, signed_in(91), "takes a sign-in of the last 90s, and yours is older: sign in again"),
        (
            86400 * 2,
            signed_in(9e9),
            "takes a sign-in of the last 2d, and yours is older: sign in again",
        ),
    ],
)
def test_what_is_asked_says_what_to_do(reauth: int, facts: Facts, why: str) -> None:
    """Every message: what happened, where, what to do next."""
    decision = decide(
        Standing(profile(replace(ALLOW, reauth=reauth), sign_in=SIGN_IN)), call(facts)
    )
    assert isinstance(decision, Ask)
    assert (decision.by, decision.reason) == ("p.toml:1", f"p.toml:1 {why}")


def test_an_ask_that_takes_a_sign_in_keeps_its_rule_and_is_never_remembered() -> None:
    """With `reauth = true` each call is answered by a person who proves to be there."""
    rule = replace(ASK, id="pay", reauth=EACH_CALL)
    answer = Answer("pay", "p", "a/r", "i", "n", None, (), None, person=ANA.id)
    facts = replace(signed_in(0), identity="i", pin="n")
    asked = decide(Standing(replace(profile(rule), answers=(answer,))), call(facts))
    assert isinstance(asked, Ask)
    assert asked.duties.reauth
    plain = decide(Standing(profile(rule)), call(facts))
    assert isinstance(plain, Ask)
    assert (plain.by, plain.remembered_as, plain.duties) == ("p.toml:1", None, Duties(reauth=True))
    assert plain.reason == (
        "an ask rule applies, or may apply; p.toml:1 takes a new sign-in for each such call"
    )


def test_the_rule_that_wants_a_sign_in_for_each_call_is_named_first() -> None:
    """Signing in again would not do."""
    rules = (replace(ALLOW, reauth=900), replace(TOOLS, reauth=EACH_CALL))
    decision = decide(Standing(profile(*rules)), call(signed_in(901)))
    assert decision.by == "p.toml:2"
    only_one_applies = (ALLOW, replace(TOOLS, reauth=60, when=(Fact("user", (Text(Glob("x")),)),)))
    assert isinstance(decide(Standing(profile(*only_one_applies)), call(signed_in(61))), Allow)


def test_a_limit_that_is_reached_goes_before_a_sign_in() -> None:
    """What is denied is denied; what is asked takes both."""
    over = replace(signed_in(901), spent={"p.toml:1": 4})
    rule = replace(ALLOW, reauth=900, limit=Limit(3, 60))
    assert isinstance(decide(Standing(profile(rule)), call(over)), Deny)
    asked = decide(Standing(profile(replace(rule, over=Verb.ASK))), call(over))
    assert isinstance(asked, Ask)
    assert asked.duties.reauth
    assert "limit 3/minute" in asked.reason


def test_a_denial_takes_no_sign_in() -> None:
    """Nobody can answer it, however fresh they are."""
    assert isinstance(decide(Standing(profile(replace(DENY, reauth=0), ALLOW)), call(SIGNED)), Deny)
    trial = Standing(profile(ALLOW, replace(TOOLS, reauth=0, trial=True)))
    assert isinstance(decide(trial, call(SIGNED)), Allow)
    assert isinstance(would_be(trial, call(SIGNED)), Ask)


@pytest.mark.parametrize(
    "other",
    [
        None,
        replace(SIGN_IN, issuer="https://evil.example"),
        replace(SIGN_IN, client_id="other"),
        replace(SIGN_IN, groups_claim="nickname"),
        replace(SIGN_IN, max_session_age=60),
        replace(SIGN_IN, claims_max_age=None),
    ],
)
def test_another_provider_says_nothing_that_was_accepted(other: SignIn | None) -> None:
    """Attack: a model edits `[identity]`, so that a provider of its own calls it ana."""
    rule = replace(ALLOW, when=(Fact("user", (Text(Glob("ana@*")),)),))
    accepted, current = (profile(rule, sign_in=one) for one in (SIGN_IN, other))
    standing = Standing(tempered(current, accepted), accepted=floor(accepted, current))
    assert isinstance(decide(standing, call(SIGNED)), Ask)
    assert not vouches_alike(SIGN_IN, other)


def test_what_only_localguard_sees_of_a_provider_is_no_other_provider() -> None:
    """Another port of the redirect URI, or a sign-in that is required now."""
    other = replace(REQUIRED, ports=(8400,), host="localhost", client_secret="s", origin=ANA_HERE)
    assert vouches_alike(SIGN_IN, other)
    assert vouches_alike(None, None)
    rule = replace(ALLOW, when=(Fact("user", (Text(Glob("ana@*")),)),))
    accepted, current = (profile(rule, sign_in=one) for one in (SIGN_IN, other))
    standing = Standing(tempered(current, accepted), accepted=floor(accepted, current))
    assert isinstance(decide(standing, call(SIGNED)), Allow)


ANA_HERE = Origin("q.toml", 7)


def test_a_requirement_that_was_accepted_is_not_taken_out_in_silence() -> None:
    """Attack: `required = true` or `reauth = true` deleted from the file."""
    accepted, current = profile(ALLOW), profile(ALLOW, sign_in=SIGN_IN)
    standing = Standing(tempered(current, accepted), accepted=floor(accepted, current))
    assert isinstance(decide(standing, call()), Ask)
    with_duty = profile(replace(ALLOW, reauth=EACH_CALL), sign_in=SIGN_IN)
    both = Standing(tempered(current, with_duty), accepted=floor(with_duty, current))
    decision = decide(both, call(SIGNED))
    assert isinstance(decision, Ask)
    assert decision.duties.reauth


@pytest.mark.parametrize(
    ("condition", "kept_by"),
    [
        (Fact("user", (Text(Glob("ana")),)), "when.user cannot be judged: "),
        (Fact("claim.level", (Text(Glob("3")),)), "when.claim.level cannot be judged: "),
        (SignedInWithin(60), "when.signed_in_within cannot be judged: "),
        (Fact("client", (Text(Glob("x")),)), "when.client cannot be judged"),
        (Argument(("p",), (Same("user"),)), "when.args.p cannot be judged"),
    ],
)
def test_a_near_miss_tells_how_to_sign_in(condition: Condition, kept_by: str) -> None:
    """A rule by user that nobody signed in for."""
    facts = replace(AT_NOON, unsigned=GONE.explain())
    (finding,) = examine(profile_of([replace(ALLOW, when=(condition,))]), call(facts, p="x"))
    told = GONE.explain() if kept_by.endswith(": ") else ""
    assert finding.kept_by == kept_by + told
    (known,) = examine(profile_of([replace(ALLOW, when=(condition,))]), call(AT_NOON, p="x"))
    assert known.kept_by == kept_by.removesuffix(": ")


def test_the_rules_tell_which_facts_of_a_person_they_look_at() -> None:
    """Only those become facts of a call, and stand in its record."""
    rule = replace(
        ALLOW,
        when=(Fact("group", ()), Argument(("p",), (Same("claim.team"),))),
        unless=(Fact("claim.level", ()), Fact("client", ())),
    )
    assert rule.of_person == {"group", "claim.team", "claim.level"}
    assert ALLOW.of_person == frozenset()


def test_a_person_is_issuer_and_subject() -> None:
    """OpenID Connect Core 1.0 section 5.7: nothing else names a person."""
    assert WHO.key == ("https://login.example", "1")
    assert WHO.signed_in == SignedIn("https://login.example", "1", "Ana", "s1")
    assert SignedIn.of(ANA.id) == replace(ANA, name="", session="")
    odd = SignedIn("https://login.example", "a#b", "")
    assert SignedIn.of(odd.id) == odd
    assert "token" not in repr(WHO)
