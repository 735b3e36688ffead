"""What "always" can mean: every generalisation, what it is written as, and what it covers."""

from datetime import timedelta
from typing import Any

import pytest

from localguard.config.answers import read_exact
from localguard.config.fixed import Fixed, folders_of, literals, offers, unfit
from localguard.config.one_pattern import pattern_for
from localguard.config.remembered import (
    MATCHES,
    Match,
    Wish,
    candidates,
    meaning,
    roots_of,
)
from localguard.config.tables import Unfit
from localguard.policy.calls import Json, SignedIn
from localguard.policy.grants import Answer
from localguard.policy.rules import Rule, Verb
from tests.config.makers import messages, profile_of
from tests.config.remembering import ASKED, AUTHOR, NOON, WORK, asked, call_of, made, with_arguments

SAID = "# 2026-11-26 12:04 from call 7f3a-1 by localguard console, pid 812\n"
EXACT, SOME, TOOL = (Wish(True, match, literals(ASKED.arguments)) for match in MATCHES)


def answer(wish: Wish, **changes: Any) -> Answer:
    """The answer that a wish is written as."""
    found = made(wish, **changes)
    assert isinstance(found.meaning, Answer), found.refused
    return found.meaning


def denial(wish: Wish, **changes: Any) -> Rule:
    """The rule that a no is written as."""
    found = made(wish, **changes)
    assert isinstance(found.meaning, Rule), found.refused
    return found.meaning


# ---- what is written -----------------------------------------------------------------------------


def test_an_exact_yes_is_written_with_all_that_the_person_saw() -> None:
    """The algebra, line 6: rule, server identity, pin, client, arguments, and until when."""
    assert made(EXACT).text == SAID + (
        "[[answer]]\n"
        'rule = "work.toml#abc"\n'
        'target = "files/write"\n'
        'identity = "i"\n'
        'pin = "p"\n'
        'client = "cursor"\n'
        """exact = '{"path":"/srv/a/b","mode":"*","n":5}'\n"""
        "until = 2026-12-26T12:04:00Z\n"
    )


def test_a_yes_names_the_person_who_was_signed_in(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Promise: it is worth nothing for anyone else; what names nobody is for nobody."""
    ana = SignedIn("https://login.example", "a#1", "Ana", "s1")
    written = made(EXACT, person=ana)
    assert 'person = "https://login.example#a#1"\n' in written.text
    assert isinstance(written.meaning, Answer)
    assert written.meaning.person == ana.id
    (read,) = profile_of(tmp_path_factory.mktemp("p"), WORK, remembered=written.text).answers
    for person, expected in ((ana, True), (SignedIn(ana.issuer, "b", "Ana"), False), (None, False)):
        assert read.covers("work", call_of(asked(person=person))) is expected
    assert answer(EXACT).person is None
    assert not answer(EXACT).covers("work", call_of(asked(person=ana)))


def test_a_constrained_yes_fixes_the_chosen_arguments() -> None:
    """Each by a key of its own; what is not named is free."""
    fixed = Fixed(("path",), "under", "/srv/a"), Fixed(("mode",), "is", "*")
    text = made(Wish(True, "some", fixed)).text
    assert text.splitlines()[7:] == [
        'when.args.path.under = "/srv/a"',
        'when.args.mode.is = "*"',
        "until = 2026-12-26T12:04:00Z",
    ]


def test_a_no_is_a_rule_that_denies() -> None:
    """The design: a remembered deny is a deny rule, with its reason and a name of its own."""
    wish = Wish(False, "some", (Fixed(("n",), "is", 5),), because='use "b"')
    found = made(wish)
    assert found.text == SAID + (
        "[[rule]]\n"
        'deny = "files/write"\n'
        "when.args.n.is = 5\n"
        """because = 'use "b"'\n"""
        f'id = "{denial(wish).id}"\n'
    )
    assert denial(wish).verb is Verb.DENY
    assert denial(wish).until is None


def test_always_ends_after_30_days_unless_it_is_for_good() -> None:
    """What was answered once is looked at again."""
    assert answer(TOOL).until == NOON + timedelta(days=30)
    for_good = Wish(True, "tool", forever=True)
    assert 'until = "forever"\n' in made(for_good).text
    assert answer(for_good).until is None


def test_the_candidates_come_narrowest_first() -> None:
    """Without a choice of arguments all that can be fixed are."""
    found = candidates(ASKED, AUTHOR, allow=True)
    assert [one.wish.match for one in found] == ["exact", "some", "tool"]
    assert [one.refused for one in found] == [None, None, None]
    assert found[1].wish.fixed == literals(ASKED.arguments)
    (_, chosen, _) = candidates(ASKED, AUTHOR, allow=False, fixed=[Fixed(("n",), "is", 5)])
    assert "when.args.n.is = 5" in chosen.text


def test_what_is_written_is_what_a_profile_reads(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each candidate, by the very reader of profiles."""
    for allow in (True, False):
        for one in candidates(ASKED, AUTHOR, allow=allow):
            profile = profile_of(tmp_path_factory.mktemp("home"), WORK, one.text)
            found = profile.answers if allow else profile.rules[1:]
            assert found == (one.meaning,)


# ---- what it covers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "changes", "expected"),
    [
        (EXACT, {}, True),
        (EXACT, {"n": 5.0}, False),
        (EXACT, {"more": None}, False),
        (EXACT, {"mode": "x"}, False),
        (SOME, {}, True),
        (SOME, {"more": "x"}, True),
        (SOME, {"mode": "x"}, False),
        (SOME, {"mode": ["*"]}, False),
        (SOME, {"n": 6}, False),
        (SOME, {"n": "5"}, False),
        (SOME, {"path": "/srv/a/B"}, False),
        (TOOL, {"mode": "x", "path": None}, True),
        (Wish(True, "some", (Fixed(("path",), "under", "/srv/a"),)), {"path": "/srv/a/z/y"}, True),
        (Wish(True, "some", (Fixed(("path",), "under", "/srv/a"),)), {"path": "/srv/ab"}, False),
    ],
)
def test_a_yes_covers_what_was_meant(wish: Wish, changes: dict[str, Json], expected: bool) -> None:
    """And no call that differs in an argument that is fixed."""
    found = answer(wish)
    call = call_of(ASKED, roots_of(found), **changes)
    assert found.covers("work", call) is expected


