"""The algebra, line by line, with the rule and the reason each decision names."""

from dataclasses import replace

import pytest

from localguard.policy.calls import Facts, Json
from localguard.policy.conditions import Argument
from localguard.policy.decide import Standing, could_pass, decide
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.globs import Glob
from localguard.policy.matchers import Text, Under
from localguard.policy.profile import MEMO_SIZE, Profile
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import AT_NOON, call_of, profile_of

HERE = Origin("p.toml", 1)
ALL = (Pattern(Glob("*"), Glob("*")),)
P_IS_X = Argument(("p",), (Text(Glob("x")),))

ALLOW = Rule(Verb.ALLOW, ALL, HERE)
ASK = Rule(Verb.ASK, ALL, HERE)
DENY = Rule(Verb.DENY, ALL, HERE, because="by hand")
TOOLS = Rule(Verb.TOOLS, ALL, HERE)


def if_x(rule: Rule) -> Rule:
    """The rule where p is x."""
    return replace(rule, when=(P_IS_X,))


@pytest.mark.parametrize(
    ("rules", "arguments", "expected", "by"),
    [
        ([], {}, "deny", "p.toml default"),
        ([TOOLS], {}, "deny", "p.toml default"),
        ([ALLOW], {}, "allow", "p.toml:1"),
        ([ASK], {}, "ask", "p.toml:1"),
        ([DENY], {}, "deny", "p.toml:1"),
        ([ALLOW, ASK], {}, "ask", "p.toml:2"),
        ([ALLOW, ASK, DENY], {}, "deny", "p.toml:3"),
        ([ALLOW, DENY], {}, "deny", "p.toml:2"),
        # an ask is judged loosely where it lowers an allow, strictly where it lifts a deny
        ([ALLOW, if_x(ASK)], {"p": "y"}, "allow", "p.toml:1"),
        ([ALLOW, if_x(ASK)], {}, "ask", "p.toml:2"),
        ([if_x(ASK)], {}, "deny", "p.toml default"),
        ([if_x(ASK)], {"p": "x"}, "ask", "p.toml:1"),
        ([if_x(ALLOW)], {}, "deny", "p.toml default"),
        ([if_x(ALLOW)], {"p": "x"}, "allow", "p.toml:1"),
        ([ALLOW, if_x(DENY)], {}, "deny", "p.toml:2"),
        ([ALLOW, if_x(DENY)], {"p": "y"}, "allow", "p.toml:1"),
    ],
)
def test_the_strictest_rule_that_applies_decides(
    rules: list[Rule], arguments: dict[str, Json], expected: str, by: str
) -> None:
    """The algebra, lines 4 and 5."""
    decision = decide(Standing(profile_of(rules)), call_of("a", "r", arguments))
    assert (word(decision), decision.by) == (expected, by)


@pytest.mark.parametrize(
    ("default", "own", "server", "expected", "by"),
    [
        (Verb.DENY, None, "a", "deny", "p.toml default"),
        (Verb.ASK, None, "a", "ask", "p.toml default"),
        (Verb.DENY, Verb.ASK, "a", "ask", "p.toml:99 default"),
        (Verb.ASK, Verb.DENY, "a", "deny", "p.toml:99 default"),
        (Verb.DENY, Verb.ASK, "b", "deny", "p.toml default"),
    ],
)
def test_without_a_rule_the_default_decides(
    default: Verb, own: Verb | None, server: str, expected: str, by: str
) -> None:
    """The algebra, line 5: the server's, else the profile's."""
    decision = decide(Standing(profile_of([], default, own)), call_of(server, "r", {}))
    assert (word(decision), decision.by) == (expected, by)


def test_a_denial_carries_the_persons_own_words() -> None:
    """`because` reaches the model, which then does not try again."""
    decision = decide(Standing(profile_of([DENY])), call_of("a", "r", {}))
    assert decision == Deny("p.toml:1", "a deny rule applies", DENY, "by hand")


def test_a_default_denial_names_the_rule_that_came_nearest() -> None:
    """A person sees what to change."""
    decision = decide(Standing(profile_of([if_x(ALLOW)])), call_of("a", "r", {}))
    assert decision.reason == (
        "no rule applies and the default is deny;"
        " p.toml:1 would allow it, but when.args.p is missing in the call"
    )


def test_own_folders_are_out_of_reach_whatever_the_profile_says() -> None:
    """The algebra, line 8, also while nothing else can be judged."""
    call = call_of("a", "r", {}, replace(AT_NOON, own_folder="/home/ana/.config/localguard"))
    for standing in (Standing(profile_of([ALLOW])), Standing(None, "broken")):
        decision = decide(standing, call)
        assert isinstance(decision, Deny)
        assert decision.by == "built in"
        assert "/home/ana/.config/localguard" in decision.reason


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("p.toml:3: broken. Fix: mend it.", "p.toml:3: broken. Fix: mend it."),
        (None, "no profile is in force"),
    ],
)
def test_without_a_profile_everything_is_denied(fault: str | None, reason: str) -> None:
    """Fail closed, with the way out."""
    decision = decide(Standing(None, fault), call_of("a", "r", {}))
    assert decision == Deny("built in", reason)


