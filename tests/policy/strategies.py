"""Generated profiles and calls, small enough that rules and calls meet often."""

import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from localguard.policy.calls import Call, Facts, Json, SignedIn
from localguard.policy.conditions import (
    Argument,
    Condition,
    Fact,
    Hours,
    Seen,
    SignedInWithin,
    WithinHours,
)
from localguard.policy.decisions import Decision, word
from localguard.policy.duties import Limit
from localguard.policy.globs import Glob
from localguard.policy.grants import ANY_RULE, Answer
from localguard.policy.matchers import (
    AnyOf,
    Bounds,
    Domain,
    Flag,
    Host,
    LengthMax,
    Matcher,
    Number,
    Same,
    Sql,
    Text,
    Under,
)
from localguard.policy.people import SignIn
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import MARKS, Origin, Pattern, Rule, Verb

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
AT_NOON = Facts(NOON)
ANA = SignedIn("https://login.example", "1", "Ana", "1")
RANK = {"deny": 0, "ask": 1, "allow": 2}
SERVERS = ("a", "b")
ITEMS = ("r", "w", "rw")
ARGUMENTS = ("p", "q")

TEXTS = st.sampled_from(
    ["x", "X", "xy", "", "/w", "/w/a", "/w/../e", "~", "https://h.example/a", "m@h.example", "20"]
)
NUMBERS = st.sampled_from([0, 5, 20, 20.0, 2**53 + 1, -1])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = LEAVES | st.lists(LEAVES, max_size=3)
NESTED = st.recursive(
    LEAVES | st.integers() | st.floats(allow_nan=False) | st.text(string.printable, max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.just("p"), inner, max_size=3)
    ),
    max_leaves=8,
)

SINGLE: st.SearchStrategy[Matcher] = st.sampled_from(
    [
        Text(Glob("x*")),
        Text(Glob("x"), folded=True),
        Number(20),
        Flag(flag=True),
        Bounds(0, 10),
        Bounds(None, 20),
        LengthMax(2),
        Under("/w"),
        Host(Glob("*.example")),
        Domain("h.example"),
        Sql(frozenset({"read"})),
        Same("user"),
        Same("group"),
        Same("claim.c"),
    ]
)
MATCHERS: st.SearchStrategy[Matcher] = SINGLE | st.lists(SINGLE, min_size=1, max_size=2).map(
    lambda found: AnyOf(tuple(found))
)
CONDITIONS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        Argument,
        st.sampled_from([("p",), ("q",), ("q", "p")]),
        st.lists(MATCHERS, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(
        Fact,
        st.sampled_from(["client", "user", "group", "claim.c", "interactive"]),
        st.tuples(MATCHERS),
    ),
    st.just(WithinHours((Hours(frozenset({2}), 0, 720), Hours(frozenset({1}), 1200, 60)))),
    st.just(SignedInWithin(60)),
    st.sampled_from([Seen(("a/r",)), Seen(("a/r", "b/*"))]),
)
GLOBS = st.sampled_from(["*", "a", "b", "r", "w", "r*", "?w"]).map(Glob)
PATTERNS = st.builds(Pattern, GLOBS, GLOBS) | st.builds(
    Pattern, GLOBS, st.none(), st.sampled_from(sorted(MARKS))
)
RULES = st.builds(
    Rule,
    st.sampled_from(Verb),
    st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
    st.just(Origin("p.toml", 1)),
    excepts=st.lists(PATTERNS, max_size=1).map(tuple),
    when=st.lists(CONDITIONS, max_size=2).map(tuple),
    unless=st.lists(CONDITIONS, max_size=2).map(tuple),
    until=st.sampled_from([None, None, NOON, NOON + timedelta(days=1)]),
    remember=st.sampled_from([None, "never", "session"]),
    risk=st.sampled_from([None, None, "destructive"]),
    limit=st.sampled_from([None, None, Limit(3, 60), Limit(20, 60, ("p",))]),
    over=st.sampled_from([Verb.DENY, Verb.ASK]),
    redact=st.sampled_from([frozenset(), frozenset({"email"})]),
    reauth=st.sampled_from([None, None, None, 0, 60]),
    trial=st.sampled_from([False, False, False, True]),
    managed=st.booleans(),
)
SIGN_IN = SignIn("https://login.example", "localguard", Origin("p.toml", 98))
ELSEWHERE = replace(SIGN_IN, issuer="https://other.example", required=True)
DEFAULTS = st.sampled_from([Verb.DENY, Verb.ASK])