@pytest.mark.parametrize(
    "other",
    [
        {"item": "read"},
        {"server": "file"},
        {"identity": "j"},
        {"pin": "q"},
        {"client": None},
        {"client": "other"},
    ],
)
@pytest.mark.parametrize("wish", [EXACT, SOME, TOOL])
def test_a_yes_is_bound_to_all_that_was_seen(wish: Wish, other: dict[str, Any]) -> None:
    """Another tool, server, definition or client is asked for."""
    assert not answer(wish).covers("work", call_of(asked(**other)))


def test_a_host_is_fixed_whatever_the_path_of_the_url() -> None:
    """By the strict reading of URLs that rules have."""
    request = {"arguments": {"url": "https://API.example.com/x?y"}}
    wish = Wish(True, "some", (Fixed(("url",), "host", "api.example.com"),))
    found = answer(wish, **request)
    for url, expected in [
        ("https://api.example.com/z", True),
        ("https://evil.example/api.example.com", False),
        ("https://api.example.com.evil.example/", False),
        ("https://api.example.com@evil.example/", False),
    ]:
        assert found.covers("work", call_of(asked(**request), url=url)) is expected


def test_a_client_without_a_name_and_a_resource_without_a_definition() -> None:
    """What is not known is not written; of resources only templates have a definition."""
    found = answer(TOOL, client=None, pin=None, item="resource:db://x", arguments={})
    assert (found.client, found.pin) == (None, None)
    assert found.covers(
        "work", call_of(asked(client=None, pin=None, item="resource:db://x", arguments={}))
    )


