"""Every matcher, value by value: yes, no, or doubt for what it cannot read."""

from dataclasses import replace

import pytest

from localguard.policy.calls import Json
from localguard.policy.globs import Glob
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
    Text,
    Under,
    exact_number,
    path_roots,
)
from localguard.policy.truth import Truth
from tests.policy.strategies import AT_NOON

YES, NO, DOUBT = Truth.YES, Truth.NO, Truth.DOUBT
ROOT = Under("~/w")
FACTS = replace(
    AT_NOON,
    user="ana@acme.example",
    groups=("dev", "ops"),
    claims={
        "team": "a*",
        "teams": ["a", "b"],
        "level": 3,
        "mixed": ["a", 1],
        "none": [],
        "empty": "",
    },
    paths={
        "~/w": "/home/ana/w",
        "~/w/a": "/home/ana/w/a",
        "/home/ana/w": "/home/ana/w",
        "/home/ana/W/a": "/home/ana/W/a",
        "~/w/../.ssh/id": "/home/ana/.ssh/id",
        "~/work": "/home/ana/work",
        "link": None,
        "/": "/",
        "C:\\d": "C:\\d",
        "C:\\d\\e": "C:\\d\\e",
        "C:\\de": "C:\\de",
    },
)


@pytest.mark.parametrize(
    ("matcher", "value", "expected"),
    [
        (Text(Glob("x*")), "xy", YES),
        (Text(Glob("x*")), "Xy", NO),
        (Text(Glob("acme"), folded=True), "ACME", YES),
        (Text(Glob("strasse"), folded=True), "STRA\u00dfE", YES),
        (Text(Glob("20")), 20, DOUBT),
        (Text(Glob("*")), None, DOUBT),
        (Text(Glob("*")), {"__entity": {"type": "User", "id": "x"}}, DOUBT),
        (Number(20), 20, YES),
        (Number(20), 20.0, YES),
        (Number(20), 21, NO),
        (Number(20), "20", DOUBT),
        (Number(1), True, DOUBT),
        (Number(2**53), 2**53, DOUBT),
        (Number(0), None, DOUBT),
        (Flag(flag=True), True, YES),
        (Flag(flag=False), True, NO),
        (Flag(flag=True), 1, DOUBT),
        (Flag(flag=True), "true", DOUBT),
        (Bounds(0, 10), 0, YES),
        (Bounds(0, 10), 10, YES),
        (Bounds(0, 10), 10.000001, NO),
        (Bounds(0, 10), -1, NO),
        (Bounds(None, 10), -(2**53) + 1, YES),
        (Bounds(5, None), 2**53 - 1, YES),
        (Bounds(None, 10), "5", DOUBT),
        (Bounds(None, 10), True, DOUBT),
        (Bounds(None, 10), -(2**53), DOUBT),
        (Bounds(5, None), 2**64 + 5, DOUBT),
        (Bounds(0, 10), None, DOUBT),
        (LengthMax(2), "ab", YES),
        (LengthMax(2), "abc", NO),
        (LengthMax(2), 12, DOUBT),
        (ROOT, "~/w/a", YES),
        (ROOT, "/home/ana/w", YES),
        (ROOT, "~/w/../.ssh/id", NO),
        (ROOT, "~/work", NO),
        (ROOT, "/home/ana/W/a", NO),
        (ROOT, "link", DOUBT),
        (ROOT, "never looked at", DOUBT),
        (ROOT, 5, DOUBT),
        (ROOT, {"path": "~/w/a"}, DOUBT),
        (Under("elsewhere"), "~/w/a", DOUBT),
        (Under("/"), "~/w/a", YES),
        (Under("C:\\d"), "C:\\d\\e", YES),
        (Under("C:\\d"), "C:\\de", NO),
        (Host(Glob("*.example")), "https://h.example/", YES),
        (Host(Glob("*.example")), "https://example/", NO),
        (Host(Glob("localhost")), "http://localhost.evil.example/", NO),
        (Host(Glob("*.example")), "https://h.example@evil.com/", DOUBT),
        (Host(Glob("127.0.0.1")), "http://2130706433/", DOUBT),
        (Host(Glob("127.0.0.1")), "http://[::ffff:7f00:1]/", YES),
        (Host(Glob("[::1]")), "http://[0:0:0:0:0:0:0:1]/", YES),
        (Host(Glob("*")), "h.example", DOUBT),
        (Host(Glob("*")), 5, DOUBT),
        (Domain("acme.example"), "ana@acme.example", YES),
        (Domain("acme.example"), "ana@mail.ACME.example", YES),
        (Domain("acme.example"), "ana@acme.example.evil.com", NO),
        (Domain("acme.example"), "evil@x@acme.example", DOUBT),
        (Domain("acme.example"), "https://mail.acme.example/x", YES),
        (Domain("acme.example"), "https://acme.example@evil.com/", DOUBT),
        (Domain("acme.example"), ["ana@acme.example"], DOUBT),
        (Same("user"), "ana@acme.example", YES),
        (Same("user"), "Ana@acme.example", NO),
        (Same("user"), "*", NO),
        (Same("user"), None, DOUBT),
        (Same("user"), 5, DOUBT),
        (Same("group"), "ops", YES),
        (Same("group"), "root", NO),
        (Same("claim.team"), "a*", YES),
        (Same("claim.team"), "ab", NO),
        (Same("claim.teams"), "b", YES),
        (Same("claim.level"), "3", DOUBT),
        (Same("claim.level"), 3, DOUBT),
        (Same("claim.mixed"), "a", DOUBT),
        (Same("claim.none"), "a", DOUBT),
        (Same("claim.absent"), "a", DOUBT),
        (Same("claim.empty"), "", YES),
        (AnyOf((Number(1), Text(Glob("x")))), "x", YES),
        (AnyOf((Text(Glob("y")), Text(Glob("x")))), "z", NO),
        (AnyOf((Number(1), Text(Glob("x")))), "z", DOUBT),
        (AnyOf(()), "z", NO),
    ],
)
def test_a_matcher_answers(matcher: Matcher, value: Json, expected: Truth) -> None:
    """Research 2.3 and 6.4: the values that fool other engines are no or doubt here."""
    assert matcher.judge(value, FACTS) is expected


def test_case_does_not_count_where_the_volume_ignores_it() -> None:
    """Attack: `~/W` names the same folder on macOS and Windows."""
    folding = replace(FACTS, folds=True)
    assert ROOT.judge("/home/ana/W/a", folding) is YES


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        (5.5, 5.5),
        (2**53 - 1, 2**53 - 1),
        (2**53, None),
        (-(2**53), None),
        (True, None),
        ("5", None),
        (None, None),
        ([5], None),
    ],
)
def test_a_number_is_one_that_every_parser_reads_alike(value: Json, expected: float | None) -> None:
    """RFC 8259 section 6: beyond 2^53 parsers round, each in its own way."""
    assert exact_number(value) == expected


def test_the_roots_of_matchers_are_found_inside_lists() -> None:
    """The relay resolves each of them before policy is asked."""
    matchers: list[Matcher] = [
        Under("/a"),
        AnyOf((Under("/b"), AnyOf((Under("/c"), Number(1))))),
        Number(1),
    ]
    assert path_roots(matchers) == {"/a", "/b", "/c"}
