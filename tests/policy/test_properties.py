"""What holds for every profile and every call."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.calls import Call, Facts, Json
from localguard.policy.decide import Standing, could_pass, decide
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.examine import examine
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from tests.policy.strategies import (
    CALLS,
    DEFAULTS,
    FACTS,
    LEAVES,
    NESTED,
    PROFILES,
    RULES,
    SERVERS,
    call_of,
    profile_of,
    rank,
)


@given(
    st.builds(Standing, st.none() | PROFILES, st.none() | st.just("p.toml:1: broken")),
    st.sampled_from(SERVERS),
    st.text(max_size=5),
    st.dictionaries(st.text(max_size=3) | st.just("p"), NESTED, max_size=3),
    FACTS,
)
def test_every_call_gets_a_decision(
    standing: Standing, server: str, item: str, arguments: dict[str, Json], facts: Facts
) -> None:
    """Promise: `decide` is total; whatever a model writes into arguments, there is an answer."""
    decision = decide(standing, call_of(server, item, arguments, facts))
    assert isinstance(decision, Allow | Ask | Deny)
    assert decision.by
    assert decision.reason


@given(st.data(), st.lists(RULES, max_size=5), DEFAULTS, CALLS)
def test_the_order_of_rules_does_not_matter(
    data: st.DataObject, rules: list[Rule], default: Verb, call: Call
) -> None:
    """The algebra, line 1: the same rules in any order decide the same, by the same rule."""
    placed = profile_of(rules, default).rules
    shuffled = data.draw(st.permutations(placed))
    one, other = (Profile("p", tuple(order), default=default) for order in (placed, shuffled))
    assert decide(Standing(one), call) == decide(Standing(other), call)


@given(st.lists(RULES, max_size=5), RULES, DEFAULTS, CALLS)
def test_one_more_deny_never_lets_more_through(
    rules: list[Rule], added: Rule, default: Verb, call: Call
) -> None:
    """The algebra, line 5: deny wins."""
    denied = replace(added, verb=Verb.DENY)
    before, after = (profile_of(found, default) for found in (rules, [*rules, denied]))
    assert rank(decide(Standing(after), call)) <= rank(decide(Standing(before), call))


@given(st.lists(RULES, max_size=5), RULES, DEFAULTS, CALLS)
def test_one_more_ask_never_allows(
    rules: list[Rule], added: Rule, default: Verb, call: Call
) -> None:
    """The algebra, line 4: an ask may lift a deny to a question, never to a yes."""
    asked = replace(added, verb=Verb.ASK)
    before, after = (profile_of(found, default) for found in (rules, [*rules, asked]))
    if not isinstance(decide(Standing(before), call), Allow):
        assert not isinstance(decide(Standing(after), call), Allow)


KNOWN = ("client", "user", "groups", "claims", "interactive", "marks")


def _less_known(facts: Facts, unknown: set[str]) -> Facts:
    return replace(
        facts,
        client=None if "client" in unknown else facts.client,
        user=None if "user" in unknown else facts.user,
        groups=None if "groups" in unknown else facts.groups,
        claims=None if "claims" in unknown else facts.claims,
        interactive=None if "interactive" in unknown else facts.interactive,
        marks=None if "marks" in unknown else facts.marks,
    )


@given(PROFILES, CALLS, st.data())
def test_what_is_not_known_never_lets_more_through(
    profile: Profile, call: Call, data: st.DataObject
) -> None:
    """The algebra, line 3: an argument removed or made unreadable, or a fact taken away."""
    arguments = dict(call.arguments)
    for name in data.draw(st.sets(st.sampled_from(["p", "q"]))):
        arguments.pop(name, None)
        if data.draw(st.booleans()):
            arguments[name] = data.draw(st.sampled_from([{}, [], None]))
    facts = _less_known(call.facts, data.draw(st.sets(st.sampled_from(KNOWN))))
    paths = {} if data.draw(st.booleans()) else dict(facts.paths)
    less = Call(call.server, call.item, arguments, replace(facts, paths=paths))
    assert rank(decide(Standing(profile), less)) <= rank(decide(Standing(profile), call))


@given(PROFILES, CALLS, st.lists(LEAVES, min_size=1, max_size=3), LEAVES)
def test_one_more_element_never_lets_more_through(
    profile: Profile, call: Call, elements: list[Json], added: Json
) -> None:
    """Attack: a forbidden path slipped in beside allowed ones (the algebra, line 3)."""
    some, more = (
        call_of(call.server, call.item, {**call.arguments, "p": found}, call.facts)
        for found in (elements, [*elements, added])
    )
    assert rank(decide(Standing(profile), more)) <= rank(decide(Standing(profile), some))


@given(PROFILES, CALLS)
def test_a_fault_lowers_an_allow_and_nothing_else(profile: Profile, call: Call) -> None:
    """Promise: what the last valid profile allowed is asked; its denials stay."""
    sound, faulty = (decide(Standing(profile, fault), call) for fault in (None, "broken"))
    assert word(faulty) == ("ask" if isinstance(sound, Allow) else word(sound))
    assert faulty.by == sound.by


@given(PROFILES, CALLS)
def test_only_what_can_never_pass_is_hidden(profile: Profile, call: Call) -> None:
    """Promise: a tool is hidden only when no call to it could be allowed or asked."""
    if not isinstance(decide(Standing(profile), call), Deny):
        assert could_pass(Standing(profile), call.server, call.item)


@given(PROFILES, CALLS)
def test_each_rule_that_names_the_call_is_explained(profile: Profile, call: Call) -> None:
    """A rule applied, or something kept it from applying, never both and never neither."""
    findings = examine(profile, call)
    assert [one.rule for one in findings] == list(profile.concerning(call.server, call.item))
    assert all(one.applied != bool(one.kept_by) for one in findings)
    allowed = decide(Standing(profile), call)
    if isinstance(allowed, Allow):
        assert [one for one in findings if one.rule == allowed.rule and one.applied]