def profile_of(
    rules: Sequence[Rule], default: Verb = Verb.DENY, own: Verb | None = None
) -> Profile:
    """A profile with these rules on lines of their own, and a default for server `a`."""
    placed = tuple(
        replace(rule, origin=Origin("p.toml", line)) for line, rule in enumerate(rules, start=1)
    )
    table = ServerTable("a", Origin("p.toml", 99), default=own)
    return Profile("p", placed, default=default, servers={"a": table}, file="p.toml")


PROFILES = st.builds(
    replace,
    st.builds(profile_of, st.lists(RULES, max_size=5), DEFAULTS, st.none() | DEFAULTS),
    pins_strict=st.booleans(),
    managed_default=st.none() | DEFAULTS,
    user_allow=st.sampled_from([True, True, False]),
    sign_in=st.sampled_from([None, None, SIGN_IN, replace(SIGN_IN, required=True), ELSEWHERE]),
)


def resolved(text: str) -> str | None:
    """What paths mean in these tests: `..` leads out, and only what begins with / is known."""
    if ".." in text:
        return "/e"
    return text if text.startswith("/") else None


def texts(value: Json) -> list[str]:
    """Every text in a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for member in value.values() for text in texts(member)]
    return [text for one in value for text in texts(one)] if isinstance(value, list) else []


def call_of(server: str, item: str, arguments: dict[str, Json], facts: Facts = AT_NOON) -> Call:
    """A call with its paths resolved."""
    paths = {text: resolved(text) for text in ["/w", *texts(arguments)]}
    return Call(server, item, arguments, replace(facts, paths=paths))


FACTS = st.builds(
    Facts,
    st.just(NOON),
    client=st.sampled_from([None, "x", "y"]),
    user=st.sampled_from([None, "x", "m@h.example"]),
    groups=st.sampled_from([None, (), ("x",), ("y", "x")]),
    claims=st.sampled_from([None, {}, {"c": "x"}, {"c": 20}, {"c": ["x", 5]}]),
    signed_in_at=st.sampled_from([None, *[NOON.timestamp() - age for age in (0, 60, 61, -1)]]),
    person=st.sampled_from([None, ANA, replace(ANA, session="2"), replace(ANA, subject="2")]),
    unsigned=st.sampled_from([None, "nobody is signed in: localguard login --profile p"]),
    interactive=st.sampled_from([None, True, False]),
    marks=st.none() | st.frozensets(st.sampled_from(sorted(MARKS)), max_size=2),
    confirmed=st.booleans(),
    identity=st.sampled_from([None, "i", "j"]),
    pin=st.sampled_from([None, "n", "o"]),
    seen=st.dictionaries(st.sampled_from(["a/r", "b/*"]), st.none() | st.booleans()),
    spent=st.dictionaries(
        st.sampled_from([f"p.toml:{line}" for line in range(1, 6)]),
        st.sampled_from([None, 1, 3, 4, 21.5]),
    ),
    misfit=st.sampled_from([None, None, None, "p is not a number"]),
)
CALLS = st.builds(
    call_of,
    st.sampled_from(SERVERS),
    st.sampled_from(ITEMS),
    st.dictionaries(st.sampled_from(ARGUMENTS), VALUES | NESTED, max_size=2),
    FACTS,
)

ANSWERS = st.builds(
    Answer,
    st.sampled_from([*[f"p.toml:{line}" for line in range(1, 6)], "the default", ANY_RULE]),
    st.sampled_from(["p", "q"]),
    st.sampled_from(["a/r", "a/w", "b/r"]),
    st.sampled_from(["i", "j"]),
    st.sampled_from([None, "n", "o"]),
    st.sampled_from([None, "x"]),
    st.lists(CONDITIONS, max_size=1).map(tuple),
    st.sampled_from([None, NOON, NOON + timedelta(minutes=1)]),
    st.sampled_from([True, True, False]),
    person=st.sampled_from([None, ANA.id]),
)


def rank(decision: Decision) -> int:
    """How much a decision lets through: deny 0, ask 1, allow 2."""
    return RANK[word(decision)]