def test_a_resource_that_rules_cannot_be_sure_of_is_denied() -> None:
    """RFC 3986 section 6.2.2: another spelling of what a rule may name."""
    standing = Standing(profile_of([ALLOW]))
    assert isinstance(decide(standing, call_of("a", "resource:file:///w/a", {})), Allow)
    decision = decide(standing, call_of("a", "resource:file:///w/../etc", {}))
    assert isinstance(decision, Deny)
    assert decision.reason == "its URI has a . or .., which servers read differently"


def test_while_the_files_are_at_fault_allowed_calls_are_asked() -> None:
    """Promise: the rule and the fault are named."""
    decision = decide(Standing(profile_of([ALLOW]), "p.toml:3: broken"), call_of("a", "r", {}))
    assert isinstance(decision, Ask)
    assert decision.rule == ALLOW
    assert decision.reason == "allowed by the last valid profile, but p.toml:3: broken"


def test_the_first_rule_of_its_kind_is_named() -> None:
    """In the order of places, files included, so that a record can be repeated."""
    rules = [
        replace(DENY, origin=Origin(file, line), because=None)
        for file, line in [("q.toml", 1), ("p.toml", 10), ("p.toml", 9)]
    ]
    profile = Profile("p", tuple(rules))
    assert decide(Standing(profile), call_of("a", "r", {})).by == "p.toml:9"


def test_a_server_that_lists_without_end_does_not_fill_the_memory() -> None:
    """Attack: a million tool names."""
    profile = profile_of([ALLOW])
    for number in range(MEMO_SIZE + 10):
        assert profile.concerning("a", f"tool{number}")
    assert len(profile._memo) <= MEMO_SIZE


X = (Pattern(Glob("a"), Glob("x")),)
READ = (Pattern(Glob("a"), None, "read"),)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], False),
        ([ALLOW], True),
        ([if_x(ASK)], True),
        ([TOOLS], False),
        ([ALLOW, DENY], False),
        ([ALLOW, if_x(DENY)], True),
        ([ALLOW, replace(DENY, excepts=X)], True),
        ([ALLOW, replace(DENY, patterns=READ)], True),
        ([replace(ALLOW, excepts=X)], False),
        ([replace(ALLOW, excepts=READ)], True),
        ([replace(ALLOW, patterns=READ)], True),
        ([replace(ALLOW, patterns=(Pattern(Glob("a"), Glob("y")),))], False),
    ],
)
def test_what_no_call_could_ever_pass_is_hidden(rules: list[Rule], expected: bool) -> None:
    """Promise: hidden only when no arguments and no marks would let it pass."""
    assert could_pass(Standing(profile_of(rules)), "a", "x") is expected


def test_faults_hide_nothing() -> None:
    """Never silence: each call is answered with the way out."""
    hidden = profile_of([DENY])
    assert not could_pass(Standing(hidden), "a", "x")
    assert could_pass(Standing(hidden, "broken"), "a", "x")
    assert could_pass(Standing(None, "broken"), "a", "x")


def test_a_default_that_asks_hides_only_what_is_denied() -> None:
    """Everything else may be asked for."""
    assert could_pass(Standing(profile_of([], Verb.ASK)), "a", "x")
    assert not could_pass(Standing(profile_of([DENY], Verb.ASK)), "a", "x")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (replace(ALLOW, patterns=(Pattern(Glob("a"), Glob("resource:db://x/*")),)), True),
        (replace(ALLOW, patterns=(Pattern(Glob("a"), Glob("resource:web://*")),)), False),
        (replace(DENY, patterns=(Pattern(Glob("a"), Glob("resource:db://x/*")),)), False),
    ],
)
def test_a_template_is_shown_when_something_made_from_it_could_pass(
    rule: Rule, expected: bool
) -> None:
    """RFC 6570: a template stands for many resources."""
    standing = Standing(profile_of([rule]))
    assert could_pass(standing, "a", "resource:db://{name}", template=True) is expected


ATTACKS: list[tuple[str, Json]] = [
    ("a path that leads out", "/w/../etc/passwd"),
    ("a list for a text", ["/w/a", "/etc/passwd"]),
    ("an object for a text", {"__entity": {"type": "Path", "id": "/w/a"}}),
    ("an empty list", []),
    ("null", None),
    ("a number", 5),
    ("a relative path", "w/a"),
]


@pytest.mark.parametrize(
    "value", [value for _, value in ATTACKS], ids=[name for name, _ in ATTACKS]
)
@pytest.mark.parametrize("way", ["allow when", "deny unless"])
def test_what_fools_other_engines_is_denied_here(way: str, value: Json) -> None:
    """Research 2.3 and 6.4: the two ways to write `only below /w` refuse the same calls."""
    below = (Argument(("path",), (Under("/w"),)),)
    rules = (
        [replace(ALLOW, when=below)]
        if way == "allow when"
        else [ALLOW, replace(DENY, unless=below)]
    )
    standing = Standing(profile_of(rules))
    assert isinstance(decide(standing, call_of("a", "r", {"path": "/w/a"})), Allow)
    assert isinstance(decide(standing, call_of("a", "r", {"path": value})), Deny)
    assert isinstance(decide(standing, call_of("a", "r", {})), Deny)


def test_the_words_of_decisions() -> None:
    """What records, exit codes and tests of profiles say."""
    assert [word(one("x", "y")) for one in (Allow, Ask, Deny)] == ["allow", "ask", "deny"]


def test_a_call_is_named_as_patterns_are() -> None:
    """server/item."""
    assert call_of("a", "r", {}, Facts(AT_NOON.at)).target == "a/r"