# ---- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "changes", "why"),
    [
        (EXACT, {"arguments": None}, "too large to be known whole"),
        (SOME, {"rule": None}, "what asks here asks each time"),
        (SOME, {"identity": None}, "not known which server"),
        (SOME, {"pin": None}, "its definition is not known"),
        (SOME, {"unreviewed": True}, "localguard server review files"),
        (TOOL, {"destructive": True}, "only with its arguments fixed"),
        (Wish(True, "some"), {}, "choose at least one argument"),
        (Wish(True, "some", (Fixed(("a.b",), "is", 1),)), {}, "no argument that a rule can name"),
        (Wish(True, "some", (Fixed(("n",), "is", 2**60),)), {}, "cannot be written"),
        (Wish(True, "some", (Fixed(("path",), "under", "srv"),)), {}, "does not say where it is"),
        (Wish(True, "some", (Fixed(("path",), "under", "/s*"),)), {}, "is a pattern"),
        (Wish(True, "some", (Fixed(("path",), "host", "a b"),)), {}, "host cannot be"),
        (Wish(True, "some", (Fixed(("n",), "is", 6),)), {}, "would not settle this very call"),
        (Wish(True, "some", (Fixed(("z",), "is", 6),)), {}, "would not settle this very call"),
        (EXACT, {"arguments": {"a": "x" * 9000}}, "these arguments have"),
        (EXACT, {"arguments": {"a": float("nan")}}, "cannot be written"),
        (TOOL, {"item": "\ud800"}, "half a character"),
        (TOOL, {"client": "\udfff"}, "half a character"),
        (Wish(False, "exact"), {"arguments": {"l": [1]}}, "no rule can name all of these"),
        (Wish(False, "exact"), {"arguments": {}}, "no rule can name all of these"),
        (Wish(False, "exact"), {"arguments": None}, "too large to be known whole"),
        (Wish(False, "tool"), {"server": "a*"}, "does not name the call"),
        (Wish(False, "tool"), {"server": "a b"}, "cannot be the name of a server"),
        (Wish(False, "tool", because="\ud800"), {}, "half a character"),
    ],
)
def test_what_cannot_be_remembered_says_why(wish: Wish, changes: dict[str, Any], why: str) -> None:
    """A refusal is a value, and nothing is offered that would be written and never hold."""
    found = made(wish, **changes)
    assert (found.text, found.meaning) == ("", None)
    assert found.refused is not None
    assert why in found.refused


@pytest.mark.parametrize(
    ("fixed", "allowed"),
    [
        ((Fixed(("sure",), "is", True),), False),
        ((Fixed(("sure",), "is", True), Fixed(("name",), "is", "x")), True),
    ],
)
def test_a_destructive_call_is_allowed_for_good_only_when_it_is_constrained(
    fixed: tuple[Fixed, ...], allowed: bool
) -> None:
    """Promise: and `sure = true` constrains nothing, since every such call says so."""
    arguments = {"sure": True, "name": "x"}
    found = made(Wish(True, "some", fixed), destructive=True, arguments=arguments)
    assert (found.refused is None) is allowed
    exact = made(Wish(True, "exact"), destructive=True, arguments=arguments)
    assert exact.refused is None


def test_there_is_no_yes_to_a_whole_server() -> None:
    """A match is one of three words."""
    assert MATCHES == ("exact", "some", "tool")
    matches: tuple[Match, ...] = MATCHES
    for match in matches:
        found = made(Wish(True, match, literals(ASKED.arguments)))
        assert isinstance(found.meaning, Answer)
        assert found.meaning.target == "files/write"


# ---- denials, whatever a tool is called ----------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "pattern"),
    [
        ("write", "files/write"),
        ("get_*", "files/get_?"),
        ("a b", "files/a?b"),
        ("@read", "files/?read"),
        ("a{b}[c]", "files/a?b??c?"),
        ("x\u202ey\n", "files/x?y?"),
        ("\ud800", "files/?"),
        ("resource:db://x[1]/{a}", "files/resource:db://x[1]/?a?"),
        ("prompt:a*", "files/prompt:a?"),
        ("tool:prompt:x", "files/tool:prompt:x"),
        ("a/b", "files/a/b"),
    ],
)
def test_a_denial_names_the_tool_whatever_it_is_called(item: str, pattern: str) -> None:
    """Attack: a tool whose name no pattern can hold, so that it cannot be denied; or all of it."""
    assert pattern_for("files", item) == pattern
    rule = denial(Wish(False, "tool"), item=item)
    assert rule.applies(call_of(asked(item=item)), lets_more=False)
    assert not rule.concerns("files", item + "x")
    assert not rule.concerns("other", item)


def test_a_denial_with_arguments_holds_for_these_and_for_what_cannot_be_told() -> None:
    """The algebra, line 3: where less is let through, doubt counts as true."""
    rule = denial(Wish(False, "exact"))
    assert rule.applies(call_of(ASKED), lets_more=False)
    assert rule.applies(call_of(ASKED, more="x"), lets_more=False)
    assert rule.applies(call_of(ASKED, mode=["a", "*"]), lets_more=False)
    assert not rule.applies(call_of(ASKED, mode="a"), lets_more=False)
    assert rule.applies(with_arguments(ASKED, {"path": "/srv/a/b", "n": 5}), lets_more=False)


