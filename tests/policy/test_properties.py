"""What holds for every profile and every call."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from localguard.policy.calls import Call, Facts, Json
from localguard.policy.canonical import digest_of
from localguard.policy.decide import Standing, could_pass, decide, limited, would_be
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.examine import examine
from localguard.policy.grants import Answer, call_digest
from localguard.policy.lowering import floor, tempered
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from tests.policy.oracle import held_against, overlaid
from tests.policy.strategies import (
    ANSWERS,
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


KNOWN = (
    "client",
    "user",
    "groups",
    "claims",
    "signed_in_at",
    "interactive",
    "marks",
    "confirmed",
    "seen",
)
UNREVIEWED = frozenset({"new", "changed"})


def _less_known(facts: Facts, unknown: set[str]) -> Facts:
    return replace(
        facts,
        confirmed=facts.confirmed and "confirmed" not in unknown,
        seen={} if "seen" in unknown else facts.seen,
        client=None if "client" in unknown else facts.client,
        user=None if "user" in unknown else facts.user,
        groups=None if "groups" in unknown else facts.groups,
        claims=None if "claims" in unknown else facts.claims,
        signed_in_at=None if "signed_in_at" in unknown else facts.signed_in_at,
        interactive=None if "interactive" in unknown else facts.interactive,
        marks=None if "marks" in unknown else facts.marks,
    )


@given(PROFILES, CALLS, st.data())
def test_what_is_not_known_never_lets_more_through(
    profile: Profile, call: Call, data: st.DataObject
) -> None:
    """The algebra, line 3: an argument removed or made unreadable, or a fact taken away.

    That a definition is new or has changed is no fact that a call is allowed for.
    """
    assume(UNREVIEWED.isdisjoint(call.facts.marks or ()))
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
        for marks in (None, call.facts.marks):
            assert could_pass(Standing(profile), call.server, call.item, marks=marks)


@given(PROFILES, CALLS)
def test_each_rule_that_names_the_call_is_explained(profile: Profile, call: Call) -> None:
    """A rule applied, or something kept it from applying, never both and never neither."""
    findings = examine(profile, call)
    assert [one.rule for one in findings] == list(profile.concerning(call.server, call.item))
    assert all(one.applied != bool(one.kept_by) for one in findings)
    allowed = decide(Standing(profile), call)
    if isinstance(allowed, Allow):
        assert [one for one in findings if one.rule == allowed.rule and one.applied]


@given(PROFILES, st.lists(ANSWERS, max_size=3), CALLS)
def test_the_algebra_is_what_its_ten_lines_say(
    profile: Profile, answers: list[Answer], call: Call
) -> None:
    """What is sorted and settled before the call changes nothing; where answers lie neither."""
    whole = replace(profile, answers=tuple(answers))
    assert word(decide(Standing(whole), call)) == overlaid(whole, call)
    beside = Standing(profile, answers=tuple(answers))
    assert decide(beside, call) == decide(Standing(whole), call)


@given(PROFILES, CALLS)
def test_before_a_review_no_marks_give_an_allow(profile: Profile, call: Call) -> None:
    """Attack: a server that calls its tools read-only (claims of unreviewed servers)."""
    claimed = replace(call, facts=replace(call.facts, confirmed=False))
    if isinstance(decide(Standing(profile), claimed), Allow):
        doubted = replace(call, facts=replace(call.facts, marks=None))
        assert isinstance(decide(Standing(profile), doubted), Allow)


@given(PROFILES, CALLS)
def test_before_a_review_nothing_more_passes(profile: Profile, call: Call) -> None:
    """Rules by name work, and what is asked or denied stays so."""
    before, after = (replace(call, facts=replace(call.facts, confirmed=c)) for c in (False, True))
    first, then = decide(Standing(profile), before), decide(Standing(profile), after)
    assert rank(first) <= rank(then)
    # Limits of rules by mark count on both sides of the doubt.
    if not call.facts.spent:
        assert (rank(first) == 0) == (rank(then) == 0)


@given(PROFILES, CALLS, st.sampled_from(sorted(UNREVIEWED)))
def test_what_nobody_has_reviewed_is_never_allowed(profile: Profile, call: Call, mark: str) -> None:
    """Promise: a new or changed definition is asked at most, and denied where pins are strict."""
    marks = (call.facts.marks or frozenset()) | {mark}
    new = replace(call, facts=replace(call.facts, marks=marks))
    assert rank(decide(Standing(profile), new)) <= (0 if profile.pins_strict else 1)


@given(PROFILES, CALLS, st.data())
def test_one_more_call_never_lets_more_through(
    profile: Profile, call: Call, data: st.DataObject
) -> None:
    """A limit only ever holds up, and a count that is not known is one that is reached."""
    spent = dict(call.facts.spent)
    line = data.draw(st.integers(1, 5))
    before = spent.get(f"p.toml:{line}", 0)
    more = None if before is None else data.draw(st.none() | st.just(before + 10))
    spent[f"p.toml:{line}"] = more
    later = replace(call, facts=replace(call.facts, spent=spent))
    assert rank(decide(Standing(profile), later)) <= rank(decide(Standing(profile), call))


@given(PROFILES, CALLS)
def test_the_counted_rules_are_those_of_the_decision(profile: Profile, call: Call) -> None:
    """The algebra, line 10: what is reserved before a decision is what the decision stands on."""
    counted = limited(Standing(profile), call)
    assert all(rule.limit and not rule.trial for rule in counted)
    decision = decide(Standing(profile), call)
    if isinstance(decision, Allow | Ask):
        assert decision.duties.limits == tuple(rule.name for rule in counted)
        spent = [(call.facts.spent.get(rule.name, 0), rule) for rule in counted]
        over = [one for count, one in spent if one.limit and (count or 99) > one.limit.count]
        assert isinstance(decision, Ask) or not [r for r in over if r.name in call.facts.spent]


@given(st.lists(RULES, max_size=5), RULES, DEFAULTS, CALLS)
def test_a_trial_rule_changes_nothing_but_what_would_be(
    rules: list[Rule], tried: Rule, default: Verb, call: Call
) -> None:
    """Promise: a trial rule is only noted; what it would do is told where that is another thing."""
    live = [replace(rule, trial=False) for rule in rules]
    without, trial, earnest = (
        Standing(profile_of([*live, *more], default))
        for more in ([], [replace(tried, trial=True)], [replace(tried, trial=False)])
    )
    assert decide(trial, call) == decide(without, call)
    assert would_be(without, call) is None
    noted, then = would_be(trial, call), decide(earnest, call)
    if noted is not None:
        assert word(noted) == word(then)
    elif call.facts.misfit is None:
        assert word(then) == word(decide(without, call))


@given(PROFILES, st.lists(ANSWERS, max_size=3), CALLS)
def test_an_answer_settles_an_ask_and_nothing_else(
    profile: Profile, answers: list[Answer], call: Call
) -> None:
    """The algebra, line 6: never over a deny, never what is to be asked anew each time."""
    asked = decide(Standing(profile), call)
    settled = decide(Standing(replace(profile, answers=tuple(answers))), call)
    if word(asked) != word(settled):
        assert isinstance(asked, Ask)
        given = [one for one in answers if one.covers(profile.name, call)]
        assert any(one.allows is isinstance(settled, Allow) for one in given)
        assert asked.remembered_as or isinstance(settled, Deny)


@given(PROFILES, st.lists(ANSWERS, max_size=3), ANSWERS, CALLS)
def test_one_more_no_never_lets_more_through(
    profile: Profile, answers: list[Answer], added: Answer, call: Call
) -> None:
    """The algebra, line 6: a no wins over each yes."""
    no = replace(added, allows=False)
    before, after = (replace(profile, answers=tuple(given)) for given in (answers, [*answers, no]))
    assert rank(decide(Standing(after), call)) <= rank(decide(Standing(before), call))


@given(PROFILES, PROFILES, st.lists(ANSWERS, max_size=2), CALLS)
def test_what_nobody_has_accepted_lets_nothing_more_through(
    now: Profile, before: Profile, answers: list[Answer], call: Call
) -> None:
    """Promise: an allow stays only where both versions give it, and no other decision changes."""
    current, accepted = replace(now, answers=tuple(answers)), before
    held = decide(held_standing(current, accepted), call)
    alone, then = decide(Standing(current), call), decide(Standing(accepted), call)
    assert rank(held) <= rank(alone)
    if isinstance(held, Allow):
        assert isinstance(then, Allow)
    else:
        assert word(held) == ("ask" if isinstance(alone, Allow) else word(alone))
    assert word(held) == held_against(current, accepted, call)
    # Whoever accepted that a call takes a new sign-in is asked by that rule.
    assert held.by == alone.by or (isinstance(held, Ask) and held.duties.reauth)


@given(PROFILES, CALLS)
def test_what_was_accepted_is_not_lowered_against_itself(profile: Profile, call: Call) -> None:
    """Nobody is asked for the sake of a remark that was added."""
    moved = replace(profile, rules=tuple(replace(one, id=one.id) for one in profile.rules))
    assert decide(held_standing(profile, moved), call) == decide(Standing(profile), call)


@given(PROFILES, PROFILES, CALLS)
def test_the_duties_of_both_versions_hold(current: Profile, accepted: Profile, call: Call) -> None:
    """Attack: redaction taken out of a profile, or the care about what cannot be undone."""
    held = decide(held_standing(current, accepted), call)
    alone, then = decide(Standing(current), call), decide(Standing(accepted), call)
    if isinstance(held, Allow):
        assert isinstance(alone, Allow)
        assert isinstance(then, Allow)
        assert held.duties.redact >= alone.duties.redact | then.duties.redact
        assert held.duties.destructive >= max(alone.duties.destructive, then.duties.destructive)
    if isinstance(held, Ask) and isinstance(alone, Ask | Allow):
        taking = isinstance(then, Ask) and then.duties.reauth
        same = current.sign_in == accepted.sign_in
        assert held.duties.reauth >= max(alone.duties.reauth, taking and same)


@given(PROFILES, st.none() | PROFILES, CALLS)
def test_in_lockdown_everything_is_denied(
    profile: Profile, accepted: Profile | None, call: Call
) -> None:
    """Promise: whatever the profile says; nothing is counted, noted or hidden for it."""
    locked = Standing(profile, "lockdown: wait", accepted=accepted, locked=True)
    decision = decide(locked, call)
    assert isinstance(decision, Deny)
    assert (decision.by, decision.reason) == ("built in", call.facts.misfit or "lockdown: wait")
    assert limited(locked, call) == ()
    assert would_be(locked, call) is None
    shown = could_pass(Standing(profile), call.server, call.item)
    assert could_pass(locked, call.server, call.item) == shown


def held_standing(current: Profile, accepted: Profile) -> Standing:
    """The standing of a profile of which another version was accepted."""
    return Standing(tempered(current, accepted), accepted=floor(accepted, current))


@given(RULES, CALLS)
def test_managed_rules_are_the_only_ones_that_allow_where_no_other_may(
    rule: Rule, call: Call
) -> None:
    """The algebra, line 1: with `user_allow` false."""
    profile = replace(profile_of([replace(rule, managed=False)]), user_allow=False)
    assert not isinstance(decide(Standing(profile), call), Allow)


@given(PROFILES, CALLS, DEFAULTS)
def test_a_managed_default_is_never_looser(profile: Profile, call: Call, default: Verb) -> None:
    """The algebra, line 5: managed defaults can only be stricter."""
    without, under = (replace(profile, managed_default=one) for one in (None, default))
    assert rank(decide(Standing(under), call)) <= rank(decide(Standing(without), call))


@given(NESTED, NESTED)
def test_no_two_values_have_one_digest(one: Json, other: Json) -> None:
    """Attack: a leave for 1 used for true, 1.0 or "1"."""
    assert (digest_of(one) == digest_of(other)) == (_typed(one) == _typed(other))


def _typed(value: Json) -> object:
    if isinstance(value, dict):
        return "object", {key: _typed(member) for key, member in value.items()}
    if isinstance(value, list):
        return "array", [_typed(element) for element in value]
    return type(value).__name__, repr(value)


@given(CALLS, CALLS)
def test_a_leave_is_for_one_call(one: Call, other: Call) -> None:
    """Promise: another argument, server, definition, client, person or sign-in is another call."""
    profile = Profile("p", ())

    def bound(call: Call) -> object:
        facts = call.facts
        known = (facts.identity, facts.pin, facts.client, facts.person)
        return call.target, known, _typed(dict(call.arguments))

    same = call_digest(profile, one) == call_digest(profile, other)
    assert same == (bound(one) == bound(other))
    assert call_digest(profile, one) != call_digest(Profile("q", ()), one)