# ---- what can be fixed ---------------------------------------------------------------------------


def test_offers_are_the_narrowest_first() -> None:
    """The value, then the folders it lies in or the host it names."""
    arguments: dict[str, Json] = {
        "path": "/home/ana/work/a.txt",
        "url": "https://x.example/y",
        "flag": False,
        "inner": {"deep": 1.5},
        "list": [1],
        "null": None,
        "a.b": "x",
        "": "x",
        "\ud800": "x",
        "big": 2**60,
        "half": "\ud800",
        "long": "x" * 2000,
        "P": 1,
        "p": 2,
    }
    told = [[f"{w.name}.{w.test}={w.value}" for w in ways] for ways in offers(arguments)]
    assert told == [
        [
            "path.is=/home/ana/work/a.txt",
            "path.under=/home/ana/work",
            "path.under=/home/ana",
            "path.under=/home",
        ],
        ["url.is=https://x.example/y", "url.host=x.example"],
        ["flag.is=False"],
        ["inner.deep.is=1.5"],
    ]
    assert all(unfit(way) is None for ways in offers(arguments) for way in ways)
    assert offers(None) == ()


@pytest.mark.parametrize(
    ("path", "folders"),
    [
        ("/a/b/c", ("/a/b", "/a")),
        ("/a", ()),
        ("/", ()),
        ("~/a/b", ("~/a",)),
        ("C:\\a\\b.txt", ("C:\\a",)),
        ("C:\\b.txt", ()),
        ("/a/../etc/passwd", ()),
        ("C:\\a\\..\\b", ()),
        ("/a/\0/b", ()),
        ("a/b", ()),
        ("file:///a/b", ()),
        ("/a*/b/c", ()),
        ("/1/2/3/4/5/6/7", ("/1/2/3/4/5/6", "/1/2/3/4/5", "/1/2/3/4", "/1/2/3")),
        ("/a//b/./c/", ("/a/b", "/a")),
    ],
)
def test_folders_are_those_that_a_path_surely_lies_in(path: str, folders: tuple[str, ...]) -> None:
    """Attack: a path with `..`, which reads as if it lay where it does not."""
    assert folders_of(path) == folders


# ---- how it is read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "[]", "1", "{", '{"a":1,"a":2}', '{"a":{"b":1,"b":2}}', '{"a":NaN}', "[" * 100_000],
)
def test_exact_arguments_are_one_json_object(text: str) -> None:
    """RFC 8259: what parsers read differently is no answer."""
    with pytest.raises(Unfit):
        read_exact(text)


def test_an_answer_that_is_not_one_is_a_fault() -> None:
    """As strict as what people write."""
    with pytest.raises(ValueError, match="exact is not one JSON object"):
        meaning("work", made(EXACT).text.replace('"n":5', '"n":5,"n":6'))
    with pytest.raises(ValueError, match="is cannot be a list"):
        meaning("work", made(SOME).text.replace('mode.is = "*"', 'mode.is = ["*"]'))
    with pytest.raises(ValueError, match="read differently"):
        meaning("work", made(SOME).text.replace("n.is = 5", f"n.is = {2**60}"))
    with pytest.raises(ValueError, match="more than one"):
        meaning("work", made(SOME).text + made(TOOL).text)
    with pytest.raises(ValueError, match="more than one"):
        meaning("work", "x = 1\n" + made(SOME).text)


def test_a_person_can_write_is_in_a_rule_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A star that is meant as a star; on claims and names there is no such key."""
    text = 'version = 1\n[[rule]]\nallow = "a/b"\nwhen.args.q.is = "*"\n'
    (rule,) = profile_of(tmp_path_factory.mktemp("home"), text).rules
    request = asked(server="a", item="b", arguments={"q": "*"})
    assert rule.applies(call_of(request), lets_more=True)
    assert not rule.applies(call_of(request, q="x"), lets_more=True)
    for other in ('when.claim.c.is = "x"', 'when.user.is = "x"', "when.args.q.is = [1]"):
        assert messages(tmp_path_factory.mktemp("home"), text + f'[[rule]]\nallow = "a/c"\n{other}')
